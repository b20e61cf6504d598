// Planted recordings as the measure takes them: which state is paired with which, and what the controls put in place.

import type { Gemm } from '../src/numerics/gemm.ts';
import { matrixOf } from '../src/numerics/matrix.ts';
import { alignPairs, type Direction, type StateRef } from '../src/pairs/align.ts';
import { arrayLayers, type LayerSource } from '../src/pairs/layers.ts';
import { splitSamples } from '../src/pairs/split.ts';
import { type PlantedEpisode, type PlantedOptions, plantEpisodes } from '../src/recordings/planted.ts';
import type { AgentStates, Seat } from '../src/recordings/types.ts';
import { openFits } from '../src/synchrony/permutations/open-fits.ts';
import {
  type ConditionComparison,
  compareConditions,
  type PairedOptions,
} from '../src/synchrony/permutations/paired-conditions.ts';
import { type PseudoDyadNull, pseudoDyadNull } from '../src/synchrony/permutations/pseudo-dyads.ts';
import { createSurrogates } from '../src/synchrony/permutations/surrogates.ts';

export interface PlantedSettings {
  readonly direction?: Direction;
  readonly lag?: number;
  readonly groupBy?: 'interaction' | 'scenario';
  readonly splitSeeds?: readonly number[];
  readonly testFraction?: number;
}

/** Rows of one direction: interactive and passive sources with the same targets. */
export function plantedConditions(options: PlantedOptions, settings: PlantedSettings = {}) {
  const {
    direction = 'A->B',
    lag = 0,
    groupBy = 'scenario',
    splitSeeds = [0],
    testFraction = 0.25,
  } = settings;
  const episodes = plantEpisodes(options);
  const samples = alignPairs(
    episodes.map(({ episode, states }) => ({
      group: episode[groupBy],
      rounds: { A: states.A.rounds, B: states.B.rounds },
    })),
    direction,
    lag,
  );
  const episodeOf = (sample: (typeof samples)[number]) => episodes[sample.source.recording]!.episode;
  const layers = (side: 'source' | 'target', kind: 'states' | 'readers') =>
    plantedLayers(
      episodes,
      samples.map((sample) => sample[side]),
      kind,
    );
  return {
    episodes: episodes.map(({ episode }) => episode),
    samples,
    interactive: layers('source', 'states'),
    passive: layers('source', 'readers'),
    target: layers('target', 'states'),
    splits: splitSeeds.map((seed) => splitSamples(samples, { seed, samples: 'all', testFraction })),
    rows: {
      interactions: samples.map((sample) => episodeOf(sample).interaction),
      blocks: samples.map((sample) => episodeOf(sample).scenario),
      positions: samples.map(({ target }) => target.round),
      repetitions: samples.map((sample) => episodeOf(sample).seed),
    },
  };
}

/** States at some turns, by layer. */
export function plantedLayers(
  episodes: readonly PlantedEpisode[],
  refs: readonly StateRef[],
  kind: 'states' | 'readers',
): LayerSource {
  const statesOf = (recording: number, seat: Seat): AgentStates => episodes[recording]![kind][seat];
  const { layers, hiddenSize } = statesOf(refs[0]!.recording, refs[0]!.seat);
  return arrayLayers(
    Array.from({ length: layers }, (_, layer) => {
      const data = new Float32Array(refs.length * hiddenSize);
      for (const [row, { recording, seat, round }] of refs.entries()) {
        const states = statesOf(recording, seat);
        const at = (layer * states.rounds + round - 1) * hiddenSize;
        data.set(states.data.subarray(at, at + hiddenSize), row * hiddenSize);
      }
      return matrixOf(refs.length, hiddenSize, data);
    }),
  );
}

export interface PlantedResult {
  readonly interactive: PseudoDyadNull;
  readonly passive: PseudoDyadNull;
  readonly comparison: ConditionComparison;
}

/** All that is tested of one set of recordings. */
export async function measurePlanted(
  conditions: ReturnType<typeof plantedConditions>,
  options: PairedOptions,
  gemm: Gemm,
): Promise<PlantedResult> {
  const { interactive, passive, target, splits, rows } = conditions;
  const { permutations = 199, cells = 'all' } = options;
  const surrogates = createSurrogates(rows, splits, { surrogates: permutations, seed: options.seed ?? 0 });
  const testGroups = splits.map(({ test }) => test.map((sample) => rows.interactions[sample]!));
  const fits = [];
  for (const source of [interactive, passive])
    fits.push(await openFits(source, [target], { splits, lambda: 0.1, method: 'direct' }, gemm));
  try {
    const [active, reading] = [await fits[0]!.residuals(0), await fits[1]!.residuals(0)];
    return {
      interactive: await pseudoDyadNull(active, surrogates, cells, gemm),
      passive: await pseudoDyadNull(reading, surrogates, cells, gemm),
      comparison: await compareConditions(
        { rows: active, testGroups },
        { rows: reading, testGroups },
        { ...options, permutations, cells },
        gemm,
      ),
    };
  } finally {
    for (const fit of fits) await fit.close();
  }
}
