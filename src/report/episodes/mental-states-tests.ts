// What decoding is worth: each probe at the layer chosen in training, against the mean training distribution, against the
// text that the agent has read, and against states of the same interaction under another seed.

import { decimals, intervalOrigins, intervalText, pText, rangeText } from '../../figures/number-text.ts';
import type { AgentProbes, ProbeResult } from '../../probes/measure.ts';
import type { ProbeComparison, ProbeTests } from '../../probes/probe-tests.ts';
import { benjaminiHochberg } from '../../statistics/false-discovery.ts';
import { isUntested } from '../../statistics/untested.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup } from '../page/html.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import type { TextFile } from '../section.ts';

const AGAINST = ['baseline', 'text', 'wrongSeed'] as const;
type Against = (typeof AGAINST)[number];

const NAMES: Readonly<Record<Against, string>> = {
  baseline: 'mean training distribution',
  text: 'text',
  wrongSeed: 'another seed',
};

/** Adjusted p up to it count as evidence. */
const ALPHA = 0.05;

/** One comparison of one probe; p adjusted over all probes of the report that have this comparison. */
export type Compared = (ProbeComparison & { readonly adjustedP: number }) | { readonly reason: string };

export interface TestedProbe {
  readonly agent: AgentProbes;
  readonly probe: ProbeResult;
  readonly layer: number;
  readonly compared: Readonly<Record<Against, Compared>>;
}

/** Probes that have tests, with their p adjusted. */
export function testedProbes(all: readonly AgentProbes[]): TestedProbe[] {
  const found = all.flatMap((agent) =>
    agent.probes.flatMap((probe) => (probe.tests ? [{ agent, probe, tests: probe.tests }] : [])),
  );
  const compared = AGAINST.map((against) => adjusted(found.map(({ tests }) => tests[against])));
  return found.map(({ agent, probe, tests }, i) => {
    const [baseline, text, wrongSeed] = compared.map((list) => list[i] ?? { reason: 'not compared' });
    if (!baseline || !text || !wrongSeed) throw new RangeError('three comparisons');
    return { agent, probe, layer: tests.layer, compared: { baseline, text, wrongSeed } };
  });
}

function adjusted(list: readonly ProbeTests[Against][]): Compared[] {
  const made = list.flatMap((one, i) => (isUntested(one) ? [] : [{ i, p: one.p }]));
  const values = benjaminiHochberg(made.map(({ p }) => p));
  const of = new Map(made.map(({ i }, place) => [i, values[place]]));
  return list.map((one, i) => (isUntested(one) ? one : { ...one, adjustedP: of.get(i) ?? one.p }));
}

/** What follows from the comparisons: a claim needs all three. */
export function findingOf({
  compared: { baseline, text, wrongSeed },
}: Pick<TestedProbe, 'compared'>): string {
  const isAbove = (one: Compared) => !isUntested(one) && one.adjustedP <= ALPHA;
  const open = (one: Compared) => (isUntested(one) ? one.reason : undefined);
  if (open(baseline)) return `not settled: ${open(baseline)}`;
  if (!isAbove(baseline)) return 'not told from the turn alone';
  if (!open(text) && !isAbove(text)) return 'decoded, and no better than from the text';
  if (!open(wrongSeed) && !isAbove(wrongSeed))
    return 'decoded, and no better than from another conversation of the same interaction';
  const reason = open(text) ?? open(wrongSeed);
  if (reason) return `decoded; whether beyond text and background is not settled: ${reason}`;
  return 'decoded beyond the text and beyond what another conversation of the same interaction tells';
}

