// Whether the place in the dialogue is what is predicted: SyncR² by round, and of all rounds together, each about its own mean;
// and what single interactions add to it.

import { INTERACTIVE } from '../../conditions/condition.ts';
import {
  decimals,
  directionTitle,
  type IntervalOrigin,
  intervalOrigins,
  intervalText,
  lambdaText,
  rangeText,
} from '../../figures/number-text.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import { pairCount, type Shared } from '../shared.ts';
import { each, splitsText } from './figure-notes.ts';
import { pairUnder } from './measures.ts';
import {
  type Bounded,
  gatherRounds,
  meanOfRounds,
  type PooledValues,
  pairRounds,
  type RoundMeans,
  type Rounds,
  roundsMadeWith,
} from './rounds.ts';
import { INTERACTIONS_STEM, ROUNDS_STEM, roundFigures } from './rounds-figures.ts';
import { roundTables } from './rounds-tables.ts';

export const rounds = section({
  id: 'rounds',
  title: 'By round and by interaction',
  needs: ['contributions', 'measure'],
  gather: gatherRounds,
  figures: roundFigures,
  tables: roundTables,
  body: (all, shared, figures) => (all.directions.length === 0 ? null : body(all, shared, figures)),
});

/** A pair or a direction, with its SyncR² as it is measured. */
interface Row extends RoundMeans {
  readonly title: string;
  readonly syncR2: Bounded | null;
}

/** Pairs, then directions. */
function rowsOf(all: Rounds, shared: Shared): Row[] {
  const pairs = pairRounds(all, shared).map((pair): Row => {
    return { ...pair, title: pair.name, syncR2: pairUnder(all.measures, pair.models, INTERACTIVE) ?? null };
  });
  const directions = all.directions.map(({ result, measured }): Row => {
    const syncR2 = measured && {
      value: measured.syncR2.value,
      interval: measured.intervals?.syncR2 ?? null,
    };
    return { ...meanOfRounds([result]), title: directionTitle(result), syncR2: syncR2 ?? null };
  });
  return [...pairs, ...directions];
}

function body(all: Rounds, shared: Shared, figures: DrawnFigures): Markup {
  const rows = rowsOf(all, shared);
  const versions = `interbrain ${shared.versions.interbrain}`;
  return html`
<section id="rounds">
<h2>By round and by interaction</h2>
<p>States drift from round to round, and who knows the round can predict some of that without the partner. Here the same
maps are scored once more with each round’s own training mean as what has to be beaten. What stays within rounds is more
than the mean of a round; it may still come from whatever else both have in common besides the conversation, such as the
scenario.</p>
${pooledTable(all, rows, shared)}
${leftOutNote(all)}
<h3>Round by round</h3>
<p>At the target layers that SyncR² chose on all rounds, so that no round takes a maximum of its own. A round has
fewer rows than the whole, and its R² is less certain and on average somewhat lower for that.</p>
${roundTable(rows)}
${figureOf(figures, ROUNDS_STEM, html`${figureLinks(ROUNDS_STEM)}; ${versions}.`)}
<h3>By interaction</h3>
<p>What every held-out interaction adds to R² is kept; it sums to R². Divided by its share of the test rows it is the
interaction’s own R²: 1 − its mean squared residual over the variance of all test rows.</p>
${figureOf(figures, INTERACTIONS_STEM, html`${figureLinks(INTERACTIONS_STEM)}; ${versions}.`)}
<p class="source">In full: <a href="tables/rounds.csv">rounds.csv</a>, <a href="tables/rounds-pooled.csv">rounds-pooled.csv</a>,
<a href="tables/interactions.csv">interactions.csv</a>; by layer pair in the run’s folder <code>contributions</code>.</p>
</section>`;
}

const boundedText = (one: Bounded | null | undefined) =>
  one ? `${decimals(one.value)} ${one.interval ? intervalText(one.interval) : ''}`.trim() : '–';

const POOLED: readonly (readonly [title: string, of: keyof PooledValues])[] = [
  ['About one training mean', 'overall'],
  ['Within rounds', 'within'],
  ['Difference', 'difference'],
];

