// Whether the regression is needed: other measures of the same rows and splits, and what of each goes in the conditions that take
// something away from the interactive one.

import { type Condition, INTERACTIVE } from '../../conditions/condition.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import {
  decimals,
  intervalOrigins,
  intervalText,
  lambdaText,
  rangeText,
  seats,
} from '../../figures/number-text.ts';
import type {
  ComparedCondition,
  DirectionSimilarity,
  MeasuredSimilarity,
  SimilarityScore,
} from '../../studies/similarity-files.ts';
import { SIMILARITY } from '../../studies/stages/similarity.ts';
import { combineJackknives, type Interval, intervalOf } from '../../synchrony/intervals/interval.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup } from '../page/html.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import { section, type TextFile } from '../section.ts';
import { completePair, type ModelNames, pairCount, type Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { each, splitsText } from './figure-notes.ts';

/** One direction of a seat order. */
interface Direction {
  readonly models: ModelNames;
  readonly result: DirectionSimilarity;
}

export const similarity = section({
  id: 'similarity',
  title: 'Is the regression needed?',
  needs: ['similarity'],
  gather,
  tables: (all: readonly Direction[]) =>
    all.length === 0 ? [] : ([['tables/similarity.csv', csv(all)]] satisfies TextFile[]),
  body: (all: readonly Direction[], shared) => body(all, shared),
});

async function gather(source: ReportSource): Promise<readonly Direction[]> {
  const { current } = await source.results(SIMILARITY);
  return current.map(({ task, result }) => ({ models: task.order.names, result }));
}

/** A number with its interval, if it has one. */
interface Bounded {
  readonly value: number;
  readonly interval: Interval | null;
}

/** Weighted sum of scores; no interval if one has none. */
function sumOf(
  parts: readonly { readonly score: SimilarityScore; readonly weight: number }[],
  least?: number,
): Bounded {
  const value = parts.reduce((sum, { score, weight }) => sum + weight * score.value, 0);
  const found = parts.flatMap(({ score: { intervals }, weight }) =>
    intervals ? [{ weight, jackknife: intervals.jackknife, level: intervals.syncR2.level }] : [],
  );
  const [first] = found;
  if (first === undefined || found.length < parts.length) return { value, interval: null };
  return { value, interval: intervalOf(combineJackknives(found), first.level, least) };
}

const meanOf = (scores: readonly SimilarityScore[]) =>
  sumOf(
    scores.map((score) => ({ score, weight: 1 / scores.length })),
    0,
  );

/** The interactive condition less another, the mean over directions. */
function differenceOf(compared: readonly ComparedCondition[]): Bounded {
  const weight = 1 / compared.length;
  return sumOf(
    compared.flatMap(({ interactive, other }) => [
      { score: interactive, weight },
      { score: other, weight: -weight },
    ]),
  );
}

/** One measure of a pair. */
interface Row {
  readonly measure: string;
  readonly interactive: Bounded;
  /** By condition; those that some direction lacks are absent. */
  readonly compared: ReadonlyMap<Condition, { readonly other: Bounded; readonly difference: Bounded }>;
}

function rowsOf(results: readonly DirectionSimilarity[]): Row[] {
  const names = results[0]?.measures.map(({ measure }) => measure) ?? [];
  return names.map((measure) => {
    const own = results.flatMap(({ measures }) => measures.filter((one) => one.measure === measure));
    const conditions = own[0]?.compared.map(({ condition }) => condition) ?? [];
    const compared = conditions.flatMap((condition) => {
      const found = own.flatMap((one) => one.compared.filter((other) => other.condition === condition));
      if (found.length < results.length) return [];
      const other = meanOf(found.map((one) => one.other));
      return [[condition, { other, difference: differenceOf(found) }] as const];
    });
    const interactive = meanOf(own.map((one) => one.interactive));
    return { measure, interactive, compared: new Map(compared) };
  });
}

const TITLES: ReadonlyMap<string, string> = new Map([
  ['ridge', 'Ridge maps (SyncR²)'],
  ['cka', 'Linear CKA, debiased'],
  ['cca', 'CCA, held-out'],
  ['pls', 'PLS, held-out'],
  ['rsa', 'RSA'],
  ['neighbours', 'Mutual neighbours'],
]);

const text = ({ value, interval }: Bounded) =>
  interval ? html`${decimals(value)} <small>${intervalText(interval)}</small>` : html`${decimals(value)}`;

/** Standard errors by which the difference lies above 0. */
function ratioText({ value, interval }: Bounded): string {
  return interval && interval.standardError > 0 ? decimals(value / interval.standardError, 1) : '–';
}

function body(all: readonly Direction[], shared: Shared): Markup | null {
  const pairs = shared.pairs.flatMap((models) => {
    const own = completePair(models, all).map(({ result }) => result);
    return own.length === 0 ? [] : [{ models, rows: rowsOf(own) }];
  });
  if (pairs.length === 0) return null;
  return html`
<section id="similarity">
<h2>Is the regression needed?</h2>
<p>Other measures of how alike two layers are, on the same rows and splits: each source layer at its best target layer, rows
below 0 counted as 0, and the mean over source layers, as SyncR² is made. Their scales differ, so what can be compared
between measures is not the value but what happens to it when something is taken away: how much of it is left, and by how
many standard errors the interactive condition is above. A measure that falls as clearly as the ridge maps says the same
without a regression; one that stays where the partner is another sees something else.</p>
${pairs.map(({ models, rows }) => pairTable(models, rows))}
${note(all, pairs.length, shared)}
</section>`;
}

function pairTable(models: ModelNames, rows: readonly Row[]): Markup {
  const conditions = [...new Set(rows.flatMap(({ compared }) => [...compared.keys()]))];
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="similarity-note">
<caption>${pairLabel(models)}</caption>
<thead><tr><th scope="col">Measure</th><th scope="col" class="number">interactive</th>${conditions.map(
    (condition) =>
      html`<th scope="col" class="number">${condition}</th><th scope="col" class="number">difference</th><th scope="col" class="number">over its SE</th>`,
  )}</tr></thead>
<tbody>${rows.map(
    ({ measure, interactive, compared }) => html`
<tr><th scope="row">${TITLES.get(measure) ?? measure}</th><td class="number">${text(interactive)}</td>${conditions.map(
      (condition) => {
        const found = compared.get(condition);
        return found
          ? html`<td class="number">${decimals(found.other.value)}</td><td class="number">${text(found.difference)}</td><td class="number">${ratioText(found.difference)}</td>`
          : html`<td class="number">–</td><td class="number">–</td><td class="number">–</td>`;
      },
    )}</tr>`,
  )}
</tbody></table></div>`;
}

function note(all: readonly Direction[], shown: number, shared: Shared): Markup {
  const results = all.map(({ result }) => result);
  const origins = intervalOrigins(
    results.flatMap(({ measures, groupBy }) =>
      measures.flatMap(({ interactive: { intervals } }) =>
        intervals ? [{ interval: intervals.syncR2, groupBy }] : [],
      ),
    ),
  );
  const reasons = reasonsOf(results);
  return html`
<p class="source" id="similarity-note">CKA, RSA and neighbours compare the held-out rows as they are; CCA and PLS are fitted to the
training rows and give the mean of r · |r| of the held-out ones. ${settingsText(results)} A condition is compared with the
interactive one on the rows that both have, and the difference is between these. ${
    origins.length > 0 ? `In brackets: ${origins.join('; ')}, what was fitted or ranked held fixed. ` : ''
  }${[
    'A pair’s number is the mean over directions and seat orders',
    ...pairCount(shown, shared),
    `n = ${rangeText(results.map(({ samples }) => samples))}`,
    `groups by ${each(results.map(({ groupBy }) => groupBy))}`,
    splitsText(results),
    lambdaText(results.map(({ lambda }) => lambda)),
  ].join('; ')}. ${reasons.length > 0 ? `Not compared: ${reasons.join('; ')}. ` : ''}In full, by direction:
<a href="tables/similarity.csv">similarity.csv</a>.</p>`;
}

/** Conditions that were not compared, and why; with the measures, where others were. */
function reasonsOf(results: readonly DirectionSimilarity[]): string[] {
  const all = new Set(results.flatMap(({ measures }) => measures.map(({ measure }) => measure)));
  const found = new Map<string, Set<string>>();
  for (const { measures } of results)
    for (const { measure, notCompared } of measures)
      for (const { condition, reason } of notCompared) {
        const text = `${condition}: ${reason}`;
        found.set(text, (found.get(text) ?? new Set()).add(measure));
      }
  return [...found].map(([text, names]) =>
    names.size === all.size ? text : `${[...names].join(', ')}, ${text}`,
  );
}

/** What the measures were told, but for their coverage. */
function settingsText(results: readonly DirectionSimilarity[]): string {
  const told = (results[0]?.measures ?? []).flatMap(({ measure, settings }) => {
    const own = Object.entries(settings).filter(([name]) => name !== 'level');
    if (measure === 'ridge' || own.length === 0) return [];
    return [`${measure}: ${own.map(([name, value]) => `${name} ${value}`).join(', ')}`];
  });
  return told.length === 0 ? '' : `Settings: ${told.join('; ')}.`;
}

/** A row for each direction, measure and condition; the interactive one first, on all its rows. */
function csv(all: readonly Direction[]): string {
  const header = [
    ...['model_a', 'model_b', 'direction', 'source_model', 'target_model', 'measure', 'condition', 'samples'],
    ...['value', 'interactive_on_these_rows', 'difference', ...INTERVAL],
  ];
  const rows = all.flatMap(({ models, result }) => {
    const who = [...models, seats(result.direction).join(' to '), result.sourceModel, result.targetModel];
    return result.measures.flatMap((one): CsvValue[][] => [
      [...who, one.measure, INTERACTIVE, result.samples, ...wholeCells(one)],
      ...one.compared.map((compared): CsvValue[] => {
        const { condition, samples, interactive, other } = compared;
        const { value, interval } = differenceOf([compared]);
        return [
          ...[...who, one.measure, condition, samples, other.value, interactive.value, value],
          ...intervalColumns(interval),
        ];
      }),
    ]);
  });
  return encodeCsv(header, rows);
}

function wholeCells({ interactive }: MeasuredSimilarity): CsvValue[] {
  return [interactive.value, interactive.value, null, ...intervalColumns(interactive.intervals?.syncR2)];
}
