// A symmetric matrix as the block columns of its upper triangle, each from row 0 down to its diagonal block and
// contiguous, row-major. It takes half the memory, and whatever a blocked Cholesky factorisation multiplies (rows
// 0 … k of a block column) is a view: nothing is copied and ONNX Runtime sees plain matrices.

import type { Gemm } from './gemm.ts';
import { at } from './lookup.ts';
import { type Matrix64, rowOf, rowView, zeros } from './matrix.ts';

/** One block column: rows 0 … `end` − 1 of columns `begin` … `end` − 1. */
export interface BlockColumn {
  readonly begin: number;
  readonly end: number;
  /** (end, end − begin); its last end − begin rows are the diagonal block, stored in full. */
  readonly values: Matrix64;
}

/** A symmetric matrix of order n. */
export interface SymmetricBlocks {
  readonly order: number;
  readonly columns: readonly BlockColumn[];
}

/** Columns per block: large enough for GEMM's full speed, small against the order of a matrix worth cutting. */
export const SYMMETRIC_BLOCK = 512;

/** A symmetric matrix of zeros. */
export function symmetricZeros(order: number, block: number = SYMMETRIC_BLOCK): SymmetricBlocks {
  const columns: BlockColumn[] = [];
  for (let begin = 0; begin < order; begin += block) {
    const end = Math.min(begin + block, order);
    columns.push({ begin, end, values: zeros(end, end - begin) });
  }
  return { order, columns };
}

/** Cuts a symmetric matrix up; only its lower triangle is read. */
export function toSymmetricBlocks(a: Matrix64, block: number = SYMMETRIC_BLOCK): SymmetricBlocks {
  if (a.rows !== a.columns) throw new RangeError(`a matrix of ${a.rows} × ${a.columns} is not square`);
  return fillSymmetric(a, symmetricZeros(a.rows, block));
}

/** Copies a matrix in, of which only the lower triangle is read: fills and returns `blocks`. */
export function fillSymmetric({ columns: order, data }: Matrix64, blocks: SymmetricBlocks): SymmetricBlocks {
  for (const { begin, end, values } of blocks.columns) {
    const [to, width] = [values.data, values.columns];
    for (let column = begin; column < end; column++) {
      const from = column * order;
      for (let row = 0; row <= column; row++) to[row * width + column - begin] = data[from + row]!;
      // The diagonal block is stored in full.
      to.set(data.subarray(from + begin, from + column), column * width);
    }
  }
  return blocks;
}

/** The matrix in full: fills and returns `a`, (order, order). */
export function fromSymmetricBlocks({ order, columns }: SymmetricBlocks, a: Matrix64): Matrix64 {
  for (const { begin, end, values } of columns)
    for (let row = 0; row < end; row++) {
      const part = rowOf(values, row);
      a.data.set(part, row * order + begin);
      if (row < begin) for (let i = 0; i < end - begin; i++) a.data[(begin + i) * order + row] = part[i]!;
    }
  return a;
}

/** Copies the values of one matrix into another of the same order and block. */
export function copySymmetric(from: SymmetricBlocks, to: SymmetricBlocks): SymmetricBlocks {
  for (const [i, { values }] of to.columns.entries()) values.data.set(at(from.columns, i).values.data);
  return to;
}

/**
 * A += F·Fᵀ, or A −= F·Fᵀ.
 *
 * @param f (n, k), float64
 */
export async function updateGram(
  a: SymmetricBlocks,
  f: Matrix64,
  update: 'add' | 'subtract',
  gemm: Gemm,
): Promise<void> {
  for (const { begin, end, values } of a.columns)
    await gemm.multiply(rowView(f, 0, end), rowView(f, begin, end), {
      transposeB: true,
      out: values,
      update,
    });
}

/** Adds a number to every element of the diagonal, in place. */
export function addToDiagonal(a: SymmetricBlocks, value: number): SymmetricBlocks {
  for (const { begin, end, values } of a.columns)
    for (let i = begin; i < end; i++) values.data[i * values.columns + i - begin]! += value;
  return a;
}

/**
 * A·v.
 *
 * @param v (n, 1), float64
 * @returns (n, 1)
 */
export async function multiplyVector(a: SymmetricBlocks, v: Matrix64, gemm: Gemm): Promise<Matrix64> {
  const product = zeros(a.order, 1);
  for (const { begin, end, values } of a.columns) {
    const part = rowView(v, begin, end);
    await gemm.multiply(values, part, { out: rowView(product, 0, end), update: 'add' });
    const above = {
      rows: begin,
      columns: values.columns,
      data: values.data.subarray(0, begin * values.columns),
    };
    const out = rowView(product, begin, end);
    await gemm.multiply(above, rowView(v, 0, begin), { transposeA: true, out, update: 'add' });
  }
  return product;
}
