// What each group of test rows adds to R². With the sums of squares kept apart by group and target column, R² of
// any reweighting of the groups is a few small products: no draw touches the rows again, and none refits.

import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import {
  type Matrix,
  type Matrix64,
  rowOf,
  rowView,
  subtractFromRows,
  zeros,
} from '../../numerics/matrix.ts';
import { giveSpare, takeSpare } from '../../numerics/spare.ts';
import { dot } from '../../numerics/vectors.ts';
import { r2Of } from '../ridge/r2.ts';

/** Sums of replicates at a time, three for every column: 4 MB, and at D = 4096 not many more replicates than 40. */
const SUMS_PER_BLOCK = 2 ** 19;

/**
 * Below this share of the squares about the test mean, SS_tot of a replicate has lost too many digits to the
 * subtraction and is summed directly; above it the relative error stays under 1e-8.
 */
const CANCELLATION = 1e-6;

/** Sums over the test rows of one cell (source layer, target layer, split), by group. */
export interface CellContributions {
  /** Test rows per group: (groups). */
  readonly counts: Float64Array;
  /** Mean target of the group minus the mean of all test rows: (groups, D). */
  readonly mean: Matrix64;
  /** Σ (target − its group's mean)²: (groups, D). */
  readonly within: Matrix64;
  /**
   * Side by side what is summed over drawn groups, (groups, 3·D): Σ residual², Σ (target − mean of all test rows), and Σ
   * (target − mean of all test rows)².
   */
  readonly sums: Matrix64;
}

/**
 * Adds up a cell's residuals and targets by group.
 *
 * @param residual (n_test, D): target minus prediction, float32 or float64
 * @param target (n_test, D), the same rows; any number may have been subtracted from a column
 * @param groupOfRow (n_test): indices from 0; every index up to the largest occurs
 * @throws RangeError if the shapes do not fit, or a group has no rows
 */
export function cellContributions(
  residual: Matrix,
  target: Matrix,
  groupOfRow: readonly number[],
): CellContributions {
  const { rows, columns } = target;
  if (residual.rows !== rows || residual.columns !== columns || groupOfRow.length !== rows)
    throw new RangeError(
      `${residual.rows} × ${residual.columns} residuals of ${rows} × ${columns} targets in ${groupOfRow.length} places`,
    );
  const counts = new Float64Array(groupOfRow.reduce((most, group) => Math.max(most, group + 1), 0));
  for (const group of groupOfRow) counts[group]! += 1;
  if (counts.includes(0)) throw new RangeError(`no rows in group ${counts.indexOf(0)}`);
  const mean = groupMeans(target, groupOfRow, counts);
  const within = zeros(counts.length, columns);
  const sums = zeros(counts.length, 3 * columns);
  const [means, ofTargets, all] = [mean.data, within.data, sums.data];
  const [left, wanted] = [residual.data, target.data];
  for (const [row, group] of groupOfRow.entries()) {
    const [from, to, place] = [row * columns, group * columns, 3 * group * columns];
    for (let column = 0; column < columns; column++) {
      const error = left[from + column]!;
      const deviation = wanted[from + column]! - means[to + column]!;
      all[place + column]! += error * error;
      ofTargets[to + column]! += deviation * deviation;
    }
  }
  subtractFromRows(mean, overallMeans(mean, counts));
  for (const [group, count] of counts.entries()) {
    const [from, place] = [group * columns, 3 * group * columns];
    for (let column = 0; column < columns; column++) {
      const centre = means[from + column]!;
      all[place + columns + column] = centre * count;
      all[place + 2 * columns + column] = ofTargets[from + column]! + centre * count * centre;
    }
  }
  return { counts, mean, within, sums };
}

/** Means by group, taken about the group's first row: the mean of equal values is that value to the last bit. */
function groupMeans(target: Matrix, groupOfRow: readonly number[], counts: Float64Array): Matrix64 {
  const { columns, data } = target;
  const means = zeros(counts.length, columns);
  const firstRow = Array.from(counts, (_, group) => groupOfRow.indexOf(group));
  for (const [row, group] of groupOfRow.entries()) {
    const [here, origin, to] = [row * columns, at(firstRow, group) * columns, group * columns];
    for (let c = 0; c < columns; c++) means.data[to + c]! += data[here + c]! - data[origin + c]!;
  }
  for (const [group, count] of counts.entries()) {
    const [origin, to] = [at(firstRow, group) * columns, group * columns];
    for (let c = 0; c < columns; c++) means.data[to + c] = data[origin + c]! + means.data[to + c]! / count;
  }
  return means;
}

