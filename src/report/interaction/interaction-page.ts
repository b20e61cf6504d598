// The page "Is it interaction?": every condition of every model pair side by side, the tests between them, and what they
// allow one to conclude; and its summary on the report's first page.

import { divisionNotes } from '../../conditions/division.ts';
import { decimals } from '../../figures/number-text.ts';
import { fluidSvg } from '../../figures/render.ts';
import { type ConditionSummary, isUntested } from '../../statistics/pair-tests.ts';
import { figureLinks } from '../page/figure-links.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import { pageText, type Section } from '../page/page.ts';
import { toyStatement } from '../page/prose.ts';
import type { ReportInput } from '../page/types.ts';
import { pairParts, pairValue, samePair } from '../sensitivity/sensitivity-numbers.ts';
import type { DrawnFigures } from '../synchrony/synchrony-section.ts';
import { concludeFrom, pText, type SharedText } from './conclusions.ts';
import type { PairSignificance, SignificanceReport } from './gather-significance.ts';
import {
  clusterStem,
  directionOf,
  dotsStem,
  drawnClusters,
  endsOf,
  nullStem,
  PAIRS_STEM,
  percent,
  rangeText,
} from './interaction-figures.ts';

/** Up to so many pairs the cluster maps stand in the page; beyond it links to them. */
const PAIRS_WITH_MAPS = 3;

const nameOf = ({ models }: PairSignificance) => models.join(' × ');

/** What the text baselines say of the pair, if they were made in all its directions. */
function sharedText(input: ReportInput, { models }: PairSignificance): SharedText | undefined {
  const part = pairParts(input, 'text').find((one) => samePair(one.models, models));
  if (!part) return undefined;
  const of = (key: 'shared' | 'left' | 'states') => pairValue(part, (result) => result[key]).value;
  return { shared: of('shared'), left: of('left'), states: of('states') };
}

/** The section of the first page that leads to this one. */
export function interactionSummary(input: ReportInput, figures: DrawnFigures): Markup | null {
  const report = input.significance;
  if (!report) return null;
  return html`
<section id="interaction">
<h2>Is it interaction?</h2>
${report.pairs.map(
  (pair) => html`
<p><strong>${nameOf(pair)}.</strong> ${concludeFrom(pair.conditions, report.alpha, sharedText(input, pair)).verdict}</p>`,
)}
${report.pairs.length > 1 && figureOf(PAIRS_STEM, figures, 'All model pairs.')}
<p><a href="interaction.html">All conditions side by side, with their tests and what they rest on</a></p>
</section>`;
}

/** The page itself. */
export function interactionPage(input: ReportInput, figures: DrawnFigures): string {
  const report = input.significance;
  if (!report) throw new RangeError('no tests to show');
  const sections: Section[] = [
    { id: 'about', title: 'What this is', body: aboutSection(input, report) },
    ...report.pairs.map((pair, i) => ({
      id: `pair-${i + 1}`,
      title: nameOf(pair),
      body: pairSection(pair, i, input, report, figures),
    })),
    { id: 'methods', title: 'How it was tested', body: methodsSection(report) },
  ];
  return pageText({
    title: `${input.study}: is it interaction?`,
    heading: `${input.study}: is it interaction?`,
    statement: toyStatement(input),
    sections,
    version: input.versions.interbrain,
  });
}

function aboutSection(input: ReportInput, { pairs }: SignificanceReport): Markup {
  return html`
<section id="about">
<h2>What this is</h2>
<p><a href="index.html">The report</a> says how well one speaker’s state predicts its partner’s next one. Two models that
read the same scenario and the same dialogue would have much in common without any interaction. This page sets the
interactive condition beside others that keep everything but one thing: the partner, taking part, the moment. The
words about ${pairs.length > 1 ? 'each pair' : 'the pair'} are made from the numbers, by fixed rules.</p>
<p class="source">Simulation seeds ${input.simulation.seeds.join(', ')}; split seeds
${input.synchrony.splitSeeds.join(', ')}; groups by ${input.synchrony.groupBy}; λ = ${input.synchrony.lambda}; interbrain
${input.versions.interbrain}. Numbers in full: <a href="tables/significance-pairs.csv">significance-pairs.csv</a>,
<a href="tables/significance-directions.csv">significance-directions.csv</a>,
<a href="tables/clusters.csv">clusters.csv</a>.</p>
</section>`;
}

