// What every held-out interaction adds to R² of a layer pair: numbers whose sum is that R² (docs/method.md §6).

import { at, take } from '../../numerics/lookup.ts';
import { columnMeans, type Matrix64 } from '../../numerics/matrix.ts';
import type { TrainTest } from '../problem.ts';
import type { SyncR2 } from '../types.ts';

/** An interaction with test rows in some split. */
export interface HeldOutInteraction {
  readonly interaction: string;
  /** How many splits hold it out. */
  readonly splits: number;
  /** Its test rows, those of all splits together. */
  readonly rows: number;
  /** Mean over splits of its share of the test rows; 0 where it is not held out. All of them sum to 1. */
  readonly share: number;
}

/** Which interactions are held out where. */
export interface HeldOutRows {
  /** Sorted by name. */
  readonly interactions: readonly HeldOutInteraction[];
  /** By split, for every test row the index of its interaction. */
  readonly ofRow: readonly (readonly number[])[];
}

/** @param interactions of every sample */
export function heldOutRows(splits: readonly TrainTest[], interactions: readonly string[]): HeldOutRows {
  const bySplit = splits.map(({ test }) => take(interactions, test));
  const names = [...new Set(bySplit.flat())].sort();
  const index = new Map(names.map((name, i) => [name, i]));
  return {
    interactions: names.map((interaction) => {
      const counts = bySplit.map((rows) => rows.filter((name) => name === interaction).length);
      const shares = counts.map((count, split) => count / at(bySplit, split).length);
      return {
        interaction,
        splits: counts.filter((count) => count > 0).length,
        rows: counts.reduce((sum, count) => sum + count, 0),
        share: shares.reduce((sum, share) => sum + share, 0) / splits.length,
      };
    }),
    ofRow: bySplit.map((rows) => rows.map((name) => index.get(name) ?? 0)),
  };
}

/**
 * What each interaction adds to R² of one layer pair in one split: the mean over the target's D dimensions of n_i / n −
 * SS_res,i / SS_tot, with SS_tot of all test rows about their mean. In a dimension that is constant in the test rows it is
 * n_i / n if that is predicted exactly and 0 otherwise. The sum over interactions is R² as in `meanR2`.
 *
 * @param actual (n, D)
 * @param residual (n, D): actual minus predicted
 * @param ofRow (n): index of every row's interaction
 * @param count how many interactions there are; those without a row add 0
 * @returns (count)
 */
export function contributionsOf(
  actual: Matrix64,
  residual: Matrix64,
  ofRow: readonly number[],
  count: number,
): Float64Array {
  const { rows, columns } = actual;
  const weights = columnWeights(actual, residual);
  const added = new Float64Array(count);
  for (const [row, to] of ofRow.entries()) {
    let sum = 0;
    for (let column = 0, i = row * columns; column < columns; column++, i++) {
      const { own, perSquare } = weights;
      sum += own[column]! / rows - perSquare[column]! * residual.data[i]! ** 2;
    }
    added[to]! += sum / columns;
  }
  return added;
}

/** What a row adds in every dimension before its residual is taken off, n times that, and what a squared residual costs. */
function columnWeights(actual: Matrix64, residual: Matrix64) {
  const { rows, columns } = actual;
  const means = columnMeans(actual);
  const [total, left] = [new Float64Array(columns), new Float64Array(columns)];
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) {
      total[column]! += (actual.data[i]! - means[column]!) ** 2;
      left[column]! += residual.data[i]! ** 2;
    }
  return {
    own: total.map((ssTot, column) => (ssTot === 0 && left[column] !== 0 ? 0 : 1)),
    perSquare: total.map((ssTot) => (ssTot === 0 ? 0 : 1 / ssTot)),
  };
}

/**
 * What each interaction adds to SyncR²: the mean over source layers of what it adds at their best target layers; layers that
 * SyncR² counts as 0 add nothing. The sum over interactions is SyncR².
 *
 * @param cells (interactions, sourceLayers, targetLayers), mean over splits
 * @returns (interactions)
 */
export function syncR2Contributions(
  cells: Float64Array,
  { bestTarget, bestR2 }: Pick<SyncR2, 'bestTarget' | 'bestR2'>,
  targetLayers: number,
): number[] {
  const size = bestTarget.length * targetLayers;
  return Array.from({ length: cells.length / size }, (_, interaction) => {
    const added = bestTarget.map((target, source) =>
      at(bestR2, source) > 0 ? at(cells, interaction * size + source * targetLayers + target) : 0,
    );
    return added.reduce((sum, value) => sum + value, 0) / added.length;
  });
}