/** Means of all rows, taken about the first group's for the same reason. */
function overallMeans({ columns, data }: Matrix64, counts: Float64Array): Float64Array {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const means = data.slice(0, columns);
  for (const [group, count] of counts.entries())
    for (let c = 0; c < columns; c++) means[c]! += (count / rows) * (data[group * columns + c]! - data[c]!);
  return means;
}

/**
 * R² of every target column in every replicate: 1 − SS_res / SS_tot over the drawn groups, SS_tot about the mean of
 * what was drawn. Where all drawn targets of a column are the same number it is 1 if no residual is left in them
 * and 0 otherwise, as in `r2PerDimension`.
 *
 * @param weights (replicates, groups), 0 or more; at least one above 0 in every replicate
 * @returns (replicates, D), float64
 */
export async function resampleColumns(
  cell: CellContributions,
  weights: Matrix64,
  gemm: Gemm,
): Promise<Matrix64> {
  const { columns } = cell.mean;
  const r2 = zeros(weights.rows, columns);
  const drawn = await gemm.multiply(weights, cell.sums);
  for (let replicate = 0; replicate < weights.rows; replicate++)
    r2OfReplicate(cell, rowOf(weights, replicate), rowOf(drawn, replicate), rowOf(r2, replicate));
  return r2;
}

/**
 * R² of every column in one replicate, the columns of what it has drawn being those of `CellContributions.sums`.
 *
 * @param out takes it: (D)
 */
function r2OfReplicate(
  cell: CellContributions,
  weights: Float64Array,
  drawn: Float64Array,
  out: Float64Array,
): void {
  const columns = out.length;
  const share = 1 / dot(weights, cell.counts);
  for (let column = 0; column < columns; column++) {
    const ssRes = drawn[column]!;
    const sum = drawn[columns + column]!;
    const about = drawn[2 * columns + column]!;
    let ssTot = about - sum * sum * share;
    if (ssTot <= CANCELLATION * about) ssTot = sumDirectly(cell, weights, column);
    out[column] = r2Of(ssRes, ssTot);
  }
}

/** SS_tot of one column in one replicate, without cancellation: exactly 0 if all drawn values are the same. */
function sumDirectly(
  { counts, mean, within }: CellContributions,
  drawn: Float64Array,
  column: number,
): number {
  const place = (group: number) => group * mean.columns + column;
  const first = at(mean.data, place(drawn.findIndex((weight) => weight > 0)));
  let [rows, sum] = [0, 0];
  for (let group = 0; group < drawn.length; group++) {
    const weight = drawn[group]! * counts[group]!;
    rows += weight;
    sum += weight * (mean.data[place(group)]! - first);
  }
  const centre = first + sum / rows;
  let ssTot = 0;
  for (let group = 0; group < drawn.length; group++) {
    const between = counts[group]! * (mean.data[place(group)]! - centre) ** 2;
    ssTot += drawn[group]! * (within.data[place(group)]! + between);
  }
  return ssTot;
}

/**
 * R² of every replicate, averaged over the target columns; arguments as in `resampleColumns`.
 *
 * @returns (replicates), float64
 */
export async function resampleR2(
  cell: CellContributions,
  weights: Matrix64,
  gemm: Gemm,
): Promise<Float64Array> {
  const { columns } = cell.mean;
  const r2 = new Float64Array(weights.rows);
  const most = Math.min(Math.max(1, Math.floor(SUMS_PER_BLOCK / (3 * columns))), weights.rows);
  const memory = takeSpare(most, 3 * columns);
  const own = new Float64Array(columns);
  for (let begin = 0; begin < weights.rows; begin += most) {
    const block = rowView(weights, begin, Math.min(begin + most, weights.rows));
    const drawn = rowView(memory, 0, block.rows);
    await gemm.multiply(block, cell.sums, { out: drawn });
    for (let row = 0; row < block.rows; row++) {
      r2OfReplicate(cell, rowOf(block, row), rowOf(drawn, row), own);
      let sum = 0;
      for (let column = 0; column < columns; column++) sum += own[column]!;
      r2[begin + row] = sum / columns;
    }
  }
  giveSpare(memory);
  return r2;
}