function pairSection(
  pair: PairSignificance,
  index: number,
  input: ReportInput,
  report: SignificanceReport,
  figures: DrawnFigures,
): Markup {
  const { verdict, reasons, limits } = concludeFrom(pair.conditions, report.alpha, sharedText(input, pair));
  const id = `pair-${index + 1}`;
  return html`
<section id="${id}">
<h2>${nameOf(pair)}</h2>
<p><strong>${verdict}</strong></p>
<ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
${limits.length > 0 && html`<p>What these numbers do not tell:</p><ul>${limits.map((limit) => html`<li>${limit}</li>`)}</ul>`}
<div class="figures">${figureOf(dotsStem(pair), figures, 'SyncR² by condition.')}
${figureOf(nullStem(pair), figures, 'SyncR² with strangers of the same scenario in the partners’ place.')}</div>
${conditionTable(pair.conditions, id, report)}
${missingNote(input, pair)}
<details><summary>By direction</summary>
${pair.directions.map(
  (direction, d) => html`<h3>${directionOf(direction)}</h3>
${conditionTable(pair.byDirection[d]!, `${id}-${d + 1}`, report)}`,
)}</details>
${clusterFigures(pair, report, figures)}
</section>`;
}

/** Conditions of the study that the tests had too few rows of. */
function missingNote(input: ReportInput, { models, conditions }: PairSignificance): Markup | null {
  const tested = new Set(conditions.map(({ condition }) => condition));
  const missing = input.pairs
    .filter((pair) => samePair(pair.models, models) && !tested.has(pair.condition))
    .map(({ condition }) => condition);
  if (missing.length === 0) return null;
  return html`<p class="source">Not tested, since some direction has fewer than two rows on a side of a split:
${missing.join(', ')}.</p>`;
}

function figureOf(stem: string, figures: DrawnFigures, caption: string): Markup | null {
  const svg = figures.get(stem);
  if (svg === undefined) return null;
  return html`
<figure>${trusted(fluidSvg(svg))}
<figcaption>${caption} ${figureLinks(stem)}</figcaption></figure>`;
}

function conditionTable(
  conditions: readonly ConditionSummary[],
  id: string,
  { level, alpha }: SignificanceReport,
): Markup {
  return html`
<div class="scroll" tabindex="0"><table class="dense" aria-describedby="${id}-note">
<thead><tr><th scope="col">Condition</th><th scope="col" class="number">SyncR²</th><th scope="col" class="number">SE</th>
<th scope="col" class="number">Interval</th><th scope="col" class="number">n</th>
<th scope="col" class="number">With strangers</th><th scope="col" class="number">p</th>
<th scope="col" class="number">Interactive − this</th><th scope="col" class="number">Interval</th>
<th scope="col" class="number">p</th></tr></thead>
<tbody>${conditions.map((summary) => conditionRow(summary, alpha))}
</tbody></table></div>
<p class="source" id="${id}-note">SE and ${percent(level)} intervals by bootstrap over held-out groups; n is the number of test
rows per split and direction. Adjusted p in brackets where it differs; bold: adjusted p ≤ ${alpha}. A dash: not tested, for a reason that stands above or in
the tables.</p>`;
}

function conditionRow(summary: ConditionSummary, alpha: number): Markup {
  const { condition, syncR2, interval, testSamples, strangers, against } = summary;
  const s = isUntested(strangers) ? undefined : strangers;
  const d = against && !isUntested(against) ? against : undefined;
  const between = d && !isUntested(d.interval) ? d.interval.shown : null;
  const cell = (text: string, strong = false) =>
    html`<td class="number">${strong ? html`<strong>${text}</strong>` : text}</td>`;
  const p = (test: { readonly p: number; readonly adjustedP: number } | undefined) =>
    cell(test ? pCell(test) : '–', test !== undefined && test.adjustedP <= alpha);
  return html`
<tr><th scope="row">${condition}</th>${cell(decimals(syncR2))}
${cell(isUntested(interval) ? '–' : decimals(interval.standardError))}${cell(endsText(endsOf(summary)))}
${cell(rangeText(testSamples))}${cell(s ? decimals(s.mean) : '–')}${p(s)}
${cell(d ? decimals(d.difference) : '–')}${cell(endsText(between))}${p(d)}</tr>`;
}

