// SyncR²: what all the layer pairs of one direction come to (docs/method.md §6, paper §3.2).

import { at, first } from '../numerics/lookup.ts';
import { meanOf } from '../numerics/vectors.ts';
import type { SynchronyResult, SyncR2 } from './types.ts';

/** The R² of one source layer at the target layer that it predicts best. */
interface BestCell {
  readonly target: number;
  /** Mean over split seeds, clamped below at 0. */
  readonly r2: number;
  /** Sample variance over split seeds; 0 if the row was clamped. */
  readonly variance: number;
}

/**
 * The mean of R² over split seeds, cell by cell.
 *
 * @param r2 per split seed, each (sourceLayers, targetLayers)
 * @returns (sourceLayers, targetLayers), float64
 * @throws RangeError for no split seeds
 */
export function averageSeeds(r2: readonly Float64Array[]): Float64Array {
  if (r2.length === 0) throw new RangeError('no split seeds');
  return meanOf(r2);
}

/**
 * SyncR² of one direction. R² is averaged over split seeds first; then each source layer takes its best target
 * layer (the lowest one of equals), clamped below at 0; SyncR² is the mean over source layers.
 *
 * Its standard error is sqrt(Σ over source layers of the variance over seeds at the chosen cell) / L, with the
 * sample variance (n − 1 below, not divided by the number of seeds). Clamped rows add 0; with one seed it is 0.
 *
 * @param r2 per split seed, each (sourceLayers, targetLayers), row-major
 * @throws RangeError for no split seeds, or maps of another size than the layers say
 */
export function summariseSyncR2(
  r2: readonly Float64Array[],
  sourceLayers: number,
  targetLayers: number,
): SyncR2 {
  const mean = averageSeeds(r2);
  if (mean.length !== sourceLayers * targetLayers || mean.length === 0)
    throw new RangeError(`${mean.length} cells for ${sourceLayers} × ${targetLayers} layers`);
  const cells = Array.from({ length: sourceLayers }, (_, source) => {
    const row = mean.subarray(source * targetLayers, (source + 1) * targetLayers);
    return bestCell(row, (target) => r2.map((plane) => at(plane, source * targetLayers + target)));
  });
  return {
    value: sumOf(cells, (cell) => cell.r2) / sourceLayers,
    standardError: Math.sqrt(sumOf(cells, (cell) => cell.variance)) / sourceLayers,
    bestTarget: cells.map((cell) => cell.target),
    bestR2: cells.map((cell) => cell.r2),
  };
}

/** SyncR² of a model pair. */
export interface CombinedSyncR2 {
  readonly value: number;
  readonly standardError: number;
  /** How many directions it is the mean of: 2, or 4 with both seat orders. */
  readonly directions: number;
}

/**
 * SyncR² of a model pair: the mean of its two directions, or of all four with both seat orders (docs/method.md §6). The
 * standard error is that of a mean of independent numbers, sqrt(Σ SE²) / n. The directions share their episodes,
 * so they are not quite independent; the error tells of the split seeds, not of other conversations.
 *
 * @throws RangeError for no directions
 */
export function combineDirections(
  directions: readonly Pick<SyncR2, 'value' | 'standardError'>[],
): CombinedSyncR2 {
  const count = directions.length;
  if (count === 0) throw new RangeError('no directions');
  return {
    value: sumOf(directions, ({ value }) => value) / count,
    standardError: Math.sqrt(sumOf(directions, ({ standardError }) => standardError ** 2)) / count,
    directions: count,
  };
}

/** SyncR² in each split alone, at the target layers that the mean over splits chose; rows that it clamped count 0. */
export function syncR2BySplit({
  r2,
  syncR2: { bestTarget, bestR2 },
  targetLayers,
}: Pick<SynchronyResult, 'r2' | 'syncR2' | 'targetLayers'>): number[] {
  return r2.map((plane) => {
    const rows = bestTarget.map((target, source) =>
      at(bestR2, source) > 0 ? at(plane, source * targetLayers + target) : 0,
    );
    return sumOf(rows, (value) => value) / rows.length;
  });
}

/**
 * Standard deviation of SyncR² over split seeds, n − 1 below, of the mean of some directions; null with one seed. Unlike
 * the published error it does not take layers and directions to be independent.
 */
export function splitDeviation(
  results: readonly Pick<SynchronyResult, 'r2' | 'syncR2' | 'targetLayers'>[],
): number | null {
  const [first, ...others] = results.map(syncR2BySplit);
  if (first === undefined || first.length < 2) return null;
  const means = first.map(
    (value, split) => (value + sumOf(others, (one) => at(one, split))) / results.length,
  );
  return Math.sqrt(sampleVariance(means));
}

/**
 * Standard error of that mean by Nadeau & Bengio (2003): the deviation times √(1 / splits + test rows / training rows),
 * since splits share most of their training rows; null with one split. It tells how the number would differ with other
 * interactions to train and test on.
 */
export function correctedError(
  results: readonly Pick<SynchronyResult, 'r2' | 'syncR2' | 'targetLayers' | 'splits'>[],
): number | null {
  const deviation = splitDeviation(results);
  if (deviation === null) return null;
  const shares = results.flatMap(({ splits }) =>
    splits.map(({ testSamples, trainSamples }) => testSamples / trainSamples),
  );
  const share = sumOf(shares, (value) => value) / shares.length;
  return deviation * Math.sqrt(1 / first(results).splits.length + share);
}

function bestCell(row: Float64Array, seedsAt: (target: number) => number[]): BestCell {
  const target = indexOfHighest(row);
  const best = at(row, target);
  return best > 0
    ? { target, r2: best, variance: sampleVariance(seedsAt(target)) }
    : { target, r2: 0, variance: 0 };
}

/** Index of the highest value, the lowest one of equals. */
export function indexOfHighest(row: Float64Array): number {
  return row.reduce((best, value, index) => (value > at(row, best) ? index : best), 0);
}

function sampleVariance(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = sumOf(values, (value) => value) / values.length;
  return sumOf(values, (value) => (value - mean) ** 2) / (values.length - 1);
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
