// SyncR² by the relationship of the characters: the paper's Figure 5.

import { rangeText, withError } from '../../figures/number-text.ts';
import { type RelationshipDot, relationshipBars } from '../../figures/relationship-bars.ts';
import { RELATIONSHIPS } from '../../scenarios/schema.ts';
import type { StoredPart } from '../../studies/sensitivity/part-files.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { type Figure, section, type TextFile } from '../section.ts';
import { pairCount, type Shared } from '../shared.ts';
import { each, errorSentence, seedsOf, sharedNotes } from '../synchrony/figure-notes.ts';
import { gatherRelationships, type Part, pairParts, partsMadeWith } from './parts.ts';
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

/** Relationships that all directions of a pair have. */
function dotsOf({ directions }: Part<'relationships'>, shared: Shared): RelationshipDot[] {
  const pairs = pairParts(directions, shared);
  return RELATIONSHIPS.flatMap((relationship) =>
    pairs.flatMap((pair) => {
      const own = pair.directions.flatMap(({ result }) =>
        result.relationships.filter((one) => one.relationship === relationship),
      );
      if (own.length < pair.directions.length) return [];
      const { value, standardError } = combineDirections(own);
      return [{ relationship, pair: pair.name, value, error: standardError }];
    }),
  );
}

function figures(part: Part<'relationships'>, shared: Shared): Figure[] {
  const dots = dotsOf(part, shared);
  if (dots.length === 0) return [];
  const all = part.directions.map(({ stored }) => stored);
  const pairs = new Set(dots.map(({ pair }) => pair));
  const notes = [
    ...sharedNotes(partsMadeWith(part.directions, part.measures), shared, { pairs: pairs.size }).map(
      (note) => (note.startsWith('n = ') ? note.replace('n = ', 'measured on n = ') : note),
    ),
    `${sizeText(all)} in each part, ${drawsText(all)}`,
    ...(pairs.size > 1 ? ['grey: mean over pairs'] : []),
  ];
  return [[STEM, relationshipBars(dots, { title: 'By relationship of the characters', notes })]];
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
${table(part, all, shared)}${figureOf(drawn, STEM, html`${figureLinks(STEM)}; interbrain ${shared.versions.interbrain}.`)}
</section>`;
}

function table(part: Part<'relationships'>, all: readonly Stored[], shared: Shared): Markup {
  const dots = dotsOf(part, shared);
  if (dots.length === 0) return html`<p>No relationship could be compared in all directions of a pair.</p>`;
  const names = [...new Set(dots.map(({ relationship }) => relationship))];
  const pairs = [...new Set(dots.map(({ pair }) => pair))];
  const seeds = seedsOf(all);
  const cell = (pair: string, relationship: string) => {
    const dot = dots.find((one) => one.pair === pair && one.relationship === relationship);
    return dot ? withError({ value: dot.value, standardError: dot.error }, seeds) : '–';
  };
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="relationships-note">
<thead><tr><th scope="col">Models</th>${names.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${pairs.map(
    (pair) => html`
<tr><th scope="row">${pair}</th>${names.map((name) => html`<td class="number">${cell(pair, name)}</td>`)}</tr>`,
  )}
</tbody></table></div>
<p class="source" id="relationships-note">SyncR²; ${errorSentence(seeds).replace(/\.$/, '').replace('One', 'one')}. Mean over
directions and seat orders; ${sizeText(all)} in each part of a split; condition interactive; ${pairCount(pairs.length, shared).map((count) => `${count}; `)}λ = ${each(all.map(({ lambda }) => lambda))}.
There are no intervals here: the parts are drawn by row. <a href="tables/relationships.csv">relationships.csv</a></p>`;
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

function tables({ directions }: Part<'relationships'>): TextFile[] {
  return partTable(
    'relationships',
    ['relationship', 'draw', 'syncr2', 'standard_error', 'mean_r2', 'test_rows_smallest_split'],
    partRows(directions, (result) =>
      result.relationships.flatMap((one) => [
        [one.relationship, 'mean', one.value, one.standardError, one.meanR2, Math.min(...result.size)],
        ...one.draws.map((value, draw) => [
          ...[one.relationship, draw + 1, value, null, null, Math.min(...result.size)],
        ]),
      ]),
    ),
  );
}
