// What a target layer brings to the trace form: every column centred on its training mean and divided by √SS_tot,
// so that all columns weigh the same, whatever their scale. Columns for which float32 would not do are set apart.

import type { Matrix, Matrix64 } from '../../numerics/matrix.ts';
import { zeros } from '../../numerics/matrix.ts';
import type { EvaluationRows, Weighting } from '../problem.ts';
import { fillScaledRows, rowMeans, sumsOfSquares } from '../ridge/centred-rows.ts';

/**
 * A column whose weighted sum of squares is this many times what a column with equal spread in training and test
 * has goes the direct way: in the trace form it would drown the others' digits.
 */
const LARGEST_ENERGY = 16;

/** One target layer in one evaluation. */
export interface TargetWeights {
  /** (D), float64: training means. */
  readonly means: Float64Array;
  /**
   * (D), float64: 1/√SS_tot, SS_tot about the mean of the evaluated rows; 0 for columns that are left out. With
   * weighting by variance, the mean of all SS_tot stands in place of each.
   */
  readonly weights: Float64Array;
  /** Columns to be computed directly, ascending. */
  readonly direct: readonly number[];
  /** SS_tot of the direct columns, or the mean of all. */
  readonly directTotals: readonly number[];
  /** Σ over the weighted columns of their weighted sum of squares in the evaluated rows, about the training mean. */
  readonly testEnergy: number;
  /** The same over the training rows. */
  readonly trainEnergy: number;
  /** Columns that are one number in the evaluated rows and another in training: each adds 1 to the residual. */
  readonly missedConstants: number;
}

/**
 * Weighs the columns of a target layer.
 *
 * Columns that are constant in the evaluated rows have no weight. If they are the same constant in training, they
 * are predicted exactly and count 1; if they are another constant there, they count 0; if they vary there, they go
 * the direct way, as do columns that spike in training and are nearly constant in the evaluated rows.
 *
 * @param y (samples, D)
 */
export function weighTarget(
  y: Matrix,
  { train, test }: EvaluationRows,
  weighting: Weighting = 'uniform',
): TargetWeights {
  const [means, testMeans] = [rowMeans(y, train), rowMeans(y, test)];
  const [trainSquares, totals] = [sumsOfSquares(y, train, means), sumsOfSquares(y, test, testMeans)];
  const limit = LARGEST_ENERGY * ((train.length + test.length) / test.length);
  // What a column's residual is divided by. With nothing but constants there is no variance to weigh by.
  const shared = weighting === 'variance' ? totals.reduce((sum, total) => sum + total, 0) / y.columns : 0;
  const weights = new Float64Array(y.columns);
  const [direct, directTotals]: [number[], number[]] = [[], []];
  let [testEnergy, trainEnergy, missedConstants] = [0, 0, 0];
  for (const [column, total] of totals.entries()) {
    const shift = testMeans[column]! - means[column]!;
    const inTest = total + test.length * shift * shift;
    const inTrain = trainSquares[column]!;
    const unit = shared > 0 ? shared : total;
    if (shared > 0 && total === 0) continue;
    if (total === 0 && inTrain === 0) {
      if (shift !== 0) missedConstants += 1;
    } else if (!(inTest + inTrain <= limit * total)) {
      direct.push(column);
      directTotals.push(unit);
    } else {
      weights[column] = 1 / Math.sqrt(unit);
      testEnergy += inTest / unit;
      trainEnergy += inTrain / unit;
    }
  }
  return { means, weights, direct, directTotals, testEnergy, trainEnergy, missedConstants };
}

/**
 * Rows of Y_w: centred on the training means and weighted; columns without a weight become zero.
 *
 * @param out (rows.length, D): is filled and returned
 */
export function fillWeighted<Out extends Matrix>(
  matrix: Matrix,
  rows: readonly number[],
  { means, weights }: Pick<TargetWeights, 'means' | 'weights'>,
  out: Out,
): Out {
  return fillScaledRows(matrix, rows, means, weights, out);
}

/** The direct columns of some rows, centred on the training means: (rows.length, direct columns), float64. */
export function takeDirect(
  { columns, data }: Matrix,
  rows: readonly number[],
  { means, direct }: Pick<TargetWeights, 'means' | 'direct'>,
): Matrix64 {
  const taken = zeros(rows.length, direct.length);
  let to = 0;
  for (const row of rows)
    for (const column of direct) taken.data[to++] = data[row * columns + column]! - means[column]!;
  return taken;
}
