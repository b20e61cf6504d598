import fc from 'fast-check';
import { expect, test } from 'vitest';
import { averageSeeds, combineDirections, summariseSyncR2 } from './sync-r2.ts';

test('seeds are averaged before the best target is taken', () => {
  // Per seed the best cells are 0.9 and 0.8; of the means the best is 0.6.
  const seeds = [Float64Array.of(0.9, 0.1, 0.6), Float64Array.of(0.1, 0.8, 0.6)];
  expect([...averageSeeds(seeds)]).toEqual([0.5, 0.45, 0.6]);
  expect(summariseSyncR2(seeds, 1, 3)).toEqual({
    value: 0.6,
    standardError: 0,
    bestTarget: [2],
    bestR2: [0.6],
  });
});

test('rows are clamped at 0, and a clamped row adds nothing to the error', () => {
  const seeds = [Float64Array.of(-1, -3, 0.5, 0), Float64Array.of(-3, -5, 0.7, 0)];
  const { value, standardError, bestTarget, bestR2 } = summariseSyncR2(seeds, 2, 2);
  expect(bestTarget).toEqual([0, 0]);
  expect(bestR2).toEqual([0, 0.6]);
  expect(value).toBeCloseTo(0.3, 15);
  // statistics.variance([0.5, 0.7]) ** 0.5 / 2
  expect(standardError).toBeCloseTo(0.07071067811865474, 15);
});

test('the error adds variances over source layers', () => {
  const seeds = [Float64Array.of(0.1, 0.5), Float64Array.of(0.2, 0.7), Float64Array.of(0.3, 0.3)];
  // (statistics.variance([0.1, 0.2, 0.3]) + statistics.variance([0.5, 0.7, 0.3])) ** 0.5 / 2
  expect(summariseSyncR2(seeds, 2, 1).standardError).toBeCloseTo(0.11180339887498948, 15);
  expect(summariseSyncR2(seeds.slice(0, 1), 2, 1).standardError).toBe(0);
});

test('SyncR² lies between 0 and the highest cell', () => {
  const plane = fc.float64Array({ minLength: 6, maxLength: 6, noNaN: true, min: -5, max: 1 });
  fc.assert(
    fc.property(fc.array(plane, { minLength: 1, maxLength: 4 }), (seeds) => {
      const { value } = summariseSyncR2(seeds, 2, 3);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(Math.max(0, ...averageSeeds(seeds)) + 1e-12);
    }),
  );
});

test('directions are averaged, and their errors propagate', () => {
  const direction = (value: number, standardError: number) => ({ value, standardError });
  expect(combineDirections([direction(0.4, 0.03), direction(0.6, 0.04)])).toEqual({
    value: 0.5,
    standardError: 0.025,
    directions: 2,
  });
  const four = combineDirections([0.1, 0.2, 0.3, 0.4].map((value) => direction(value, 0.02)));
  expect(four.value).toBeCloseTo(0.25, 15);
  expect(four.standardError).toBeCloseTo(0.01, 15);
  expect(() => combineDirections([])).toThrow('no directions');
  expect(() => summariseSyncR2([], 1, 1)).toThrow('no split seeds');
  expect(() => summariseSyncR2([new Float64Array(3)], 2, 2)).toThrow('3 cells for 2 × 2 layers');
});
