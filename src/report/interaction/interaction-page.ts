// The page "Is it interaction?": every condition of every model pair side by side, the tests between them, and what they
// allow one to conclude.

import { divisionNotes } from '../../conditions/division.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import {
  decimals,
  directionTitle,
  endsText,
  intervalText,
  lambdaText,
  percent,
  pText,
  rangeText,
} from '../../figures/number-text.ts';
import type { LayerClusters } from '../../statistics/condition-tests.ts';
import { type ConditionSummary, isUntested } from '../../statistics/pair-tests.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { type PageSection, pageText } from '../page/page.ts';
import { toyStatement } from '../page/toys.ts';
import { type Shared, samePair } from '../shared.ts';
import { each, splitsText } from '../synchrony/figure-notes.ts';
import type { Measures } from '../synchrony/measures.ts';
import type { Conclusion } from './conclusions.ts';
import { clusterStem, dotsStem, drawnClusters, endsOf, nullStem } from './interaction-figures.ts';
import type { PairOwnPast } from './own-past.ts';
import { netText, ownPastTable } from './own-past-section.ts';
import type { PairSignificance, SignificanceReport } from './significance.ts';

/** Up to so many pairs the cluster maps stand in the page; beyond it links to them. */
const PAIRS_WITH_MAPS = 3;

/** What the page is made of. */
export interface InteractionPage {
  readonly report: SignificanceReport;
  readonly measures: Measures;
  readonly conclude: (pair: PairSignificance) => Conclusion;
  /** Absent where own past, partner and text were not told apart. */
  readonly pastOf: (pair: PairSignificance) => PairOwnPast | undefined;
  readonly shared: Shared;
  readonly figures: DrawnFigures;
}

/** The page as HTML. */
export function interactionPage(page: InteractionPage): string {
  const { report, shared } = page;
  const sections: PageSection[] = [
    { id: 'about', title: 'What this is', body: aboutSection(report, shared) },
    ...report.pairs.map((pair, i) => ({
      id: `pair-${i + 1}`,
      title: pairLabel(pair.models),
      body: pairSection(pair, `pair-${i + 1}`, page),
    })),
    { id: 'methods', title: 'How it was tested', body: methodsSection(report) },
  ];
  return pageText({
    title: `${shared.study}: is it interaction?`,
    heading: `${shared.study}: is it interaction?`,
    statement: toyStatement(shared),
    sections,
    version: shared.versions.interbrain,
  });
}

/** The tests of all directions. */
const testsOf = ({ pairs }: SignificanceReport) =>
  pairs.flatMap(({ directions }) => directions.map(({ tests }) => tests));

function aboutSection(report: SignificanceReport, { simulation, versions }: Shared): Markup {
  const all = testsOf(report);
  return html`
<section id="about">
<h2>What this is</h2>
<p><a href="index.html">The report</a> says how well one speaker’s state predicts its partner’s next one. Two models that
read the same scenario and the same dialogue would have much in common without any interaction. This page sets the
interactive condition beside others that keep everything but one thing: this conversation, the partner, taking part, the moment; and it asks what the partner’s own past
and the text already say. The
words about ${report.pairs.length > 1 ? 'each pair' : 'the pair'} are made from the numbers, by fixed rules.</p>
<p class="source">Simulation seeds ${simulation.seeds.join(', ')};
${splitsText(all)}; groups by ${each(all.map(({ groupBy }) => groupBy))}; ${lambdaText(all.map(({ lambda }) => lambda))}; interbrain
${versions.interbrain}. Numbers in full: <a href="tables/significance-pairs.csv">significance-pairs.csv</a>,
<a href="tables/significance-directions.csv">significance-directions.csv</a>,
<a href="tables/clusters.csv">clusters.csv</a>.</p>
</section>`;
}

function pairSection(pair: PairSignificance, id: string, page: InteractionPage): Markup {
  const { report, measures, conclude, figures } = page;
  const { lead, verdict, reasons, limits } = conclude(pair);
  const past = page.pastOf(pair);
  const figure = (stem: string, caption: string) =>
    figureOf(figures, stem, html`${caption} ${figureLinks(stem)}`);
  return html`
<section id="${id}">
<h2>${pairLabel(pair.models)}</h2>
${lead !== undefined && html`<p><strong>${lead}</strong></p>`}
<p><strong>${verdict}</strong></p>
<ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
${limits.length > 0 && html`<p>What these numbers do not tell:</p><ul>${limits.map((limit) => html`<li>${limit}</li>`)}</ul>`}
<div class="figures">${figure(dotsStem(pair), 'SyncR² by condition.')}
${figure(nullStem(pair), 'SyncR² with strangers of the same scenario in the partners’ place.')}</div>
${conditionTable(pair.conditions, id, report)}
${missingNote(pair, measures)}
${past && pastBlock(past, id)}
<details><summary>By direction</summary>
${pair.directions.map(
  ({ tests, summaries }, d) => html`<h3>${directionTitle(tests)}</h3>
${conditionTable(summaries, `${id}-${d + 1}`, report)}`,
)}</details>
${clusterFigures(pair, report, figures)}
</section>`;
}

