// Which layer pairs get a network.

import { BadInput } from '../../errors.ts';
import type { SynchronyResult } from '../types.ts';

/** A source and a target layer, 0-based among those that were measured. */
export interface LayerPair {
  readonly source: number;
  readonly target: number;
}

/** Each source layer's best affine target, all, or a list. */
export type LayerPairChoice = 'all' | 'best' | readonly LayerPair[];

/** A layer pair as a key: `0/3`. */
export function nameOf({ source, target }: LayerPair): string {
  return `${source}/${target}`;
}

/**
 * The chosen layer pairs, each once, by source layer and then by target layer.
 *
 * @throws BadInput for an empty list, or a layer that does not exist
 */
export function choosePairs(
  { sourceLayers, targetLayers, syncR2 }: Pick<SynchronyResult, 'sourceLayers' | 'targetLayers' | 'syncR2'>,
  chosen: LayerPairChoice,
): LayerPair[] {
  if (chosen === 'best') return syncR2.bestTarget.map((target, source) => ({ source, target }));
  if (chosen === 'all')
    return Array.from({ length: sourceLayers * targetLayers }, (_, cell) => ({
      source: Math.floor(cell / targetLayers),
      target: cell % targetLayers,
    }));
  if (chosen.length === 0) throw new BadInput('nonlinear.layerPairs', 'an empty list; name one pair or more');
  const valid = (layer: number, layers: number) => Number.isInteger(layer) && layer >= 0 && layer < layers;
  for (const { source, target } of chosen)
    if (!valid(source, sourceLayers) || !valid(target, targetLayers)) {
      const there = `layers are 0 to ${sourceLayers - 1} and 0 to ${targetLayers - 1}`;
      throw new BadInput('nonlinear.layerPairs', `there is no pair ${source}, ${target}; ${there}`);
    }
  const unique = new Map(chosen.map((pair) => [nameOf(pair), pair]));
  return [...unique.values()].sort((a, b) => a.source - b.source || a.target - b.target);
}
