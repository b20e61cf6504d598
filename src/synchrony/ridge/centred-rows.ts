// Rows of a layer, centred and in float64, written into memory that is there already.

import type { Matrix, Matrix64 } from '../../numerics/matrix.ts';

/** Columns that are summed at a time: their sums stay in the fastest cache. */
const COLUMNS = 512;

/**
 * Means of the columns over some rows, taken about the first of them: the mean of equal values is that value to the
 * last bit, and a mean far from zero costs no digits.
 *
 * @param matrix (samples, D)
 * @param rows at least one row number
 * @returns (D), float64
 */
export function rowMeans({ columns, data }: Matrix, rows: readonly number[]): Float64Array {
  const first = Float64Array.from(data.subarray(rows[0]! * columns, (rows[0]! + 1) * columns));
  const sums = new Float64Array(columns);
  for (let left = 0; left < columns; left += COLUMNS) {
    const right = Math.min(left + COLUMNS, columns);
    let i = 0;
    // Four rows at a time, so that a sum is fetched and stored once for all of them.
    for (; i + 4 <= rows.length; i += 4) {
      const [a, b, c, d] = [rows[i]!, rows[i + 1]!, rows[i + 2]!, rows[i + 3]!].map((row) => row * columns);
      for (let column = left; column < right; column++) {
        const from = first[column]!;
        const upper = data[a! + column]! - from + (data[b! + column]! - from);
        sums[column]! += upper + (data[c! + column]! - from + (data[d! + column]! - from));
      }
    }
    for (; i < rows.length; i++)
      for (let column = left, at = rows[i]! * columns + left; column < right; column++, at++)
        sums[column]! += data[at]! - first[column]!;
  }
  return sums.map((sum, column) => first[column]! + sum / rows.length);
}

/** Sums of squares of the columns over some rows, about a centre: (D), float64. */
export function sumsOfSquares(
  { columns, data }: Matrix,
  rows: readonly number[],
  centre: Float64Array,
): Float64Array {
  const sums = new Float64Array(columns);
  for (let left = 0; left < columns; left += COLUMNS) {
    const right = Math.min(left + COLUMNS, columns);
    let i = 0;
    for (; i + 2 <= rows.length; i += 2) {
      const [a, b] = [rows[i]! * columns, rows[i + 1]! * columns];
      for (let column = left; column < right; column++) {
        const from = centre[column]!;
        const [upper, lower] = [data[a + column]! - from, data[b + column]! - from];
        sums[column]! += upper * upper + lower * lower;
      }
    }
    for (; i < rows.length; i++)
      for (let column = left, at = rows[i]! * columns + left; column < right; column++, at++) {
        const value = data[at]! - centre[column]!;
        sums[column]! += value * value;
      }
  }
  return sums;
}

/** Rows minus a centre: fills and returns `out`, (rows.length, D). */
export function fillRows(
  { columns, data }: Matrix,
  rows: readonly number[],
  centre: Float64Array,
  out: Matrix64,
): Matrix64 {
  let to = 0;
  for (const row of rows)
    for (let column = 0, at = row * columns; column < columns; column++, at++)
      out.data[to++] = data[at]! - centre[column]!;
  return out;
}

/** The same, transposed: fills and returns `out`, (D, rows.length). */
export function fillFeatures(
  { columns, data }: Matrix,
  rows: readonly number[],
  centre: Float64Array,
  out: Matrix64,
): Matrix64 {
  // In tiles, since a walk down a long column misses the cache at every step.
  const tile = 32;
  const count = rows.length;
  const target = out.data;
  for (let top = 0; top < count; top += tile) {
    const bottom = Math.min(top + tile, count);
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(left + tile, columns);
      for (let column = left; column < right; column++) {
        const mean = centre[column]!;
        let to = column * count + top;
        for (let row = top; row < bottom; row++) target[to++] = data[rows[row]! * columns + column]! - mean;
      }
    }
  }
  return out;
}
