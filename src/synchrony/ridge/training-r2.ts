// R² of the rows that ridge maps were fitted to (docs/method.md §5): beside R² of held-out rows it says how much of a fit is
// interpolation. It takes no predictions: with c = Xᵀy and (XᵀX + λI)w = c, Σ residual² = yᵀy − wᵀc − λ·wᵀw, and by way of
// the rows' own matrix, (XXᵀ + λI)a = y, it is λ²·aᵀa.

import { factorInPlace } from '../../numerics/cholesky.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import type { Matrix, Matrix64 } from '../../numerics/matrix.ts';
import { addToDiagonal, copySymmetric, symmetricZeros, toSymmetricBlocks } from '../../numerics/symmetric.ts';
import { centreSplit } from './ridge.ts';

/**
 * R² on the training rows, averaged over columns; one that is constant there is predicted exactly, and counts 1.
 *
 * @param x (samples, D)
 * @param ys targets by penalty: (samples, k) each
 * @param lambdas the penalties
 * @returns by penalty and target
 * @throws NotPositiveDefinite where float64 cannot tell the matrix from a singular one
 */
export async function trainingR2(
  x: Matrix,
  ys: readonly (readonly Matrix[])[],
  rows: readonly number[],
  lambdas: readonly number[],
  gemm: Gemm,
): Promise<number[][]> {
  const centred = centre(x, rows);
  const dual = rows.length < x.columns;
  const gram = toSymmetricBlocks(
    await gemm.multiply(centred, centred, dual ? { transposeB: true } : { transposeA: true }),
  );
  const work = symmetricZeros(gram.order);
  const found: number[][] = [];
  for (const [l, lambda] of lambdas.entries()) {
    const targets = at(ys, l).map((y) => centre(y, rows));
    const factor = await factorInPlace(addToDiagonal(copySymmetric(gram, work), lambda), gemm);
    const own: number[] = [];
    for (const y of targets) {
      const right = dual ? copyOf(y) : await gemm.multiply(centred, y, { transposeA: true });
      const solved = await factor.solve(copyOf(right));
      own.push(dual ? dualR2(y, solved, lambda) : primalR2(y, right, solved, lambda));
    }
    found.push(own);
  }
  return found;
}

function centre(matrix: Matrix, rows: readonly number[]): Matrix64 {
  return centreSplit(matrix, rows, []).train;
}

function copyOf(matrix: Matrix64): Matrix64 {
  return { ...matrix, data: matrix.data.slice() };
}

/** Σ over rows of a·b, by column. */
function columnDots(a: Matrix64, b: Matrix64): Float64Array {
  const sums = new Float64Array(a.columns);
  for (let row = 0, i = 0; row < a.rows; row++)
    for (let column = 0; column < a.columns; column++, i++) sums[column]! += a.data[i]! * b.data[i]!;
  return sums;
}

function primalR2(y: Matrix64, right: Matrix64, solved: Matrix64, lambda: number): number {
  const [along, squares] = [columnDots(right, solved), columnDots(solved, solved)];
  return meanR2(y, (column, total) => total - along[column]! - lambda * squares[column]!);
}

function dualR2(y: Matrix64, solved: Matrix64, lambda: number): number {
  const squares = columnDots(solved, solved);
  return meanR2(y, (column) => lambda ** 2 * squares[column]!);
}

function meanR2(y: Matrix64, residual: (column: number, total: number) => number): number {
  let sum = 0;
  for (const [column, total] of columnDots(y, y).entries())
    sum += total === 0 ? 1 : 1 - residual(column, total) / total;
  return sum / y.columns;
}
