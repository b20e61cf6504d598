import fc from 'fast-check';
import { expect, it } from 'vitest';
import { commonSize, largestSize, trySplits } from './sizes.ts';

/** Sizes of the groups of a list. */
const groups = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 });
const listOf = (sizes: readonly number[]) =>
  sizes.flatMap((size, group) => Array.from({ length: size }, () => ({ group: `g${group}` })));
const drawn = fc.record({
  lists: fc.array(groups, { minLength: 1, maxLength: 4 }),
  test: fc.constantFrom(0.2, 0.35, 0.5),
});

it('is the largest size that all splits of all lists have', () => {
  const seen = { reduced: 0, none: 0 };
  fc.assert(
    fc.property(drawn, ({ lists: sizes, test }) => {
      const options = { splitSeeds: [0, 1, 2], testFraction: test };
      const lists = sizes.map(listOf);
      const has = (samples: ReturnType<typeof listOf>, size: number) =>
        typeof trySplits(samples, options, size) !== 'number';
      const usable = lists.filter(({ length }, i) =>
        Array.from({ length }, (_, less) => length - less).some((size) => has(lists[i] ?? [], size)),
      );
      const longest = Math.max(...lists.map(({ length }) => length));
      let expected: number | undefined;
      for (let size = 1; usable.length > 0 && size <= longest; size++)
        if (usable.every((samples) => has(samples, size))) expected = size;
      const found = commonSize(lists, options);
      expect(found).toBe(expected);
      if (found === undefined) seen.none++;
      else if (found < Math.min(...usable.map(({ length }) => length))) seen.reduced++;
    }),
    { numRuns: 300 },
  );
  // Both what a cut takes away and lists that cannot be split are among them.
  expect(Math.min(seen.reduced, seen.none)).toBeGreaterThan(2);
});

it('is no larger than asked, and 0 where nothing can be split', () => {
  const samples = listOf([4, 4, 4, 4, 4]);
  const options = { splitSeeds: [0], testFraction: 0.5 };
  expect(largestSize(samples, options, 11)).toBe(11);
  expect(largestSize(samples, options, 20)).toBe(17);
  expect(largestSize(listOf([9]), options, 9)).toBe(0);
  expect(commonSize([listOf([9])], options)).toBeUndefined();
});
