// Whether two values of model pairs go together, by permutation over models. Partial correlations by double
// semi-partialing (Dekker, Krackhardt & Snijders, Psychometrika 2007): what is permuted is the part of one variable
// that the others do not explain.

import { take } from '../numerics/lookup.ts';
import { permutationP } from '../synchrony/permutations/null-distribution.ts';
import { partialCorrelation, pearson, ranksOf, residualsGiven } from './correlation.ts';
import type { Relabellings } from './relabel-models.ts';

/** What a permutation over models says. */
export interface Qap {
  /** Two-sided; counts the observed labelling, so it is never 0. NaN where r is. */
  readonly p: number;
  /** Relabellings besides the observed one. */
  readonly permutations: number;
  /** Whether these are all that there are. */
  readonly exact: boolean;
}

type Variable = readonly number[];

/** Rounding of a correlation, within which two relabellings count as equal. */
const TOLERANCE = 1e-12;

/**
 * Pearson's r of x and y, or their partial correlation, under permutation over models.
 *
 * @param x, y (pairs): in the order of the pairs that the relabellings were made for; x is what is relabelled
 * @param given (variables) of (pairs): held fixed
 * @returns null without any relabelling
 * @throws as `pearson` and `partialCorrelation`
 */
export function qap(
  x: Variable,
  y: Variable,
  { orders, exact }: Relabellings,
  given: readonly Variable[] = [],
): Qap | null {
  if (orders.length === 0) return null;
  const own = given.length === 0 ? x : residualsGiven(x, given);
  const statistic = (values: Variable) =>
    given.length === 0 ? pearson(values, y).r : partialCorrelation(values, y, given).r;
  const observed = statistic(own);
  const values = Float64Array.from(orders, (order) => statistic(take(own, order)));
  const p = permutationP({ observed, values }, { tail: 'two-sided', tolerance: TOLERANCE });
  return { p, permutations: orders.length, exact };
}

/** QAP of Spearman's ρ: that of the ranks. */
export function qapOfRanks(x: Variable, y: Variable, relabellings: Relabellings): Qap | null {
  return qap(ranksOf(x), ranksOf(y), relabellings);
}
