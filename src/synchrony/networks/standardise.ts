// Rows of a layer with every dimension brought to mean 0 and variance 1 over the training rows. A gradient method sees
// a residual stream's few huge dimensions and nothing else if they are left as they are.

import type { Matrix, Matrix32, Matrix64 } from '../../numerics/matrix.ts';
import { rowMeans, sumsOfSquares } from '../ridge/centred-rows.ts';

/** What the dimensions of a layer are shifted and divided by. */
export interface Standardisation {
  /** Training means: (D), float64. */
  readonly means: Float64Array;
  /** Training standard deviations, n below: (D), float64; 0 for a dimension that is constant in training. */
  readonly deviations: Float64Array;
}

/**
 * Means and standard deviations over the training rows.
 *
 * @param layer (samples, D)
 * @param train at least one row number
 */
export function standardisationOf(layer: Matrix, train: readonly number[]): Standardisation {
  const means = rowMeans(layer, train);
  const squares = sumsOfSquares(layer, train, means);
  return { means, deviations: squares.map((sum) => Math.sqrt(sum / train.length)) };
}

/** Rows, standardised, as float32: (rows.length, D). A dimension that is constant in training is shifted alone. */
export function standardiseRows(
  layer: Matrix,
  rows: readonly number[],
  standardisation: Standardisation,
): Matrix32 {
  const data = new Float32Array(rows.length * layer.columns);
  fillStandardised(layer, rows, standardisation, data);
  return { rows: rows.length, columns: layer.columns, data };
}

/** The same in float64. */
export function standardiseRows64(
  layer: Matrix,
  rows: readonly number[],
  standardisation: Standardisation,
): Matrix64 {
  const data = new Float64Array(rows.length * layer.columns);
  fillStandardised(layer, rows, standardisation, data);
  return { rows: rows.length, columns: layer.columns, data };
}

function fillStandardised(
  { columns, data }: Matrix,
  rows: readonly number[],
  { means, deviations }: Standardisation,
  out: Float32Array | Float64Array,
): void {
  const factors = deviations.map((deviation) => (deviation > 0 ? 1 / deviation : 1));
  let to = 0;
  for (const row of rows)
    for (let column = 0, at = row * columns; column < columns; column++, at++)
      out[to++] = (data[at]! - means[column]!) * factors[column]!;
}
