// SyncR² with training and test divided in other ways: the paper's Table 2 (pairs of characters kept apart), and with
// scenarios kept apart beside it.

import { estimateDots } from '../../figures/estimate-dots.ts';
import { directionTitle, intervalOrigins, lambdaText, rangeText } from '../../figures/number-text.ts';
import { GROUPINGS, type GroupBy } from '../../pairs/open.ts';
import type { Estimate, StoredPart } from '../../studies/sensitivity/part-files.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import type { Figure } from '../section.ts';
import type { Shared } from '../shared.ts';
import { errorSentence, seedsOf, sharedNotes } from '../synchrony/figure-notes.ts';
import { type Choices, madeWithOf } from './choices.ts';
import { estimateText, intervalsOf } from './estimate-text.ts';
import { type PairPart, pairParts } from './parts.ts';

const STEM = 'sensitivity+groupings';

const WORDS: Readonly<Record<GroupBy, string>> = {
  interaction: 'interactions',
  characterPair: 'pairs of characters',
  scenario: 'scenarios',
};

type Stored = StoredPart<'groupings'>;

const own = ({ result }: Stored, groupBy: GroupBy) => result.groupings.find((one) => one.groupBy === groupBy);

/** Mean over a pair's directions; none if a direction could not be divided so. */
function pairEstimate({ directions }: PairPart<'groupings'>, groupBy: GroupBy) {
  const all = directions.flatMap((direction) => own(direction, groupBy) ?? []);
  return all.length === directions.length ? combineDirections(all) : undefined;
}

/** None for a study that did not divide its samples in other ways. */
export function groupingsFigures({ groupings, measures }: Choices, shared: Shared): Figure[] {
  const pairs = pairParts(groupings, shared);
  const dots = pairs.flatMap((pair) =>
    GROUPINGS.flatMap((groupBy) => {
      const estimate = pairEstimate(pair, groupBy);
      const isOwn = pair.directions.every((direction) => direction.groupBy === groupBy);
      const name = `${WORDS[groupBy]} kept apart${isOwn ? ' (SyncR²)' : ''}`;
      return estimate ? [{ row: pair.name, name, value: estimate.value, error: estimate.standardError }] : [];
    }),
  );
  if (dots.length === 0) return [];
  const notes = sharedNotes(madeWithOf(groupings, measures), shared, {
    groups: false,
    pairs: pairs.length,
  });
  return [[STEM, estimateDots(dots, { title: 'With other divisions into training and test', notes })]];
}

/** Null for a study that did not divide its samples in other ways. */
export function groupingsTable({ groupings }: Choices, shared: Shared, figures: DrawnFigures): Markup | null {
  const all = groupings.map(({ stored }) => stored);
  if (all.length === 0) return null;
  const seeds = seedsOf(all);
  const kinds = GROUPINGS.filter((groupBy) => all.some((one) => own(one, groupBy)));
  const row = (title: string, estimates: readonly (Estimate | undefined)[]) => html`
<tr><th scope="row">${title}</th>${estimates.map(
    (estimate) => html`<td class="number">${estimate ? estimateText(estimate, seeds) : '–'}</td>`,
  )}</tr>`;
  return html`
<h3>What may stand on both sides</h3>
<p>Training and test never share an interaction. They may share characters and scenarios unless these are kept apart as well; if
SyncR² falls then, the maps had learned something of those.</p>
<div class="scroll" tabindex="0"><table aria-describedby="groupings-note">
<thead><tr><th scope="col">Models</th>${kinds.map(
    (groupBy) => html`<th scope="col" class="number">${capital(WORDS[groupBy])} apart</th>`,
  )}</tr></thead>
<tbody>${pairParts(groupings, shared).map((pair) =>
    row(
      pair.name,
      kinds.map((groupBy) => pairEstimate(pair, groupBy)),
    ),
  )}
${all.map((one) =>
  row(
    directionTitle(one),
    kinds.map((groupBy) => own(one, groupBy)),
  ),
)}
</tbody></table></div>
${note(all, kinds, seeds)}
${leftOut(all)}${figureOf(figures, STEM, html`${figureLinks(STEM)}; interbrain ${shared.versions.interbrain}.`)}`;
}

function note(all: readonly Stored[], kinds: readonly GroupBy[], seeds: number): Markup {
  const intervals = intervalsOf(
    all.flatMap(({ result }) => result.groupings.map((one) => ({ groupBy: one.groupBy, estimate: one }))),
  );
  const groups = kinds.map(
    (groupBy) => `${rangeText(all.flatMap((one) => own(one, groupBy)?.groups ?? []))} ${WORDS[groupBy]}`,
  );
  return html`<p class="source" id="groupings-note">SyncR², condition interactive. ${errorSentence(seeds)} ${
    intervals.length > 0
      ? `In brackets: ${intervalOrigins(intervals).join('; ')}, the fitted maps held fixed. `
      : ''
  }n = ${rangeText(all.flatMap(({ result }) => result.groupings.map(({ samples }) => samples)))}; ${groups.join(
    ', ',
  )}; ${lambdaText(all.map(({ lambda }) => lambda))}. <a href="tables/sensitivity-groupings.csv">sensitivity-groupings.csv</a></p>`;
}

function leftOut(all: readonly Stored[]): Markup | null {
  const kinds = [...new Set(all.flatMap(({ result }) => result.leftOut.map(({ groupBy }) => groupBy)))];
  if (kinds.length === 0) return null;
  const names = kinds.map((groupBy) => WORDS[groupBy]).join(', ');
  return html`<p class="source">There are too few groups, at least in some direction, to keep apart: ${names}.</p>`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
