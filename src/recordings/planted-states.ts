// The latent variables of recordings with a known truth, and the states that are linear pictures of them.

import { at } from '../numerics/lookup.ts';
import { createRandom, type Random } from '../numerics/random.ts';
import { addScaled } from '../numerics/vectors.ts';
import type { PlantedSettings } from './planted-settings.ts';
import type { Seat } from './types.ts';

/** What a model makes of the latent variables at one layer, each (latentSize, D), row-major. */
export interface LayerMaps {
  readonly text: Float64Array;
  readonly own: Float64Array;
  readonly heard: Float64Array;
  /** (D) */
  readonly scales: Float64Array;
}

/** Latent variables at one utterance: (latentSize) each. */
export interface Moment {
  readonly text: Float64Array;
  readonly own: Float64Array;
  /** Nothing for a reader, and where nothing was said before. */
  readonly heard: Float64Array | undefined;
}

/** What the model in a seat makes of the latent variables, by layer. */
export function mapsOf(
  seat: Seat,
  { seed, layers, hiddenSize, latentSize, columnSpread }: PlantedSettings,
): LayerMaps[] {
  return Array.from({ length: layers }, (_, layer) => {
    const random = normals(`planted/${seed}/maps/${seat}/${layer}`);
    const map = () => random(latentSize * hiddenSize).map((value) => value / Math.sqrt(latentSize));
    return {
      text: map(),
      own: map(),
      heard: map(),
      scales: random(hiddenSize).map((value) => Math.exp(columnSpread * value)),
    };
  });
}

/** What has been read at every utterance, A's and B's in turn: (2 · rounds) of (latentSize). */
export function textOf(
  name: string,
  { scenario, pair }: { readonly scenario: number; readonly pair: number },
  rounds: number,
  { seed, text, persistence, words, latentSize }: PlantedSettings,
): Float64Array[] {
  const ofScenario = normals(`planted/${seed}/scenario/${scenario}`)(latentSize);
  const ofInteraction = normals(`planted/${seed}/interaction/${scenario}/${pair}`)(latentSize);
  const shared = ofScenario.map(
    (value, k) =>
      text.scenario * value + (text.interaction > 0 ? text.interaction * at(ofInteraction, k) : 0),
  );
  const random = normals(`${name}/text`);
  let course = random(latentSize);
  return Array.from({ length: 2 * rounds }, (_, utterance) => {
    const fresh = random(latentSize);
    if (words && utterance === 0) return shared;
    course = course.map((value, k) => persistence * value + Math.sqrt(1 - persistence ** 2) * at(fresh, k));
    return course.map((value, k) => text.dialogue * value + at(shared, k));
  });
}

/**
 * One variable at every round: (rounds) of (latentSize), standard normal.
 *
 * @param persistence correlation between rounds; 0 by default
 */
export function latents(
  name: string,
  rounds: number,
  { latentSize }: PlantedSettings,
  persistence = 0,
): Float64Array[] {
  const random = normals(name);
  let before: Float64Array | undefined;
  return Array.from({ length: rounds }, () => {
    const fresh = random(latentSize);
    const last = before;
    before =
      last === undefined || persistence === 0
        ? fresh
        : fresh.map((value, k) => persistence * at(last, k) + Math.sqrt(1 - persistence ** 2) * value);
    return before;
  });
}

/**
 * The states at some moments.
 *
 * @returns (layers, rounds, D), float32
 */
export function statesOf(
  moments: readonly Moment[],
  maps: readonly LayerMaps[],
  random: (count: number) => Float64Array,
  { coupledLayers, hiddenSize, strength, noise }: PlantedSettings,
): Float32Array {
  const data = new Float32Array(maps.length * moments.length * hiddenSize);
  let begin = 0;
  for (const [layer, { text, own, heard, scales }] of maps.entries())
    for (const moment of moments) {
      const state = random(hiddenSize).map((value) => noise * value);
      addMapped(state, moment.text, text, 1);
      if (coupledLayers.includes(layer)) {
        addMapped(state, moment.own, own, 1);
        if (moment.heard) addMapped(state, moment.heard, heard, strength);
      }
      data.set(
        state.map((value, column) => value * at(scales, column)),
        begin,
      );
      begin += hiddenSize;
    }
  return data;
}

function addMapped(state: Float64Array, latent: Float64Array, map: Float64Array, factor: number): void {
  for (const [k, value] of latent.entries())
    addScaled(state, map.subarray(k * state.length, (k + 1) * state.length), factor * value);
}

/** Independent standard normal numbers, by Box and Muller's transformation. */
export function normals(name: string): (count: number) => Float64Array {
  const { uniform }: Random = createRandom(name);
  return (count) =>
    Float64Array.from(
      { length: count },
      () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    );
}
