// The ridge map from one layer of who speaks to the layer of the listener that it predicts best, and the directions of
// the speaker's states that carry the prediction (docs/method.md §20).

import { factorCholesky } from '../numerics/cholesky.ts';
import type { Gemm } from '../numerics/gemm.ts';
import { at } from '../numerics/lookup.ts';
import { addToDiagonal, type Matrix, type Matrix64, matrixOf, rowOf, zeros } from '../numerics/matrix.ts';
import { addScaled, dot } from '../numerics/vectors.ts';
import { principalComponents } from '../synchrony/principal-components.ts';
import { fillRows, rowMeans, sumsOfSquares } from '../synchrony/ridge/centred-rows.ts';

/** A fitted map, with what it takes to change a state along it. */
export interface SourceMap {
  /** Mean state of the training rows: (D_source). */
  readonly means: Float64Array;
  /** W: (D_source, D_target), float64. */
  readonly weights: Matrix64;
  /** Mean and standard deviation of every target dimension over the training rows; 1 where it is constant. */
  readonly target: { readonly means: Float64Array; readonly deviations: Float64Array };
  /**
   * Orthonormal: (directions, D_source). The first k of them are what the k leading components of the prediction are made
   * of: a state without its projection on them is predicted to be at the mean along these components.
   */
  readonly directions: Matrix64;
  /** Standard deviation of the training states along each direction. */
  readonly spread: Float64Array;
  /** Training rows, centred: (n, D_source). */
  readonly rows: Matrix64;
}

/**
 * Fits the map and finds its directions: reduced-rank regression, with every target dimension at unit variance, as R² counts
 * it (docs/method.md §5). The prediction's principal components V give the source directions W·V, put at right angles.
 *
 * @param source (samples, D_source)
 * @param target (samples, D_target)
 * @param train rows that are fitted to
 * @param count directions at most
 */
export async function fitSourceMap(
  source: Matrix,
  target: Matrix,
  train: readonly number[],
  lambda: number,
  count: number,
  gemm: Gemm,
): Promise<SourceMap> {
  const means = rowMeans(source, train);
  const targetMeans = rowMeans(target, train);
  const squares = sumsOfSquares(target, train, targetMeans);
  const deviations = squares.map((sum) => Math.sqrt(sum / train.length) || 1);
  const x = fillRows(source, train, means, zeros(train.length, source.columns));
  const y = fillRows(target, train, targetMeans, zeros(train.length, target.columns));
  const weights = await ridgeWeights(x, y, lambda, gemm);
  const scaled = matrixOf(
    weights.rows,
    weights.columns,
    weights.data.map((value, i) => value / at(deviations, i % weights.columns)),
  );
  const predicted = await gemm.multiply(x, scaled);
  const all = Array.from({ length: predicted.rows }, (_, row) => row);
  const { axes } = await principalComponents(predicted, all, count, gemm);
  const raw =
    axes.rows === 0 ? zeros(0, source.columns) : await gemm.multiply(axes, scaled, { transposeB: true });
  const directions = orthonormalRows(raw);
  const spread = await spreadAlong(x, directions, gemm);
  return { means, weights, target: { means: targetMeans, deviations }, directions, spread, rows: x };
}

/** W = (XᵀX + λI)⁻¹XᵀY, or Xᵀ(XXᵀ + λI)⁻¹Y where there are fewer rows than dimensions. */
async function ridgeWeights(x: Matrix64, y: Matrix64, lambda: number, gemm: Gemm): Promise<Matrix64> {
  const dual = x.rows < x.columns;
  const side = dual ? ({ transposeB: true } as const) : ({ transposeA: true } as const);
  const factor = await factorCholesky(addToDiagonal(await gemm.multiply(x, x, side), lambda), gemm);
  if (!dual) return factor.solve(await gemm.multiply(x, y, { transposeA: true }));
  return gemm.multiply(x, await factor.solve(y), { transposeA: true });
}

async function spreadAlong(x: Matrix64, directions: Matrix64, gemm: Gemm): Promise<Float64Array> {
  const spread = new Float64Array(directions.rows);
  if (directions.rows === 0) return spread;
  const along = await gemm.multiply(x, directions, { transposeB: true });
  for (let row = 0; row < along.rows; row++)
    for (let i = 0; i < along.columns; i++) spread[i]! += along.data[row * along.columns + i]! ** 2;
  return spread.map((sum) => Math.sqrt(sum / x.rows));
}

/** Length below which what is left of a row, as a share of it, is rounding. */
const NOTHING = 1e-8;

/** Gram and Schmidt's orthonormal rows, in order, twice over; rows that depend on earlier ones are left out. */
export function orthonormalRows(rows: Matrix64): Matrix64 {
  const kept: Float64Array[] = [];
  for (let i = 0; i < rows.rows; i++) {
    const row = Float64Array.from(rowOf(rows, i));
    const length = Math.sqrt(dot(row, row));
    for (let pass = 0; pass < 2; pass++) for (const other of kept) addScaled(row, other, -dot(row, other));
    const left = Math.sqrt(dot(row, row));
    if (!(left > NOTHING * length)) continue;
    kept.push(row.map((value) => value / left));
  }
  const result = zeros(kept.length, rows.columns);
  for (const [i, row] of kept.entries()) result.data.set(row, i * rows.columns);
  return result;
}

/** What the map says that a change of the source's state does to the target: (D_target), in its own units. */
export function predictedChange({ weights }: SourceMap, change: Float64Array): Float64Array {
  const result = new Float64Array(weights.columns);
  for (const [d, value] of change.entries()) if (value !== 0) addScaled(result, rowOf(weights, d), value);
  return result;
}

/** The state that the map predicts from a source state: (D_target). */
export function predictTarget(map: SourceMap, state: ArrayLike<number>): Float64Array {
  const centred = map.means.map((mean, d) => at(state, d) - mean);
  const change = predictedChange(map, centred);
  return map.target.means.map((mean, d) => mean + at(change, d));
}

/** Mean over target dimensions of the squared error of a prediction, in units of the training variance. */
export function predictionError(
  map: SourceMap,
  source: ArrayLike<number>,
  target: ArrayLike<number>,
): number {
  const predicted = predictTarget(map, source);
  const { deviations } = map.target;
  let sum = 0;
  for (let d = 0; d < predicted.length; d++) sum += ((at(target, d) - predicted[d]!) / deviations[d]!) ** 2;
  return sum / predicted.length;
}

/** Rows of a matrix as float32, one after another, for `LayerIntervention.remove`. */
export function firstRows({ columns, data }: Matrix64, count: number): Float32Array {
  return Float32Array.from(data.subarray(0, count * columns));
}
