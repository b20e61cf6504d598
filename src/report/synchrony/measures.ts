// What the ridge maps came to: directions, seat orders and pairs, as far as they are measured.

import { type Condition, INTERACTIVE } from '../../conditions/condition.ts';
import { reducedText, samplesText } from '../../figures/number-text.ts';
import { MEASURE } from '../../studies/stages/measure.ts';
import { type Interval, intervalOf, meanJackknife } from '../../synchrony/intervals/interval.ts';
import { seedsAndFolds } from '../../synchrony/results.ts';
import { combineDirections, correctedError, splitDeviation } from '../../synchrony/sync-r2.ts';
import type { Lambda, SynchronyResult } from '../../synchrony/types.ts';
import { completePair, type ModelNames, samePair } from '../shared.ts';
import type { ReportSource } from '../source.ts';

/** The directions of one ordered pair of models under one condition. */
export interface SeatOrderResult {
  /** Study names in seats A and B. */
  readonly models: ModelNames;
  readonly condition: Condition;
  /** A → B, then B → A; one alone if the other is not there. */
  readonly directions: readonly SynchronyResult[];
}

/** SyncR²(A, B): the mean over directions and seat orders (docs/method.md §6). */
export interface PairResult {
  readonly models: ModelNames;
  readonly condition: Condition;
  readonly value: number;
  readonly standardError: number;
  /** Standard deviation over splits; null with one. */
  readonly splitDeviation: number | null;
  /** Standard error over splits, corrected for the rows that they share; null with one. */
  readonly correctedError: number | null;
  /** None if a direction has none. */
  readonly interval: Interval | null;
  /** R² of the rows that the maps were fitted to; null where a direction does not know it. */
  readonly training: number | null;
  /** Under the other λ that all directions were measured with. */
  readonly others: readonly OtherLambda[];
}

/** SyncR² of a pair under a λ beside the one that everything else is made with. */
export interface OtherLambda {
  readonly lambda: Lambda;
  readonly value: number;
  readonly training: number | null;
}

export interface Measures {
  /** By seat order and condition, in the order in which they are shown; those without any direction are absent. */
  readonly orders: readonly SeatOrderResult[];
  /** By pair and condition; those of which a direction is missing are absent. */
  readonly pairs: readonly PairResult[];
}

/** All that is measured, under every condition. */
export async function gatherMeasures(source: ReportSource): Promise<Measures> {
  const { current } = await source.results(MEASURE);
  const { conditions } = source.study;
  const orders = source.orders.flatMap(({ names, folder }) =>
    conditions.map((condition): SeatOrderResult => {
      const own = current.filter(({ task }) => task.order.folder === folder && task.condition === condition);
      const directions = own
        .map(({ result }) => result)
        .sort((x, y) => x.direction.localeCompare(y.direction));
      return { models: names, condition, directions };
    }),
  );
  return {
    orders: orders.filter(({ directions }) => directions.length > 0),
    pairs: source.pairs.flatMap((pair) =>
      conditions.flatMap((condition) => pairResult(pair, condition, orders)),
    ),
  };
}

function pairResult(
  models: ModelNames,
  condition: Condition,
  orders: readonly SeatOrderResult[],
): PairResult[] {
  const directions = orders
    .filter((order) => order.condition === condition)
    .flatMap((order) => order.directions.map((result) => ({ models: order.models, result })));
  const own = completePair(models, directions);
  if (own.length === 0) return [];
  const { value, standardError } = combineDirections(own.map(({ result }) => result.syncR2));
  const results = own.map(({ result }) => result);
  const interval = pairInterval(results);
  const spread = { splitDeviation: splitDeviation(results), correctedError: correctedError(results) };
  const others = otherLambdas(results);
  const training = trainingOf(results, 0);
  return [{ models, condition, value, standardError, ...spread, interval, training, others }];
}

/** Mean R² of training rows over directions, under the λ at a place of the list. */
function trainingOf(results: readonly SynchronyResult[], place: number): number | null {
  const found = results.flatMap(({ training }) => training?.r2[place] ?? []);
  return found.length < results.length ? null : found.reduce((sum, r2) => sum + r2, 0) / found.length;
}

function otherLambdas(results: readonly SynchronyResult[]): OtherLambda[] {
  return (results[0]?.variants ?? []).flatMap(({ lambda }, i) => {
    const own = results.flatMap(({ variants = [] }) => variants.filter((one) => one.lambda === lambda));
    if (own.length < results.length) return [];
    const { value } = combineDirections(own.map(({ syncR2 }) => syncR2));
    return [{ lambda, value, training: trainingOf(results, 1 + i) }];
  });
}

function pairInterval(results: readonly SynchronyResult[]): Interval | null {
  const found = results.flatMap(({ intervals }) => intervals ?? []);
  const [first] = found;
  if (first === undefined || found.length < results.length) return null;
  return intervalOf(meanJackknife(found.map(({ jackknife }) => jackknife)), first.syncR2.level, 0);
}

/** Every direction, with the seat order that it belongs to. */
export function directionsIn({ orders }: Pick<Measures, 'orders'>): {
  readonly order: SeatOrderResult;
  readonly result: SynchronyResult;
}[] {
  return orders.flatMap((order) => order.directions.map((result) => ({ order, result })));
}

/** Results of the interactive condition. */
export function interactiveResults({ orders }: Pick<Measures, 'orders'>): readonly SynchronyResult[] {
  return orders.filter(({ condition }) => condition === INTERACTIVE).flatMap(({ directions }) => directions);
}

/** A pair's SyncR² under a condition, in whichever seats; undefined if a direction is missing. */
export function pairUnder(
  { pairs }: Pick<Measures, 'pairs'>,
  models: ModelNames,
  condition: Condition,
): PairResult | undefined {
  return pairs.find((one) => one.condition === condition && samePair(one.models, models));
}

/** What numbers were made with, of whichever stage they are. */
export interface MadeWith {
  readonly samples: number;
  readonly lambda: Lambda;
  readonly groupBy: string;
  readonly splitSeeds: readonly number[];
  /** Folds per seed, in place of draws. */
  readonly folds?: number | undefined;
  /** `n = 1500 (1200 train + 300 test)`, where it is known. */
  readonly counts?: string | undefined;
  /** `64 principal components of either side`, where layers were reduced. */
  readonly reduced?: string | undefined;
}

export function madeWith(result: SynchronyResult): MadeWith {
  const { samples, lambda, groupBy, splits } = result;
  const [reduced] = reducedText(result);
  return { samples, lambda, groupBy, ...seedsAndFolds(splits), counts: samplesText(result), reduced };
}
