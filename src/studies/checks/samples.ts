// How many samples there can be at most, known before anything is played: as many as if every agent spoke in all rounds.

import { type Condition, traitsOf } from '../../conditions/condition.ts';
import { groupingOf } from '../../conditions/division.ts';
import { samplesOf } from '../../conditions/samples.ts';
import { BadInput, InterbrainError, NotEnoughSamples } from '../../errors.ts';
import { DIRECTIONS, type Direction } from '../../pairs/align.ts';
import { type EpisodeHead, type GroupBy, groupOf } from '../../pairs/open.ts';
import { type Split, splitSamples } from '../../pairs/split.ts';
import type { Encounter } from '../../scenarios/schema.ts';
import type { Study } from '../schema.ts';

/** Places of the study file on which the number of samples depends. */
export const DECIDES_SAMPLES: readonly string[] = [
  'scenarios',
  'simulation.interactions',
  'simulation.rounds',
  'simulation.seeds',
  'synchrony.groupBy',
  'synchrony.samples',
  'synchrony.splitSeeds',
  'synchrony.test',
];

type Impossible = 'no samples' | 'one group' | 'too few samples';

/** What a condition gives at most. */
export type Capacity =
  | {
      readonly possible: true;
      /** Samples that every split can have, training and test together. */
      readonly samples: number;
      /** Samples that are wanted; as many as there are with `samples: all`. */
      readonly wanted: number;
      readonly splits: readonly Split[];
      /** Of every sample, the encounter whose episode gives its source. */
      readonly encounters: readonly Encounter[];
    }
  | {
      readonly possible: false;
      readonly because: Impossible;
      /** Samples that there are at most, before any split. */
      readonly total: number;
      /** The largest size of a split that can be had; 0 for none. */
      readonly samples: number;
      readonly wanted: number;
      readonly direction: Direction;
    };

/** Sizes that are tried one by one; after them larger steps are taken. */
const PATIENCE = 64;

/** Rounds beyond these make a study too large for this count, and are more than enough for any number of samples. */
const MOST_ROWS = 2_000_000;

/** One seed's recordings as they would be if every agent spoke in all rounds. Another seed's would be just the same. */
function fullRecordings({ simulation }: Study, encounters: readonly Encounter[], groupBy: GroupBy) {
  const episodes = Math.max(1, encounters.length * simulation.seeds.length);
  const most = Math.min(simulation.rounds, Math.max(1, Math.floor(MOST_ROWS / episodes)));
  return encounters.map((encounter) => {
    const { interaction, scenario } = encounter;
    const episode: EpisodeHead = {
      interaction: interaction.id,
      scenario: scenario.id,
      characterIds: interaction.characters,
      seed: 0,
    };
    const group = groupOf(episode, groupBy);
    return { group, rounds: { A: most, B: most }, key: interaction.id, episode, encounter };
  });
}

/** How many samples each condition of a study gives at most. Each is counted once. */
export class Capacities {
  readonly #study: Study;
  readonly #encounters: readonly Encounter[];
  readonly #known = new Map<string, Capacity>();

  /** @param encounters those that are played */
  constructor(study: Study, encounters: readonly Encounter[]) {
    this.#study = study;
    this.#encounters = encounters;
  }

  /** What a condition gives at most, in the direction that gives least. */
  of(condition: Condition): Capacity {
    // Conditions that differ in whose states the sources are alone have the same samples.
    const { selection, lag = 0 } = traitsOf(condition);
    const name = selection ? condition : `lag ${lag}`;
    const known = this.#known.get(name);
    if (known) return known;
    const found = this.#count(condition);
    this.#known.set(name, found);
    return found;
  }

  #count(condition: Condition): Capacity {
    const grouping = groupingOf(condition, this.#study.synchrony.groupBy);
    const recordings = fullRecordings(this.#study, this.#encounters, grouping);
    const capacities = DIRECTIONS.map((way) => capacityIn(this.#study, recordings, condition, way));
    return capacities.reduce((worst, one) => {
      if (worst.possible !== one.possible) return worst.possible ? one : worst;
      return one.samples < worst.samples ? one : worst;
    });
  }
}

function capacityIn(
  { synchrony, simulation: { seeds } }: Study,
  recordings: ReturnType<typeof fullRecordings>,
  condition: Condition,
  direction: Direction,
): Capacity {
  const own = nothingIfNone(() => samplesOf(recordings, condition, direction).samples);
  const samples = seeds.flatMap(() => own);
  const wanted = synchrony.samples === 'all' ? samples.length : synchrony.samples;
  const none = (because: Impossible, have: number): Capacity => {
    return { possible: false, because, total: samples.length, samples: have, wanted, direction };
  };
  if (samples.length === 0) return none('no samples', 0);
  if (new Set(samples.map(({ group }) => group)).size < 2) return none('one group', samples.length);
  const splits = splitsOf(samples, synchrony, synchrony.samples);
  if (typeof splits === 'number')
    return none('too few samples', largest(samples, synchrony, Math.min(samples.length, wanted)));
  // What is cut off a test group belongs to neither side.
  const left = splits.map(({ test, testGroups }) => {
    const held = new Set(testGroups);
    return test.length + samples.filter(({ group }) => !held.has(group)).length;
  });
  const encounters = samples.flatMap(({ source }) => recordings[source.recording]?.encounter ?? []);
  const usable = synchrony.samples === 'all' ? wanted : Math.min(...left);
  return { possible: true, samples: usable, wanted, splits, encounters };
}

type Grouped = readonly { readonly group: string }[];

/** The splits of a size; or how many samples there are for it, if they are too few. R² takes two rows on either side. */
function splitsOf(
  samples: Grouped,
  { splitSeeds, test }: Study['synchrony'],
  size: number | 'all',
): Split[] | number {
  try {
    const splits = splitSeeds.map((seed) =>
      splitSamples(samples, { seed, samples: size, testFraction: test }),
    );
    const sides = splits.flatMap((split) => [split.train.length, split.test.length]);
    return Math.min(...sides) < 2 ? samples.length : splits;
  } catch (error) {
    if (error instanceof NotEnoughSamples) return error.have;
    // So few are wanted that one side has none.
    if (error instanceof BadInput) return 0;
    throw error;
  }
}

/** The largest size, up to one, that every split can have; 0 for none. What is cut off is less than a group. */
function largest(samples: Grouped, synchrony: Study['synchrony'], most: number): number {
  for (let size = most, tries = 0; size > 0; tries++) {
    const found = splitsOf(samples, synchrony, size);
    if (typeof found !== 'number') return size;
    size = tries < PATIENCE ? size - 1 : Math.min(size - 1, found);
  }
  return 0;
}

/** A condition that leaves nothing says so by an error. */
function nothingIfNone<T>(list: () => readonly T[]): readonly T[] {
  try {
    return list();
  } catch (error) {
    if (error instanceof InterbrainError) return [];
    throw error;
  }
}
