// Cholesky factorisation A = Uᵀ·U in float64, and solves with it. The matrix lies in the block columns of its upper
// triangle (symmetric.ts) and is overwritten by U, one block column after the other (left-looking; Golub & Van Loan,
// Matrix Computations, §4.2). Diagonal blocks are factored the same way in finer blocks, and those in plain code;
// they are inverted, which turns all the rest, the solves included, into GEMMs on views.

import type { Gemm } from './gemm.ts';
import { type Matrix64, rowView, zeros } from './matrix.ts';
import { type BlockColumn, SYMMETRIC_BLOCK, type SymmetricBlocks, toSymmetricBlocks } from './symmetric.ts';

/** Up to this order plain code is used: at 64 it takes a tenth of a millisecond, as much as a few small products. */
const PLAIN = 64;

/** The matrix is not positive definite, as far as float64 can tell. */
export class NotPositiveDefinite extends Error {
  /** Row and column of the pivot that was not positive, 0-based. */
  readonly pivot: number;
  constructor(pivot: number, value: number) {
    super(`the matrix is not positive definite: pivot ${pivot} is ${value}`);
    this.name = 'NotPositiveDefinite';
    this.pivot = pivot;
  }
}

/** A factorised matrix of order n. */
export interface Cholesky {
  readonly order: number;
  /**
   * Solves A·X = B, overwriting B with X.
   *
   * @param b (n, m), float64
   * @returns `b`
   */
  solve(b: Matrix64): Promise<Matrix64>;
}

/** A block column of U, and its diagonal block inverted and transposed. */
interface FactoredColumn extends BlockColumn {
  /** U_kk⁻ᵀ: (b, b), lower triangular. */
  readonly inverse: Matrix64;
}

/**
 * Factorises a symmetric positive definite matrix.
 *
 * @param a (n, n), float64; only its lower triangle is read, and it is left as it is
 * @param block order of the diagonal blocks
 * @throws NotPositiveDefinite, naming the pivot
 */
export async function factorCholesky(
  a: Matrix64,
  gemm: Gemm,
  block: number = SYMMETRIC_BLOCK,
): Promise<Cholesky> {
  return factorInPlace(toSymmetricBlocks(a, block), gemm);
}

/**
 * Factorises a symmetric positive definite matrix in its own memory, which must be left alone from then on.
 *
 * @throws NotPositiveDefinite, naming the pivot
 */
export async function factorInPlace(a: SymmetricBlocks, gemm: Gemm): Promise<Cholesky> {
  const columns = await factorColumns(a.columns, 0, gemm);
  return { order: a.order, solve: (b) => solve(columns, b, a.order, gemm) };
}

/** `offset` is added to the pivot that errors name. */
async function factorColumns(
  columns: readonly BlockColumn[],
  offset: number,
  gemm: Gemm,
): Promise<FactoredColumn[]> {
  const done: FactoredColumn[] = [];
  for (const { begin, end, values } of columns) {
    const scratch = zeros(done[0]?.inverse.rows ?? 0, end - begin);
    for (const earlier of done) {
      // U_ik = U_ii⁻ᵀ · (A_ik − U_{0:i,i}ᵀ · U_{0:i,k})
      const here = rowView(values, earlier.begin, earlier.end);
      const above = rowView(values, 0, earlier.begin);
      await gemm.multiply(aboveDiagonal(earlier), above, { transposeA: true, out: here, update: 'subtract' });
      await gemm.multiply(earlier.inverse, here, { out: scratch });
      here.data.set(scratch.data);
    }
    const above = rowView(values, 0, begin);
    const diagonal = rowView(values, begin, end);
    await gemm.multiply(above, above, { transposeA: true, out: diagonal, update: 'subtract' });
    done.push({ begin, end, values, inverse: await invertFactor(diagonal, offset + begin, gemm) });
  }
  return done;
}