/** Null without any test; then why, where probes are there. */
export function testsPart(
  all: readonly AgentProbes[],
  nameOf: (tested: Pick<TestedProbe, 'agent' | 'probe'>) => readonly [string, string, string],
): Markup | null {
  const tested = testedProbes(all);
  if (tested.length === 0)
    return all.some(({ probes }) => probes.length > 0)
      ? html`
<p>Nothing is tested: with one penalty no layer is chosen in training, and the best one of the test rows would favour the
states. Several penalties (<code>mentalStates: { l2: [0.1, 1] }</code>) let one be chosen.</p>`
      : null;
  return html`
<h3>What decoding is worth</h3>
<p>A probe of the partner’s words claims something only where it is closer to them than three things that know nothing of what
the state adds: the mean training distribution, the same kind of probe of the text that the agent has read, and one of states of the
same interaction in another conversation (another simulation seed).</p>
<div class="scroll" tabindex="0"><table class="dense" aria-describedby="probe-tests-note">
<thead><tr><th scope="col">Agent</th><th scope="col">What</th><th scope="col">Whose</th><th scope="col" class="number">Layer</th>${AGAINST.map(
    (against) =>
      html`<th scope="col" class="number">Closer than ${NAMES[against]}</th><th scope="col" class="number">p</th>`,
  )}<th scope="col">What follows</th></tr></thead>
<tbody>${tested.map(
    (one) => html`
<tr>${nameOf(one).map((name, i) => (i === 0 ? html`<th scope="row">${name}</th>` : html`<td>${name}</td>`))}<td class="number">${one.layer + 1}</td>${AGAINST.map(
      (against) => cells(one.compared[against]),
    )}<td class="words">${findingOf(one)}</td></tr>`,
  )}
</tbody></table></div>
${note(tested)}`;
}

function cells(one: Compared): Markup {
  if (isUntested(one)) return html`<td class="number">–</td><td class="number">–</td>`;
  const { gain, interval, p, adjustedP } = one;
  const own = pText(p).replace('p = ', '');
  const both = adjustedP === p ? own : `${own} (${pText(adjustedP).replace('p = ', '')})`;
  return html`<td class="number">${decimals(gain)} ${intervalText(interval)}</td><td class="number">${
    adjustedP <= ALPHA ? html`<strong>${both}</strong>` : both
  }</td>`;
}

function note(tested: readonly TestedProbe[]): Markup {
  const made = tested.flatMap(({ agent, compared }) =>
    AGAINST.flatMap((against) => {
      const one = compared[against];
      return isUntested(one) ? [] : [{ ...one, groupBy: agent.groupBy }];
    }),
  );
  const intervals = made.flatMap(({ interval, groupBy }) => (interval ? [{ interval, groupBy }] : []));
  const seeds = [...new Set(tested.map(({ agent }) => agent.settings.splitSeeds.join(', ')))].join(' and ');
  return html`<p class="source" id="probe-tests-note">KL divergence of the other less that of the probe, in nats, on the same held-out
rows: above 0 the probe is closer. Mean over split seeds ${seeds}; ${rangeText(made.map(({ rows }) => rows))} test rows in a split at
least. ${intervals.length > 0 ? `In brackets: ${intervalOrigins(intervals).join('; ')}, the fitted probes held fixed. ` : ''}p is one-sided. Against the mean distribution:
the named words of whole interactions are exchanged among those held out, each turn with the same turn of another, ${rangeText(made.map(({ permutations }) => permutations))}
times. Against text and another seed: signs of whole interactions are turned. Adjusted p (Benjamini–Hochberg over the probes of
this table) in brackets where it differs; bold: up to ${ALPHA}. The layer is the one chosen in training; the text has bags of words,
lengths and places, with the agent’s own named words; both get penalties of their own.
<a href="tables/mental-states-tests.csv">mental-states-tests.csv</a></p>`;
}

/** A row for each probe and comparison; layers are 1-based. */
export function testsTable(all: readonly AgentProbes[]): TextFile[] {
  const tested = testedProbes(all);
  if (tested.length === 0) return [];
  const header = [
    ...['model', 'partner', 'seat', 'kind', 'relation', 'layer', 'against', 'kl', 'other_kl', 'gain'],
    ...[...INTERVAL, 'p', 'adjusted_p', 'permutations', 'groups', 'test_rows', 'split_seeds', 'not_compared'],
  ];
  const rows = tested.flatMap(({ agent: { model, partner, seat, settings }, probe, layer, compared }) =>
    AGAINST.map((against): CsvValue[] => {
      const who = [model, partner, seat, probe.kind, probe.relation, layer + 1, NAMES[against]];
      const one = compared[against];
      if (isUntested(one)) {
        const empty = Array.from({ length: header.length - who.length - 1 }, () => null);
        return [...who, ...empty, one.reason];
      }
      return [
        ...[...who, one.probe, one.other, one.gain, ...intervalColumns(one.interval)],
        ...[one.p, one.adjustedP, one.permutations, one.groups, one.rows, settings.splitSeeds.length, null],
      ];
    }),
  );
  return [['tables/mental-states-tests.csv', encodeCsv(header, rows)]];
}
