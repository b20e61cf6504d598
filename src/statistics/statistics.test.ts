// Against SciPy, statsmodels and MNE (scripts/golden_statistics.py), and what must hold for all inputs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInput, NotEnoughSamples } from '../errors.ts';
import {
  fUpper,
  incompleteBeta,
  normalUpper,
  studentCritical,
  studentTwoSided,
  studentUpper,
} from '../numerics/distributions.ts';
import { createRandom } from '../numerics/random.ts';
import { signFlips } from '../synchrony/permutations/sign-flips.ts';
import { clusterPermutation } from './cluster-permutation.ts';
import { partialCorrelation, pearson, ranksOf, spearman } from './correlation.ts';
import { benjaminiHochberg } from './false-discovery.ts';
import { pairedPermutation } from './paired-permutation.ts';

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/statistics/golden.json'), 'utf8'),
);

function expectRelative(actual: number, expected: number, tolerance: number, what: unknown) {
  const error = expected === 0 ? Math.abs(actual) : Math.abs(actual / expected - 1);
  expect(error, `${JSON.stringify(what)}: ${actual}, not ${expected}`).toBeLessThanOrEqual(tolerance);
}

describe('distributions agree with SciPy to 12 digits, tails included', () => {
  test('t', () => {
    for (const [t, df, two, upper] of golden.distributions.t) {
      const tolerance = df < 1e4 ? 1e-12 : 1e-10;
      expectRelative(studentTwoSided(t, df), two, tolerance, { t, df });
      expectRelative(studentUpper(t, df), upper, tolerance, { t, df });
    }
    for (const [p, df, t] of golden.distributions.critical)
      expectRelative(studentCritical(p, df), t, 1e-12, { p, df });
  });

  test('F, beta, normal', () => {
    for (const [f, a, b, p] of golden.distributions.f) expectRelative(fUpper(f, a, b), p, 1e-12, { f, a, b });
    for (const [x, a, b, p] of golden.distributions.beta)
      expectRelative(incompleteBeta(x, a, b), p, a < 1e4 ? 1e-12 : 1e-11, { x, a, b });
    for (const [z, p] of golden.distributions.normal) expectRelative(normalUpper(z), p, 1e-12, { z });
  });

  test('the edges', () => {
    expect([studentTwoSided(Number.POSITIVE_INFINITY, 3), studentTwoSided(0, 3)]).toEqual([0, 1]);
    expect([fUpper(0, 2, 3), fUpper(Number.POSITIVE_INFINITY, 2, 3), normalUpper(50)]).toEqual([1, 0, 0]);
    expect([studentTwoSided(Number.NaN, 3), fUpper(Number.NaN, 1, 1), normalUpper(Number.NaN)]).toEqual(
      Array(3).fill(Number.NaN),
    );
    expect(() => studentTwoSided(1, 0)).toThrow(RangeError);
    expect(() => studentCritical(0, 4)).toThrow(RangeError);
    expect(() => incompleteBeta(0.5, 0, 1)).toThrow(RangeError);
  });
});

describe('Benjamini–Hochberg', () => {
  test('agrees with SciPy and statsmodels', () => {
    const adjusted = benjaminiHochberg(golden.false_discovery.p);
    for (const [i, p] of golden.false_discovery.adjusted.entries()) expectRelative(adjusted[i]!, p, 1e-14, i);
    expect(benjaminiHochberg([])).toEqual([]);
    expect(() => benjaminiHochberg([0.1, Number.NaN])).toThrow(BadInput);
  });

  test('is the step-up procedure: the same discoveries at every rate', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (p) => {
        const adjusted = benjaminiHochberg(p);
        const sorted = p.toSorted((a, b) => a - b);
        for (const rate of [0.01, 0.05, 0.3]) {
          const last = sorted.findLastIndex((value, i) => (value * p.length) / (i + 1) <= rate);
          const discoveries = p.map((value) => last >= 0 && value <= sorted[last]!);
          expect(adjusted.map((value) => value <= rate)).toEqual(discoveries);
        }
      }),
    );
  });
});

