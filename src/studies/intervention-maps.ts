// The maps along which a seat order's speakers are changed: for every fold of groups fitted to all the others, so that no
// episode is changed along what was learned from it (docs/method.md §20).

import { layerNumber, layerPlace } from '../episodes/recorded-layers.ts';
import type { LaterMap } from '../interventions/read-outs.ts';
import { fitSourceMap, type SourceMap } from '../interventions/source-map.ts';
import { MOST_DIRECTIONS } from '../models/intervention.ts';
import type { Gemm } from '../numerics/gemm.ts';
import { at, entryOf } from '../numerics/lookup.ts';
import { createRandom } from '../numerics/random.ts';
import { penaltyOf } from '../synchrony/results.ts';
import { indexOfHighest } from '../synchrony/sync-r2.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import type { DirectionRows } from './direction-rows.ts';
import type { InterventionSettings } from './schema.ts';

const FOLDS = 5;
/** Source layers at most whose maps later rounds are predicted with. */
const MOST_LATER = 8;

/** A speaker's layer and what the measure says of it. Both layers by their numbers in the models. */
export interface MapLayer {
  readonly layer: number;
  readonly targetLayer: number;
  readonly lambda: number;
  readonly r2: number;
}

/** The middle one of the penalties that the splits have at a source layer. */
function lambdaOf(measured: SynchronyResult, layer: number): number {
  const penalty = penaltyOf(measured);
  const all = measured.splits.map((_, split) => penalty(split, layer)).sort((a, b) => a - b);
  return at(all, Math.floor(all.length / 2));
}

/** @param place of the layer among those that were measured */
function describeLayer(measured: SynchronyResult, place: number): MapLayer {
  const { bestTarget, bestR2 } = measured.syncR2;
  return {
    layer: layerNumber(measured.sourceRecorded, place),
    targetLayer: layerNumber(measured.targetRecorded, at(bestTarget, place)),
    lambda: lambdaOf(measured, place),
    r2: at(bestR2, place),
  };
}

/** The layers that a study asks for: by default the one that predicts best, and the one that predicts least. */
export function layersOf(measured: SynchronyResult, { layers }: InterventionSettings): MapLayer[] {
  const { sourceLayers, sourceRecorded, syncR2 } = measured;
  const all = Array.from({ length: sourceLayers }, (_, place) => place);
  const r2 = Float64Array.from(syncR2.bestR2);
  const ends = new Set([indexOfHighest(r2), indexOfHighest(r2.map((value) => -value))]);
  const named = typeof layers === 'string' ? [] : layers.map((layer) => layerPlace(sourceRecorded, layer));
  const chosen = layers === 'all' ? all : layers === 'ends' ? [...ends].sort((a, b) => a - b) : named;
  return chosen
    .filter((place) => place >= 0 && place < sourceLayers)
    .map((place) => describeLayer(measured, place));
}

/** Source layers spread evenly, with which later rounds are predicted. */
function laterLayers(measured: SynchronyResult): MapLayer[] {
  const { sourceLayers } = measured;
  const many = Math.min(MOST_LATER, sourceLayers);
  const layers = Array.from({ length: many }, (_, i) => Math.floor(((i + 1) * sourceLayers) / many) - 1);
  return layers.map((layer) => describeLayer(measured, layer));
}

export class InterventionMaps {
  readonly #rows: DirectionRows;
  readonly #measured: SynchronyResult;
  readonly #gemm: Gemm;
  readonly #folds: ReadonlyMap<string, number>;
  readonly #maps = new Map<string, Promise<SourceMap>>();

  constructor(rows: DirectionRows, measured: SynchronyResult, seed: number, gemm: Gemm) {
    this.#rows = rows;
    this.#measured = measured;
    this.#gemm = gemm;
    const groups = [...new Set(rows.samples.map(({ group }) => group))].sort();
    const shuffled = createRandom(`intervention folds/${seed}`).shuffle(groups);
    this.#folds = new Map(shuffled.map((group, i) => [group, i % FOLDS]));
  }

  /** Of a layer, fitted without the fold of a group. */
  of(layer: MapLayer, group: string): Promise<SourceMap> {
    const fold = entryOf(this.#folds, group);
    const key = `${fold}/${layer.layer}`;
    const known = this.#maps.get(key);
    if (known) return known;
    const made = this.#fit(layer, fold);
    this.#maps.set(key, made);
    return made;
  }

  /** Those with which later rounds are predicted. */
  later(group: string): Promise<LaterMap[]> {
    return Promise.all(
      laterLayers(this.#measured).map(async (layer) => {
        const map = await this.of(layer, group);
        return { sourceLayer: layer.layer, targetLayer: layer.targetLayer, map };
      }),
    );
  }

  async #fit({ layer, targetLayer, lambda }: MapLayer, fold: number): Promise<SourceMap> {
    const { samples, source, target } = this.#rows;
    const train = samples.flatMap(({ group }, row) => (entryOf(this.#folds, group) === fold ? [] : [row]));
    const x = await source.read(layerPlace(source.recorded, layer));
    const y = await target.read(layerPlace(target.recorded, targetLayer));
    return fitSourceMap(x, y, train, lambda, MOST_DIRECTIONS, this.#gemm);
  }
}
