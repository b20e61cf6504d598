// Principal components of a layer's training rows (docs/method.md §5): eigenvectors of the smaller of XᵀX and XXᵀ, X centred. A
// small one is decomposed as a whole; of a large one the leading part is found by subspace iteration from a named random
// start (Halko, Martinsson & Tropp 2011), since a whole decomposition would take minutes.

import type { Gemm } from '../numerics/gemm.ts';
import { at } from '../numerics/lookup.ts';
import { type Matrix, type Matrix64, matrixOf, rowView, transpose, zeros } from '../numerics/matrix.ts';
import { createRandom } from '../numerics/random.ts';
import { symmetricEigen } from '../numerics/symmetric-eigen.ts';
import { fillRows, rowMeans } from './ridge/centred-rows.ts';

export interface PrincipalComponents {
  /** Of the training rows: (D). */
  readonly means: Float64Array;
  /** (components, D): unit vectors, by variance. */
  readonly axes: Matrix64;
}

/** Up to this order a matrix is decomposed as a whole. */
const WHOLE = 640;

/** Multiplications of the subspace, and directions beside those that are wanted, as a share of them. */
const ITERATIONS = 10;
const SPARE = 0.5;

/**
 * The leading principal components, without those that hold nothing but rounding.
 *
 * @param layer (samples, D)
 * @param train rows
 * @param count how many at most
 * @param whole order up to which the matrix is decomposed as a whole
 */
export async function principalComponents(
  layer: Matrix,
  train: readonly number[],
  count: number,
  gemm: Gemm,
  whole: number = WHOLE,
): Promise<PrincipalComponents> {
  const means = rowMeans(layer, train);
  const x = fillRows(layer, train, means, zeros(train.length, layer.columns));
  const dual = x.rows < x.columns;
  const square = await gemm.multiply(x, x, dual ? { transposeB: true } : { transposeA: true });
  const { values, vectors } =
    square.rows <= whole ? symmetricEigen(square) : await leadingPart(square, count, gemm);
  const tolerance = Math.max(x.rows, x.columns) * Number.EPSILON * Math.max(values[0] ?? 0, 0);
  const rank = values.findIndex((value) => !(value > tolerance));
  const kept = Math.min(count, rank === -1 ? values.length : rank);
  const leading = rowView(vectors, 0, kept);
  if (kept === 0) return { means, axes: zeros(0, layer.columns) };
  if (!dual) return { means, axes: leading };
  const axes = await gemm.multiply(leading, x);
  for (let i = 0; i < kept; i++) {
    const length = Math.sqrt(at(values, i));
    for (let k = i * axes.columns; k < (i + 1) * axes.columns; k++) axes.data[k]! /= length;
  }
  return { means, axes };
}

/** Rows of a layer on the axes, about the training means: fills and returns `out`, (rows, components). */
export async function project<Out extends Matrix<Float32Array>>(
  layer: Matrix,
  rows: readonly number[],
  { means, axes }: PrincipalComponents,
  out: Out,
  gemm: Gemm,
): Promise<Out> {
  if (axes.rows === 0) return out;
  const centred = fillRows(layer, rows, means, zeros(rows.length, layer.columns));
  const { data } = await gemm.multiply(centred, axes, { transposeB: true });
  out.data.set(data);
  return out;
}

/** The largest eigenvalues of a matrix without negative ones, and their vectors as rows. */
async function leadingPart(
  square: Matrix64,
  count: number,
  gemm: Gemm,
): Promise<{ readonly values: Float64Array; readonly vectors: Matrix64 }> {
  const n = square.rows;
  const width = Math.min(n, count + Math.ceil(SPARE * count) + 8);
  const { uniform } = createRandom('principal components');
  const start = Float64Array.from({ length: width * n }, () => uniform() - 0.5);
  let basis = await orthonormal(matrixOf(width, n, start), gemm);
  // Symmetric, so that rows times it are the same as it times columns.
  for (let i = 0; i < ITERATIONS; i++) basis = await orthonormal(await gemm.multiply(basis, square), gemm);
  const image = await gemm.multiply(basis, square);
  const small = symmetricEigen(symmetrised(await gemm.multiply(image, basis, { transposeB: true })));
  return { values: small.values, vectors: await gemm.multiply(small.vectors, basis) };
}

/** Rounding makes a product that is symmetric a little less so. */
function symmetrised(a: Matrix64): Matrix64 {
  const turned = transpose(a);
  return { ...a, data: a.data.map((value, i) => (value + turned.data[i]!) / 2) };
}

/**
 * Orthonormal rows that span what the given ones do, by Cholesky of their inner products, three times: the first one with
 * a shift, so that rows that are nearly dependent do not end it (Fukaya et al. 2020).
 */
async function orthonormal(rows: Matrix64, gemm: Gemm): Promise<Matrix64> {
  let basis = rows;
  for (let pass = 0; pass < 3; pass++) {
    const inner = await gemm.multiply(basis, basis, { transposeB: true });
    let trace = 0;
    for (let i = 0; i < inner.rows; i++) trace += inner.data[i * inner.rows + i]!;
    const shift = Number.EPSILON * trace * (pass === 0 ? rows.columns : 1);
    basis = await gemm.multiply(inverseFactor(inner, shift), basis);
  }
  return basis;
}

/** L⁻¹ of A + shift · I = LLᵀ: lower triangular, (n, n). A few hundred rows: plain loops will do. */
function inverseFactor({ rows: n, data: a }: Matrix64, shift: number): Matrix64 {
  const lower = zeros(n, n).data;
  const inverse = zeros(n, n);
  const b = inverse.data;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]! + (i === j ? shift : 0);
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      lower[i * n + j] = i === j ? Math.sqrt(Math.max(sum, shift)) : sum / lower[j * n + j]!;
    }
    // Row i of the inverse from those above it.
    const pivot = lower[i * n + i]!;
    for (let k = 0; k < i; k++) {
      const factor = lower[i * n + k]!;
      for (let j = 0; j <= k; j++) b[i * n + j]! -= factor * b[k * n + j]!;
    }
    for (let j = 0; j < i; j++) b[i * n + j]! /= pivot;
    b[i * n + i] = 1 / pivot;
  }
  return inverse;
}
