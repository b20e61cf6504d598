// Rows of a layer with every dimension brought to mean 0 and variance 1 over the training rows. A gradient method sees
// a residual stream's few huge dimensions and nothing else if they are left as they are.

import { type Matrix, type Matrix32, type Matrix64, zeros, zeros32 } from '../../numerics/matrix.ts';
import { fillScaledRows, rowMeans, sumsOfSquares } from '../ridge/centred-rows.ts';

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
  return fillStandardised(layer, rows, standardisation, zeros32(rows.length, layer.columns));
}

/** Rows, standardised, in float64: (rows.length, D). A dimension that is constant in training is shifted alone. */
export function standardiseRows64(
  layer: Matrix,
  rows: readonly number[],
  standardisation: Standardisation,
): Matrix64 {
  return fillStandardised(layer, rows, standardisation, zeros(rows.length, layer.columns));
}

function fillStandardised<Out extends Matrix>(
  layer: Matrix,
  rows: readonly number[],
  { means, deviations }: Standardisation,
  out: Out,
): Out {
  const factors = deviations.map((deviation) => (deviation > 0 ? 1 / deviation : 1));
  return fillScaledRows(layer, rows, means, factors, out);
}
