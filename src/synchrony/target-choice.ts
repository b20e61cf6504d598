// The target layer chosen where the paper does not look: on groups held out of the training rows, in every split by
// itself (docs/method.md §14). The published SyncR² takes the highest of many test scores, which favours high ones.

import { at } from '../numerics/lookup.ts';
import { sampleVariance } from './aggregation.ts';
import { indexOfHighest } from './sync-r2.ts';

/** SyncR² with target layers that the test rows had no say in. */
export interface ChosenTargets {
  readonly value: number;
  /** As that of SyncR²: from the sample variance over split seeds, 0 for clamped rows. */
  readonly standardError: number;
  /** For every split and source layer the target layer with the highest R² on the held-out training groups, 0-based. */
  readonly targets: readonly (readonly number[])[];
  /** For every source layer the mean test R² at those layers, not clamped. */
  readonly r2: readonly number[];
}

/**
 * SyncR² at target layers that were chosen on other rows. In every split each source layer takes the target layer with
 * the highest validation R² (the lowest one of equals) and counts with its test R² there; then the mean over splits,
 * clamped below at 0, and the mean over source layers.
 *
 * @param test R² on the test rows per split, maps fitted to all training rows: (sourceLayers, targetLayers)
 * @param validation R² on the held-out training groups per split, maps fitted to the others: the same shape
 * @throws RangeError if the shapes differ
 */
export function syncR2AtChosenTargets(
  test: readonly Float64Array[],
  validation: readonly Float64Array[],
  sourceLayers: number,
  targetLayers: number,
): ChosenTargets {
  const cells = sourceLayers * targetLayers;
  if (test.length !== validation.length || [...test, ...validation].some(({ length }) => length !== cells))
    throw new RangeError(`maps that are not ${sourceLayers} × ${targetLayers}, or not one of each per split`);
  const targets = validation.map((plane) =>
    Array.from({ length: sourceLayers }, (_, source) =>
      indexOfHighest(plane.subarray(source * targetLayers, (source + 1) * targetLayers)),
    ),
  );
  const rows = Array.from({ length: sourceLayers }, (_, source) => {
    const seeds = test.map((plane, split) =>
      at(plane, source * targetLayers + at(at(targets, split), source)),
    );
    return {
      mean: seeds.reduce((sum, value) => sum + value, 0) / seeds.length,
      variance: sampleVariance(seeds),
    };
  });
  const counted = rows.filter(({ mean }) => mean > 0);
  return {
    value: counted.reduce((sum, { mean }) => sum + mean, 0) / sourceLayers,
    standardError: Math.sqrt(counted.reduce((sum, { variance }) => sum + variance, 0)) / sourceLayers,
    targets,
    r2: rows.map(({ mean }) => mean),
  };
}
