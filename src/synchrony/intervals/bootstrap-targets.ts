// Bootstrap intervals of a whole measurement: for every target the candidate cells of each source layer, from the fits
// that the measure has kept. What it adds to the measure is a few products per candidate.

import type { Gemm } from '../../numerics/gemm.ts';
import { at, take } from '../../numerics/lookup.ts';
import type { Hooks, Problem } from '../problem.ts';
import { bootstrapRow, bootstrapSyncR2, type SyncR2Bootstrap, sampleColumns } from './bootstrap.ts';
import { createResampling, type Resampling } from './resampling.ts';
import { TargetResiduals } from './residuals.ts';
import type { SmootherStore } from './smoother-store.ts';

/** How the intervals are made (docs/method.md §6). */
export interface BootstrapOptions {
  /** Draws of as many groups as are held out; 1000 by default. */
  readonly draws?: number;
  /** Decides the draws; 0 by default. */
  readonly seed?: number;
  /** Which cells get intervals: those that can be a row's maximum in some draw (the default), or all. */
  readonly cells?: 'candidates' | 'all';
  /**
   * Standard error in R² of one draw up to which a candidate is estimated from a sample of its columns; 0.002 by
   * default. 0 computes all candidates on all columns.
   */
  readonly precision?: number;
  /** Coverage; 0.95 by default. */
  readonly level?: number;
}

/** Columns for the screening: more of them leave fewer candidates and cost more themselves. */
const MOST_COLUMNS = 256;
const FEWEST_COLUMNS = 32;

/**
 * The resampling that all targets share.
 *
 * @param groups of every sample
 * @returns none if a split holds out fewer than two groups, for then there is nothing to resample
 */
export function resamplingOfSplits(
  { splits }: Pick<Problem, 'splits'>,
  groups: readonly string[],
  { draws = 1000, seed = 0 }: BootstrapOptions,
): Resampling | undefined {
  const testGroups = splits.map(({ test }) => take(groups, test));
  if (testGroups.some((names) => new Set(names).size < 2)) return undefined;
  return createResampling(testGroups, { draws, seed });
}

/**
 * Bootstraps every target.
 *
 * @param meanR2 of every target, (sourceLayers, targetLayers): mean over splits at the penalty of the kept fits
 * @param memory bytes that the sampled columns may take
 * @returns one per target
 */
export async function bootstrapTargets(
  problem: Problem,
  meanR2: readonly Float64Array[],
  smoothers: SmootherStore,
  resampling: Resampling,
  { cells = 'candidates', level, precision }: BootstrapOptions,
  memory: number,
  { onProgress, signal }: Hooks,
  gemm: Gemm,
): Promise<SyncR2Bootstrap[]> {
  const results: SyncR2Bootstrap[] = [];
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
      rows.push(await bootstrapRow(residuals.row(layer, r2), resampling, cells, gemm, precision));
      onProgress?.((t + (layer + 1) / source.layers) / targets.length);
    }
    const { cells: intervals, ...synchrony } = bootstrapSyncR2(rows, resampling, level);
    // As measured: what was resampled with every weight 1 is the same but for its last digits.
    const measured = intervals.map((cell) => ({
      ...cell,
      estimate: at(means, cell.source * layers + cell.target),
    }));
    results.push({ ...synchrony, cells: measured });
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
