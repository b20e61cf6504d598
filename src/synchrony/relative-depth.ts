// Maps of models of unlike depth made comparable (docs/method.md §6): R² over relative depth, from a model's first layer (0)
// to its last (1), so that maps of several pairs can be averaged.

import type { RecordedLayers } from '../episodes/recorded-layers.ts';
import { at } from '../numerics/lookup.ts';
import type { SideLayers } from '../pairs/layers.ts';
import type { SynchronyResult } from './types.ts';

/** Relative depths that maps are shown at: 0, 0.05 … 1. */
export const DEPTHS: readonly number[] = Array.from({ length: 21 }, (_, i) => i / 20);

/**
 * R² at relative depths, by bilinear interpolation between the layers around them. Layer l of L (from 0) lies at l / (L − 1);
 * a model with one layer has it at every depth. Where not all layers were recorded, it is between those that were, and the
 * nearest one beyond them.
 *
 * @param meanR2 (sourceLayers, targetLayers), row-major
 * @returns (depths, depths), row-major: source by target
 */
export function onRelativeDepth(
  { meanR2, ...layers }: SideLayers & Pick<SynchronyResult, 'meanR2'>,
  depths: readonly number[] = DEPTHS,
): Float64Array {
  const { sourceLayers, targetLayers, sourceRecorded, targetRecorded } = layers;
  const rows = depths.map((depth) => weightsAt(depth, sourceLayers, sourceRecorded));
  const columns = depths.map((depth) => weightsAt(depth, targetLayers, targetRecorded));
  const found = new Float64Array(depths.length ** 2);
  for (const [i, row] of rows.entries())
    for (const [j, column] of columns.entries()) {
      let value = 0;
      for (const [source, a] of row)
        for (const [target, b] of column) value += a * b * at(meanR2, source * targetLayers + target);
      found[i * depths.length + j] = value;
    }
  return found;
}

/** Layers around a depth with their weights; a layer with none is left out. */
function weightsAt(
  depth: number,
  layers: number,
  recorded: RecordedLayers | undefined,
): (readonly [layer: number, weight: number])[] {
  if (recorded) return weightsAmong(depth * (recorded.of - 1), recorded.numbers);
  const place = depth * (layers - 1);
  const below = Math.min(Math.floor(place), layers - 1);
  const share = place - below;
  return share === 0
    ? [[below, 1]]
    : [
        [below, 1 - share],
        [below + 1, share],
      ];
}

/** The same among some layers, by their places. */
function weightsAmong(
  layer: number,
  numbers: readonly number[],
): (readonly [place: number, weight: number])[] {
  const above = numbers.findIndex((number) => number >= layer);
  if (above === -1) return [[numbers.length - 1, 1]];
  const [low, high] = [numbers[above - 1], at(numbers, above)];
  if (low === undefined || high === layer) return [[above, 1]];
  const share = (layer - low) / (high - low);
  return [
    [above - 1, 1 - share],
    [above, share],
  ];
}

/** The mean of maps of one shape, and how they differ. */
export interface MeanMap {
  readonly mean: Float64Array;
  /** Sample standard deviation over the maps, by cell; NaN for one map. */
  readonly deviation: Float64Array;
}

/** @throws RangeError for no maps, or maps of unlike shape */
export function meanOfMaps(maps: readonly Float64Array[]): MeanMap {
  const [first] = maps;
  if (first === undefined || maps.some(({ length }) => length !== first.length))
    throw new RangeError('no maps, or maps of unlike shape');
  const mean = first.map((_, cell) => maps.reduce((sum, map) => sum + at(map, cell), 0) / maps.length);
  const deviation = first.map((_, cell) => {
    const squares = maps.reduce((sum, map) => sum + (at(map, cell) - at(mean, cell)) ** 2, 0);
    return maps.length < 2 ? Number.NaN : Math.sqrt(squares / (maps.length - 1));
  });
  return { mean, deviation };
}
