// Splits by character pair and by scenario, over any set of episodes (docs/method.md §4, paper Appendix E).

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NotEnoughSamples } from '../errors.ts';
import { alignPairs, type Direction, type Sample } from './align.ts';
import { type EpisodeHead, type GroupBy, groupOf } from './open.ts';
import { type Split, splitSamples } from './split.ts';

interface Drawn {
  readonly episode: EpisodeHead;
  readonly rounds: number;
}

/** Few scenarios and few characters, so that they meet again and again, in either seat and with several seeds. */
const someEpisodes: fc.Arbitrary<Drawn[]> = fc.array(
  fc
    .record({
      scenario: fc.integer({ min: 0, max: 4 }),
      characters: fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 2 }),
      seed: fc.integer({ min: 0, max: 2 }),
      rounds: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ scenario, characters: [a, b], seed, rounds }) => ({
      episode: {
        interaction: `s${scenario}-${a}-${b}`,
        scenario: `s${scenario}`,
        characterIds: [`c${a}`, `c${b}`] as [string, string],
        seed,
      },
      rounds,
    })),
  { minLength: 2, maxLength: 30 },
);

const settings = fc.record({
  groupBy: fc.constantFrom<GroupBy>('interaction', 'characterPair', 'scenario'),
  direction: fc.constantFrom<Direction>('A->B', 'B->A'),
  seed: fc.integer({ min: 0, max: 20 }),
  testFraction: fc.constantFrom(0.1, 0.2, 0.5),
});

const recordingsOf = (drawn: readonly Drawn[], groupBy: GroupBy) =>
  drawn.map(({ episode, rounds }) => ({
    group: groupOf(episode, groupBy),
    rounds: { A: rounds, B: rounds },
  }));

/** What must not stand on both sides. */
const unitOf = ({ episode: { interaction, scenario, characterIds } }: Drawn, groupBy: GroupBy): string =>
  ({ interaction, scenario, characterPair: [...characterIds].sort().join('&') })[groupBy];

function checkApart(
  drawn: readonly Drawn[],
  samples: readonly Sample[],
  split: Split,
  groupBy: GroupBy,
): void {
  const units = (rows: readonly number[]) =>
    new Set(rows.map((row) => unitOf(drawn[samples[row]!.source.recording]!, groupBy)));
  const [train, test] = [units(split.train), units(split.test)];
  for (const unit of test) expect(train.has(unit)).toBe(false);
  const rows = [...split.train, ...split.test];
  expect(new Set(rows).size).toBe(rows.length);
}

test('no scenario and no pair of characters on both sides, with exact counts or with all samples', () => {
  let exact = 0;
  fc.assert(
    fc.property(someEpisodes, settings, fc.integer({ min: 4, max: 40 }), (drawn, options, samples) => {
      const { groupBy, direction } = options;
      const pairs = alignPairs(recordingsOf(drawn, groupBy), direction);
      const groups = new Set(pairs.map(({ group }) => group)).size;
      fc.pre(groups > 1);
      const all = splitSamples(pairs, { ...options, samples: 'all' });
      checkApart(drawn, pairs, all, groupBy);
      expect(all.train.length + all.test.length).toBe(pairs.length);
      // Counts that cannot be had are an error, never fewer samples than were asked for.
      const testCount = Math.round(samples * options.testFraction);
      fc.pre(testCount >= 1);
      let split: Split;
      try {
        split = splitSamples(pairs, { ...options, samples });
      } catch (error) {
        expect(error).toBeInstanceOf(NotEnoughSamples);
        return;
      }
      exact++;
      checkApart(drawn, pairs, split, groupBy);
      expect([split.test.length, split.train.length]).toEqual([testCount, samples - testCount]);
    }),
    { numRuns: 300 },
  );
  expect(exact).toBeGreaterThan(20);
});

test('a seed gives the same split again, whatever the order of the recordings', () => {
  fc.assert(
    fc.property(someEpisodes, settings, fc.integer(), (drawn, options, turn) => {
      const split = (list: readonly Drawn[]) => {
        const pairs = alignPairs(recordingsOf(list, options.groupBy), options.direction);
        return splitSamples(pairs, { ...options, samples: 'all' });
      };
      fc.pre(
        new Set(alignPairs(recordingsOf(drawn, options.groupBy), options.direction).map(({ group }) => group))
          .size > 1,
      );
      expect(split(drawn)).toEqual(split(drawn));
      const at = Math.abs(turn) % drawn.length;
      const turned = split([...drawn.slice(at), ...drawn.slice(0, at)]);
      expect(turned.testGroups).toEqual(split(drawn).testGroups);
      expect(turned.test.length).toBe(split(drawn).test.length);
    }),
  );
});

test('a pair of characters is one group whoever speaks first, and a scenario holds all its pairs', () => {
  const head = (scenario: string, characterIds: [string, string]) => {
    return { interaction: `${scenario}/${characterIds.join('-')}`, scenario, characterIds, seed: 0 };
  };
  const group = (groupBy: GroupBy, ...heads: EpisodeHead[]) =>
    new Set(heads.map((one) => groupOf(one, groupBy))).size;
  const episodes = [head('s', ['a', 'b']), head('t', ['b', 'a']), head('s', ['c', 'd'])];
  expect(group('characterPair', ...episodes)).toBe(2);
  expect(group('scenario', ...episodes)).toBe(2);
  expect(group('interaction', ...episodes)).toBe(3);
});