describe('paired permutation', () => {
  const { first, second, p } = golden.paired;

  test.each(['two-sided', 'greater', 'less'] as const)('%s agrees with SciPy, all arrangements', (tail) => {
    const result = pairedPermutation(first, second, { tail });
    expect(result).toMatchObject({ units: 9, permutations: 511, exact: true });
    expect(result.p).toBeCloseTo(p[tail], 12);
  });

  test('a random sample of arrangements comes close, depends on its seed alone, and is never 0', () => {
    const sampled = pairedPermutation(first, second, { permutations: 500, seed: 3 });
    expect(sampled.exact).toBe(false);
    expect(Math.abs(sampled.p - p['two-sided'])).toBeLessThan(0.05);
    expect(pairedPermutation(first, second, { permutations: 500, seed: 3 })).toEqual(sampled);
    const clear = pairedPermutation(Array(40).fill(1), Array(40).fill(0), { permutations: 99 });
    expect(clear.p).toBe(0.01);
    expect(pairedPermutation([1, 1], [1, 1]).p).toBe(1);
    expect(
      signFlips(3)
        .signs.map((signs) => signs.join())
        .sort(),
    ).toEqual([...new Set(signFlips(3).signs.map((signs) => signs.join()))].sort());
  });

  test('says what it cannot compare', () => {
    expect(() => pairedPermutation([1, 2], [1])).toThrow(BadInput);
    expect(() => pairedPermutation([1, Number.NaN], [1, 2])).toThrow('scores[1]');
    expect(() => pairedPermutation([1], [2])).toThrow(NotEnoughSamples);
    expect(() => pairedPermutation([1, 2], [2, 3], { permutations: 0 })).toThrow(BadInput);
  });

  test('rejects in 5 % of experiments in which there is nothing', () => {
    const { uniform } = createRandom('false positives');
    let rejected = 0;
    const experiments = 1000;
    for (let i = 0; i < experiments; i++) {
      const [a, b] = [0, 1].map(() => Array.from({ length: 12 }, () => uniform() ** 3));
      if (pairedPermutation(a!, b!, { permutations: 199, seed: i }).p <= 0.05) rejected++;
    }
    // 99.9 % of a binomial distribution with n = 1000 and 5 %: 28 … 74.
    expect(rejected).toBeGreaterThanOrEqual(28);
    expect(rejected).toBeLessThanOrEqual(74);
  });
});

describe('cluster permutation', () => {
  test('agrees with an implementation on scipy.ndimage under the same signs', () => {
    const { maps, shape, signs, ...expected } = golden.clusters_random_signs;
    const result = clusterPermutation(maps, shape, { signs });
    expectRelative(result.threshold, expected.threshold, 1e-12, 'threshold');
    for (const [i, t] of expected.t.entries()) expect(result.t[i]).toBeCloseTo(t, 10);
    for (const [i, mass] of expected.largest.entries()) expect(result.largest[i]).toBeCloseTo(mass, 9);
    expect(result.clusters).toHaveLength(expected.clusters.length);
    for (const [mass, cells, p] of expected.clusters) {
      const found = result.clusters.find((cluster) => cluster.cells.join() === cells.join())!;
      expect(found.mass).toBeCloseTo(mass, 9);
      expect(found.p).toBeCloseTo(p, 12);
    }
    expect(result.clusters[0]!.p).toBe(Math.min(...result.clusters.map(({ p }) => p)));
  });

  test.each(['two-sided', 'greater'] as const)('%s agrees with MNE over all arrangements', (tail) => {
    const { maps, shape, threshold, ...expected } = golden.clusters_all_signs;
    const { clusters, exact } = clusterPermutation(maps, shape, { threshold, tail });
    expect(exact).toBe(true);
    expect(clusters).toHaveLength(expected[tail].length);
    for (const [mass, cells, p] of expected[tail]) {
      const found = clusters.find((cluster) => cluster.cells.join() === cells.join())!;
      expect(found.mass).toBeCloseTo(mass, 9);
      expect(found.p).toBeCloseTo(p, 9);
    }
  });

  test('cells without spread, without difference and on the map’s edge', () => {
    const { t, clusters } = clusterPermutation(
      [
        [1, 0, 1],
        [1, 0, 1.5],
        [1, 0, 1.2],
      ],
      [1, 3],
    );
    expect([...t.slice(0, 2)]).toEqual([Number.POSITIVE_INFINITY, 0]);
    expect(clusters.map(({ cells }) => cells)).toEqual([[0], [2]]);
    // The last cell of a row is no neighbour of the first of the next.
    const rows = [0, 1, 2, 3].map((unit) => [0, 5 + unit, 5 + unit, 0]);
    expect(clusterPermutation(rows, [2, 2]).clusters.map(({ cells }) => cells)).toEqual([[1], [2]]);
    expect(() => clusterPermutation([[1], [2, 3]], [1, 1])).toThrow('maps[1]');
    expect(() => clusterPermutation([[1], [Number.NaN]], [1, 1])).toThrow(BadInput);
    expect(() => clusterPermutation([[1], [2]], [1, 1], { threshold: -1 })).toThrow(BadInput);
    expect(() => clusterPermutation([[1]], [1, 1])).toThrow(NotEnoughSamples);
  });

  test('rejects in 5 % of maps in which there is nothing', () => {
    const { uniform } = createRandom('false clusters');
    let rejected = 0;
    for (let i = 0; i < 300; i++) {
      // Neighbouring cells resemble one another, as layers do.
      const maps = Array.from({ length: 10 }, () => {
        const common = uniform() - 0.5;
        return Array.from({ length: 12 }, () => common + uniform() - 0.5);
      });
      const { clusters } = clusterPermutation(maps, [3, 4], { permutations: 199, seed: i });
      if ((clusters[0]?.p ?? 1) <= 0.05) rejected++;
    }
    // 99.9 % of a binomial distribution with n = 300 and 5 %: 4 … 29.
    expect(rejected).toBeGreaterThanOrEqual(4);
    expect(rejected).toBeLessThanOrEqual(29);
  });
});