function pooledTable(all: Rounds, rows: readonly Row[], shared: Shared): Markup {
  const numbers = roundsMadeWith(all);
  const shown = pairRounds(all, shared).length;
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="rounds-note">
<thead><tr><th scope="col">Models</th><th scope="col" class="number">SyncR²</th>${POOLED.map(
    ([title]) => html`<th scope="col" class="number">${title}</th>`,
  )}</tr></thead>
<tbody>${rows.map(
    ({ title, syncR2, pooled }) => html`
<tr><th scope="row">${title}</th><td class="number">${boundedText(syncR2)}</td>${POOLED.map(
      ([, of]) => html`<td class="number">${boundedText(pooled?.[of])}</td>`,
    )}</tr>`,
  )}
</tbody></table></div>
<p class="source" id="rounds-note">SyncR² has SS_tot about the mean of the test rows; then, at the same target layers, about the
mean of all training rows, and about the mean of the training rows of each row’s round. ${intervalNote(all)} A pair’s
number is the mean over directions and seat orders; condition interactive; ${[
    ...pairCount(shown, shared),
    `n = ${rangeText(numbers.map(({ samples }) => samples))}`,
    `groups by ${each(numbers.map(({ groupBy }) => groupBy))}`,
    splitsText(numbers),
    lambdaText(numbers.map(({ lambda }) => lambda)),
  ].join('; ')}.</p>`;
}

function intervalNote({ directions }: Rounds): string {
  const notes = intervalOrigins(
    directions.flatMap(({ result: { pooled, groupBy } }): IntervalOrigin[] => {
      const interval = pooled?.within.intervals?.syncR2;
      return interval ? [{ interval, groupBy }] : [];
    }),
  );
  return notes.length === 0
    ? 'There are no intervals.'
    : `In brackets: ${notes.join('; ')}, the fitted maps held fixed.`;
}

/** Rounds with too few rows, and rows that no pooled number counts. */
function leftOutNote({ directions }: Rounds): Markup | null {
  const results = directions.map(({ result }) => result);
  const smallest = each(results.map((one) => one.smallest));
  const leftOut = [...new Set(results.flatMap((one) => one.leftOut.map(({ round }) => round)))].sort(
    (a, b) => a - b,
  );
  const notCounted = results.flatMap(({ pooled }) => pooled?.notCounted ?? []);
  const without = results.filter(({ pooled }) => pooled === null).map(directionTitle);
  const sentences = [
    ...(leftOut.length > 0
      ? [
          `Too few rows, fewer than ${smallest} in training or in test of some split, at least in some direction: round ${leftOut.join(', ')}.`,
        ]
      : []),
    ...(notCounted.some((count) => count > 0)
      ? [
          `Test rows of rounds with fewer than ${smallest} training rows are not counted within rounds, nor about the training mean: ${rangeText(notCounted)} in a split.`,
        ]
      : []),
    ...(without.length > 0 ? [`No round has enough training rows: ${without.join(', ')}.`] : []),
  ];
  return sentences.length === 0 ? null : html`<p class="source">${sentences.join(' ')}</p>`;
}

function roundTable(rows: readonly Row[]): Markup {
  const all = [...new Set(rows.flatMap((row) => row.rounds.map(({ round }) => round)))].sort((a, b) => a - b);
  if (all.length === 0) return html`<p>No round has enough rows.</p>`;
  const cell = ({ rounds }: Row, round: number) => {
    const found = rounds.find((one) => one.round === round);
    return found ? html`${boundedText(found)}<br><small>${rangeText(found.test)} test rows</small>` : '–';
  };
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="rounds-note">
<thead><tr><th scope="col">Models</th>${all.map(
    (round) => html`<th scope="col" class="number">Round ${round}</th>`,
  )}</tr></thead>
<tbody>${rows.map(
    (row) => html`
<tr><th scope="row">${row.title}</th>${all.map((round) => html`<td class="number">${cell(row, round)}</td>`)}</tr>`,
  )}
</tbody></table></div>`;
}