/** U⁻ᵀ of the factor of a diagonal block, which is not needed itself. */
async function invertFactor(diagonal: Matrix64, offset: number, gemm: Gemm): Promise<Matrix64> {
  if (diagonal.rows <= PLAIN) return invertLower(factorPlain(diagonal, offset));
  const columns = await factorColumns(toSymmetricBlocks(diagonal, PLAIN).columns, offset, gemm);
  const order = diagonal.rows;
  const inverse = zeros(order, order);
  for (const column of columns) {
    // With L = Uᵀ, row block k of L⁻¹ is −L_kk⁻¹ · L_{k,0:k} · L⁻¹_{0:k}, and L_kk⁻¹ on the diagonal.
    const { begin, end } = column;
    const rows = rowView(inverse, begin, end);
    const sum = await gemm.multiply(aboveDiagonal(column), rowView(inverse, 0, begin), { transposeA: true });
    await gemm.multiply(column.inverse, sum, { out: rows, update: 'subtract' });
    for (let row = 0; row < end - begin; row++)
      rows.data.set(
        column.inverse.data.subarray(row * (end - begin), (row + 1) * (end - begin)),
        row * order + begin,
      );
  }
  return inverse;
}

async function solve(
  columns: readonly FactoredColumn[],
  b: Matrix64,
  order: number,
  gemm: Gemm,
): Promise<Matrix64> {
  if (b.rows !== order) throw new RangeError(`${b.rows} rows on the right of a system of order ${order}`);
  const scratch = zeros(columns[0]?.inverse.rows ?? 0, b.columns);
  const applyInverse = async (inverse: Matrix64, rows: Matrix64, transposeA: boolean) => {
    const out = rowView(scratch, 0, rows.rows);
    rows.data.set((await gemm.multiply(inverse, rows, { transposeA, out })).data);
  };
  // Uᵀ·Z = B from the top.
  for (const column of columns) {
    const rows = rowView(b, column.begin, column.end);
    const above = rowView(b, 0, column.begin);
    await gemm.multiply(aboveDiagonal(column), above, { transposeA: true, out: rows, update: 'subtract' });
    await applyInverse(column.inverse, rows, false);
  }
  // U·X = Z from the bottom.
  for (const column of columns.toReversed()) {
    const rows = rowView(b, column.begin, column.end);
    await applyInverse(column.inverse, rows, true);
    const above = rowView(b, 0, column.begin);
    await gemm.multiply(aboveDiagonal(column), rows, { out: above, update: 'subtract' });
  }
  return b;
}

/** What a block column holds above its diagonal block: (begin, b). */
function aboveDiagonal({ begin, values }: BlockColumn): Matrix64 {
  return rowView(values, 0, begin);
}

/** The lower factor L of a small matrix; zeros above the diagonal. `offset` is added to the pivot that errors name. */
function factorPlain(a: Matrix64, offset: number): Matrix64 {
  const n = a.rows;
  const factor = zeros(n, n);
  const l = factor.data;
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = a.data[row * n + column]!;
      for (let k = 0, i = row * n, j = column * n; k < column; k++) sum -= l[i + k]! * l[j + k]!;
      if (column < row) l[row * n + column] = sum / l[column * n + column]!;
      // The comparison is false for NaN as well.
      else if (sum > 0) l[row * n + row] = Math.sqrt(sum);
      else throw new NotPositiveDefinite(offset + row, sum);
    }
  }
  return factor;
}

/** L⁻¹ of a small lower triangular matrix, row by row: L⁻¹ᵢ = (eᵢ − Σ_{k<i} Lᵢₖ·L⁻¹ₖ) / Lᵢᵢ. */
function invertLower(l: Matrix64): Matrix64 {
  const n = l.rows;
  const inverse = zeros(n, n);
  const x = inverse.data;
  for (let row = 0; row < n; row++) {
    const here = row * n;
    const pivot = l.data[here + row]!;
    for (let k = 0; k < row; k++) {
      const factor = l.data[here + k]!;
      for (let column = 0; column <= k; column++) x[here + column]! -= factor * x[k * n + column]!;
    }
    for (let column = 0; column < row; column++) x[here + column]! /= pivot;
    x[here + row] = 1 / pivot;
  }
  return inverse;
}
