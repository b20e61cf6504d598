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
import { dot } from '../../numerics/vectors.ts';

/** Replicates at a time; at D = 4096 each of three blocks then takes 2 MB, and all draws would take 100. */
const REPLICATES_PER_BLOCK = 64;

/**
 * Below this share of the squares about the test mean, SS_tot of a replicate has lost too many digits to the
 * subtraction and is summed directly; above it the relative error stays under 1e-8.
 */
const CANCELLATION = 1e-6;

/** Sums over the test rows of one cell (source layer, target layer, split), by group. */
export interface CellContributions {
  /** Test rows per group: (groups). */
  readonly counts: Float64Array;
  /** Σ residual²: (groups, D). */
  readonly residual: Matrix64;
  /** Mean target of the group minus the mean of all test rows: (groups, D). */
  readonly mean: Matrix64;
  /** Σ (target − its group's mean)²: (groups, D). */
  readonly within: Matrix64;
  /** Σ (target − mean of all test rows): (groups, D). */
  readonly sum: Matrix64;
  /** Σ (target − mean of all test rows)²: (groups, D). */
  readonly squares: Matrix64;
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
  const sums = zeros(counts.length, columns);
  const within = zeros(counts.length, columns);
  for (const [row, group] of groupOfRow.entries())
    for (let column = 0, i = row * columns, to = group * columns; column < columns; column++, i++, to++) {
      sums.data[to]! += residual.data[i]! ** 2;
      within.data[to]! += (target.data[i]! - mean.data[to]!) ** 2;
    }
  subtractFromRows(mean, overallMeans(mean, counts));
  const [sum, squares] = [zeros(counts.length, columns), zeros(counts.length, columns)];
  for (const [group, count] of counts.entries())
    for (let column = 0, i = group * columns; column < columns; column++, i++) {
      const centre = mean.data[i]!;
      sum.data[i] = centre * count;
      squares.data[i] = within.data[i]! + centre * count * centre;
    }
  return { counts, residual: sums, mean, within, sum, squares };
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
  const place = () => zeros(weights.rows, cell.mean.columns);
  return fillColumns(cell, weights, [place(), place(), place()], gemm);
}

/** `resampleColumns` into memory that is there already: the result takes the place of the first matrix. */
async function fillColumns(
  cell: CellContributions,
  weights: Matrix64,
  [r2, drawnSum, drawnSquares]: readonly [Matrix64, Matrix64, Matrix64],
  gemm: Gemm,
): Promise<Matrix64> {
  await gemm.multiply(weights, cell.residual, { out: r2 });
  await gemm.multiply(weights, cell.sum, { out: drawnSum });
  await gemm.multiply(weights, cell.squares, { out: drawnSquares });
  for (let replicate = 0, i = 0; replicate < weights.rows; replicate++) {
    const drawn = rowOf(weights, replicate);
    const count = dot(drawn, cell.counts);
    for (let column = 0; column < r2.columns; column++, i++) {
      const about = drawnSquares.data[i]!;
      let ssTot = about - drawnSum.data[i]! ** 2 / count;
      if (ssTot <= CANCELLATION * about) ssTot = sumDirectly(cell, drawn, column);
      const ssRes = r2.data[i]!;
      if (ssTot === 0) r2.data[i] = ssRes === 0 ? 1 : 0;
      else r2.data[i] = 1 - ssRes / ssTot;
    }
  }
  return r2;
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
  const r2 = new Float64Array(weights.rows);
  const most = Math.min(REPLICATES_PER_BLOCK, weights.rows);
  const place = () => zeros(most, cell.mean.columns);
  const [first, second, third] = [place(), place(), place()];
  for (let begin = 0; begin < weights.rows; begin += REPLICATES_PER_BLOCK) {
    const block = rowView(weights, begin, Math.min(begin + REPLICATES_PER_BLOCK, weights.rows));
    const part = (matrix: Matrix64) => rowView(matrix, 0, block.rows);
    const places = [part(first), part(second), part(third)] as const;
    const { rows, columns, data } = await fillColumns(cell, block, places, gemm);
    for (let row = 0, i = 0; row < rows; row++) {
      let sum = 0;
      for (let column = 0; column < columns; column++, i++) sum += data[i]!;
      r2[begin + row] = sum / columns;
    }
  }
  return r2;
}
