import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alignPairs, type Direction } from '../pairs/align.ts';
import { splitSamples } from '../pairs/split.ts';
import { parseCondition } from './condition.ts';
import type { Played } from './kind.ts';
import { samplesOf as samplesOfCondition, tooFewRounds } from './samples.ts';

const samplesOf = (recordings: readonly Played[], name: string, direction: Direction) =>
  samplesOfCondition(recordings, parseCondition(name), direction);

const someRecordings = fc.array(
  fc.record({
    group: fc.integer({ min: 0, max: 5 }).map((g) => `g${g}`),
    rounds: fc.integer({ min: 2, max: 8 }),
  }),
  { minLength: 2, maxLength: 12 },
);
const directions = fc.constantFrom<Direction>('A->B', 'B->A');

test('shuffled keeps the sources, permutes the targets within each episode, and leaves none where it was', () => {
  fc.assert(
    fc.property(someRecordings, directions, (drawn, direction) => {
      const recordings = drawn.map(({ group, rounds }, i) => ({
        group,
        rounds: { A: rounds, B: rounds },
        key: `k${i}`,
      }));
      // Of an episode with one pair alone there is no other round.
      const every = alignPairs(recordings, direction);
      const pairsIn = (recording: number) =>
        every.filter(({ source }) => source.recording === recording).length;
      const aligned = every.filter(({ source }) => pairsIn(source.recording) > 1);
      fc.pre(aligned.length > 0);
      const { samples: shuffled, leftOut } = samplesOf(recordings, 'shuffled', direction);
      const single = every.length - aligned.length;
      expect(leftOut?.samples ?? 0).toBe(single);
      expect(leftOut?.episodes ?? 0).toBe(single);
      expect(shuffled).toEqual(samplesOf(recordings, 'shuffled', direction).samples);
      expect(shuffled.map(({ group, source }) => [group, source])).toEqual(
        aligned.map(({ group, source }) => [group, source]),
      );
      for (const [recording] of recordings.entries()) {
        const rounds = (list: readonly (typeof aligned)[number][]) =>
          list.flatMap(({ target }) => (target.recording === recording ? [target.round] : []));
        const [before, after] = [rounds(aligned), rounds(shuffled)];
        expect(after.toSorted()).toEqual(before.toSorted());
        expect(after.filter((round, i) => round === before[i])).toEqual([]);
      }
      for (const sample of shuffled) expect(sample.target.recording).toBe(sample.source.recording);
      // The same rows and groups, so the same split: one fit serves both.
      const options = { seed: 0, samples: 'all', testFraction: 0.2 } as const;
      if (new Set(aligned.map(({ group }) => group)).size > 1)
        expect(splitSamples(shuffled, options)).toEqual(splitSamples(aligned, options));
    }),
  );
});

test('what cannot be shuffled is left out, and nothing at all is an error', () => {
  const recordings = [1, 3, 1].map((rounds, i) => ({ group: `g${i}`, rounds: { A: rounds, B: rounds } }));
  const { samples, leftOut } = samplesOf(recordings, 'shuffled', 'A->B');
  expect(samples.map(({ source }) => source.recording)).toEqual([1, 1, 1]);
  expect(leftOut).toMatchObject({ samples: 2, episodes: 2, reason: expect.stringContaining('one pair') });
  expect(samplesOf(recordings.slice(1, 2), 'shuffled', 'A->B')).not.toHaveProperty('leftOut');
  expect(() => samplesOf(recordings.slice(0, 1), 'shuffled', 'A->B')).toThrow('two pairs');
});

test('a passive condition has the samples of the interactive one', () => {
  fc.assert(
    fc.property(someRecordings, directions, (drawn, direction) => {
      const recordings = drawn.map(({ group, rounds }) => ({ group, rounds: { A: rounds, B: rounds - 1 } }));
      const active = samplesOf(recordings, 'interactive', direction);
      expect(active.samples).toEqual(alignPairs(recordings, direction));
      for (const condition of ['passive', 'passive-same-format'])
        expect(samplesOf(recordings, condition, direction)).toEqual(active);
    }),
  );
});

test('pseudo-dyads say what they leave out', () => {
  const episode = (scenario: string, characters: [string, string], length: number) => ({
    group: 'x',
    rounds: { A: length, B: length },
    episode: {
      interaction: `${scenario}-${characters.join('-')}`,
      scenario,
      characterIds: characters,
      seed: 0,
    },
  });
  // a-b and c-d are partners; c-d is over after round 2. e-f has nobody.
  const recordings = [episode('s', ['a', 'b'], 3), episode('s', ['c', 'd'], 2), episode('t', ['e', 'f'], 4)];
  const { samples, leftOut } = samplesOf(recordings, 'pseudo-dyad', 'A->B');
  expect(samples).toHaveLength(4);
  expect(leftOut).toMatchObject({ samples: 1 + 4, episodes: 1 });
  expect(samplesOf(recordings.slice(0, 2), 'pseudo-dyad', 'A->B').leftOut).toMatchObject({
    samples: 1,
    episodes: 0,
  });
});

