// Conditions side by side: their maps (the paper's Figure 3), SyncR² without social engagement (Figure 4a) and by lag
// (Figure 4b).

import type { TopLevelSpec } from 'vega-lite';
import { type Condition, INTERACTIVE, lagOf, traitsOf } from '../../conditions/condition.ts';
import { conditionMaps } from '../../figures/condition-maps.ts';
import { type Curve, curves } from '../../figures/curves.ts';
import { type EstimateDot, estimateDots } from '../../figures/estimate-dots.ts';
import { directionTitle } from '../../figures/number-text.ts';
import { fluidSvg } from '../../figures/render.ts';
import type { Direction } from '../../pairs/align.ts';
import { pairName } from '../../recordings/layout.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { figureLinks } from '../page/figure-links.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import type { PairResult, ReportInput } from '../page/types.ts';
import { rangeText, samePair, sharedNotes } from '../sensitivity/sensitivity-numbers.ts';
import type { DrawnFigures } from '../synchrony/synchrony-section.ts';

const DOTS_STEM = 'conditions+pairs';
const LAG_STEM = 'conditions+lag';

/** Up to so many seat orders their maps stand in the page; beyond it they lie in the folder of figures. */
const SEAT_ORDERS_WITH_MAPS = 4;

/** Specs by stem of their file names; none for a study of one condition. */
export function conditionFigures(input: ReportInput): Map<string, TopLevelSpec> {
  const figures = new Map<string, TopLevelSpec>();
  if (conditionsOf(input).length < 2) return figures;
  // Of a single pair the tests draw the same with intervals.
  if (namesOf(input).length > 1 || !input.significance) figures.set(DOTS_STEM, dotsFigure(input));
  const lags = lagCurves(input);
  if (lags.length > 0)
    figures.set(
      LAG_STEM,
      curves(
        lags,
        {
          title: 'lag k, in rounds (0: interactive)',
          values: [...new Set(lags.flatMap(({ points }) => points.map(({ x }) => x)))],
        },
        { title: 'With turns later on', notes: notesOf(input) },
      ),
    );
  for (const { stem, results } of directionsOf(input))
    figures.set(
      stem,
      conditionMaps(results, {
        title: directionTitle(results[0]!),
        notes: [
          'under each name SyncR²',
          ...notesOf(input)
            .filter((note) => !note.startsWith('mean over'))
            .map((note) => note.replace(/^bars: /, '')),
          'gray: R² below 0; boxes: best target of each source layer',
        ],
      }),
    );
  return figures;
}

const conditionsOf = ({ pairs }: ReportInput) => [...new Set(pairs.map(({ condition }) => condition))];

const namesOf = ({ pairs }: ReportInput) => [
  ...new Map(pairs.map(({ models }) => [models.join('\n'), models])).values(),
];

function resultOf(
  input: ReportInput,
  models: readonly string[],
  condition: Condition,
): PairResult | undefined {
  return input.pairs.find((one) => one.condition === condition && samePair(one.models, models));
}

/** As in all figures of the report, but of every condition. */
function notesOf(input: ReportInput): string[] {
  const counts = input.seatOrders.flatMap(({ directions }) => directions.map(({ samples }) => samples));
  return sharedNotes(input, { n: false })
    .map((note) => note.replace(`, condition ${INTERACTIVE}`, ''))
    .concat(`n = ${rangeText(counts)} by condition and direction`);
}

function dotsFigure(input: ReportInput): TopLevelSpec {
  const names = namesOf(input);
  // Lags have a figure of their own.
  const conditions = conditionsOf(input).filter((condition) => !lagOf(condition));
  const dots = names.flatMap((models): EstimateDot[] =>
    conditions.flatMap((condition) => {
      const found = resultOf(input, models, condition);
      if (!found) return [];
      return [{ row: models.join(' × '), name: condition, value: found.value, error: found.standardError }];
    }),
  );
  const groups = groupsOf(input);
  const means = groups.flatMap(({ group, pairs }) =>
    conditions.flatMap((condition) => {
      const values = pairs.flatMap((models) => resultOf(input, models, condition)?.value ?? []);
      if (values.length < 2) return [];
      return [{ row: `mean of ${group} (${pairs.length} pairs)`, name: condition, ...meanOf(values) }];
    }),
  );
  return estimateDots([...means, ...dots], {
    title: 'SyncR² by condition',
    notes: [...notesOf(input), ...(means.length > 0 ? ['means: ± standard error over pairs'] : [])],
  });
}

