// p-values from permutations, by one rule everywhere: the observed arrangement is one of the permutations, so p is
// never 0 (Phipson & Smyth, Permutation p-values should never be zero, 2010).

import { first as firstOf } from '../../numerics/lookup.ts';

/** Which values count as at least as extreme: the large ones, the small ones, or those far from 0 on either side. */
export type Tail = 'greater' | 'less' | 'two-sided';

/** A statistic and what it is under permutations. */
export interface NullDistribution {
  readonly observed: number;
  /** One per permutation, without the observed arrangement: (permutations). */
  readonly values: Float64Array;
}

export interface PermutationPOptions {
  /** `greater` by default. */
  readonly tail?: Tail;
  /** Values so much closer than the observed one still count as equal to it; 1e-12 of its size by default. */
  readonly tolerance?: number;
}

/**
 * (b + 1) / (m + 1), b of m permutations being at least as extreme as what was observed. Where the permutations are
 * all that there are besides the observed arrangement, that is the exact p.
 *
 * @returns above 0, at most 1; NaN if the observed value is
 */
export function permutationP(
  { observed, values }: NullDistribution,
  { tail = 'greater', tolerance = 1e-12 * Math.abs(observed) }: PermutationPOptions = {},
): number {
  if (Number.isNaN(observed)) return Number.NaN;
  const side = { greater: (x: number) => x, less: (x: number) => -x, 'two-sided': Math.abs }[tail];
  const least = side(observed) - (Number.isFinite(tolerance) ? tolerance : 0);
  const extreme = values.reduce((count, value) => count + (side(value) >= least ? 1 : 0), 0);
  return (extreme + 1) / (values.length + 1);
}

/** Mean and standard deviation (n − 1 below) of a null distribution, and where the observed value stands in it. */
export interface NullSummary {
  readonly mean: number;
  readonly standardDeviation: number;
  /** (observed − mean) / standard deviation; null if the distribution has no spread. */
  readonly z: number | null;
}

/** @throws RangeError for no values */
export function summariseNull({ observed, values }: NullDistribution): NullSummary {
  if (values.length === 0) throw new RangeError('a null distribution without values');
  const first = firstOf(values);
  const mean = first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardDeviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
  return {
    mean,
    standardDeviation,
    z: standardDeviation > 0 ? (observed - mean) / standardDeviation : null,
  };
}
