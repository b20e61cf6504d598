// How reliable SyncR² of pairs of models is, from two halves of the interactions (Spearman 1910; Brown 1910), and what its correlation with
// performance would be if both were known without error (Spearman 1904).

import { at } from '../numerics/lookup.ts';
import { pearson } from './correlation.ts';
import { FEWEST_PAIRS, leaveOutModels, type ModelInterval } from './model-jackknife.ts';
import type { ModelPairNames } from './relabel-models.ts';

/** A number of each pair, and the same number from two halves, once for every halving. */
export interface HalvedValues {
  /** (pairs) */
  readonly values: readonly number[];
  /** (halvings) of (pairs): first half and second. */
  readonly halves: readonly (readonly (readonly [number, number])[])[];
}

export interface Reliability {
  /** Pairs of models. */
  readonly n: number;
  /** Between the halves; mean over halvings by Fisher's z. */
  readonly halfCorrelation: number;
  /** Of the whole: 2 r / (1 + r). */
  readonly reliability: number;
  /** By leaving out each model; null with few of them. */
  readonly interval: {
    readonly low: number;
    readonly high: number;
    readonly models: number;
    readonly level: number;
  } | null;
}

export interface Disattenuated {
  /** As it is. */
  readonly r: number;
  /** r over the root of both reliabilities; may exceed 1. */
  readonly disattenuated: number;
  readonly interval: ModelInterval | null;
}

/** Reliability of twice as much of what correlates r with as much again: 2 r / (1 + r). */
export function spearmanBrown(r: number): number {
  return (2 * r) / (1 + r);
}

/** Pairs of models below which nothing is said. */
const FEWEST = 3;

const places = (pairs: readonly unknown[]) => pairs.map((_, i) => i);

function meanZ({ halves }: HalvedValues, kept: readonly number[]): number {
  const z = halves.map((one) => {
    const [x, y] = [0, 1].map((side) => kept.map((i) => at(at(one, i), side)));
    return Math.atanh(pearson(x ?? [], y ?? []).r);
  });
  return z.reduce((sum, value) => sum + value, 0) / z.length;
}

/** @returns null for fewer than three pairs, or a half that is the same for all */
export function reliabilityOf(
  pairs: readonly ModelPairNames[],
  halved: HalvedValues,
  level: number,
): Reliability | null {
  if (pairs.length < FEWEST || halved.halves.length === 0) return null;
  const z = meanZ(halved, places(pairs));
  if (Number.isNaN(z)) return null;
  const halfCorrelation = Math.tanh(z);
  const found = leaveOutModels(pairs, (kept) => meanZ(halved, kept), FEWEST_PAIRS, level);
  return {
    n: pairs.length,
    halfCorrelation,
    reliability: spearmanBrown(halfCorrelation),
    interval: found && {
      low: spearmanBrown(Math.tanh(found.low)),
      high: spearmanBrown(Math.tanh(found.high)),
      models: found.degreesOfFreedom + 1,
      level,
    },
  };
}

/**
 * The correlation of two numbers of pairs, corrected for the reliability of both.
 *
 * @returns null where a reliability is not above 0, or there is none
 */
export function disattenuate(
  pairs: readonly ModelPairNames[],
  x: HalvedValues,
  y: HalvedValues,
  level: number,
): Disattenuated | null {
  if (pairs.length < FEWEST || x.halves.length === 0 || y.halves.length === 0) return null;
  const rOf = (kept: readonly number[]) =>
    pearson(
      kept.map((i) => at(x.values, i)),
      kept.map((i) => at(y.values, i)),
    ).r;
  const corrected = (kept: readonly number[]) => {
    const reliabilities = [x, y].map((one) => spearmanBrown(Math.tanh(meanZ(one, kept))));
    const product = reliabilities.every((one) => one > 0)
      ? reliabilities.reduce((a, b) => a * b, 1)
      : Number.NaN;
    return rOf(kept) / Math.sqrt(product);
  };
  const disattenuated = corrected(places(pairs));
  if (!Number.isFinite(disattenuated)) return null;
  const interval = leaveOutModels(pairs, corrected, FEWEST_PAIRS, level);
  return { r: rOf(places(pairs)), disattenuated, interval };
}
