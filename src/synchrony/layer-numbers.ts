// Files of results name layers by their numbers in the model; in memory they are known by their places among those that were
// recorded (docs/method.md §1). Where all were, both are the same.

import { layerNumber, layerPlace } from '../episodes/recorded-layers.ts';
import type { ResultHead } from './types.ts';

/** Under which names a result has layers, or lists of them, and of which side. */
export type LayerKeys = Readonly<Record<string, 'source' | 'target'>>;

type Sides = Pick<ResultHead, 'sourceRecorded' | 'targetRecorded'>;

/** What the metadata of tensors over layers say where these are not all of them: `source_layers`, `target_layers`. */
export function layersMetadata({ sourceRecorded, targetRecorded }: Sides): Readonly<Record<string, string>> {
  return {
    ...(sourceRecorded && { source_layers: sourceRecorded.numbers.join(' ') }),
    ...(targetRecorded && { target_layers: targetRecorded.numbers.join(' ') }),
  };
}

/** A result as it is written. */
export function withLayerNumbers<T>(value: T, keys: LayerKeys, recorded: Sides): T {
  return renamed(value, keys, recorded, layerNumber);
}

/** The same as it is in memory. */
export function withLayerPlaces<T>(value: T, keys: LayerKeys, recorded: Sides): T {
  return renamed(value, keys, recorded, layerPlace);
}

function renamed<T>(
  value: T,
  keys: LayerKeys,
  { sourceRecorded, targetRecorded }: Sides,
  name: typeof layerNumber,
): T {
  if (sourceRecorded === undefined && targetRecorded === undefined) return value;
  const layerOf = (side: 'source' | 'target') => (layer: number) =>
    name(side === 'source' ? sourceRecorded : targetRecorded, layer);
  const walk = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(walk);
    if (one === null || typeof one !== 'object' || ArrayBuffer.isView(one)) return one;
    return Object.fromEntries(
      Object.entries(one).map(([key, inner]) => {
        const side = keys[key];
        return [key, side === undefined ? walk(inner) : mapNumbers(inner, layerOf(side))];
      }),
    );
  };
  return walk(value) as T;
}

function mapNumbers(value: unknown, of: (layer: number) => number): unknown {
  if (Array.isArray(value)) return value.map((one) => mapNumbers(one, of));
  return typeof value === 'number' ? of(value) : value;
}
