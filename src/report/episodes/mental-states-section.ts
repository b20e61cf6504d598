// What agents' states say of named emotions and actions: the paper's Figure 11, and who did not follow the format.

import { type LayerSeries, layerSeries } from '../../figures/layer-series.ts';
import { decimals, errorText, percent } from '../../figures/number-text.ts';
import type { FigureSpec } from '../../figures/spec.ts';
import type { AgentProbes, ProbeResult } from '../../probes/measure.ts';
import { pairName } from '../../recordings/layout.ts';
import { PROBES } from '../../studies/stages/probes.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { toyNote } from '../page/toys.ts';
import { type Figure, section } from '../section.ts';
import type { Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { testsPart, testsTable } from './mental-states-tests.ts';

export const mentalStates = section({
  id: 'mental-states',
  title: 'Named mental states',
  needs: ['probes'],
  async gather(source: ReportSource): Promise<AgentProbes[]> {
    const { current } = await source.results(PROBES);
    return current.map(({ result }) => result);
  },
  figures: (all, shared) => all.flatMap((agent) => agentFigures(agent, shared)),
  tables: (all) =>
    all.length === 0 ? [] : [['tables/mental-states.csv', mentalStatesCsv(all)], ...testsTable(all)],
  body: (all, _, figures) => (all.length === 0 ? null : body(all, figures)),
});

const RELATIONS = {
  self: 'its own, now',
  'partner-previous': 'the partner’s, before',
  'partner-next': 'the partner’s, next',
} as const;

const KINDS = { emotion: 'emotion', action: 'action type' } as const;

const orderOf = ({ seat, model, partner }: AgentProbes): [string, string] =>
  seat === 'A' ? [model, partner] : [partner, model];

const stemOf = (agent: AgentProbes, kind: string) => `${pairName(orderOf(agent))}+${agent.seat}+${kind}`;

const titleOf = ({ model, seat, partner }: AgentProbes) => `${model} (${seat}) with ${partner}`;

const kindsOf = ({ probes }: AgentProbes) =>
  (['emotion', 'action'] as const).flatMap((kind) => {
    const own = probes.filter((probe) => probe.kind === kind);
    return own.length > 0 ? [{ kind, own }] : [];
  });

/** One figure per kind of word. */
function agentFigures(agent: AgentProbes, shared: Shared): Figure[] {
  return kindsOf(agent).map(({ kind, own }) => [stemOf(agent, kind), kindFigure(agent, kind, own, shared)]);
}

/** The divergence by layer, and below it the baseline that knows nothing of the states. */
function seriesOf({ relation, layers, baseline }: ProbeResult): LayerSeries[] {
  const name = RELATIONS[relation];
  return [
    {
      name,
      points: layers.map(({ layer, mean, standardError }) => ({
        ...{ layer: layer + 1, value: mean, error: standardError },
      })),
    },
    {
      name,
      points: layers.map(({ layer }) => ({ layer: layer + 1, value: baseline.mean, error: 0 })),
      dashed: true,
    },
  ];
}

function kindFigure(
  agent: AgentProbes,
  kind: 'emotion' | 'action',
  probes: readonly ProbeResult[],
  shared: Shared,
): FigureSpec {
  const { splitSeeds } = agent.settings;
  const counts = probes.map(({ relation, samples }) => `${RELATIONS[relation]} n = ${samples}`);
  return layerSeries(
    probes.flatMap(seriesOf),
    'test KL divergence, nats',
    {
      title: `${titleOf(agent)}: ${KINDS[kind]}`,
      notes: [
        ...toyNote(shared, [agent.model, agent.partner]),
        'lower is better; dashed: the mean training distribution',
        `band: standard error over split seeds ${splitSeeds.join(', ')}`,
        ...counts,
        `groups by ${agent.groupBy}`,
      ],
    },
    { zero: false },
  );
}

function body(all: readonly AgentProbes[], figures: DrawnFigures): Markup {
  const reasons = [...new Set(all.flatMap(({ excluded }) => excluded.map(({ reason }) => reason)))];
  return html`
<section id="mental-states">
<h2>Named mental states</h2>
<p>In further episodes the agents named an emotion and an action type before each reply, which the partner never saw. Linear
probes read the model’s own probabilities of these words from its states, and the partner’s before and after. The
divergence is to be compared with the baseline, which always answers with the mean training distribution.</p>
${probeTable(all, figures)}
${testsPart(all, ({ agent, probe }) => [titleOf(agent), KINDS[probe.kind], RELATIONS[probe.relation]])}
<h3>Replies that did not follow the format</h3>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Agent</th><th scope="col" class="number">Replies</th><th scope="col" class="number">Failed</th>
<th scope="col" class="number">Rate</th><th scope="col">Why</th></tr></thead>
<tbody>${all.map(failureRow)}
</tbody></table></div>
${reasons.length > 0 && html`<p>Not decoded:</p><ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`}
</section>`;
}

/** What was decoded; null if nothing was. */
function probeTable(all: readonly AgentProbes[], figures: DrawnFigures): Markup | null {
  const rows = all.flatMap((agent) => agent.probes.map((probe) => probeRow(agent, probe)));
  if (rows.length === 0) return null;
  const stems = all.flatMap((agent) => kindsOf(agent).map(({ kind }) => stemOf(agent, kind)));
  return html`<div class="scroll" tabindex="0"><table aria-describedby="probes-note">
<thead><tr><th scope="col">Agent</th><th scope="col">What</th><th scope="col">Whose</th><th scope="col" class="number">Best layer</th>
<th scope="col" class="number">KL</th><th scope="col" class="number">Baseline</th><th scope="col" class="number">Layer chosen in training</th>
<th scope="col" class="number">KL there</th><th scope="col" class="number">n</th></tr></thead>
<tbody>${rows}
</tbody></table></div>
<p class="source" id="probes-note">Test KL divergence in nats ± standard error over split seeds; a single seed has none. The best layer is chosen on
the test rows, which favours low values; the one chosen in training is not. Intervals stand in the table
below, at the layer chosen in training. <a href="tables/mental-states.csv">mental-states.csv</a></p>
<div class="figures">${stems.map((stem) => figureOf(figures, stem, figureLinks(stem)))}</div>`;
}

function probeRow(
  agent: AgentProbes,
  { kind, relation, best, baseline, chosen, samples }: ProbeResult,
): Markup {
  const several = agent.settings.splitSeeds.length > 1;
  const number = ({ mean, standardError }: { mean: number; standardError: number }) =>
    several ? `${decimals(mean)} ± ${errorText(standardError)}` : decimals(mean);
  return html`
<tr><th scope="row">${titleOf(agent)}</th><td>${KINDS[kind]}</td><td>${RELATIONS[relation]}</td>
<td class="number">${best.layer + 1}</td><td class="number">${number(best)}</td><td class="number">${number(baseline)}</td>
<td class="number">${chosen ? chosen.layer + 1 : '–'}</td><td class="number">${chosen ? number(chosen) : '–'}</td>
<td class="number">${samples}</td></tr>`;
}

function failureRow(agent: AgentProbes): Markup {
  const { turns, failed, rate, reasons } = agent.failures.own;
  const why = Object.entries(reasons).map(([reason, count]) => `${reason}: ${count}`);
  return html`
<tr><th scope="row">${titleOf(agent)}</th><td class="number">${turns}</td><td class="number">${failed}</td>
<td class="number">${percent(rate, 3)}</td><td class="words">${why.length === 0 ? 'none failed' : why.join('; ')}</td></tr>`;
}

const COLUMNS = [
  ...['model', 'partner', 'seat', 'kind', 'relation', 'samples', 'split_seed', 'layer'],
  ...['kl', 'baseline_kl', 'l2', 'failure_rate', 'partner_failure_rate'],
];

/** Every layer and split; layers are 1-based. */
function mentalStatesCsv(all: readonly AgentProbes[]): string {
  return encodeCsv(
    COLUMNS,
    all.flatMap(({ model, partner, seat, probes, failures }) =>
      probes.flatMap(({ kind, relation, samples, splits, layers }) =>
        splits.flatMap(({ seed, divergence, baseline, l2 }) =>
          divergence.map((kl, i): CsvValue[] => [
            ...[
              model,
              partner,
              seat,
              kind,
              relation,
              samples,
              seed,
              (layers[i]?.layer ?? i) + 1,
              kl,
              baseline,
            ],
            ...[l2[i] ?? null, failures.own.rate, failures.partner.rate],
          ]),
        ),
      ),
    ),
  );
}