/** `0.010`, or `0.010 (0.020)` with the adjusted one. */
function pCell({ p, adjustedP }: { readonly p: number; readonly adjustedP: number }): string {
  const [own, adjusted] = [p, adjustedP].map((value) => pText(value).replace('p = ', ''));
  return own === adjusted ? own! : `${own} (${adjusted})`;
}

function endsText(ends: readonly [number, number] | null): string {
  return ends ? `[${decimals(ends[0])}, ${decimals(ends[1])}]` : '–';
}

function clusterFigures(
  pair: PairSignificance,
  report: SignificanceReport,
  figures: DrawnFigures,
): Markup | null {
  const drawn = pair.directions.flatMap((direction) =>
    drawnClusters(direction.conditions).map((map) => ({ direction, ...map })),
  );
  if (drawn.length === 0) return null;
  const shown = report.pairs.length <= PAIRS_WITH_MAPS;
  const maps = drawn.map(({ direction, condition, clusters }) => {
    const stem = clusterStem(direction, condition);
    const best = clusters.clusters[0];
    const what = best
      ? `Largest cluster: ${best.cells.length} of ${clusters.t.length} layer pairs, mass ${decimals(best.mass, 1)}, ${pText(best.p)}.`
      : 'No cell beyond the threshold.';
    const text = `${what} t beyond ±${decimals(clusters.threshold, 2)}, ${clusters.permutations} sign flips.`;
    return shown
      ? figureOf(stem, figures, text)
      : html`<li>${directionOf(direction)}, ${condition}: ${text} ${figureLinks(stem)}</li>`;
  });
  return html`
<details><summary>Where in the layers: ${drawn.length} cluster maps</summary>
${shown ? html`<div class="figures">${maps}</div>` : html`<ul>${maps}</ul>`}
</details>`;
}

function methodsSection({ draws, seed, level, alpha, pairs, groupBy }: SignificanceReport): Markup {
  const family = pairs.length === 1 ? 'the only model pair' : `the ${pairs.length} model pairs`;
  return html`
<section id="methods">
<h2>How it was tested</h2>
<ul>
<li><strong>Divisions.</strong> All conditions are trained and tested on the source states that the interactive condition
trains and tests on, as far as they have them, so that differences are between the same rows. SyncR² here may therefore
differ a little from the report’s, where each condition is divided by itself. ${divisionNotes(groupBy).join(' ')}</li>
<li><strong>Strangers.</strong> ${draws} times (seed ${seed}) the held-out targets of whole interactions are exchanged within a
scenario, round by round, maps unchanged, and every source layer takes its best target layer anew. The mean and the
histogram are of exchanges in which nobody keeps the own partner; p counts exchanges that may, as a permutation test
must. It is one-sided. Rows without a stranger in their place are left out of both sides.</li>
<li><strong>Differences.</strong> A paired permutation over interactions swaps the two conditions’ labels of whole interactions
in all splits at once; p is two-sided. The maps stay as they were fitted, so a map that came out better by chance counts
as a difference: on simulated recordings without any, p ≤ 0.05 came in 6.5 % of 1000 with 3 training rows per test row and
30 per dimension, and in 10 % of 200 with 1 and 5. A p just below ${alpha} is weaker evidence than it looks.</li>
<li><strong>Intervals</strong> (${percent(level)}) are BCa from ${draws} draws of held-out groups
(${groupBy}), the maps unchanged. Where fewer than a tenth of the draws lie on one side of the number, BCa would hang on a
few extreme draws; the interval is then the number ± standard errors, and <code>interval_kind</code> in the tables says so. A draw takes the same groups in all directions, seat orders and conditions, so that means
and differences have intervals of their own. They do not cover other training rows, scenarios or models.</li>
<li><strong>Clusters.</strong> t of each layer pair over interactions (against strangers: over scenarios); neighbouring pairs beyond
the two-sided (against strangers one-sided) 5 % threshold form clusters, whose summed t is compared with the largest of
every sign flip. The p of a cluster holds for the whole map and does not say where exactly it ends. With more than two
interactions of a scenario a sign flip only approximates exchanging them. Maps of different directions are not adjusted for
each other.</li>
<li><strong>Many tests.</strong> Adjusted p is Benjamini–Hochberg’s over ${family}, one family per condition and kind of test; in
the tables by direction, over all directions of all pairs. Where one pair stands alone there is nothing to adjust.</li>
</ul>
</section>`;
}