test('seed-swap takes the same round of the same interaction in another conversation', () => {
  const episode = (interaction: string, seed: number, length: number) => ({
    group: interaction,
    rounds: { A: length, B: length },
    episode: { interaction, scenario: 's', characterIds: ['a', 'b'] as const, seed },
  });
  // Of i there are two conversations, of j three, of k one.
  const recordings = [
    ...[episode('i', 0, 3), episode('j', 0, 4), episode('k', 0, 3)],
    ...[episode('i', 1, 2), episode('j', 1, 4), episode('j', 5, 4)],
  ];
  const { samples, leftOut } = samplesOf(recordings, 'seed-swap', 'A->B');
  const of = (recording: number) => samples.filter(({ source }) => source.recording === recording);
  expect(of(0).map(({ source, target }) => [source.round, target.recording, target.round])).toEqual([
    [1, 3, 1],
    [2, 3, 2],
  ]);
  expect(of(3).map(({ target }) => target.recording)).toEqual([0, 0]);
  for (const { source, target } of samples) {
    const [own, other] = [recordings[source.recording]!, recordings[target.recording]!];
    expect([other.group, target.round]).toEqual([own.group, source.round]);
    expect(other.episode.interaction).toBe(own.episode.interaction);
    expect(other.episode.seed).not.toBe(own.episode.seed);
  }
  for (const recording of [1, 4, 5])
    expect(new Set(of(recording).map(({ target }) => target.recording)).size).toBe(1);
  // One round of i/0 has nothing to be paired with, and neither has k.
  expect(leftOut).toMatchObject({ samples: 1 + 3, episodes: 1, reason: expect.stringContaining('seed') });
  const dropped = [{ ...recordings[0]! }, { ...recordings[3]!, dropped: new Set(['B1']) }];
  expect(
    samplesOf(dropped, 'seed-swap', 'A->B').samples.map(({ source }) => [source.recording, source.round]),
  ).toEqual([
    [0, 2],
    [1, 2],
  ]);
  expect(() => samplesOf(recordings.slice(0, 3), 'seed-swap', 'A->B')).toThrow('play two seeds at least');
  const bare = recordings.map(({ group, rounds }) => ({ group, rounds }));
  expect(() => samplesOf(bare, 'seed-swap', 'A->B')).toThrow('needs transcripts');
});

test('an episode is shuffled alike whatever others there are', () => {
  const one = { group: 'g', rounds: { A: 8, B: 8 }, key: 'g/0' };
  const other = { group: 'h', rounds: { A: 8, B: 8 }, key: 'h/0' };
  const rounds = (list: (typeof one)[], at: number) =>
    samplesOf(list, 'shuffled', 'A->B').samples.flatMap(({ target }) =>
      target.recording === at ? [target.round] : [],
    );
  expect(rounds([one], 0)).toEqual(rounds([other, one], 1));
  expect(rounds([one, other], 0)).not.toEqual(rounds([one, other], 1));
});

test('a lag of any size, as long as there are rounds for it', () => {
  const recordings = [{ group: 'g', rounds: { A: 4, B: 4 } }];
  expect(samplesOf(recordings, 'lag-3', 'A->B').samples.map(({ target }) => target.round)).toEqual([4]);
  expect(() => samplesOf(recordings, 'lag-3', 'B->A')).toThrow('smaller lag');
  for (const name of ['lag-0', 'lag', 'lag-1.5', 'lagged'])
    expect(() => samplesOf(recordings, name, 'A->B')).toThrow('conditions are interactive, passive');
});

test('a study has enough rounds for a condition just if there are samples in both directions', () => {
  for (const name of ['interactive', 'passive', 'passive-same-format', 'lag-1', 'lag-3', 'shuffled'])
    for (const rounds of [1, 2, 3, 4, 5]) {
      const recordings = [{ group: 'g', rounds: { A: rounds, B: rounds } }];
      const sample = () => ['A->B' as const, 'B->A' as const].map((way) => samplesOf(recordings, name, way));
      const message = tooFewRounds(parseCondition(name), rounds);
      if (message === undefined) expect(sample()).toHaveLength(2);
      else expect(sample).toThrow(`condition ${name}`);
    }
  expect(tooFewRounds(parseCondition('lag-3'), 4)).toBe(
    'lag-3 has no pairs of turns from B to A in 4 rounds; lag-2 is the longest, or set simulation.rounds to 5 or more',
  );
  expect(tooFewRounds(parseCondition('shuffled'), 2)).toBe(
    'shuffled has no two pairs of turns from B to A in 2 rounds; set simulation.rounds to 3 or more',
  );
});
