// The figures of the conditions: SyncR² of pairs side by side, and the maps of each direction.

import { type Condition, INTERACTIVE, lagOf } from '../../conditions/condition.ts';
import { conditionMaps } from '../../figures/condition-maps.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import { type EstimateDot, estimateDots } from '../../figures/estimate-dots.ts';
import { directionTitle, rangeText } from '../../figures/number-text.ts';
import type { FigureSpec } from '../../figures/spec.ts';
import { DIRECTIONS } from '../../pairs/align.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import type { Figure } from '../section.ts';
import type { ModelNames, Shared } from '../shared.ts';
import { sharedNotes } from '../synchrony/figure-notes.ts';
import { directionsIn, type Measures, madeWith, pairUnder } from '../synchrony/measures.ts';
import { bareDirectionStem } from '../synchrony/stems.ts';
import { LAG_STEM, type LagDirection, lagFigure } from './lags.ts';
import type { SignificanceReport } from './significance.ts';

export const DOTS_STEM = 'conditions+pairs';

export interface ConditionsData {
  readonly measures: Measures;
  readonly lags: readonly LagDirection[];
  readonly significance: SignificanceReport | undefined;
  /** Names groups of pairs. */
  readonly correlation: CorrelationResult | undefined;
}

/** Conditions of which some direction is measured, in the study's order. */
export function measuredConditions({ orders }: Measures): Condition[] {
  return [...new Set(orders.map(({ condition }) => condition))];
}

/** None for a study of one condition. */
export function conditionFigures(data: ConditionsData, shared: Shared): Figure[] {
  const { measures, significance } = data;
  if (measuredConditions(measures).length < 2) return [];
  // Of a single pair the tests draw the same with intervals.
  const dots = shared.pairs.length > 1 || !significance ? dotsFigure(data, shared) : undefined;
  const lags = lagFigure(data.lags, shared);
  return [
    ...(dots ? [[DOTS_STEM, dots] as const] : []),
    ...(lags ? [[LAG_STEM, lags] as const] : []),
    ...mapFigures(measures, shared),
  ];
}

/** As in all figures of the report, but of every condition. */
function notesOf(measures: Measures, shared: Shared, pairs: number = shared.pairs.length): string[] {
  const all = directionsIn(measures);
  const own = all.filter(({ order }) => order.condition === INTERACTIVE);
  const numbers = (own.length > 0 ? own : all).map(({ result }) => madeWith(result));
  return sharedNotes(numbers, shared, { n: false, pairs })
    .map((note) => note.replace(`, condition ${INTERACTIVE}`, ''))
    .concat(`n = ${rangeText(all.map(({ result }) => result.samples))} by condition and direction`);
}

/** Pairs under every condition but lags, which have a figure of their own; undefined if no pair is complete. */
function dotsFigure({ measures, correlation }: ConditionsData, shared: Shared): FigureSpec | undefined {
  const conditions = measuredConditions(measures).filter((condition) => !lagOf(condition));
  const dots = shared.pairs.flatMap((models) =>
    conditions.flatMap((condition): EstimateDot[] => {
      const found = pairUnder(measures, models, condition);
      if (!found) return [];
      return [{ row: pairLabel(models), name: condition, value: found.value, error: found.standardError }];
    }),
  );
  if (dots.length === 0) return undefined;
  const groups = correlation?.groups ?? allPairs(shared.pairs);
  const means = groups.flatMap(({ group, pairs }) =>
    conditions.flatMap((condition): EstimateDot[] => {
      const values = pairs.flatMap((models) => pairUnder(measures, models, condition)?.value ?? []);
      if (values.length < 2) return [];
      return [{ row: `mean of ${group} (${values.length} pairs)`, name: condition, ...meanOf(values) }];
    }),
  );
  return estimateDots([...means, ...dots], {
    title: 'SyncR² by condition',
    notes: [
      ...notesOf(measures, shared, new Set(dots.map(({ row }) => row)).size),
      ...(means.length > 0 ? ['means: ± standard error over pairs'] : []),
    ],
  });
}

/** Where no families are named: all pairs together, if there are several. */
function allPairs(pairs: readonly ModelNames[]): { group: string; pairs: readonly ModelNames[] }[] {
  return pairs.length > 1 ? [{ group: 'all', pairs }] : [];
}

function meanOf(values: readonly number[]): { value: number; error: number } {
  const value = values.reduce((sum, one) => sum + one, 0) / values.length;
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (values.length - 1);
  return { value, error: Math.sqrt(variance / values.length) };
}

/** All conditions of each direction, with the figure's stem. */
export function directionMaps(
  measures: Measures,
): { readonly stem: string; readonly results: readonly SynchronyResult[] }[] {
  const orders = [...new Map(measures.orders.map(({ models }) => [models.join('\n'), models])).values()];
  return orders
    .flatMap((models) =>
      DIRECTIONS.map((direction) => ({
        stem: `${bareDirectionStem(models, direction)}+conditions`,
        results: directionsIn(measures)
          .filter(
            ({ order, result }) =>
              order.models.join('\n') === models.join('\n') && result.direction === direction,
          )
          .map(({ result }) => result),
      })),
    )
    .filter(({ results }) => results.length > 0);
}

function mapFigures(measures: Measures, shared: Shared): Figure[] {
  const notes = [
    'under each name SyncR²',
    ...notesOf(measures, shared)
      .filter((note) => !note.startsWith('mean over'))
      .map((note) => note.replace(/^bars: /, '')),
    'gray: R² below 0; boxes: best target of each source layer',
  ];
  return directionMaps(measures).flatMap(({ stem, results }): Figure[] => {
    const [first] = results;
    return first ? [[stem, conditionMaps(results, { title: directionTitle(first), notes })]] : [];
  });
}
