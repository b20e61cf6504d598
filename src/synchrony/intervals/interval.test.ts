import { expect, test } from 'vitest';
import { readGolden } from '../../../test/read-golden.ts';
import { intervalOf, normalCdf, normalQuantile } from './interval.ts';

test('percentile and BCa of a mean are those of scipy.stats.bootstrap on the same draws', async () => {
  const { doubles } = await readGolden('bootstrap/golden.safetensors');
  const [values, draws] = [await doubles('skewed'), await doubles('skewed_draws')];
  const total = values.reduce((sum, value) => sum + value, 0);
  const leaveOneOut = values.map((value) => (total - value) / (values.length - 1));
  const interval = intervalOf({ estimate: total / values.length, draws, leaveOneOut });
  for (const [i, end] of (await doubles('skewed_percentile')).entries())
    expect(interval.percentile[i]).toBeCloseTo(end, 12);
  for (const [i, end] of (await doubles('skewed_bca')).entries())
    expect(interval.bca![i]).toBeCloseTo(end, 12);
  // BCa follows the skew: it is not the percentile interval.
  expect(interval.bca![0] - interval.percentile[0]).toBeGreaterThan(0.4);
});

test('Φ of what is no number is no number, and comes to an end', () => {
  expect(normalCdf(Number.NaN)).toBeNaN();
});

test.each([
  // scipy.stats.norm.cdf
  [-8, 6.22096057427178e-16],
  [-3, 0.0013498980316300933],
  [-0.5, 0.3085375387259869],
  [0, 0.5],
  [1.959963984540054, 0.975],
  [6, 0.9999999990134123],
  [12, 1],
])('Φ(%d) = %d', (x, p) => {
  expect(Math.abs(normalCdf(x) - p)).toBeLessThan(1e-15);
  if (p > 1e-4 && p < 0.9999) expect(normalQuantile(p)).toBeCloseTo(x, 12);
});

test('the quantile of nothing and of everything', () => {
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
});

const range = (length: number) => Float64Array.from({ length }, (_, i) => i);

test('BCa is null where it is not defined, and a constant has no width', () => {
  expect(intervalOf({ estimate: 7, draws: range(5), leaveOneOut: range(3) }).bca).toBe(null);
  // All the weight in one group: the acceleration is so large that the transformation passes its pole.
  const lopsided = Float64Array.of(1, ...new Array(99).fill(0));
  const draws = range(1000);
  expect(intervalOf({ estimate: 0, draws, leaveOneOut: lopsided }, 0.99999999).bca).toBe(null);
  const constant = new Float64Array(10).fill(0.4);
  expect(intervalOf({ estimate: 0.4, draws: constant, leaveOneOut: constant })).toEqual({
    estimate: 0.4,
    standardError: 0,
    percentile: [0.4, 0.4],
    bca: [0.4, 0.4],
  });
});

test('what is not an interval is refused', () => {
  const replicates = { estimate: 0, draws: range(3), leaveOneOut: range(3) };
  expect(() => intervalOf(replicates, 1)).toThrow('a coverage of 1');
  expect(() => intervalOf({ ...replicates, draws: range(0) })).toThrow('no bootstrap draws');
});

test('answers NaN with NaN, and does not look for it forever', () => {
  expect(normalCdf(Number.NaN)).toBeNaN();
});
