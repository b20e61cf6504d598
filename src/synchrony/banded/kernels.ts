// Banded ridge regression (Nunez-Elizalde, Huth & Gallant 2019; docs/method.md §19): blocks of features, each with a penalty of
// its own. Scaling block b by 1/√λ_b makes it an ordinary ridge regression with λ = 1, so all that a fit needs of a block
// is its rows' inner products, made once: whatever the penalties and whichever blocks are taken together, the joint kernel
// is the sum of K_b / λ_b.

import { BadInput } from '../../errors.ts';
import { factorCholesky, NotPositiveDefinite } from '../../numerics/cholesky.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import {
  addToDiagonal,
  type Matrix,
  type Matrix64,
  matrixOf,
  rowView,
  transpose,
  zeros,
} from '../../numerics/matrix.ts';
import { addScaled } from '../../numerics/vectors.ts';
import type { TrainTest } from '../problem.ts';
import { fillRows, rowMeans } from '../ridge/centred-rows.ts';

/** λ of a block that is left out: no finite number of the grid held it down enough. */
export const LEFT_OUT = Number.POSITIVE_INFINITY;

/**
 * Inner products of a block's rows with its training rows, about the training means.
 *
 * @param x (samples, D), float32 or float64
 * @returns (n_train + n_test, n_train), float64: training rows first
 */
export function blockKernel(x: Matrix, { train, test }: TrainTest, gemm: Gemm): Promise<Matrix64> {
  const rows = [...train, ...test];
  const centred = fillRows(x, rows, rowMeans(x, train), zeros(rows.length, x.columns));
  return gemm.multiply(centred, rowView(centred, 0, train.length), { transposeB: true });
}

/**
 * Σ K_b / λ_b.
 *
 * @param kernels of equal shapes, one per block
 * @param lambdas of each; `LEFT_OUT` adds nothing
 */
export function jointKernel(kernels: readonly Matrix64[], lambdas: readonly number[]): Matrix64 {
  const { rows, columns } = at(kernels, 0);
  const joint = zeros(rows, columns);
  for (const [b, kernel] of kernels.entries()) {
    const lambda = at(lambdas, b);
    if (lambda !== LEFT_OUT) addScaled(joint.data, kernel.data, 1 / lambda);
  }
  return joint;
}

/**
 * The fit of a joint kernel at λ = 1.
 *
 * @param kernel (n_train + n_test, n_train); training rows first
 * @returns Kᵀ, (n_train, n_test): what every training target, centred, adds to each test row's prediction
 * @throws BadInput where float64 cannot tell the matrix from a singular one
 */
export async function fitKernel(kernel: Matrix64, gemm: Gemm): Promise<Matrix64> {
  const train = kernel.columns;
  const gram = matrixOf(train, train, kernel.data.slice(0, train * train));
  try {
    const factor = await factorCholesky(addToDiagonal(gram, 1), gemm);
    return await factor.solve(transpose(rowView(kernel, train, kernel.rows)));
  } catch (cause) {
    if (!(cause instanceof NotPositiveDefinite)) throw cause;
    throw new BadInput('own past', `a regression is singular in float64 (${cause.message})`, { cause });
  }
}
