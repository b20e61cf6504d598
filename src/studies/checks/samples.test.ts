// What is counted before anything is played is what a study has of which every agent speaks in all rounds.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCondition } from '../../conditions/condition.ts';
import { groupingOf } from '../../conditions/division.ts';
import { samplesOf } from '../../conditions/samples.ts';
import { DIRECTIONS } from '../../pairs/align.ts';
import { type GroupBy, groupOf } from '../../pairs/open.ts';
import { splitSamples } from '../../pairs/split.ts';
import { smallWorld } from '../../scenarios/world.ts';
import { type Study, studySchema } from '../schema.ts';
import { Capacities } from './samples.ts';

const world = smallWorld();
const [anyScenario] = world.scenarios;
const [who] = world.characters;

/** Few scenarios and characters, so that some have no partner and some groups are alone. */
const meetings = fc.uniqueArray(
  fc.record({
    scenario: fc.integer({ min: 0, max: 3 }),
    pair: fc.constantFrom<[string, string]>(['a', 'b'], ['b', 'a'], ['c', 'd'], ['a', 'c']),
  }),
  { minLength: 1, maxLength: 9, selector: ({ scenario, pair }) => `${scenario} ${pair.join(' ')}` },
);

function encounterOf({ scenario, pair }: { readonly scenario: number; readonly pair: [string, string] }) {
  if (!anyScenario || !who) throw new Error('the small world is empty');
  const id = `s${scenario}`;
  return {
    interaction: { id: `${id} ${pair.join(' ')}`, scenario: id, characters: pair },
    scenario: { ...anyScenario, id },
    characters: [who, who] as const,
  };
}

/** Whether every split can be made of the recordings of all seeds, the measure's two rows on a side included. */
function canBeSplit(
  study: Study,
  encounters: readonly ReturnType<typeof encounterOf>[],
  name: string,
): boolean {
  const condition = parseCondition(name);
  const { rounds, seeds } = study.simulation;
  const { samples, test: testFraction, splitSeeds, groupBy } = study.synchrony;
  if (samples === 'equal') throw new RangeError('its number depends on all conditions');
  const recordings = seeds.flatMap((seed) =>
    encounters.map(({ interaction: { id: interaction, scenario, characters: characterIds } }) => {
      const episode = { interaction, scenario, characterIds, seed };
      const group = groupOf(episode, groupingOf(condition, groupBy));
      return { group, rounds: { A: rounds, B: rounds }, key: `${interaction}/${seed}`, episode };
    }),
  );
  try {
    return DIRECTIONS.every((direction) => {
      const own = samplesOf(recordings, condition, direction).samples;
      return splitSeeds.every((seed) => {
        const { train, test } = splitSamples(own, { seed, samples, testFraction });
        return Math.min(train.length, test.length) >= 2;
      });
    });
  } catch {
    return false;
  }
}

const drawn = fc.record({
  meetings,
  rounds: fc.integer({ min: 1, max: 4 }),
  seeds: fc.integer({ min: 1, max: 3 }),
  samples: fc.oneof(fc.constant('all' as const), fc.integer({ min: 4, max: 60 })),
  test: fc.constantFrom(0.2, 0.35, 0.5),
  groupBy: fc.constantFrom<GroupBy>('interaction', 'characterPair', 'scenario'),
  condition: fc.constantFrom(
    'interactive',
    'passive',
    'lag-1',
    'lag-2',
    'shuffled',
    'pseudo-dyad',
    'seed-swap',
  ),
});

it('is possible exactly if it is so with recordings', () => {
  const seen = { possible: 0, impossible: 0 };
  fc.assert(
    fc.property(drawn, ({ meetings: met, rounds, seeds, condition, ...synchrony }) => {
      const encounters = met.map(encounterOf);
      const seedList = Array.from({ length: seeds }, (_, i) => i + 5);
      const study = (samples: number | 'all') =>
        studySchema.parse({
          name: 's',
          models: { m: { path: 'x' } },
          simulation: { rounds, seeds: seedList },
          synchrony: { ...synchrony, samples, splitSeeds: [0, 1, 2] },
        });
      const asked = study(synchrony.samples);
      const found = new Capacities(asked, encounters).of(parseCondition(condition));
      seen[found.possible ? 'possible' : 'impossible']++;
      expect(found.possible).toBe(canBeSplit(asked, encounters, condition));
      if (found.possible || found.because !== 'too few samples' || synchrony.samples === 'all') return;
      // The size that is advised can be had, and no larger one up to what was asked for.
      if (found.samples > 0) expect(canBeSplit(study(found.samples), encounters, condition)).toBe(true);
      for (let size = Math.max(2, found.samples + 1); size < synchrony.samples; size++)
        expect(canBeSplit(study(size), encounters, condition)).toBe(false);
    }),
    { numRuns: 300 },
  );
  expect(Math.min(seen.possible, seen.impossible)).toBeGreaterThan(40);
});
