// Cholesky factorisation A = L·Lᵀ in float64, and solves with it. The matrix is cut into block columns, each kept
// as one contiguous row-major panel from its diagonal block downwards, so that every operand of every product is
// a view. Diagonal blocks are factored in plain code and inverted, which turns all the rest, the solves included,
// into GEMMs. Right-looking variant: Golub & Van Loan, Matrix Computations, §4.2.

import type { Gemm } from './gemm.ts';
import { type Matrix64, rowView, zeros } from './matrix.ts';

/** Up to this order plain code is used: at 256 it takes some 10 ms, less than what a finer cut would cost. */
const BLOCK = 256;

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

/** One block column of L: rows `begin` … n − 1, columns `begin` … `end` − 1. */
interface Panel {
  readonly begin: number;
  readonly end: number;
  /** The block of L on the diagonal, inverted; (b, b), lower triangular. */
  inverse: Matrix64;
  /** (n − end, b): what lies below the diagonal block. */
  below: Matrix64;
}

/**
 * Factorises a symmetric positive definite matrix.
 *
 * @param a (n, n), float64; only its lower triangle is read, and it is left as it is
 * @param block order of the diagonal blocks
 * @throws NotPositiveDefinite, naming the pivot
 */
export async function factorCholesky(a: Matrix64, gemm: Gemm, block: number = BLOCK): Promise<Cholesky> {
  if (a.rows !== a.columns) throw new RangeError(`a matrix of ${a.rows} × ${a.columns} is not square`);
  const panels = cutPanels(a, block);
  for (const [index, { begin, end, inverse: diagonal, below: unsolved }] of panels.entries()) {
    const inverse = invertLower(factorPlain(diagonal, begin));
    const below = await gemm.multiply(unsolved, inverse, { transposeB: true });
    panels[index] = { begin, end, inverse, below };
    for (const later of panels.slice(index + 1)) await updatePanel(later, below, end, gemm);
  }
  return { order: a.rows, solve: (b) => solve(panels, b, a.rows, gemm) };
}

/** Subtracts what an earlier block column contributes to a later one; `below` begins at row `offset`. */
async function updatePanel(later: Panel, below: Matrix64, offset: number, gemm: Gemm): Promise<void> {
  const diagonalRows = rowView(below, later.begin - offset, later.end - offset);
  const lowerRows = rowView(below, later.end - offset, below.rows);
  subtract(later.inverse, await gemm.multiply(diagonalRows, diagonalRows, { transposeB: true }));
  subtract(later.below, await gemm.multiply(lowerRows, diagonalRows, { transposeB: true }));
}

async function solve(panels: readonly Panel[], b: Matrix64, order: number, gemm: Gemm): Promise<Matrix64> {
  if (b.rows !== order) throw new RangeError(`${b.rows} rows on the right of a system of order ${order}`);
  // L·Z = B from the top.
  for (const { begin, end, inverse, below } of panels) {
    const rows = rowView(b, begin, end);
    rows.data.set((await gemm.multiply(inverse, rows)).data);
    subtract(rowView(b, end, order), await gemm.multiply(below, rows));
  }
  // Lᵀ·X = Z from the bottom.
  for (const { begin, end, inverse, below } of panels.toReversed()) {
    const rows = rowView(b, begin, end);
    subtract(rows, await gemm.multiply(below, rowView(b, end, order), { transposeA: true }));
    rows.data.set((await gemm.multiply(inverse, rows, { transposeA: true })).data);
  }
  return b;
}

function cutPanels(a: Matrix64, block: number): Panel[] {
  const panels: Panel[] = [];
  for (let begin = 0; begin < a.rows; begin += block) {
    const end = Math.min(begin + block, a.rows);
    panels.push({
      begin,
      end,
      inverse: copyBlock(a, begin, end, begin, end),
      below: copyBlock(a, end, a.rows, begin, end),
    });
  }
  return panels;
}

function copyBlock(a: Matrix64, top: number, bottom: number, left: number, right: number): Matrix64 {
  const copy = zeros(bottom - top, right - left);
  for (let row = top; row < bottom; row++)
    copy.data.set(
      a.data.subarray(row * a.columns + left, row * a.columns + right),
      (row - top) * copy.columns,
    );
  return copy;
}

/** The factor L of a small matrix; zeros above the diagonal. `offset` is added to the pivot that errors name. */
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

function subtract(from: Matrix64, what: Matrix64): void {
  const [target, values] = [from.data, what.data];
  for (let i = 0; i < target.length; i++) target[i]! -= values[i]!;
}
