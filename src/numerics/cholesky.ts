// Cholesky factorisation A = Uᵀ·U in float64, and solves with it. The matrix lies in the block columns of its upper
// triangle (symmetric.ts) and is overwritten by U, one block column after the other (left-looking; Golub & Van Loan,
// Matrix Computations, §4.2). Diagonal blocks are cut in halves again and again, down to plain code; they are inverted,
// which turns all the rest, the solves included, into GEMMs on views.

import type { Gemm } from './gemm.ts';
import { type Matrix64, rowOf, rowView, zeros } from './matrix.ts';
import { giveSpare, takeSpare } from './spare.ts';
import {
  type BlockColumn,
  fromSymmetricBlocks,
  SYMMETRIC_BLOCK,
  type SymmetricBlocks,
  toSymmetricBlocks,
} from './symmetric.ts';

/** Up to this order plain code is used: at 64 it takes a tenth of a millisecond, as much as a few small products. */
const PLAIN = 64;

/** Up to this order the whole factor is inverted: it takes more multiplications than blocks, in far fewer products. */
const WHOLE = 1024;

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
  /** Gives its memory back; it solves nothing any more. */
  release(): void;
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
  if (a.order <= WHOLE) {
    const [only, ...others] = a.columns;
    const whole =
      only && others.length === 0 ? only.values : fromSymmetricBlocks(a, takeSpare(a.order, a.order));
    const inverse = await invertFactor(whole, 0, gemm);
    if (whole !== only?.values) giveSpare(whole);
    const release = () => giveSpare(inverse);
    return { order: a.order, solve: (b) => solveByInverse(inverse, b, gemm), release };
  }
  const columns = await factorColumns(a.columns, gemm);
  return { order: a.order, solve: (b) => solve(columns, b, a.order, gemm), release: () => {} };
}

async function factorColumns(columns: readonly BlockColumn[], gemm: Gemm): Promise<FactoredColumn[]> {
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
    done.push({ begin, end, values, inverse: await invertFactor(diagonal, begin, gemm) });
  }
  return done;
}

/**
 * L⁻¹ of A = L·Lᵀ, by halves: with A = [A₁₁ ·; A₂₁ A₂₂], L₂₁ = A₂₁·L₁₁⁻ᵀ, L₂₂ is the factor of A₂₂ − L₂₁·L₂₁ᵀ, and below the
 * diagonal the inverse is −L₂₂⁻¹·L₂₁·L₁₁⁻¹.
 *
 * @param a of which only the lower triangle is read
 * @param offset is added to the pivot that errors name
 */
async function invertFactor(a: Matrix64, offset: number, gemm: Gemm): Promise<Matrix64> {
  const order = a.rows;
  if (order <= PLAIN) {
    const factor = factorPlain(a, offset);
    const inverse = invertLower(factor);
    giveSpare(factor);
    return inverse;
  }
  const half = Math.ceil(order / 32) * 16;
  const [upperPart, belowPart] = [copyPart(a, 0, half, 0, half), copyPart(a, half, order, 0, half)];
  const upper = await invertFactor(upperPart, offset, gemm);
  const below = takeSpare(order - half, half);
  await gemm.multiply(belowPart, upper, { transposeB: true, out: below });
  const rest = copyPart(a, half, order, half, order);
  await gemm.multiply(below, below, { transposeB: true, out: rest, update: 'subtract' });
  const lower = await invertFactor(rest, offset + half, gemm);
  const product = await gemm.multiply(below, upper, { out: belowPart });
  const corner = await gemm.multiply(lower, product, { out: below });
  const inverse = takeSpare(order, order);
  inverse.data.fill(0, 0, half * order);
  for (let row = 0; row < half; row++) inverse.data.set(rowOf(upper, row), row * order);
  for (let row = half, i = 0; row < order; row++) {
    for (let column = 0; column < half; column++) inverse.data[row * order + column] = -corner.data[i++]!;
    inverse.data.set(rowOf(lower, row - half), row * order + half);
  }
  giveSpare(upperPart, belowPart, upper, below, rest, lower);
  return inverse;
}

/** Rows `top` … `bottom` − 1 of columns `left` … `right` − 1. */
function copyPart(a: Matrix64, top: number, bottom: number, left: number, right: number): Matrix64 {
  const part = takeSpare(bottom - top, right - left);
  for (let row = top; row < bottom; row++)
    part.data.set(rowOf(a, row).subarray(left, right), (row - top) * (right - left));
  return part;
}

