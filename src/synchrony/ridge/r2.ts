// The coefficient of determination on held-out rows, averaged over the target's dimensions.

import { at } from '../../numerics/lookup.ts';
import { columnMeans, type Matrix64 } from '../../numerics/matrix.ts';
import type { Weighting } from '../problem.ts';

/**
 * R² of every target dimension: 1 − SS_res / SS_tot, SS_tot about the test mean (docs/method.md §5). A dimension that is
 * constant in the test rows counts 1 if it is predicted exactly and 0 otherwise, as in scikit-learn's `r2_score`.
 * The same number may be subtracted from a column of both matrices, so both may be centred on the training means.
 *
 * @param actual (n, D), float64
 * @param predicted (n, D), float64
 * @returns (D), float64
 * @throws RangeError if the shapes differ or there are no rows
 */
export function r2PerDimension(actual: Matrix64, predicted: Matrix64): Float64Array {
  const { total, residual } = sumsOfSquares(actual, predicted);
  return total.map((ssTot, column) => r2Of(at(residual, column), ssTot));
}

/** R² of one dimension: where nothing varies, 1 if nothing is missed and 0 otherwise. */
export function r2Of(ssRes: number, ssTot: number): number {
  if (ssTot === 0) return ssRes === 0 ? 1 : 0;
  return 1 - ssRes / ssTot;
}

/**
 * R² as reported: the uniform average over the target's D dimensions (docs/method.md §5), or the average weighted by their
 * variance in the test rows, 1 − Σ SS_res / Σ SS_tot, as scikit-learn's `variance_weighted`: constant dimensions do
 * not count there, unless all are constant. Shapes and errors as in `r2PerDimension`.
 */
export function meanR2(actual: Matrix64, predicted: Matrix64, weighting: Weighting = 'uniform'): number {
  if (weighting === 'variance') {
    const { total, residual } = sumsOfSquares(actual, predicted);
    const all = sum(total);
    if (all > 0) return 1 - sum(residual.filter((_, column) => at(total, column) > 0)) / all;
  }
  const perDimension = r2PerDimension(actual, predicted);
  return sum(perDimension) / perDimension.length;
}

/** SS_tot about the test mean and SS_res of every dimension. */
function sumsOfSquares(
  actual: Matrix64,
  predicted: Matrix64,
): { total: Float64Array; residual: Float64Array } {
  const { rows, columns } = actual;
  if (predicted.rows !== rows || predicted.columns !== columns)
    throw new RangeError(
      `${rows} × ${columns} targets and ${predicted.rows} × ${predicted.columns} predictions`,
    );
  const means = columnMeans(actual);
  const total = new Float64Array(columns);
  const residual = new Float64Array(columns);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, at++) {
      const value = actual.data[at]!;
      total[column]! += (value - means[column]!) ** 2;
      residual[column]! += (value - predicted.data[at]!) ** 2;
    }
  return { total, residual };
}

function sum(values: Float64Array): number {
  return values.reduce((all, value) => all + value, 0);
}
