// LU factorisation with partial pivoting in float32, P·A = L·U, and solves with it. It is here to do what LAPACK's
// `sgetrf` and `sgetrs` do, rounding included, for the published algorithm; our own solver is the Cholesky factor
// in float64. Block columns are contiguous row-major panels, so that the products are GEMMs over views.
// Right-looking variant: Golub & Van Loan, Matrix Computations, §3.4.

import type { Gemm } from './gemm.ts';
import { at } from './lookup.ts';
import type { Matrix32 } from './matrix.ts';

/** Width of a block column: narrow enough that the plain code inside it is a small part of the work. */
const BLOCK = 64;

/** A pivot is exactly zero: the matrix is singular to the last bit. */
export class SingularMatrix extends Error {
  /** Column of the pivot, 0-based. */
  readonly pivot: number;
  constructor(pivot: number) {
    super(`the matrix is singular: pivot ${pivot} is zero`);
    this.name = 'SingularMatrix';
    this.pivot = pivot;
  }
}

/** A factorised matrix of order n. */
export interface Lu {
  readonly order: number;
  /**
   * Solves A·X = B, overwriting B with X.
   *
   * @param b (n, m), float32
   * @returns `b`
   */
  solve(b: Matrix32): Promise<Matrix32>;
}

/** Columns `begin` … `end` − 1 of A, all n rows; in the end U above and on the diagonal, L without its ones below. */
interface Panel {
  readonly begin: number;
  readonly end: number;
  /** (n, end − begin) */
  readonly values: Matrix32;
}

/**
 * Factorises a square matrix in float32.
 *
 * @param a (n, n), float32; it is left as it is
 * @param block width of the block columns
 * @throws SingularMatrix if a pivot is exactly zero; a nearly singular matrix passes, as it does in LAPACK
 */
export async function factorLu(a: Matrix32, gemm: Gemm, block: number = BLOCK): Promise<Lu> {
  if (a.rows !== a.columns) throw new RangeError(`a matrix of ${a.rows} × ${a.columns} is not square`);
  const order = a.rows;
  const panels = cutPanels(a, block);
  // Row i was swapped with row swaps[i], in order of i.
  const swaps: number[] = [];
  for (const panel of panels) {
    const { begin, end, values } = panel;
    const own = factorPanel(panel);
    swaps.push(...own);
    for (const other of panels)
      if (other !== panel) for (const [i, row] of own.entries()) swapRows(other.values, begin + i, row);
    for (const later of panels) {
      if (later.begin < end) continue;
      const top = rows(later.values, begin, end);
      solveUnitLower(panel, top);
      subtract(rows(later.values, end, order), await gemm.multiply(rows(values, end, order), top));
    }
  }
  return { order, solve: (b) => solve(panels, swaps, b, order, gemm) };
}

async function solve(
  panels: readonly Panel[],
  swaps: readonly number[],
  b: Matrix32,
  order: number,
  gemm: Gemm,
): Promise<Matrix32> {
  if (b.rows !== order) throw new RangeError(`${b.rows} rows on the right of a system of order ${order}`);
  for (const [row, other] of swaps.entries()) swapRows(b, row, other);
  // L·Z = P·B from the top.
  for (const panel of panels) {
    const { begin, end, values } = panel;
    const part = rows(b, begin, end);
    solveUnitLower(panel, part);
    subtract(rows(b, end, order), await gemm.multiply(rows(values, end, order), part));
  }
  // U·X = Z from the bottom.
  for (const panel of panels.toReversed()) {
    const { begin, end, values } = panel;
    const part = rows(b, begin, end);
    solveUpper(panel, part);
    subtract(rows(b, 0, begin), await gemm.multiply(rows(values, 0, begin), part));
  }
  return b;
}

