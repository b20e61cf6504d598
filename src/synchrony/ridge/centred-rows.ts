// Rows of a layer, centred and in float64, written into memory that is there already.

import { at, first as firstOf } from '../../numerics/lookup.ts';
import { type Matrix, rowOf } from '../../numerics/matrix.ts';

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
export function rowMeans(matrix: Matrix, rows: readonly number[]): Float64Array {
  const { columns, data } = matrix;
  const first = Float64Array.from(rowOf(matrix, firstOf(rows)));
  const sums = new Float64Array(columns);
  for (let left = 0; left < columns; left += COLUMNS) {
    const right = Math.min(left + COLUMNS, columns);
    let i = 0;
    // Four rows at a time, so that a sum is fetched and stored once for all of them.
    for (; i + 4 <= rows.length; i += 4) {
      const [a, b] = [at(rows, i) * columns, at(rows, i + 1) * columns];
      const [c, d] = [at(rows, i + 2) * columns, at(rows, i + 3) * columns];
      for (let column = left; column < right; column++) {
        const from = first[column]!;
        const upper = data[a + column]! - from + (data[b + column]! - from);
        sums[column]! += upper + (data[c + column]! - from + (data[d + column]! - from));
      }
    }
    for (const row of rows.slice(i)) {
      const begin = row * columns;
      for (let column = left; column < right; column++)
        sums[column]! += data[begin + column]! - first[column]!;
    }
  }
  return first.map((from, column) => from + sums[column]! / rows.length);
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
      const [a, b] = [at(rows, i) * columns, at(rows, i + 1) * columns];
      for (let column = left; column < right; column++) {
        const from = centre[column]!;
        const [upper, lower] = [data[a + column]! - from, data[b + column]! - from];
        sums[column]! += upper * upper + lower * lower;
      }
    }
    for (const row of rows.slice(i)) {
      const begin = row * columns;
      for (let column = left; column < right; column++) {
        const value = data[begin + column]! - centre[column]!;
        sums[column]! += value * value;
      }
    }
  }
  return sums;
}

/** Rows minus a centre: fills and returns `out`, (rows.length, D). */
export function fillRows<Out extends Matrix>(
  { columns, data }: Matrix,
  rows: readonly number[],
  centre: Float64Array,
  out: Out,
): Out {
  let to = 0;
  for (const row of rows)
    for (let column = 0, from = row * columns; column < columns; column++, from++)
      out.data[to++] = data[from]! - centre[column]!;
  return out;
}

/** Rows minus a centre, times a factor per column: fills and returns `out`, (rows.length, D). */
export function fillScaledRows<Out extends Matrix>(
  { columns, data }: Matrix,
  rows: readonly number[],
  centre: Float64Array,
  factors: Float64Array,
  out: Out,
): Out {
  let to = 0;
  for (const row of rows)
    for (let column = 0, from = row * columns; column < columns; column++, from++)
      out.data[to++] = (data[from]! - centre[column]!) * factors[column]!;
  return out;
}

/** Rows minus a centre, transposed: fills and returns `out`, (D, rows.length). */
export function fillFeatures<Out extends Matrix>(
  { columns, data }: Matrix,
  rows: readonly number[],
  centre: Float64Array,
  out: Out,
): Out {
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
