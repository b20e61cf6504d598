// SyncR² by the relationship of the characters: the paper's Figure 5.

import type { TopLevelSpec } from 'vega-lite';
import { decimals } from '../../figures/number-text.ts';
import { type RelationshipDot, relationshipBars } from '../../figures/relationship-bars.ts';
import { fluidSvg } from '../../figures/render.ts';
import { RELATIONSHIPS } from '../../scenarios/schema.ts';
import type { StoredPart } from '../../studies/sensitivity/part-files.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import { figureLinks } from '../page/figure-links.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import type { ReportInput } from '../page/types.ts';
import type { DrawnFigures } from '../synchrony/synchrony-section.ts';
import { pairParts, sharedNotes } from './sensitivity-numbers.ts';

const STEM = 'relationships';

/** Relationships that all directions of a pair have. */
function dotsOf(input: ReportInput): RelationshipDot[] {
  return RELATIONSHIPS.flatMap((relationship) =>
    pairParts(input, 'relationships').flatMap(({ name, directions }) => {
      const own = directions.flatMap(({ result }) =>
        result.relationships.filter((one) => one.relationship === relationship),
      );
      if (own.length < directions.length) return [];
      const { value, standardError } = combineDirections(own);
      return [{ relationship, pair: name, value, error: standardError }];
    }),
  );
}

export function relationshipFigures(input: ReportInput): Map<string, TopLevelSpec> {
  const dots = dotsOf(input);
  if (dots.length === 0) return new Map();
  const all = partsOf(input);
  const notes = [
    ...sharedNotes(input).map((note) =>
      note.startsWith('n = ') ? note.replace('n = ', 'measured on n = ') : note,
    ),
    `${sizeText(all)} in each part, ${drawsText(all)}`,
    ...(new Set(dots.map(({ pair }) => pair)).size > 1 ? ['grey: mean over pairs'] : []),
  ];
  return new Map([[STEM, relationshipBars(dots, { title: 'By relationship of the characters', notes })]]);
}

function partsOf(input: ReportInput): StoredPart<'relationships'>[] {
  return (input.sensitivity ?? []).flatMap(({ parts }) => parts.relationships ?? []);
}

/** Null for a study that did not compare relationships. */
export function relationshipsSection(input: ReportInput, figures: DrawnFigures): Markup | null {
  const all = partsOf(input);
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
${table(input)}
${
  figures.has(STEM)
    ? html`<figure>${trusted(fluidSvg(figures.get(STEM) ?? ''))}
<figcaption>${figureLinks(STEM)}; interbrain ${input.versions.interbrain}.</figcaption></figure>`
    : null
}
</section>`;
}

function table(input: ReportInput): Markup | null {
  const dots = dotsOf(input);
  const names = [...new Set(dots.map(({ relationship }) => relationship))];
  const pairs = [...new Set(dots.map(({ pair }) => pair))];
  if (dots.length === 0) return html`<p>No relationship could be compared in all directions of a pair.</p>`;
  const seeds = input.synchrony.splitSeeds.length;
  const cell = (pair: string, relationship: string) => {
    const dot = dots.find((one) => one.pair === pair && one.relationship === relationship);
    if (!dot) return '–';
    return seeds > 1 ? `${decimals(dot.value)} ± ${decimals(dot.error)}` : decimals(dot.value);
  };
  const all = partsOf(input);
  return html`
<div class="scroll" tabindex="0"><table aria-describedby="relationships-note">
<thead><tr><th scope="col">Models</th>${names.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${pairs.map(
    (pair) => html`
<tr><th scope="row">${pair}</th>${names.map((name) => html`<td class="number">${cell(pair, name)}</td>`)}</tr>`,
  )}
</tbody></table></div>
<p class="source" id="relationships-note">SyncR²; ${seeds > 1 ? `± is the standard error over ${seeds} split seeds` : 'one split seed gives no error'}. Mean over
directions and seat orders; ${sizeText(all)} in each part of a split; condition interactive; λ = ${input.synchrony.lambda}.
There are no bootstrap intervals here: the parts are drawn by row. <a href="tables/relationships.csv">relationships.csv</a></p>`;
}

function leftOutText(all: readonly StoredPart<'relationships'>[]): Markup | null {
  const lines = new Map<string, number>();
  for (const { result } of all)
    for (const { relationship, testSamples } of result.leftOut)
      lines.set(relationship, Math.min(lines.get(relationship) ?? Number.POSITIVE_INFINITY, ...testSamples));
  if (lines.size === 0) return null;
  const { smallest } = all[0]!.result;
  const parts = [...lines].map(([relationship, rows]) => `${relationship} (${rows})`);
  return html`<p>Left out, in some direction at least, with fewer than ${smallest} test rows in some split or with nothing to
compare with: ${parts.join(', ')}.</p>`;
}

function sizeText(all: readonly StoredPart<'relationships'>[]): string {
  const sizes = all.flatMap(({ result }) => result.size);
  if (sizes.length === 0) return 'no rows';
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  return `${low === high ? low : `${low} to ${high}`} test rows`;
}

function drawsText(all: readonly StoredPart<'relationships'>[]): string {
  const draws = all.flatMap(({ result }) => result.relationships.map((one) => one.draws.length))[0] ?? 0;
  return draws === 1 ? 'drawn once' : draws === 0 ? 'drawn anew several times' : `drawn ${draws} times`;
}
