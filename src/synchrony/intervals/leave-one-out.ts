// R² without one held-out group, for every group: with the sums of squares kept apart by group, nothing touches the rows
// again, and none refits. A group that two splits hold out is left out of both at once, or the splits would seem to be
// independent.

import { entryOf } from '../../numerics/lookup.ts';
import { type Matrix64, zeros } from '../../numerics/matrix.ts';
import { FEWEST_GROUPS } from './interval.ts';
import type { TestResiduals } from './row-residuals.ts';

/** Which groups are left out. A replicate is everything (replicate 0), or everything without one of the groups. */
export interface LeaveOneOut {
  /** Names of the groups with a test row in some split, sorted. */
  readonly groups: readonly string[];
  /** 1 + groups.length */
  readonly replicates: number;
  /** Fewest groups that a split holds out. */
  readonly heldOut: number;
  readonly splits: readonly SplitGroups[];
}

/** One split's part. */
export interface SplitGroups {
  /** For every test row the index of its group among this split's. */
  readonly groupOfRow: readonly number[];
  /** How many groups this split holds out. */
  readonly count: number;
  /** For every replicate which of them is left out, −1 for none: (replicates). */
  readonly leftOut: Int32Array;
}

/**
 * What there is to leave out.
 *
 * @param testGroups per split, the group of every test row
 * @returns undefined if a split holds out fewer than `FEWEST_GROUPS` groups: there are no intervals then
 */
export function leaveOneOut(testGroups: readonly (readonly string[])[]): LeaveOneOut | undefined {
  const heldOut = Math.min(...testGroups.map((rows) => new Set(rows).size));
  if (heldOut < FEWEST_GROUPS) return undefined;
  const groups = namesIn(testGroups);
  const splits = testGroups.map((rows) => {
    const index = new Map(namesIn([rows]).map((name, i) => [name, i]));
    return {
      groupOfRow: rows.map((name) => entryOf(index, name)),
      count: index.size,
      leftOut: Int32Array.from([-1, ...groups.map((name) => index.get(name) ?? -1)]),
    };
  });
  return { groups, replicates: 1 + groups.length, heldOut, splits };
}

/** Sorted, so that nothing depends on the order of the rows. */
function namesIn(testGroups: readonly (readonly string[])[]): string[] {
  return [...new Set(testGroups.flat())].sort();
}

/**
 * R² of every target column in every replicate: 1 − SS_res / SS_tot over the groups that are left, SS_tot about the
 * training mean. Where nothing is left of SS_tot it is 1 if no residual is left either, and 0 otherwise.
 *
 * @returns (replicates, D), float64
 */
export function columnsWithout(
  { residual, target }: TestResiduals,
  { groupOfRow, count, leftOut }: SplitGroups,
): Matrix64 {
  const { columns } = target;
  const [residuals, totals] = [zeros(count, columns), zeros(count, columns)];
  for (const [row, group] of groupOfRow.entries())
    for (let column = 0, i = row * columns, to = group * columns; column < columns; column++, i++, to++) {
      residuals.data[to]! += residual.data[i]! ** 2;
      totals.data[to]! += target.data[i]! ** 2;
    }
  const [left, of] = [sumsWithout(residuals), sumsWithout(totals)];
  const r2 = zeros(leftOut.length, columns);
  for (const [replicate, group] of leftOut.entries())
    for (let column = 0; column < columns; column++) {
      const from = (group + 1) * columns + column;
      const [ssRes, ssTot] = [left.data[from]!, of.data[from]!];
      r2.data[replicate * columns + column] = ssTot === 0 ? Number(ssRes === 0) : 1 - ssRes / ssTot;
    }
  return r2;
}

/** Sums over all rows, and over all but each: (1 + rows, columns). Added up from both ends, so that nothing cancels. */
function sumsWithout({ rows, columns, data }: Matrix64): Matrix64 {
  const sums = zeros(1 + rows, columns);
  for (let column = 0; column < columns; column++) {
    let before = 0;
    for (let row = 0; row < rows; row++) {
      sums.data[(row + 1) * columns + column] = before;
      before += data[row * columns + column]!;
    }
    sums.data[column] = before;
    let after = 0;
    for (let row = rows - 1; row >= 0; row--) {
      sums.data[(row + 1) * columns + column]! += after;
      after += data[row * columns + column]!;
    }
  }
  return sums;
}

/** R² of every replicate, averaged over the target columns: (replicates), float64. */
export function r2Without(residuals: TestResiduals, groups: SplitGroups): Float64Array {
  const { rows, columns, data } = columnsWithout(residuals, groups);
  const r2 = new Float64Array(rows);
  for (let row = 0, i = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++, i++) sum += data[i]!;
    r2[row] = sum / columns;
  }
  return r2;
}
