// A source layer's best target layer in every replicate of a permutation test. In another arrangement of the rows that
// may be another target layer, and a maximum over too few of them would be too small under permutation alone, which
// makes p too small. So all target layers are screened on a sample of their columns, and every cell that by the
// sample, give or take a margin, can be the best in some replicate is computed in full.

import { at } from '../../numerics/lookup.ts';
import { meanOf, raise, subtract } from '../../numerics/vectors.ts';
import type { RowResiduals, TestResiduals } from '../intervals/row-residuals.ts';
import { meanR2 } from '../ridge/r2.ts';

/** R² of one source layer's cells, replicate by replicate. */
export interface ReplicatedRow {
  readonly targetLayers: number;
  /** Estimates from sampled columns, by target layer: (replicates) each. Exact if they are of all columns. */
  estimate(): Promise<{ readonly r2: readonly Float64Array[]; readonly exact: boolean }>;
  /** From all columns: (replicates). */
  compute(target: number): Promise<Float64Array>;
}

/** `candidates` for the cells that can be a row's maximum in some replicate, or `all`, which is exact. */
export type ChosenCells = 'candidates' | 'all';

/** A source layer's replicates. */
export interface RowMaximum {
  /** R² at the best target layer, clamped below at 0: (replicates). */
  readonly best: Float64Array;
  /** Of the cells that were computed, by target layer: (replicates) each. */
  readonly cells: ReadonlyMap<number, Float64Array>;
}

/** R² by which an estimate may miss at first. */
const SMALLEST_MARGIN = 0.005;

/** By how much a cell that is not computed may exceed those that are, as in the intervals. */
const TOLERANCE = 1e-4;

/** How much worse than the worst estimate seen so far the next one may be. */
const CAUTION = 1.5;

/** Computes the cells that can be the row's maximum, the most promising first, or all of them. */
export async function maximiseRow(row: ReplicatedRow, cells: ChosenCells): Promise<RowMaximum> {
  const computed = new Map<number, Float64Array>();
  let best = new Float64Array(0);
  const take = (target: number, r2: Float64Array): Float64Array => {
    if (computed.size === 0) best = new Float64Array(r2.length);
    computed.set(target, r2);
    raise(best, r2);
    return r2;
  };
  const targets = Array.from({ length: row.targetLayers }, (_, target) => target);
  if (cells === 'all') {
    for (const target of targets) take(target, await row.compute(target));
    return { best, cells: computed };
  }
  const { r2: estimates, exact } = await row.estimate();
  const ranked = estimates
    .map((estimate, target) => ({
      target,
      most: estimate.reduce((most, r2) => Math.max(most, r2), -Infinity),
    }))
    .sort((a, b) => b.most - a.most)
    .map(({ target }) => target);
  let margin = SMALLEST_MARGIN;
  const left = new Set(ranked);
  for (let next = ranked[0]; next !== undefined; ) {
    left.delete(next);
    const estimate = at(estimates, next);
    const r2 = take(next, exact ? estimate : await row.compute(next));
    margin = r2.reduce(
      (most, value, i) => Math.max(most, CAUTION * Math.abs(value - at(estimate, i))),
      margin,
    );
    next = [...left].find((target) =>
      at(estimates, target).some((value, i) => value + margin > best[i]! + TOLERANCE),
    );
  }
  return { best, cells: computed };
}

/**
 * By how much the measured R² of each of a row's cells exceeds that of its sampled columns: what a replicate's estimate
 * is put right by. Where the sample holds all columns there is nothing to put right.
 *
 * @param row R² is a mean over splits as measured on all columns, one per target layer
 * @param sampled by split and target layer; (n_test, sampled columns) each
 * @returns one shift per target layer, and whether the sample holds all columns
 * @throws RangeError if a split lacks a target layer
 */
export function sampleShifts(
  { r2, hiddenSize }: Pick<RowResiduals, 'r2' | 'hiddenSize'>,
  sampled: readonly (readonly TestResiduals[])[],
): { readonly shifts: Float64Array; readonly exact: boolean } {
  if (sampled.every((layers) => layers.every(({ target }) => target.columns === hiddenSize)))
    return { shifts: new Float64Array(r2.length), exact: true };
  const shifts = Float64Array.from(r2, (measured, target) => {
    const ofSample = sampled.map((layers) => {
      const { residual, target: y } = at(layers, target);
      const values = Float64Array.from(y.data);
      const predicted = values.slice();
      subtract(predicted, residual.data);
      return meanR2({ ...y, data: values }, { ...y, data: predicted });
    });
    return measured - ofSample.reduce((sum, value) => sum + value, 0) / sampled.length;
  });
  return { shifts, exact: false };
}

/**
 * SyncR² of every replicate: the mean over source layers of each one's best.
 *
 * @param rows one per source layer, (replicates) each
 * @returns (replicates), float64
 * @throws RangeError for no source layers
 */
export function meanOverRows(rows: readonly Pick<RowMaximum, 'best'>[]): Float64Array {
  return meanOf(rows.map(({ best }) => best));
}
