// SyncR² by the relationship of the characters: the paper's Figure 5.

import { decimals, errorText, rangeText, withError } from '../../figures/number-text.ts';
import {
  FEWEST_FOR_BOX,
  MOST_NAMED,
  type RelationshipPoint,
  relationshipDistribution,
} from '../../figures/relationship-distribution.ts';
import { RELATIONSHIPS, type Relationship } from '../../scenarios/schema.ts';
import type { StoredPart } from '../../studies/sensitivity/part-files.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { errorColumn } from '../page/interval-columns.ts';
import { type Figure, section, type TextFile } from '../section.ts';
import { pairCount, type Shared } from '../shared.ts';
import { each, errorSentence, seedsOf, sharedNotes } from '../synchrony/figure-notes.ts';
import { gatherRelationships, type Part, pairParts, partsMadeWith } from './parts.ts';
import { type Comparison, compareRelationships, relationshipsOf } from './relationship-comparison.ts';
import { comparedText, spreadOf, trendTable, trendText } from './relationship-trend.ts';
import { partRows, partTable } from './sensitivity-tables.ts';

const STEM = 'relationships';

type Stored = StoredPart<'relationships'>;

export const relationships = section({
  id: 'relationships',
  title: 'By relationship',
  needs: ['relationships', 'measure'],
  gather: gatherRelationships,
  figures,
  tables,
  body,
});

/** Pairs of which all directions are there, and what of them is compared. */
function comparisonOf({ directions }: Part<'relationships'>, shared: Shared) {
  const pairs = relationshipsOf(pairParts(directions, shared)).filter(({ values }) => values.size > 0);
  return { pairs, comparison: compareRelationships(pairs) };
}

function figures(part: Part<'relationships'>, shared: Shared): Figure[] {
  const { comparison } = comparisonOf(part, shared);
  if (!comparison) return [];
  const points = comparison.relationships.flatMap((relationship) =>
    comparison.pairs.flatMap(({ pair, values }): RelationshipPoint[] => {
      const own = values.get(relationship);
      return own ? [{ relationship, pair, value: own.value, error: own.standardError }] : [];
    }),
  );
  const all = part.directions.map(({ stored }) => stored);
  const count = comparison.pairs.length;
  const notes = [
    ...sharedNotes(partsMadeWith(part.directions, part.measures), shared, { pairs: count })
      .filter((note) => count <= MOST_NAMED || !note.startsWith('bars'))
      .map((note) => (note.startsWith('n = ') ? note.replace('n = ', 'measured on n = ') : note)),
    `${sizeText(all)} in each part, ${drawsText(all)}`,
    ...(count > 1 ? [`diamond: mean over the ${count} pairs that have all of these`] : []),
    ...(count >= FEWEST_FOR_BOX ? ['box: quartiles and median over pairs, whiskers to the ends'] : []),
  ];
  return [[STEM, relationshipDistribution(points, { title: 'By relationship of the characters', notes })]];
}

/** Null for a study that did not compare relationships. */
function body(part: Part<'relationships'>, shared: Shared, drawn: DrawnFigures): Markup | null {
  const all = part.directions.map(({ stored }) => stored);
  const [first] = all;
  if (!first) return null;
  const [compared, total] = first.result.scenarios;
  return html`
<section id="relationships">
<h2>By relationship</h2>
<p>The same fitted maps, on the test rows of each relationship by itself. The parts of a split are cut to one size, ${drawsText(all)},
and averaged: R² depends on how many rows there are.${
    compared < total
      ? ` Of ${total} scenarios ${compared} are compared, those of everyday encounters: others fix the relationship with the situation.`
      : ' In scenarios whose situation goes with one relationship, the two cannot be told apart.'
  }</p>
${leftOutText(all)}
${table(part, all, shared)}${trendText(comparisonOf(part, shared).comparison)}${figureOf(drawn, STEM, html`${figureLinks(STEM)}; interbrain ${shared.versions.interbrain}.`)}
</section>`;
}