/** Families where the study names them, and all pairs together. */
function groupsOf(input: ReportInput): { group: string; pairs: readonly (readonly string[])[] }[] {
  if (input.correlation)
    return input.correlation.groups.map(({ group, pairs }) => ({ group, pairs: [...pairs] }));
  const pairs = namesOf(input);
  return pairs.length > 1 ? [{ group: 'all', pairs }] : [];
}

function meanOf(values: readonly number[]): { value: number; error: number } {
  const value = values.reduce((sum, one) => sum + one, 0) / values.length;
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (values.length - 1);
  return { value, error: Math.sqrt(variance / values.length) };
}

/** A line per pair; k = 0 is the interactive condition. */
function lagCurves(input: ReportInput): Curve[] {
  const points = conditionsOf(input)
    .flatMap((condition) => {
      const k = lagOf(condition);
      return k === undefined ? [] : [{ condition, k }];
    })
    .sort((a, b) => a.k - b.k);
  if (!points.some(({ k }) => k > 0)) return [];
  return namesOf(input).map((models) => ({
    name: models.join(' × '),
    points: points.flatMap(({ condition, k }) => {
      const found = resultOf(input, models, condition);
      return found ? [{ x: k, value: found.value, error: found.standardError }] : [];
    }),
  }));
}

/** All conditions of each direction, with the figure's stem. */
function directionsOf(
  input: ReportInput,
): { readonly stem: string; readonly results: readonly SynchronyResult[] }[] {
  const orders = [...new Map(input.seatOrders.map(({ models }) => [pairName(models), models])).values()];
  return orders.flatMap((models) =>
    (['A->B', 'B->A'] satisfies Direction[]).map((direction, d) => ({
      stem: `${pairName(models)}+${direction.replace('->', '-to-')}+conditions`,
      results: input.seatOrders
        .filter((order) => pairName(order.models) === pairName(models))
        .map(({ directions }) => directions[d]!),
    })),
  );
}

/** Null for a study of one condition. */
export function conditionsSection(input: ReportInput, figures: DrawnFigures): Markup | null {
  const conditions = conditionsOf(input);
  if (conditions.length < 2) return null;
  const drawn = (stem: string, wide = false) => html`
<figure${wide && html` class="wide"`}>${trusted(fluidSvg(figures.get(stem) ?? ''))}
<figcaption>${figureLinks(stem)}; simulation seeds ${input.simulation.seeds.join(', ')}; interbrain ${input.versions.interbrain}.</figcaption></figure>`;
  const maps = directionsOf(input).map(({ stem }) => stem);
  const shown = maps.length <= 2 * SEAT_ORDERS_WITH_MAPS;
  return html`
<section id="conditions">
<h2>Condition by condition</h2>
<p>What is paired in each condition:</p>
<dl>${conditions.map((condition) => html`<dt>${condition}</dt><dd>${traitsOf(condition).meaning}</dd>`)}</dl>
<div class="figures">${[DOTS_STEM, LAG_STEM].filter((stem) => figures.has(stem)).map((stem) => drawn(stem))}</div>
<details${shown && html` open`}><summary>Layer maps of all conditions, ${maps.length} directions</summary>
${
  shown
    ? maps.map((stem) => drawn(stem, true))
    : html`<ul>${maps.map((stem) => html`<li>${stem}: ${figureLinks(stem)}</li>`)}</ul>`
}</details>
</section>`;
}
