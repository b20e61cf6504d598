// Planted recordings as a study's folder, ready to be tested: both seat orders of one model pair.

import { join } from 'node:path';
import { type PlantedOptions, plantEpisodes, writePlanted } from '../src/recordings/planted.ts';
import type { OpenStudy } from '../src/studies/open.ts';
import { seatOrdersOf } from '../src/studies/plan.ts';
import { type Study, studySchema } from '../src/studies/schema.ts';
import { encountersNamed, studyOf } from './run-stage.ts';

export const PLANTED_PAIR = ['planted-a', 'planted-b'] as const;

const SIZE = { scenarios: 24, interactionsPerScenario: 4, rounds: 5, layers: 2, seed: 4 } as const;

/** The study file's key, with what is given in place of defaults that suit few recordings. */
export function plantedSettings(synchrony: object = {}): Study['synchrony'] {
  const given = { samples: 'all', test: 0.3, splitSeeds: [0, 1], groupBy: 'scenario', ...synchrony };
  return studySchema.parse({ name: 'x', models: { m: { path: 'x' } }, synchrony: given }).synchrony;
}

/** Writes the recordings of a pair to `<folder>/<name>`: a study of them, with what is given of its file. */
export async function plantStudy(
  folder: string,
  name: string,
  planted: PlantedOptions,
  file: object = {},
  pair: readonly [string, string] = PLANTED_PAIR,
): Promise<OpenStudy> {
  const run = join(folder, name);
  const interactions = new Set<string>();
  // The same interactions in every seat order, played anew.
  for (const [seat, { names: models }] of seatOrdersOf(pair).entries()) {
    const seed = 10 * (planted.seed ?? SIZE.seed) + seat;
    const episodes = plantEpisodes({ ...SIZE, ...planted, seed });
    const renamed = episodes.map((one) => {
      interactions.add(one.episode.interaction);
      return { ...one, episode: { ...one.episode, models: models as [string, string] } };
    });
    await writePlanted(run, renamed);
  }
  const given = {
    pairs: [pair],
    conditions: ['interactive', 'passive', 'lag-1', 'pseudo-dyad', 'shuffled'],
    synchrony: plantedSettings(),
    significance: { draws: 199, seed: 0, alpha: 0.05 },
    simulation: { seeds: [0] },
    ...file,
  };
  return studyOf(run, [...new Set(pair)], given, { encounters: encountersNamed(interactions) });
}
