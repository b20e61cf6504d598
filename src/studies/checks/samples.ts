// How many samples there can be at most, known before anything is played: as many as if every agent spoke in all rounds.

import { type Condition, traitsOf } from '../../conditions/condition.ts';
import { groupingOf } from '../../conditions/division.ts';
import { samplesName, samplesOf } from '../../conditions/samples.ts';
import { turnsWithout } from '../../episodes/state-position.ts';
import { InterbrainError } from '../../errors.ts';
import { DIRECTIONS, type Direction, type Sample, turnKey } from '../../pairs/align.ts';
import { type EpisodeHead, type GroupBy, groupOf } from '../../pairs/open.ts';
import { commonSize, largestSize, trySplits } from '../../pairs/sizes.ts';
import type { Split } from '../../pairs/split.ts';
import type { Encounter } from '../../scenarios/schema.ts';
import { divisionOf } from '../division.ts';
import type { Study } from '../schema.ts';

/** Places of the study file on which the number of samples depends. */
export const DECIDES_SAMPLES: readonly string[] = [
  // What the default of synchrony.samples depends on.
  'correlation',
  'scenarios',
  'simulation.interactions',
  'simulation.rounds',
  'simulation.seeds',
  'states.position',
  'synchrony.folds',
  'synchrony.groupBy',
  'synchrony.repeats',
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
      /** Samples that are wanted; as many as there are with `samples: all`, as all have with `equal`. */
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

/** Rounds beyond these make a study too large for this count, and are more than enough for any number of samples. */
const MOST_ROWS = 2_000_000;

/** Recordings of some seeds as they would be if every agent spoke in all rounds. */
function fullRecordings(
  { simulation, states }: Study,
  encounters: readonly Encounter[],
  groupBy: GroupBy,
  seeds: readonly number[],
) {
  const episodes = Math.max(1, encounters.length * simulation.seeds.length);
  const most = Math.min(simulation.rounds, Math.max(1, Math.floor(MOST_ROWS / episodes)));
  const dropped = new Set(turnsWithout(states.position).map(turnKey));
  const of = (encounter: Encounter, seed: number) => {
    const { interaction, scenario } = encounter;
    const episode: EpisodeHead = {
      interaction: interaction.id,
      scenario: scenario.id,
      characterIds: interaction.characters,
      seed,
    };
    const group = groupOf(episode, groupBy);
    return { group, rounds: { A: most, B: most }, dropped, key: interaction.id, episode, encounter };
  };
  return seeds.flatMap((seed) => encounters.map((encounter) => of(encounter, seed)));
}

/** How many samples each condition of a study gives at most. Each is counted once. */
export class Capacities {
  readonly #study: Study;
  readonly #encounters: readonly Encounter[];
  readonly #known = new Map<string, Capacity>();
  #common: { readonly size: number | 'all' } | undefined;

  /** @param encounters those that are played */
  constructor(study: Study, encounters: readonly Encounter[]) {
    this.#study = study;
    this.#encounters = encounters;
  }

  /** What a condition gives at most, in the direction that gives least. */
  of(condition: Condition): Capacity {
    const name = samplesName(condition);
    const known = this.#known.get(name);
    if (known) return known;
    const found = this.#count(condition);
    this.#known.set(name, found);
    return found;
  }

  /** Samples of a condition at most, before any split, in the direction that has fewer. */
  total(condition: Condition): number {
    return Math.min(...this.#lists(condition).map(({ samples }) => samples.length));
  }

  /** Samples that are wanted of every condition and direction. */
  #size(): number | 'all' {
    const { synchrony, conditions } = this.#study;
    if (synchrony.samples !== 'equal') return synchrony.samples;
    this.#common ??= {
      size:
        commonSize(
          conditions.flatMap((condition) => this.#lists(condition).map(({ samples }) => samples)),
          divisionOf(synchrony, 'all'),
        ) ?? 'all',
    };
    return this.#common.size;
  }

  /** The samples of either direction, with what they are taken from. */
  #lists(condition: Condition) {
    const grouping = groupingOf(condition, this.#study.synchrony.groupBy);
    const { seeds } = this.#study.simulation;
    // Where no sample has two seeds, one seed's are the others' as well.
    const together = traitsOf(condition).acrossSeeds === true;
    const recordings = fullRecordings(this.#study, this.#encounters, grouping, together ? seeds : [0]);
    return DIRECTIONS.map((direction) => {
      const own = nothingIfNone(() => samplesOf(recordings, condition, direction).samples);
      return { direction, recordings, samples: together ? own : seeds.flatMap(() => own) };
    });
  }

  #count(condition: Condition): Capacity {
    const size = this.#size();
    const capacities = this.#lists(condition).map((list) => capacityOf(list, this.#study.synchrony, size));
    return capacities.reduce((worst, one) => {
      if (worst.possible !== one.possible) return worst.possible ? one : worst;
      return one.samples < worst.samples ? one : worst;
    });
  }
}

interface SampleList {
  readonly direction: Direction;
  readonly recordings: ReturnType<typeof fullRecordings>;
  readonly samples: readonly Sample[];
}

function capacityOf(
  { direction, recordings, samples }: SampleList,
  synchrony: Study['synchrony'],
  size: number | 'all',
): Capacity {
  const wanted = size === 'all' ? samples.length : size;
  const none = (because: Impossible, have: number): Capacity => {
    return { possible: false, because, total: samples.length, samples: have, wanted, direction };
  };
  if (samples.length === 0) return none('no samples', 0);
  if (new Set(samples.map(({ group }) => group)).size < 2) return none('one group', samples.length);
  const dividing = divisionOf(synchrony, 'all');
  const splits = trySplits(samples, dividing, size);
  if (typeof splits === 'number')
    return none('too few samples', largestSize(samples, dividing, Math.min(samples.length, wanted)));
  // What is cut off a test group belongs to neither side.
  const left = splits.map(({ test, testGroups }) => {
    const held = new Set(testGroups);
    return test.length + samples.filter(({ group }) => !held.has(group)).length;
  });
  const encounters = samples.flatMap(({ source }) => recordings[source.recording]?.encounter ?? []);
  const cut = size !== 'all' && synchrony.folds === undefined;
  const usable = cut ? Math.min(...left) : samples.length;
  return { possible: true, samples: usable, wanted, splits, encounters };
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
