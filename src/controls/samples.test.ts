import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alignPairs, type Direction } from '../pairs/align.ts';
import { splitSamples } from '../pairs/split.ts';
import { conditionSamples } from './samples.ts';

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
      const aligned = alignPairs(recordings, direction);
      const shuffled = conditionSamples(recordings, 'shuffled', direction);
      expect(shuffled).toEqual(conditionSamples(recordings, 'shuffled', direction));
      expect(shuffled.map(({ group, source }) => [group, source])).toEqual(
        aligned.map(({ group, source }) => [group, source]),
      );
      for (const [recording] of recordings.entries()) {
        const rounds = (list: typeof aligned) =>
          list.flatMap(({ target }) => (target.recording === recording ? [target.round] : []));
        const [before, after] = [rounds(aligned), rounds(shuffled)];
        expect(after.toSorted()).toEqual(before.toSorted());
        if (before.length > 1) expect(after.filter((round, i) => round === before[i])).toEqual([]);
      }
      for (const sample of shuffled) expect(sample.target.recording).toBe(sample.source.recording);
      // The same rows and groups, so the same split: one fit serves both.
      const options = { seed: 0, samples: 'all', testFraction: 0.2 } as const;
      if (new Set(aligned.map(({ group }) => group)).size > 1)
        expect(splitSamples(shuffled, options)).toEqual(splitSamples(aligned, options));
    }),
  );
});

test('an episode is shuffled alike whatever others there are', () => {
  const one = { group: 'g', rounds: { A: 8, B: 8 }, key: 'g/0' };
  const other = { group: 'h', rounds: { A: 8, B: 8 }, key: 'h/0' };
  const rounds = (list: (typeof one)[], at: number) =>
    conditionSamples(list, 'shuffled', 'A->B').flatMap(({ target }) =>
      target.recording === at ? [target.round] : [],
    );
  expect(rounds([one], 0)).toEqual(rounds([other, one], 1));
  expect(rounds([one, other], 0)).not.toEqual(rounds([one, other], 1));
});

test('a lag of any size, as long as there are rounds for it', () => {
  const recordings = [{ group: 'g', rounds: { A: 4, B: 4 } }];
  expect(conditionSamples(recordings, 'lag-3', 'A->B').map(({ target }) => target.round)).toEqual([4]);
  expect(() => conditionSamples(recordings, 'lag-3', 'B->A')).toThrow('smaller lag');
  for (const name of ['lag-0', 'lag', 'lag-1.5', 'lagged'])
    expect(() => conditionSamples(recordings, name, 'A->B')).toThrow('conditions are interactive, lag-1');
});