/** What explains the partner's state, for the pair and its directions. */
function pastBlock(past: PairOwnPast, id: string): Markup {
  return html`<h3>What explains the partner’s state</h3>
${ownPastTable([past], `${id}-past`)}
<p>${netText(past.name, past.net)} <a href="index.html">Drawn in the report</a>.</p>`;
}

/** Conditions that are measured, and that the tests had too few rows of. */
function missingNote({ models, conditions }: PairSignificance, { pairs }: Measures): Markup | null {
  const tested = new Set<string>(conditions.map(({ condition }) => condition));
  const missing = pairs
    .filter((pair) => samePair(pair.models, models) && !tested.has(pair.condition))
    .map(({ condition }) => condition);
  if (missing.length === 0) return null;
  return html`<p class="source">Not tested, since some direction has fewer than two rows on a side of a split:
${missing.join(', ')}.</p>`;
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
<th scope="col" class="number">Interactive, same rows</th><th scope="col" class="number">Interactive − this</th><th scope="col" class="number">Interval</th>
<th scope="col" class="number">p</th></tr></thead>
<tbody>${conditions.map((summary) => conditionRow(summary, alpha))}
</tbody></table></div>
<p class="source" id="${id}-note">SE and ${percent(level)} intervals by leaving out one held-out group after another; n is the number of test
rows per split and direction; a difference is between maps that are fitted and tested on the rows that both conditions have. Adjusted p in brackets where it differs; bold: adjusted p ≤ ${alpha}. A dash: not tested, for a reason that stands above or in
the tables.</p>`;
}

function conditionRow(summary: ConditionSummary, alpha: number): Markup {
  const { condition, syncR2, interval, testSamples, strangers, against } = summary;
  const s = isUntested(strangers) ? undefined : strangers;
  const d = against && !isUntested(against) ? against : undefined;
  const between = d && !isUntested(d.interval) ? d.interval : null;
  const cell = (text: string, strong = false) =>
    html`<td class="number">${strong ? html`<strong>${text}</strong>` : text}</td>`;
  const p = (test: { readonly p: number; readonly adjustedP: number } | undefined) =>
    cell(test ? pCell(test) : '–', test !== undefined && test.adjustedP <= alpha);
  return html`
<tr><th scope="row">${condition}</th>${cell(decimals(syncR2))}
${cell(isUntested(interval) ? '–' : decimals(interval.standardError))}${cell(endsText(endsOf(summary)))}
${cell(rangeText(testSamples))}${cell(s ? decimals(s.mean) : '–')}${p(s)}
${cell(d ? decimals(d.interactive) : '–')}${cell(d ? decimals(d.difference) : '–')}${cell(intervalText(between))}${p(d)}</tr>`;
}

/** `0.010`, or `0.010 (0.020)` with the adjusted one. */
function pCell({ p, adjustedP }: { readonly p: number; readonly adjustedP: number }): string {
  const own = pText(p).replace('p = ', '');
  const adjusted = pText(adjustedP).replace('p = ', '');
  return own === adjusted ? own : `${own} (${adjusted})`;
}

function clusterFigures(
  pair: PairSignificance,
  report: SignificanceReport,
  figures: DrawnFigures,
): Markup | null {
  const shown = report.pairs.length <= PAIRS_WITH_MAPS;
  const maps = pair.directions.flatMap(({ tests }) =>
    drawnClusters(tests.conditions).map(({ condition, clusters }) => {
      const stem = clusterStem(tests, condition);
      const text = clusterText(clusters);
      return shown
        ? figureOf(figures, stem, html`${text} ${figureLinks(stem)}`)
        : html`<li>${directionTitle(tests)}, ${condition}: ${text} ${figureLinks(stem)}</li>`;
    }),
  );
  if (maps.length === 0) return null;
  return html`
<details><summary>Where in the layers: ${maps.length} cluster maps</summary>
${shown ? html`<div class="figures">${maps}</div>` : html`<ul>${maps}</ul>`}
</details>`;
}

/** Clusters stand with the largest first. */
function clusterText({ clusters: [best], t, threshold, permutations }: LayerClusters): string {
  const what = best
    ? `Largest cluster: ${best.cells.length} of ${t.length} layer pairs, mass ${decimals(best.mass, 1)}, ${pText(best.p)}.`
    : 'No cell beyond the threshold.';
  return `${what} t beyond ±${decimals(threshold, 2)}, ${permutations} sign flips.`;
}

function methodsSection(report: SignificanceReport): Markup {
  const { level, pairs } = report;
  const all = testsOf(report);
  const draws = each(all.map((tests) => tests.draws));
  const seed = each(all.map((tests) => tests.seed));
  const groupBy = each(all.map((tests) => tests.groupBy));
  const family = pairs.length === 1 ? 'the only model pair' : `the ${pairs.length} model pairs`;
  return html`
<section id="methods">
<h2>How it was tested</h2>
<ul>
<li><strong>Divisions.</strong> All conditions are trained and tested on the source states that the interactive condition
trains and tests on, as far as they have them, and where a condition has fewer, the interactive one is fitted again on those. SyncR² here may therefore
differ a little from the report’s, where each condition is divided by itself. ${divisionNotes(groupBy).join(' ')}</li>
${CONVERSATION_NOTES}
${permutationNotes(draws, seed, widenedText(report))}
${intervalNotes(groupBy, level)}
<li><strong>Many tests.</strong> Adjusted p is Benjamini–Hochberg’s over ${family}, one family per condition and kind of test; in
the tables by direction, over all directions of all pairs. Where one pair stands alone there is nothing to adjust.</li>
</ul>
</section>`;
}

/** What there is beyond the tests of conditions. */
const CONVERSATION_NOTES = html`<li><strong>Another seed.</strong> Seed-swap takes the target from the same round of the same interaction,
played with another simulation seed: scenario, characters, goals and secrets stay, and this conversation goes. Beside its difference,
held-out targets of whole conversations are exchanged between the seeds of an interaction with the maps as they are; p is one-sided.</li>
<li><strong>Own past.</strong> The partner’s next state is predicted from its own previous one, the speaker’s and the text that both have
read, together and apart, each with a penalty of its own. Own past and text show what all share with noise, so what is left for
the speaker is an upper bound of what passes between the two.</li>`;

/** ` (here by 1.00 to 1.37)`. */
function widenedText({ pairs }: SignificanceReport): string {
  const all = pairs.flatMap(({ conditions }) =>
    conditions.flatMap(({ against }) => (against && !isUntested(against) ? against.widened : [])),
  );
  if (all.length === 0) return '';
  const [least, most] = [Math.min(...all), Math.max(...all)].map((value) => decimals(value, 2));
  return ` (here by ${least} to ${most})`;
}

function permutationNotes(draws: string, seed: string, widened: string): Markup {
  return html`<li><strong>Strangers.</strong> ${draws} times (seed ${seed}) the held-out targets of whole interactions are exchanged within a
scenario, round by round, maps unchanged, and every source layer takes its best target layer anew. The mean and the
histogram are of exchanges in which nobody keeps the own partner; p counts exchanges that may, as a permutation test
must. It is one-sided. Rows without a stranger in their place are left out of both sides. Strangers share scenario, goals and round;
characters, names, whose goal is whose, and what was said are others’, so the test rules out no other background than the scenario’s.</li>
<li><strong>Differences.</strong> A paired permutation over interactions swaps the two conditions’ labels of whole interactions
in all splits at once; p is two-sided. With the maps as they were fitted, a map that came out better by chance would count
as a difference. So in 16 permutations labels are swapped in training as well and the maps of two source layers fitted anew;
by as much as that spreads further${widened}, permutations and intervals of differences are widened, and t of the layer pairs is divided.</li>`;
}

function intervalNotes(groupBy: string, level: number): Markup {
  return html`<li><strong>Intervals</strong> (${percent(level)}) leave out one held-out group (${groupBy})
after another, the maps unchanged (those of differences are widened for maps fitted anew), and take Student’s t with as many degrees of freedom as one split holds out, less one. A group is
left out in all directions, seat orders and conditions at once, so that means and differences have intervals of their own. They lie about
SyncR² with its total variance about the training mean: about that of few held-out groups it is a little too low. They do not cover
other training rows, scenarios or models.</li>
<li><strong>Clusters.</strong> t of each layer pair over interactions (against strangers: over scenarios); neighbouring pairs beyond
the two-sided (against strangers one-sided) 5 % threshold form clusters, whose summed t is compared with the largest of
every sign flip. The p of a cluster holds for the whole map and does not say where exactly it ends. With more than two
interactions of a scenario a sign flip only approximates exchanging them. Maps of different directions are not adjusted for
each other.</li>`;
}
