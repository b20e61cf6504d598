import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotEnoughSamples } from '../errors.ts';
import { divideSamples } from './division.ts';
import { splitSamples } from './split.ts';

/** Groups of the given sizes, their samples mixed. */
function samplesOf(sizes: readonly number[]) {
  const most = Math.max(...sizes);
  return Array.from({ length: most }, (_, i) =>
    sizes.flatMap((size, group) => (i < size ? [{ group: `g${group}` }] : [])),
  ).flat();
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 6, maxLength: 30 });

describe('draws', () => {
  it('are those of splitSamples, one per seed', () => {
    const samples = samplesOf([3, 4, 5, 6, 7, 8]);
    const options = { samples: 'all', testFraction: 0.3 } as const;
    expect(divideSamples(samples, { ...options, splitSeeds: [4, 2] })).toEqual(
      [4, 2].map((seed) => splitSamples(samples, { ...options, seed })),
    );
  });
});

describe('folds', () => {
  const divide = (list: readonly number[], folds: number, samples: number | 'all' = 'all') =>
    divideSamples(samplesOf(list), { samples, testFraction: 0.2, splitSeeds: [0, 1], folds });

  it('hold every group out once per seed, and never train on it then', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 2, max: 6 }), (list, folds) => {
        const samples = samplesOf(list);
        const splits = divide(list, folds);
        expect(splits.map(({ seed, fold }) => [seed, fold])).toEqual(
          [0, 1].flatMap((seed) => Array.from({ length: folds }, (_, fold) => [seed, fold])),
        );
        for (const seed of [0, 1]) {
          const own = splits.filter((split) => split.seed === seed);
          expect(own.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual([...samples.keys()]);
          expect(own.flatMap(({ testGroups }) => testGroups).sort()).toEqual(
            list.map((_, group) => `g${group}`).sort(),
          );
        }
        for (const { train, test, trainGroups, trainGroupSizes, testGroups } of splits) {
          expect([...train, ...test].sort((a, b) => a - b)).toEqual([...samples.keys()]);
          const named = new Set(test.map((row) => samples[row]?.group));
          expect(named).toEqual(new Set(testGroups));
          expect(train.some((row) => named.has(samples[row]?.group))).toBe(false);
          // Cross-validation cuts `train` by these sizes.
          expect(trainGroups.flatMap((name, i) => Array(trainGroupSizes?.[i]).fill(name))).toEqual(
            train.map((row) => samples[row]?.group),
          );
        }
      }),
    );
  });

  it('differ by one group at most where groups are alike', () => {
    const counts = divide(Array(23).fill(4), 5).map(({ test }) => test.length);
    expect(Math.max(...counts) - Math.min(...counts)).toBe(4);
  });

  it('of a number of samples have exactly so many', () => {
    for (const { train, test } of divide([7, 7, 7, 7, 7, 7, 7], 3, 40))
      expect(train.length + test.length).toBe(40);
  });

  it('do not depend on the order of the samples', () => {
    const samples = samplesOf([3, 4, 5, 6]);
    const options = { samples: 'all', testFraction: 0.2, splitSeeds: [3], folds: 2 } as const;
    const groups = (list: typeof samples) => divideSamples(list, options).map(({ testGroups }) => testGroups);
    expect(groups([...samples].reverse())).toEqual(groups(samples));
    expect(divideSamples(samples, { ...options, splitSeeds: [4] })).not.toEqual(
      divideSamples(samples, options),
    );
  });

  it('more than there are groups, or samples: says so', () => {
    expect(() => divide([5, 5, 5], 4)).toThrow(NotEnoughSamples);
    expect(() => divide([5, 5, 5], 4)).toThrow('4 folds, groups');
    expect(() => divide([5, 5, 5], 3, 16)).toThrow('take samples: all');
    expect(() => divide([5, 5, 5], 1.5)).toThrow('2 or more');
  });
});
