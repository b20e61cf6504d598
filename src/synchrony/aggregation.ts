// SyncR² under other choices than the paper's own (docs/method.md §14, paper Appendix C): the mean of each source layer's k best
// target layers in place of the best one, and rows below 0 taken as they are. The R² maps stay as they are.

import { at } from '../numerics/lookup.ts';
import { averageSeeds } from './sync-r2.ts';

/** How a map of R² becomes one number. */
export interface AggregationChoice {
  /** How many of a source layer's best target layers are averaged; 1 is SyncR² itself. */
  readonly topK: number;
  /** Whether a source layer below 0 counts as 0, as in SyncR² itself. */
  readonly clamp: boolean;
}

/** SyncR² under one choice. */
export interface AggregatedSyncR2 extends AggregationChoice {
  readonly value: number;
  /**
   * sqrt(Σ over source layers of the sample variance over split seeds, n − 1 below, of the mean over the chosen cells) /
   * L; clamped rows add 0, and with one seed it is 0.
   */
  readonly standardError: number;
  /** Source layers below 0. */
  readonly rowsBelowZero: number;
}

/**
 * SyncR² for every k from 1 to the number of target layers, with and without clamping: those of k = 1 first, clamped
 * before not clamped. R² is averaged over split seeds first; of equal target layers the lower ones are taken.
 *
 * @param r2 per split seed, each (sourceLayers, targetLayers), row-major
 * @throws RangeError if that is not the maps' shape
 */
export function aggregateSyncR2(
  r2: readonly Float64Array[],
  sourceLayers: number,
  targetLayers: number,
): AggregatedSyncR2[] {
  const mean = averageSeeds(r2);
  if (mean.length !== sourceLayers * targetLayers || mean.length === 0)
    throw new RangeError(`${mean.length} cells for ${sourceLayers} × ${targetLayers} layers`);
  const rows = Array.from({ length: sourceLayers }, (_, source) =>
    topMeans(mean, r2, source * targetLayers, targetLayers),
  );
  return Array.from({ length: targetLayers }, (_, k) =>
    [true, false].map((clamp) => ({
      topK: k + 1,
      clamp,
      ...combineRows(
        rows.map((row) => at(row, k)),
        clamp,
      ),
    })),
  ).flat();
}

/** One source layer with its k best target layers. */
interface TopMean {
  readonly value: number;
  /** Over split seeds. */
  readonly variance: number;
}

function topMeans(
  mean: Float64Array,
  r2: readonly Float64Array[],
  begin: number,
  targetLayers: number,
): TopMean[] {
  const cells = Array.from({ length: targetLayers }, (_, target) => begin + target);
  cells.sort((a, b) => at(mean, b) - at(mean, a) || a - b);
  let sums = r2.map(() => 0);
  let sum = 0;
  return cells.map((cell, i) => {
    sum += at(mean, cell);
    sums = sums.map((before, seed) => before + at(at(r2, seed), cell));
    return { value: sum / (i + 1), variance: sampleVariance(sums.map((seed) => seed / (i + 1))) };
  });
}

function combineRows(
  rows: readonly TopMean[],
  clamp: boolean,
): Omit<AggregatedSyncR2, keyof AggregationChoice> {
  const counted = clamp ? rows.map((row) => (row.value > 0 ? row : { value: 0, variance: 0 })) : rows;
  return {
    value: counted.reduce((sum, { value }) => sum + value, 0) / rows.length,
    standardError: Math.sqrt(counted.reduce((sum, { variance }) => sum + variance, 0)) / rows.length,
    rowsBelowZero: rows.filter(({ value }) => value < 0).length,
  };
}

/** n − 1 below; 0 for a single value. */
export function sampleVariance(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