describe('correlation', () => {
  const { x, y, z, w, tied, ...expected } = golden.correlations;
  const numbers = ({ r, p, interval }: ReturnType<typeof pearson>) => [r, p, interval!.low, interval!.high];

  test('agrees with SciPy to 10 digits, and partial correlation with pingouin', () => {
    const cases = [
      [numbers(pearson(x, y)), expected.pearson],
      [numbers(spearman(x, tied)).slice(0, 2), expected.spearman],
      [numbers(partialCorrelation(x, y, [z])), expected.partial_z],
      [numbers(partialCorrelation(x, y, [z, w])), expected.partial_zw],
    ];
    for (const [actual, values] of cases)
      for (const [i, value] of values.entries()) expectRelative(actual[i], value, 1e-10, values);
    expect(partialCorrelation(x, y, [z, w]).df).toBe(11);
  });

  test('degenerate cases', () => {
    expect(pearson([1, 2, 3], [4, 4, 4])).toMatchObject({ r: Number.NaN, p: Number.NaN, interval: null });
    expect(pearson([1, 2, 3], [2, 4, 6])).toMatchObject({ r: 1, p: 0, df: 1, interval: null });
    expect(pearson([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]).interval).toMatchObject({ low: -1, high: -1 });
    expect(pearson([0.1, 0.1, 0.1], [1, 2, 3]).r).toBeNaN();
    expect(partialCorrelation(x, y, [x]).r).toBeNaN();
    expect(partialCorrelation(x, y, [z, z.map((value: number) => 3 * value + 1)]).r).toBeCloseTo(
      expected.partial_z[0],
      10,
    );
    expect(ranksOf([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]);
    expect(() => pearson([1, 2], [1, 2])).toThrow(NotEnoughSamples);
    expect(() => partialCorrelation([1, 2, 3], [1, 3, 2], [[1, 2, 4]])).toThrow(NotEnoughSamples);
    expect(() => pearson([1, 2, Number.NaN], [1, 2, 3])).toThrow(BadInput);
    expect(() => pearson([1, 2, 3], [1, 2])).toThrow(BadInput);
  });

  test('does not depend on unit and origin', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 15, maxLength: 15 }),
        fc.integer({ min: 1, max: 1000 }),
        (values, scale) => {
          const here = pearson(values, y).r;
          const there = pearson(
            values.map((value) => scale * value + 7),
            y,
          ).r;
          if (Number.isNaN(here)) expect(there).toBeNaN();
          else expect(there).toBeCloseTo(here, 10);
        },
      ),
    );
  });
});