function table(part: Part<'relationships'>, all: readonly Stored[], shared: Shared): Markup {
  const { pairs, comparison } = comparisonOf(part, shared);
  if (pairs.length === 0) return html`<p>No relationship could be compared in all directions of a pair.</p>`;
  const names = RELATIONSHIPS.filter((one) => pairs.some(({ values }) => values.has(one)));
  const seeds = seedsOf(all);
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="relationships-note">
<thead><tr><th scope="col">Models</th>${names.map((name) => html`<th scope="col" class="number">${name}</th>`)}<th scope="col" class="number">ρ</th></tr></thead>
<tbody>${pairs.map(({ pair, values }) => {
    const cells = names.map((name) => {
      const value = values.get(name);
      return value ? withError(value, seeds) : '–';
    });
    return row(pair, [...cells, rhoText(comparison, pair)]);
  })}${comparison && comparison.pairs.length > 1 ? row(`Mean of ${comparison.pairs.length} pairs that have all`, meanCells(comparison, names)) : null}
</tbody></table></div>
<p class="source" id="relationships-note">SyncR²; ${errorSentence(seeds).replace(/\.$/, '').replace('One', 'one')}. Mean over
directions and seat orders; ${sizeText(all)} in each part of a split; condition interactive; ${pairCount(pairs.length, shared).map((count) => `${count}; `)}λ = ${each(all.map(({ lambda }) => lambda))}.
ρ: Spearman’s, of how near the characters are and SyncR². In the mean: ± is the standard deviation over pairs.
There are no intervals here: the parts are drawn by row. <a href="tables/relationships.csv">relationships.csv</a>${
    comparison ? html` <a href="tables/relationships-trend.csv">relationships-trend.csv</a>` : null
  }</p>
${comparedText(comparison)}`;
}

function row(name: string, cells: readonly string[]): Markup {
  return html`
<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>`;
}

function rhoText(comparison: Comparison | undefined, pair: string): string {
  const place = comparison?.pairs.findIndex((one) => one.pair === pair) ?? -1;
  const rho = comparison?.trend?.rhos[place];
  return rho === undefined ? '–' : decimals(rho, 2);
}

function meanCells(
  { pairs, relationships: compared, trend }: Comparison,
  names: readonly Relationship[],
): string[] {
  const cells = names.map((name) => {
    if (!compared.includes(name)) return '–';
    const { mean, deviation } = spreadOf(pairs.flatMap(({ values }) => values.get(name)?.value ?? []));
    return `${decimals(mean)} ± ${errorText(deviation)}`;
  });
  return [...cells, trend ? decimals(trend.meanRho, 2) : '–'];
}

/** Relationships with too few rows, each with the fewest that some direction has of it. */
function leftOutText(all: readonly Stored[]): Markup | null {
  const fewest = new Map<string, number>();
  for (const { result } of all)
    for (const { relationship, testSamples } of result.leftOut)
      fewest.set(
        relationship,
        Math.min(fewest.get(relationship) ?? Number.POSITIVE_INFINITY, ...testSamples),
      );
  if (fewest.size === 0) return null;
  const parts = [...fewest].map(([relationship, rows]) => `${relationship} (${rows})`);
  return html`<p>Left out, in some direction at least, with fewer than ${each(all.map(({ result }) => result.smallest))} test rows in some split or with nothing to
compare with: ${parts.join(', ')}.</p>`;
}

function sizeText(all: readonly Stored[]): string {
  const sizes = all.flatMap(({ result }) => result.size);
  return sizes.length === 0 ? 'no rows' : `${rangeText(sizes).replace('–', ' to ')} test rows`;
}

function drawsText(all: readonly Stored[]): string {
  const draws = all.flatMap(({ result }) => result.relationships.map((one) => one.draws.length))[0] ?? 0;
  return draws === 1 ? 'drawn once' : draws === 0 ? 'drawn anew several times' : `drawn ${draws} times`;
}

function tables(part: Part<'relationships'>, shared: Shared): TextFile[] {
  return [...directionTable(part), ...trendTable(comparisonOf(part, shared).comparison)];
}

function directionTable({ directions }: Part<'relationships'>): TextFile[] {
  return partTable(
    'relationships',
    ['relationship', 'draw', 'syncr2', 'standard_error', 'mean_r2', 'test_rows_smallest_split'],
    partRows(directions, (result) =>
      result.relationships.flatMap((one) => [
        [
          one.relationship,
          'mean',
          one.value,
          errorColumn(one.standardError),
          one.meanR2,
          Math.min(...result.size),
        ],
        ...one.draws.map((value, draw) => [
          ...[one.relationship, draw + 1, value, null, null, Math.min(...result.size)],
        ]),
      ]),
    ),
  );
}
