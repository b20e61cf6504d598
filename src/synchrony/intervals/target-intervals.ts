// Intervals of a whole measurement: for every target the candidate cells of each source layer, from the fits that the
// measure has kept. What it adds to the measure is a product per candidate.

import type { Gemm } from '../../numerics/gemm.ts';
import { at, first as firstOf, take } from '../../numerics/lookup.ts';
import { meanOf } from '../../numerics/vectors.ts';
import type { Hooks, Problem } from '../problem.ts';
import { type Interval, intervalOf, type Jackknife } from './interval.ts';
import { type LeaveOneOut, leaveOneOut } from './leave-one-out.ts';
import { type LeftOutRow, leaveOutOfRow } from './left-out-row.ts';
import { TargetResiduals } from './residuals.ts';
import { sampleColumns } from './row-residuals.ts';
import type { SmootherStore } from './smoother-store.ts';

/** How the intervals are made (docs/method.md §6). */
export interface IntervalOptions {
  /** Coverage; 0.95 by default. */
  readonly level?: number;
  /** Which cells get intervals: those that can be a row's maximum without some group (the default), or all. */
  readonly cells?: 'candidates' | 'all';
  /**
   * Standard error in R² up to which a candidate is estimated from a sample of its columns; 0.002 by default. 0 computes
   * all candidates on all columns.
   */
  readonly precision?: number;
}

/** Mean R² over splits of one layer pair, 0-based. */
export interface CellInterval extends Interval {
  readonly source: number;
  readonly target: number;
}

/** Intervals of SyncR² and of the cells that were computed. */
export interface SyncR2Intervals {
  readonly syncR2: Interval;
  /** What the interval of SyncR² is made of, and those of means and differences. */
  readonly jackknife: Jackknife;
  readonly cells: readonly CellInterval[];
}

/** Columns for the screening: more of them leave fewer candidates and cost more themselves. */
const MOST_COLUMNS = 256;
const FEWEST_COLUMNS = 32;

/**
 * The groups that all targets share.
 *
 * @param groups of every sample
 * @returns none if a split holds out too few groups (`FEWEST_GROUPS`)
 */
export function leftOutOfSplits(
  { splits }: Pick<Problem, 'splits'>,
  groups: readonly string[],
): LeaveOneOut | undefined {
  return leaveOneOut(splits.map(({ test }) => take(groups, test)));
}

/**
 * The jackknife of SyncR². Rows below 0 count as 0 in the number and in its centre, but not in what a group changes: a
 * clamped row is no more certain than another.
 *
 * @param estimate SyncR² as it is reported
 * @param rows one per source layer
 */
export function jackknifeOfRows(
  estimate: number,
  rows: readonly Pick<LeftOutRow, 'best'>[],
  { groups, heldOut }: LeaveOneOut,
): Jackknife {
  const mean = meanOf(rows.map(({ best }) => best));
  const all = firstOf(mean);
  return {
    estimate,
    centre: rows.reduce((sum, { best }) => sum + Math.max(0, firstOf(best)), 0) / rows.length,
    ...{ heldOut, groups },
    influences: Array.from(mean.subarray(1), (without) => without - all),
  };
}

/** The jackknife of one cell. */
function jackknifeOfCell(estimate: number, r2: Float64Array, { groups, heldOut }: LeaveOneOut): Jackknife {
  const centre = firstOf(r2);
  return {
    ...{ estimate, centre, heldOut, groups },
    influences: Array.from(r2.subarray(1), (without) => without - centre),
  };
}

/**
 * Intervals of every target.
 *
 * @param meanR2 of every target, (sourceLayers, targetLayers): mean over splits at the penalty of the kept fits
 * @param syncR2 of every target
 * @param memory bytes that the sampled columns may take
 * @returns one per target
 */
export async function intervalsOfTargets(
  problem: Problem,
  { meanR2, syncR2 }: { readonly meanR2: readonly Float64Array[]; readonly syncR2: readonly number[] },
  smoothers: SmootherStore,
  groups: LeaveOneOut,
  { cells = 'candidates', level, precision }: IntervalOptions,
  memory: number,
  { onProgress, signal }: Hooks,
  gemm: Gemm,
): Promise<SyncR2Intervals[]> {
  const results: SyncR2Intervals[] = [];
  const { source, targets } = problem;
  for (const [t, { layers, hiddenSize }] of targets.entries()) {
    const means = at(meanR2, t);
    const columns = sampleColumns(hiddenSize, columnCount(problem, t, memory));
    const residuals = new TargetResiduals(problem, t, smoothers, columns, gemm);
    if (cells === 'candidates') await residuals.sample(signal);
    const rows = [];
    for (let layer = 0; layer < source.layers; layer++) {
      signal?.throwIfAborted();
      const r2 = means.subarray(layer * layers, (layer + 1) * layers);
      rows.push(await leaveOutOfRow(residuals.row(layer, r2), groups, cells, precision));
      onProgress?.((t + (layer + 1) / source.layers) / targets.length);
    }
    const jackknife = jackknifeOfRows(at(syncR2, t), rows, groups);
    const intervals = rows.flatMap((row, source) =>
      [...row.cells]
        .sort(([a], [b]) => a - b)
        .map(([target, r2]) => {
          const ofCell = jackknifeOfCell(at(means, source * layers + target), r2, groups);
          return { source, target, ...intervalOf(ofCell, level) };
        }),
    );
    results.push({ syncR2: intervalOf(jackknife, level, 0), jackknife, cells: intervals });
  }
  return results;
}

/** As many columns as fit into memory: samples of all layers and splits, their residuals, and what is made of them. */
function columnCount({ splits, targets }: Problem, target: number, memory: number): number {
  const { layers } = at(targets, target);
  const rows = splits.map(({ train, test }) => train.length + 3 * test.length);
  const perColumn = 4 * layers * rows.reduce((sum, count) => sum + count, 0);
  return Math.max(FEWEST_COLUMNS, Math.min(MOST_COLUMNS, Math.floor(memory / perColumn)));
}
