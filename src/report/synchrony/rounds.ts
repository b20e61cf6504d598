// What rounds and interactions contribute: by direction as it is stored, and the mean of each pair's directions.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import type { DirectionContributions } from '../../studies/contribution-files.ts';
import { CONTRIBUTIONS } from '../../studies/stages/contributions.ts';
import type { RoundScore } from '../../synchrony/contributions/measure-contributions.ts';
import { combineJackknives, type Interval, intervalOf } from '../../synchrony/intervals/interval.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { completePair, type ModelNames, type Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { directionsIn, gatherMeasures, type MadeWith, type Measures, madeWith } from './measures.ts';

/** One direction, and whose it is. */
export interface RoundDirection {
  /** Names in seats A and B. */
  readonly models: ModelNames;
  readonly result: DirectionContributions;
  /** What it is about. */
  readonly measured: SynchronyResult | undefined;
}

export interface Rounds {
  readonly directions: readonly RoundDirection[];
  readonly measures: Measures;
}

export async function gatherRounds(source: ReportSource): Promise<Rounds> {
  const { current } = await source.results(CONTRIBUTIONS);
  const measures = await gatherMeasures(source);
  const all = directionsIn(measures).filter(({ order }) => order.condition === INTERACTIVE);
  const directions = current.map(({ task, result }) => {
    const { names } = task.order;
    const own = all.find(
      ({ order, result: { direction } }) =>
        order.models.join() === names.join() && direction === task.direction,
    );
    return { models: names, result, measured: own?.result };
  });
  return { directions, measures };
}

/** A number with its interval, if it has one. */
export interface Bounded {
  readonly value: number;
  readonly interval: Interval | null;
}

/** One round. */
export interface RoundValue extends Bounded {
  readonly round: number;
  /** Of every direction and split. */
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** All rounds together, in three numbers. */
export interface PooledValues {
  /** About the training mean of all rows. */
  readonly overall: Bounded;
  /** About the training mean of each row's round. */
  readonly within: Bounded;
  /** The first less the second. */
  readonly difference: Bounded;
}

/** Of one direction, or the mean over some. */
export interface RoundMeans {
  /** Rounds that all of the directions have. */
  readonly rounds: readonly RoundValue[];
  /** Null if a direction has none. */
  readonly pooled: PooledValues | null;
}

/** The mean over directions; a round that one of them lacks is not there. */
export function meanOfRounds(results: readonly DirectionContributions[]): RoundMeans {
  const [first] = results;
  const rounds = (first?.rounds ?? []).flatMap(({ round }): RoundValue[] => {
    const own = results.flatMap((one) => one.rounds.filter((other) => other.round === round));
    if (own.length < results.length) return [];
    const counts = { train: own.flatMap(({ train }) => train), test: own.flatMap(({ test }) => test) };
    return [{ round, ...counts, ...combined(own, 1 / own.length, 0) }];
  });
  const pooled = results.flatMap((one) => one.pooled ?? []);
  return { rounds, pooled: pooled.length < results.length || pooled.length === 0 ? null : pooledOf(pooled) };
}

function pooledOf(all: readonly NonNullable<DirectionContributions['pooled']>[]): PooledValues {
  const share = 1 / all.length;
  const [overall, within] = [all.map((one) => one.overall), all.map((one) => one.within)];
  const minus = combined(within, -share);
  const plus = combined(overall, share);
  return {
    overall: combined(overall, share, 0),
    within: combined(within, share, 0),
    difference: {
      value: plus.value + minus.value,
      interval: intervalOfParts([
        ...overall.map((score) => ({ score, weight: share })),
        ...within.map((score) => ({ score, weight: -share })),
      ]),
    },
  };
}

/** Weighted sum of scores. */
function combined(scores: readonly RoundScore[], weight: number, least?: number): Bounded {
  return {
    value: scores.reduce((sum, { value }) => sum + weight * value, 0),
    interval: intervalOfParts(
      scores.map((score) => ({ score, weight })),
      least,
    ),
  };
}

/** None if one of them has none. */
function intervalOfParts(
  parts: readonly { readonly score: RoundScore; readonly weight: number }[],
  least?: number,
): Interval | null {
  const found = parts.flatMap(({ score: { intervals }, weight }) =>
    intervals ? [{ weight, jackknife: intervals.jackknife, level: intervals.syncR2.level }] : [],
  );
  const [first] = found;
  if (first === undefined || found.length < parts.length) return null;
  return intervalOf(combineJackknives(found), first.level, least);
}

/** A pair all of whose directions are there. */
export interface PairRounds extends RoundMeans {
  readonly name: string;
  readonly models: ModelNames;
}

export function pairRounds({ directions }: Rounds, { pairs }: Pick<Shared, 'pairs'>): PairRounds[] {
  return pairs.flatMap((models) => {
    const own = completePair(models, directions).map(({ result }) => result);
    return own.length === 0 ? [] : [{ name: pairLabel(models), models, ...meanOfRounds(own) }];
  });
}

/** R² of an interaction: what it adds over its share of the test rows. */
export function interactionScores({ interactions }: DirectionContributions): number[] {
  return interactions.map(({ syncR2, share }) => syncR2 / share);
}

export function roundsMadeWith({ directions }: Rounds): MadeWith[] {
  return directions.map(({ result, measured }) => (measured ? madeWith(measured) : result));
}
