import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NotEnoughSamples } from '../errors.ts';
import { splitSamples } from './split.ts';
import { validationSplit } from './validation-split.ts';

const groups = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 4, maxLength: 20 });

it('holds out whole training groups and nothing else', () => {
  fc.assert(
    fc.property(groups, fc.integer(), (sizes, seed) => {
      const samples = sizes.flatMap((size, i) => Array.from({ length: size }, () => ({ group: `g${i}` })));
      const split = splitSamples(samples, { seed, samples: 'all', testFraction: 0.2 });
      fc.pre(split.trainGroups.length >= 2);
      const { train, test, trainGroups, testGroups, trainGroupSizes } = validationSplit(split, 0.25);
      expect([...train, ...test].sort()).toEqual([...split.train].sort());
      expect(new Set(train.map((row) => samples[row]!.group))).toEqual(new Set(trainGroups));
      expect(new Set(test.map((row) => samples[row]!.group))).toEqual(new Set(testGroups));
      expect(testGroups.filter((group) => trainGroups.includes(group))).toEqual([]);
      expect(trainGroupSizes!.reduce((sum, size) => sum + size, 0)).toBe(train.length);
      const large = Math.max(...split.trainGroupSizes!);
      expect(test.length).toBeLessThan(split.train.length * 0.25 + large + 1);
      expect(validationSplit(split, 0.25)).toEqual(validationSplit(split, 0.25));
    }),
  );
});

it('needs two training groups', () => {
  const samples = ['a', 'a', 'b'].map((group) => ({ group }));
  const split = splitSamples(samples, { seed: 0, samples: 'all', testFraction: 0.3 });
  expect(() => validationSplit(split, 0.2)).toThrow(NotEnoughSamples);
  expect(() => validationSplit(split, 1)).toThrow('1 is no share');
});
