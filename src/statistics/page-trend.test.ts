// Page's test against SciPy (scripts/golden_trend.py), and how often it errs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { NotEnoughSamples } from '../errors.ts';
import { normals } from '../recordings/planted-states.ts';
import { pageTrend } from './page-trend.ts';

interface Golden {
  readonly values: readonly (readonly number[])[];
  readonly L: number;
  readonly p: number;
  readonly common: number;
  readonly rho: readonly number[];
}

const golden: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/statistics/trend.json'), 'utf8'),
);

test.each(Object.entries(golden))('%s: statistic and p are SciPy’s', (_, { values, L, p, common, rho }) => {
  const found = pageTrend(values);
  expect(found.L).toBe(L);
  expect(Math.abs(found.p / p - 1)).toBeLessThan(1e-10);
  expect(found.commonP).toBeCloseTo(common, 12);
  for (const [i, own] of rho.entries()) expect(found.rhos[i]).toBeCloseTo(own, 12);
  expect(found.meanRho).toBeCloseTo(rho.reduce((sum, own) => sum + own, 0) / rho.length, 12);
});

describe('edges', () => {
  it('all orders alike have p = 1, and no rank goes up', () => {
    expect(pageTrend([[1, 1, 1], [2, 2, 2]])).toMatchObject({ p: 1, commonP: 1, meanRho: 0, labellings: 6 }); // biome-ignore format: short
  });

  it('one block, or two conditions, have no test', () => {
    expect(() => pageTrend([[1, 2, 3]])).toThrow(NotEnoughSamples);
    expect(() => pageTrend([[1, 2], [1, 2]])).toThrow(NotEnoughSamples); // biome-ignore format: short
    expect(() => pageTrend([[1, 2, 3], [1, Number.NaN, 3]])).toThrow('1, NaN, 3'); // biome-ignore format: short
    expect(() => pageTrend([[1, 2, 3], [1, 2]])).toThrow('3 numbers are needed'); // biome-ignore format: short
  });
});

describe('without any trend', () => {
  /** Share of 1000 studies of ten pairs and five relationships with p up to 0.05. */
  function rejected(common: number): { readonly each: number; readonly atOnce: number } {
    const draw = normals(`no trend ${common}`);
    const count = { each: 0, atOnce: 0 };
    for (let study = 0; study < 1000; study++) {
      const shared = draw(5);
      const blocks = Array.from({ length: 10 }, () =>
        [...draw(5)].map((value, j) => value + common * shared[j]!),
      );
      const { p, commonP } = pageTrend(blocks);
      if (p <= 0.05) count.each++;
      if (commonP <= 0.05) count.atOnce++;
    }
    return { each: count.each / 1000, atOnce: count.atOnce / 1000 };
  }

  // Binomial standard error 0.7 percentage points.
  it('independent pairs: either p is as often below 5 % as it says', () => {
    const { each, atOnce } = rejected(0);
    for (const share of [each, atOnce]) {
      expect(share).toBeGreaterThan(0.03);
      expect(share).toBeLessThan(0.07);
    }
  });

  it('pairs that play the same scenarios: only the exchange in all pairs at once keeps to it', () => {
    const { each, atOnce } = rejected(1);
    expect(each).toBeGreaterThan(0.2);
    expect(atOnce).toBeGreaterThan(0.03);
    expect(atOnce).toBeLessThan(0.07);
  });
});

test('a trend that all pairs have is found by either', () => {
  const draw = normals('a trend');
  const blocks = Array.from({ length: 10 }, () => [...draw(5)].map((value, j) => value + 0.8 * j));
  const { p, commonP, labellings } = pageTrend(blocks);
  expect(p).toBeLessThan(1e-6);
  expect(commonP).toBeCloseTo(1 / labellings, 12);
});
