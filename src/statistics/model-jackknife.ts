// Correlations over pairs of models with an interval that knows that pairs share models (docs/method.md §9): all pairs of a
// model are left out at once, one model after another (the delete-one jackknife of a U-statistic; Arvesen 1969).

import { studentCritical } from '../numerics/distributions.ts';
import { take } from '../numerics/lookup.ts';
import {
  type Correlation,
  type CorrelationInterval,
  partialCorrelation,
  pearson,
  spearman,
} from './correlation.ts';
import type { ModelPairNames } from './relabel-models.ts';

/** Fewer models than this say too little of how models differ. */
export const FEWEST_MODELS = 4;

/** Pairs that must be left without any one model, and one more for every variable that is held fixed. */
export const FEWEST_PAIRS = 4;

type Variable = readonly number[];

export interface PairCorrelationOptions {
  /** (variables) of (pairs): held fixed. */
  readonly given?: readonly Variable[];
  /** Spearman's ρ in place of Pearson's r. */
  readonly ranks?: boolean;
  /** Coverage of the interval; 0.95 by default. */
  readonly level?: number;
}

/**
 * A correlation over pairs of models. r, n and p are those of `pearson`, `spearman` or `partialCorrelation`; the
 * interval is tanh(z ± t · SE), z Fisher's, with SE² = (M − 1) / M · Σ (z without a model − their mean)² over the M models
 * and M − 1 degrees of freedom.
 *
 * @param pairs unordered, each once
 * @param x, y (pairs)
 * @returns without an interval for fewer than 4 models, or where leaving one out leaves fewer than 4 pairs (one more for
 *   each variable held fixed) or no r
 * @throws as `pearson` and `partialCorrelation`
 */
export function correlateOverModels(
  pairs: readonly ModelPairNames[],
  x: Variable,
  y: Variable,
  { given = [], ranks = false, level = 0.95 }: PairCorrelationOptions = {},
): Correlation {
  const correlate = (kept: readonly number[]): Correlation => {
    const [a, b] = [take(x, kept), take(y, kept)];
    if (ranks) return spearman(a, b, level);
    if (given.length === 0) return pearson(a, b, level);
    return partialCorrelation(
      a,
      b,
      given.map((variable) => take(variable, kept)),
      level,
    );
  };
  const own = correlate(pairs.map((_, i) => i));
  const z = (kept: readonly number[]) => Math.atanh(correlate(kept).r);
  const found = leaveOutModels(pairs, z, FEWEST_PAIRS + given.length, level);
  if (found === null) return { ...own, interval: null };
  const { low, high, ...rest } = found;
  const ends = { low: Math.tanh(low), high: Math.tanh(high), kind: 'models-jackknife-t' as const };
  return { ...own, interval: { ...ends, ...rest } };
}

/** An interval of a number over pairs of models, by leaving out one model after another. */
export type ModelInterval = Omit<CorrelationInterval, 'kind'> & { readonly degreesOfFreedom: number };

/**
 * value ± t · SE by leaving out all pairs of each model, SE² = (M − 1) / M · Σ (value without a model − their mean)².
 *
 * @param numberOf of the pairs at some places
 * @param fewest pairs that must be left without any model
 * @returns null for fewer than 4 models, too few pairs, or a value that is not finite
 */
export function leaveOutModels(
  pairs: readonly ModelPairNames[],
  numberOf: (kept: readonly number[]) => number,
  fewest: number,
  level: number,
): ModelInterval | null {
  const models = [...new Set(pairs.flat())];
  const kept = models.map((model) => pairs.flatMap((pair, i) => (pair.includes(model) ? [] : [i])));
  if (models.length < FEWEST_MODELS || kept.some(({ length }) => length < fewest)) return null;
  const without = kept.map(numberOf);
  const value = numberOf(pairs.map((_, i) => i));
  if (![value, ...without].every(Number.isFinite)) return null;
  const count = models.length;
  const mean = without.reduce((sum, one) => sum + one, 0) / count;
  const squares = without.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const standardError = Math.sqrt(((count - 1) / count) * squares);
  const degreesOfFreedom = count - 1;
  const half = studentCritical(1 - level, degreesOfFreedom) * standardError;
  return { low: value - half, high: value + half, standardError, degreesOfFreedom, groups: count, level };
}