/** Factorises one panel from its diagonal block downwards, and says which rows were swapped. */
function factorPanel({ begin, end, values: { rows: order, columns: width, data } }: Panel): number[] {
  const swaps: number[] = [];
  for (let column = 0; column < end - begin; column++) {
    const diagonal = begin + column;
    let best = diagonal;
    for (let row = diagonal + 1; row < order; row++)
      if (Math.abs(data[row * width + column]!) > Math.abs(data[best * width + column]!)) best = row;
    // NaN passes on, as in LAPACK: the caller sees it in the result.
    if (data[best * width + column] === 0) throw new SingularMatrix(diagonal);
    swapRows({ rows: order, columns: width, data }, diagonal, best);
    swaps.push(best);
    eliminate(data, width, column, diagonal, order);
  }
  return swaps;
}

/** Subtracts multiples of the pivot's row from all rows below it; the multipliers take the place of the zeros. */
function eliminate(data: Float32Array, width: number, column: number, diagonal: number, order: number): void {
  const pivotRow = diagonal * width;
  const pivot = at(data, pivotRow + column);
  for (let row = diagonal + 1; row < order; row++) {
    const here = row * width;
    const factor = Math.fround(data[here + column]! / pivot);
    data[here + column] = factor;
    subtractScaled(data, here + column + 1, pivotRow + column + 1, width - column - 1, factor);
  }
}

/** Overwrites B with L⁻¹·B for the panel's diagonal block. Every step is rounded to float32 where it is stored. */
function solveUnitLower({ begin, end, values }: Panel, b: Matrix32): void {
  for (let row = 1; row < end - begin; row++)
    for (const [k, factor] of rowOf(values, begin + row)
      .subarray(0, row)
      .entries())
      subtractRow(b, row, k, factor);
}

/** Overwrites B with U⁻¹·B for the panel's diagonal block. */
function solveUpper({ begin, end, values }: Panel, b: Matrix32): void {
  for (let row = end - begin - 1; row >= 0; row--) {
    const own = rowOf(values, begin + row);
    const pivot = at(own, row);
    for (const [i, factor] of own.subarray(row + 1).entries()) subtractRow(b, row, row + 1 + i, factor);
    const part = rowOf(b, row);
    for (let i = 0; i < part.length; i++) part[i]! /= pivot;
  }
}

/** B[row] −= factor · B[other] */
function subtractRow({ columns, data }: Matrix32, row: number, other: number, factor: number): void {
  subtractScaled(data, row * columns, other * columns, columns, factor);
}

/** Subtracts a multiple of `count` values from as many others of the same array. */
function subtractScaled(data: Float32Array, from: number, what: number, count: number, factor: number): void {
  for (let i = from, j = what, end = from + count; i < end; i++, j++) data[i]! -= factor * data[j]!;
}

/** One row as a view. */
function rowOf({ columns, data }: Matrix32, row: number): Float32Array {
  return data.subarray(row * columns, (row + 1) * columns);
}

function swapRows({ columns, data }: Matrix32, row: number, other: number): void {
  if (row === other) return;
  const kept = data.slice(row * columns, (row + 1) * columns);
  data.copyWithin(row * columns, other * columns, (other + 1) * columns);
  data.set(kept, other * columns);
}

function cutPanels(a: Matrix32, block: number): Panel[] {
  const panels: Panel[] = [];
  for (let begin = 0; begin < a.rows; begin += block) {
    const end = Math.min(begin + block, a.rows);
    const width = end - begin;
    const data = new Float32Array(a.rows * width);
    for (let row = 0; row < a.rows; row++)
      data.set(a.data.subarray(row * a.columns + begin, row * a.columns + end), row * width);
    panels.push({ begin, end, values: { rows: a.rows, columns: width, data } });
  }
  return panels;
}

/** Rows `begin` … `end` − 1 as a view. */
function rows({ columns, data }: Matrix32, begin: number, end: number): Matrix32 {
  return { rows: end - begin, columns, data: data.subarray(begin * columns, end * columns) };
}

function subtract(from: Matrix32, what: Matrix32): void {
  const [target, values] = [from.data, what.data];
  for (let i = 0; i < target.length; i++) target[i]! -= values[i]!;
}
