// Columns that several tables share, with the values that go into them.

import { type SideLayers, shownPair } from '../pairs/layers.ts';
import { keyOfPair } from '../studies/plan.ts';
import type { Interval } from '../synchrony/intervals/interval.ts';
import type { Lambda, MeasureResult } from '../synchrony/types.ts';
import { columns, type RowOf } from './table.ts';

export const STUDY = columns({ study: ['text', 'name of the study'] });

export const SEATS = columns({
  pair: ['text', 'the two models by name, joined by `+`; the same for both seat orders'],
  model_a: ['text', 'model in seat A, which speaks first'],
  model_b: ['text', 'model in seat B'],
});

export function seatColumns([a, b]: readonly [string, string]): RowOf<typeof SEATS> {
  return { pair: keyOfPair([a, b]), model_a: a, model_b: b };
}

export const EPISODE = columns({
  ...SEATS,
  variant: [
    'text',
    'of the usual episodes (interactive), or of those where agents named emotion and action type (mental-states)',
  ],
  seed: ['integer', 'simulation seed'],
  interaction: ['text', 'id of the interaction: a scenario with two characters'],
});

export const DIRECTION = columns({
  ...SEATS,
  condition: ['text', 'which states are paired: interactive, passive, lag-1, …'],
  direction: ['text', '`A->B`: from the states of the agent in seat A to those of its partner; or `B->A`'],
  source_model: ['text', 'model whose states predict'],
  target_model: ['text', 'model whose states are predicted'],
});

type Directed = Pick<MeasureResult, 'direction' | 'sourceModel' | 'targetModel'>;

export function directionColumns(
  models: readonly [string, string],
  condition: string,
  { direction, sourceModel, targetModel }: Directed,
): RowOf<typeof DIRECTION> {
  const who = { source_model: sourceModel, target_model: targetModel };
  return { ...seatColumns(models), condition, direction, ...who };
}

export const LAMBDA = columns({
  ridge_lambda: ['text', 'ridge penalty: a number, or `cv` where cross-validation chose it'],
  first_lambda: ['boolean', 'whether it is the one that intervals, tests and comparisons are made with'],
});

export function lambdaColumns(lambda: Lambda, isFirst: boolean): RowOf<typeof LAMBDA> {
  return { ridge_lambda: String(lambda), first_lambda: isFirst };
}

export const INTERVAL = columns({
  interval_low: ['number', 'lower end of the interval; empty where there is none'],
  interval_high: ['number', 'upper end'],
  interval_kind: [
    'text',
    'how the interval was made: `jackknife-t` leaves out one held-out group after another',
  ],
  interval_se: ['number', 'standard error by leaving out groups'],
  interval_level: ['number', 'coverage'],
  degrees_of_freedom: ['integer', 'of Student’s t'],
  left_out_groups: ['integer', 'groups that were left out, one after another'],
});

/** Of an interval of whatever kind. */
type AnyInterval = Pick<Interval, 'low' | 'high' | 'standardError' | 'level'> & {
  readonly kind: string;
  readonly degreesOfFreedom: number | null;
  readonly groups: number | null;
};

export function intervalColumns(interval: AnyInterval | null | undefined): RowOf<typeof INTERVAL> {
  return {
    interval_low: interval?.low ?? null,
    interval_high: interval?.high ?? null,
    interval_kind: interval?.kind ?? null,
    interval_se: interval?.standardError ?? null,
    interval_level: interval?.level ?? null,
    degrees_of_freedom: interval?.degreesOfFreedom ?? null,
    left_out_groups: interval?.groups ?? null,
  };
}

export const CELL = columns({
  source_layer: ['integer', 'layer of the source model, counted from 1'],
  target_layer: ['integer', 'layer of the target model, counted from 1'],
});

/** @param cell of a map of layers, row-major */
export function layerColumns(layers: Omit<SideLayers, 'sourceLayers'>, cell: number): RowOf<typeof CELL> {
  const [source, target] = shownPair(layers, cell);
  return { source_layer: source, target_layer: target };
}
