// SyncR² with training and test divided in other ways: the paper's Table 2 (pairs of characters kept apart), and with
// scenarios kept apart beside it.

import type { TopLevelSpec } from 'vega-lite';
import { estimateDots } from '../../figures/estimate-dots.ts';
import { bootstrapTexts, decimals, directionTitle, intervalText } from '../../figures/number-text.ts';
import { fluidSvg } from '../../figures/render.ts';
import { GROUPINGS, type GroupBy } from '../../pairs/open.ts';
import type { Estimate, StoredPart } from '../../studies/sensitivity/part-files.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { figureLinks } from '../page/figure-links.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import type { ReportInput } from '../page/types.ts';
import type { DrawnFigures } from '../synchrony/synchrony-section.ts';
import { type PairPart, pairParts, rangeText, sharedNotes } from './sensitivity-numbers.ts';

export const GROUPINGS_STEM = 'sensitivity+groupings';

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

/** Undefined for a study that did not divide its samples in other ways. */
export function groupingsFigure(input: ReportInput): TopLevelSpec | undefined {
  const pairs = pairParts(input, 'groupings');
  const dots = pairs.flatMap((pair) =>
    GROUPINGS.flatMap((groupBy) => {
      const estimate = pairEstimate(pair, groupBy);
      const name = `${WORDS[groupBy]} kept apart${groupBy === input.synchrony.groupBy ? ' (SyncR²)' : ''}`;
      return estimate ? [{ row: pair.name, name, value: estimate.value, error: estimate.standardError }] : [];
    }),
  );
  if (dots.length === 0) return undefined;
  return estimateDots(dots, {
    title: 'With other divisions into training and test',
    notes: sharedNotes(input, { groups: false }),
  });
}

/** Null for a study that did not divide its samples in other ways. */
export function groupingsTable(input: ReportInput, figures: DrawnFigures): Markup | null {
  const pairs = pairParts(input, 'groupings');
  const all = pairs.flatMap(({ directions }) => directions);
  if (all.length === 0) return null;
  const seeds = input.synchrony.splitSeeds.length;
  const kinds = GROUPINGS.filter((groupBy) => all.some((one) => own(one, groupBy)));
  const intervals = all.flatMap(({ result }) =>
    result.groupings.flatMap(({ interval, groupBy }) => (interval ? [{ interval, groupBy }] : [])),
  );
  const row = (title: string, estimates: readonly (Estimate | undefined)[]) => html`
<tr><th scope="row">${title}</th>${estimates.map(
    (estimate) => html`<td class="number">${estimate ? number(estimate, seeds) : '–'}</td>`,
  )}</tr>`;
  return html`
<h3>What may stand on both sides</h3>
<p>Training and test never share an interaction. They may share characters and scenarios unless these are kept apart as well; if
SyncR² falls then, the maps had learned something of those.</p>
<div class="scroll" tabindex="0"><table aria-describedby="groupings-note">
<thead><tr><th scope="col">Models</th>${kinds.map(
    (groupBy) => html`<th scope="col" class="number">${capital(WORDS[groupBy])} apart</th>`,
  )}</tr></thead>
<tbody>${pairs.map((pair) =>
    row(
      pair.name,
      kinds.map((groupBy) => pairEstimate(pair, groupBy)),
    ),
  )}
${all.map((one) =>
  row(
    directionTitle(one as unknown as SynchronyResult),
    kinds.map((groupBy) => own(one, groupBy)),
  ),
)}
</tbody></table></div>
<p class="source" id="groupings-note">SyncR², condition interactive. ${
    seeds > 1 ? `± is the standard error over ${seeds} split seeds.` : 'One split seed gives no error.'
  } ${intervals.length > 0 ? `In brackets: ${bootstrapTexts(intervals).join('; ')}, the fitted maps held fixed. ` : ''}n = ${rangeText(
    all.flatMap(({ result }) => result.groupings.map(({ samples }) => samples)),
  )}; ${kinds
    .map((groupBy) => `${rangeText(all.flatMap((one) => own(one, groupBy)?.groups ?? []))} ${WORDS[groupBy]}`)
    .join(
      ', ',
    )}; λ = ${input.synchrony.lambda}. <a href="tables/sensitivity-groupings.csv">sensitivity-groupings.csv</a></p>
${leftOut(all)}
<figure>${trusted(fluidSvg(figures.get(GROUPINGS_STEM) ?? ''))}
<figcaption>${figureLinks(GROUPINGS_STEM)}; interbrain ${input.versions.interbrain}.</figcaption></figure>`;
}

function leftOut(all: readonly Stored[]): Markup | null {
  const kinds = [...new Set(all.flatMap(({ result }) => result.leftOut.map(({ groupBy }) => groupBy)))];
  if (kinds.length === 0) return null;
  const names = kinds.map((groupBy) => WORDS[groupBy]).join(', ');
  return html`<p class="source">There are too few groups, at least in some direction, to keep apart: ${names}.</p>`;
}

function number({ value, standardError, interval }: Estimate, seeds: number): string {
  const error = seeds > 1 ? ` ± ${decimals(standardError)}` : '';
  return `${decimals(value)}${error}${interval ? ` ${intervalText({ ...interval, cells: [] })}` : ''}`;
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
