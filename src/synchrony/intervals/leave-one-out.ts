// R² without one held-out group, for every group: with the sums of squares kept apart by group, nothing touches the rows
// again, and none refits. A group that two splits hold out is left out of both at once, or the splits would seem to be
// independent.

import { at, entryOf } from '../../numerics/lookup.ts';
import type { Floats, Matrix, Matrix64 } from '../../numerics/matrix.ts';
import { giveSpare, takeSpare } from '../../numerics/spare.ts';
import { r2Of } from '../ridge/r2.ts';
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
 * R² of every target column without any group of a split, and without each: 1 − SS_res / SS_tot over the groups that are
 * left, SS_tot about the training mean. Where nothing is left of SS_tot it is 1 if no residual is left either, and 0
 * otherwise.
 *
 * @returns (1 + count, D), float64, spare memory: row 1 + g is without group g, which is replicate r where `leftOut[r]` is g
 */
export function columnsWithout({ residual, target }: TestResiduals, groups: SplitGroups): Matrix64 {
  const r2 = sumsWithout(residual, groups);
  const [values, of] = [r2.data, totalsWithout(target, groups).data];
  for (let i = 0; i < values.length; i++) values[i] = r2Of(values[i]!, of[i]!);
  return r2;
}

/** A target's sums serve all source layers. */
const knownTotals = new WeakMap<Matrix, { readonly groups: SplitGroups; readonly sums: Matrix64 }>();

function totalsWithout(target: Matrix, groups: SplitGroups): Matrix64 {
  const known = knownTotals.get(target);
  if (known?.groups === groups) return known.sums;
  const sums = sumsWithout(target, groups);
  knownTotals.set(target, { groups, sums });
  return sums;
}

/**
 * Sums of squares over all rows, and over all but those of each group: (1 + count, columns). Added up from both ends, so
 * that nothing cancels.
 */
function sumsWithout({ columns, data }: Matrix, { groupOfRow, count }: SplitGroups): Matrix64 {
  const perGroup = takeSpare(count, columns);
  const own = perGroup.data.fill(0);
  for (const [row, group] of groupOfRow.entries())
    addSquares(own, group * columns, data, row * columns, columns);
  const sums = takeSpare(1 + count, columns);
  const out = sums.data;
  const before = new Float64Array(columns);
  for (let i = 0, to = columns; i < own.length; )
    for (let column = 0; column < columns; column++, i++, to++) {
      out[to] = before[column]!;
      before[column]! += own[i]!;
    }
  out.set(before);
  const after = new Float64Array(columns);
  for (let group = count - 1; group >= 0; group--)
    for (let column = 0, i = group * columns; column < columns; column++, i++) {
      out[columns + i]! += after[column]!;
      after[column]! += own[i]!;
    }
  giveSpare(perGroup);
  return sums;
}

function addSquares(to: Float64Array, place: number, data: Floats, begin: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const value = data[begin + i]!;
    to[place + i]! += value * value;
  }
}

/** R² of every replicate, averaged over the target columns: (replicates), float64. */
export function r2Without(residuals: TestResiduals, groups: SplitGroups): Float64Array {
  const r2 = columnsWithout(residuals, groups);
  const { rows, columns, data } = r2;
  const means = new Float64Array(rows);
  for (let row = 0, i = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++, i++) sum += data[i]!;
    means[row] = sum / columns;
  }
  giveSpare(r2);
  return Float64Array.from(groups.leftOut, (group) => at(means, 1 + group));
}