/** A⁻¹·B = L⁻ᵀ·L⁻¹·B. */
async function solveByInverse(inverse: Matrix64, b: Matrix64, gemm: Gemm): Promise<Matrix64> {
  if (b.rows !== inverse.rows) throw new RangeError(wrongRows(b.rows, inverse.rows));
  const half = await gemm.multiply(inverse, b, { out: takeSpare(b.rows, b.columns) });
  await gemm.multiply(inverse, half, { transposeA: true, out: b });
  giveSpare(half);
  return b;
}

function wrongRows(rows: number, order: number): string {
  return `${rows} rows on the right of a system of order ${order}`;
}

async function solve(
  columns: readonly FactoredColumn[],
  b: Matrix64,
  order: number,
  gemm: Gemm,
): Promise<Matrix64> {
  if (b.rows !== order) throw new RangeError(wrongRows(b.rows, order));
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
  const factor = takeSpare(n, n);
  const [l, from] = [factor.data.fill(0), a.data];
  for (let column = 0; column < n; column++) {
    const j = column * n;
    const square = valueAt(from, j + column) - dotPart(l, j, j, column);
    // The comparison is false for NaN as well.
    if (!(square > 0)) throw new NotPositiveDefinite(offset + column, square);
    const pivot = Math.sqrt(square);
    l[j + column] = pivot;
    let row = column + 1;
    // Four rows at a time: their sums do not wait for each other.
    for (; row + 4 <= n; row += 4) {
      const [p, q, r, s] = [row * n, (row + 1) * n, (row + 2) * n, (row + 3) * n];
      let [first, second, third, fourth] = [0, 0, 0, 0];
      for (let k = 0; k < column; k++) {
        const own = valueAt(l, j + k);
        first += valueAt(l, p + k) * own;
        second += valueAt(l, q + k) * own;
        third += valueAt(l, r + k) * own;
        fourth += valueAt(l, s + k) * own;
      }
      l[p + column] = (valueAt(from, p + column) - first) / pivot;
      l[q + column] = (valueAt(from, q + column) - second) / pivot;
      l[r + column] = (valueAt(from, r + column) - third) / pivot;
      l[s + column] = (valueAt(from, s + column) - fourth) / pivot;
    }
    for (; row < n; row++)
      l[row * n + column] = (valueAt(from, row * n + column) - dotPart(l, row * n, j, column)) / pivot;
  }
  return factor;
}

/** Within loops whose bounds are those of the values. */
function valueAt(values: Float64Array, i: number): number {
  return values[i] as number;
}

/** Σ over `count` values from two places on. */
function dotPart(values: Float64Array, a: number, b: number, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += valueAt(values, a + k) * valueAt(values, b + k);
  return sum;
}

/** L⁻¹ of a small lower triangular matrix, row by row: L⁻¹ᵢ = (eᵢ − Σ_{k<i} Lᵢₖ·L⁻¹ₖ) / Lᵢᵢ. */
function invertLower({ rows: n, data: l }: Matrix64): Matrix64 {
  const inverse = takeSpare(n, n);
  const x = inverse.data.fill(0);
  for (let row = 0; row < n; row++) {
    const here = row * n;
    const pivot = valueAt(l, here + row);
    let k = 0;
    // Four rows above at a time, so that a value is fetched and stored once for all of them.
    for (; k + 4 <= row; k += 4) {
      const [a, b, c, d] = [k * n, (k + 1) * n, (k + 2) * n, (k + 3) * n];
      const [p, q] = [valueAt(l, here + k), valueAt(l, here + k + 1)];
      const [r, s] = [valueAt(l, here + k + 2), valueAt(l, here + k + 3)];
      // Above the diagonal of these rows x is 0.
      for (let column = 0; column < k + 4; column++) {
        const upper = p * valueAt(x, a + column) + q * valueAt(x, b + column);
        x[here + column]! -= upper + r * valueAt(x, c + column) + s * valueAt(x, d + column);
      }
    }
    for (; k < row; k++)
      for (let column = 0; column <= k; column++)
        x[here + column]! -= valueAt(l, here + k) * valueAt(x, k * n + column);
    for (let column = 0; column < row; column++) x[here + column]! /= pivot;
    x[here + row] = 1 / pivot;
  }
  return inverse;
}
