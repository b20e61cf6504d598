import { expect, test } from 'vitest';
import { normalCdf, normalQuantile } from './distributions.ts';

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
