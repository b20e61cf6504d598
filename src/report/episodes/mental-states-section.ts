// What agents' states say of named emotions and actions: the paper's Figure 11, and who did not follow the format.

import type { TopLevelSpec } from 'vega-lite';
import { decimals } from '../../figures/number-text.ts';
import { fluidSvg } from '../../figures/render.ts';
import { type LayerSeries, layerSeries } from '../../figures/series.ts';
import type { AgentProbes, ProbeResult } from '../../probes/measure.ts';
import { pairName } from '../../recordings/layout.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import { toyNames } from '../page/prose.ts';
import type { ReportInput } from '../page/types.ts';
import type { DrawnFigures } from '../synchrony/synchrony-section.ts';

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

const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;

/** One figure per agent and kind of word, by stem. */
export function mentalStateFigures(input: ReportInput): Map<string, TopLevelSpec> {
  const toys = new Set(toyNames(input));
  const specs = new Map<string, TopLevelSpec>();
  for (const agent of input.probes ?? [])
    for (const kind of ['emotion', 'action'] as const) {
      const own = agent.probes.filter((probe) => probe.kind === kind);
      if (own.length > 0) specs.set(stemOf(agent, kind), agentFigure(agent, own, toys));
    }
  return specs;
}

function agentFigure(
  agent: AgentProbes,
  probes: readonly ProbeResult[],
  toys: ReadonlySet<string>,
): TopLevelSpec {
  const { splitSeeds } = agent.settings;
  const series = probes.flatMap(({ relation, layers, baseline }): LayerSeries[] => [
    {
      name: RELATIONS[relation],
      points: layers.map(({ layer, mean, standardError }) => ({
        layer: layer + 1,
        value: mean,
        error: standardError,
      })),
    },
    {
      name: RELATIONS[relation],
      points: layers.map(({ layer }) => ({ layer: layer + 1, value: baseline.mean, error: 0 })),
      dashed: true,
    },
  ]);
  const counts = probes.map(({ relation, samples }) => `${RELATIONS[relation]} n = ${samples}`);
  return layerSeries(
    series,
    'test KL divergence, nats',
    {
      title: `${titleOf(agent)}: ${KINDS[probes[0]!.kind]}`,
      notes: [
        ...([agent.model, agent.partner].some((name) => toys.has(name))
          ? ['toy models: the numbers test the instrument']
          : []),
        'lower is better; dashed: the mean training distribution',
        `band: standard error over split seeds ${splitSeeds.join(', ')}`,
        ...counts,
        `groups by ${agent.groupBy}`,
      ],
    },
    { zero: false },
  );
}

/** Null for a study without named mental states. */
export function mentalStatesSection(input: ReportInput, figures: DrawnFigures): Markup | null {
  const all = input.probes ?? [];
  if (all.length === 0) return null;
  const rows = all.flatMap((agent) => agent.probes.map((probe) => ({ agent, probe })));
  const reasons = [...new Set(all.flatMap(({ excluded }) => excluded.map(({ reason }) => reason)))];
  return html`
<section id="mental-states">
<h2>Named mental states</h2>
<p>In further episodes the agents named an emotion and an action type before each reply, which the partner never saw. Linear
probes read the model’s own probabilities of these words from its states, and the partner’s before and after. The
divergence is to be compared with the baseline, which always answers with the mean training distribution.</p>
${
  rows.length > 0 &&
  html`<div class="scroll" tabindex="0"><table aria-describedby="probes-note">
<thead><tr><th scope="col">Agent</th><th scope="col">What</th><th scope="col">Whose</th><th scope="col" class="number">Best layer</th>
<th scope="col" class="number">KL</th><th scope="col" class="number">Baseline</th><th scope="col" class="number">Layer chosen in training</th>
<th scope="col" class="number">KL there</th><th scope="col" class="number">n</th></tr></thead>
<tbody>${rows.map(({ agent, probe }) => probeRow(agent, probe))}
</tbody></table></div>
<p class="source" id="probes-note">Test KL divergence in nats ± standard error over split seeds; a single seed has none. The best layer is chosen on
the test rows, which favours low values; the one chosen in training is not. There are no bootstrap intervals: the
divergence of single test rows is not kept. <a href="tables/mental-states.csv">mental-states.csv</a></p>
<div class="figures">${[...mentalStateFigures(input).keys()].map((stem) => {
    const path = `figures/${encodeURI(stem)}`;
    return html`
<figure>${trusted(fluidSvg(figures.get(stem) ?? ''))}
<figcaption><a href="${path}.svg">SVG</a>, <a href="${path}.png">PNG</a></figcaption></figure>`;
  })}</div>`
}
<h3>Replies that did not follow the format</h3>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Agent</th><th scope="col" class="number">Replies</th><th scope="col" class="number">Failed</th>
<th scope="col" class="number">Rate</th><th scope="col">Why</th></tr></thead>
<tbody>${all.map(failureRow)}
</tbody></table></div>
${reasons.length > 0 && html`<p>Not decoded:</p><ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`}
</section>`;
}

function probeRow(
  agent: AgentProbes,
  { kind, relation, best, baseline, chosen, samples }: ProbeResult,
): Markup {
  const several = agent.settings.splitSeeds.length > 1;
  const number = ({ mean, standardError }: { mean: number; standardError: number }) =>
    several ? `${decimals(mean)} ± ${decimals(standardError)}` : decimals(mean);
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
<td class="number">${percent(rate)}</td><td class="words">${why.length === 0 ? 'none failed' : why.join('; ')}</td></tr>`;
}

/** Every layer and split; layers are 1-based. */
export function mentalStatesCsv(all: readonly AgentProbes[]): string {
  const header = [
    'model',
    'partner',
    'seat',
    'kind',
    'relation',
    'samples',
    'split_seed',
    'layer',
    'kl',
    'baseline_kl',
  ];
  const rows = all.flatMap(({ model, partner, seat, probes, failures }) =>
    probes.flatMap(({ kind, relation, samples, splits }) =>
      splits.flatMap(({ seed, divergence, baseline, l2 }) =>
        divergence.map((kl, layer): CsvValue[] => [
          ...[model, partner, seat, kind, relation, samples, seed, layer + 1, kl, baseline],
          ...[l2[layer] ?? null, failures.own.rate, failures.partner.rate],
        ]),
      ),
    ),
  );
  return encodeCsv([...header, 'l2', 'failure_rate', 'partner_failure_rate'], rows);
}
