// Mixed models against statsmodels (scripts/golden_mixed_model.py), and what must hold whatever the numbers are.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { fitMixedModel } from './mixed-model.ts';

interface Golden {
  readonly y: number[];
  readonly fixed: Record<string, number[]>;
  readonly random: Record<string, string[]>;
  readonly estimates: number[];
  readonly standardErrors: number[];
  readonly jointErrors: number[];
  readonly variances: Record<string, number>;
  readonly logLikelihood: number;
  readonly degreesOfFreedom: number[];
}

const golden: Record<string, Golden> = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../fixtures/statistics/mixed-model.json'), 'utf8'),
);

describe.each(Object.entries(golden))('%s', (name, expected) => {
  const model = fitMixedModel(expected);

  it('has statsmodels’ estimates and errors', () => {
    for (const [j, { estimate, standardError }] of model.fixed.entries()) {
      // At the edge their optimisers stop a little before it.
      const digits = name === 'edge' ? 4 : 5;
      expect(estimate).toBeCloseTo(expected.estimates[j]!, digits);
      expect(standardError).toBeCloseTo(expected.standardErrors[j]!, digits);
      // Theirs are of the joint Hessian, that of the variances included.
      if (name !== 'edge') expect(Math.abs(standardError / expected.jointErrors[j]! - 1)).toBeLessThan(0.02);
    }
    expect(model.residual ** 2).toBeCloseTo(expected.variances['residual']!, 4);
    for (const { name: factor, sd } of model.random)
      expect(Math.abs(sd ** 2 - expected.variances[factor]!)).toBeLessThan(1e-3);
    if (name === 'edge') expect(model.random[1]?.sd).toBe(0);
  });

  it('is at least as likely as statsmodels’ model', () => {
    expect(model.deviance).toBeLessThan(-2 * expected.logLikelihood + 1e-6);
    expect(model.deviance).toBeCloseTo(-2 * expected.logLikelihood, name === 'edge' ? 2 : 4);
  });

  it('has Satterthwaite’s degrees of freedom', () => {
    for (const [j, { degreesOfFreedom }] of model.fixed.entries())
      expect(Math.abs(degreesOfFreedom / expected.degreesOfFreedom[j]! - 1)).toBeLessThan(2e-3);
  });

  it('does not depend on the order of rows or of factors', () => {
    const order = createRandom(name).shuffle([...expected.y.keys()]);
    const take = <T>(values: readonly T[]) => order.map((row) => values[row]!);
    const turned = fitMixedModel({
      y: take(expected.y),
      fixed: Object.fromEntries(Object.entries(expected.fixed).map(([key, values]) => [key, take(values)])),
      random: Object.fromEntries(
        Object.entries(expected.random)
          .toReversed()
          .map(([key, values]) => [key, take(values)]),
      ),
    });
    for (const [j, { estimate, p }] of turned.fixed.entries()) {
      expect(estimate).toBeCloseTo(model.fixed[j]!.estimate, 5);
      expect(p).toBeCloseTo(model.fixed[j]!.p, 4);
    }
  });
});

it('without factors it is least squares', () => {
  const x = [1, 2, 3, 4, 5, 6];
  const y = [2.1, 3.9, 6.2, 7.8, 10.1, 11.9];
  const { fixed, residual } = fitMixedModel({ y, fixed: { intercept: x.map(() => 1), x }, random: {} });
  // Slope 5.98571…: Σ(x − 3.5)(y − 7) / Σ(x − 3.5)² = 34.6 / 17.5
  const slope = x.reduce((sum, one, i) => sum + (one - 3.5) * y[i]!, 0) / 17.5;
  expect(fixed[1]?.estimate).toBeCloseTo(slope, 10);
  const rest = y.reduce((sum, one, i) => sum + (one - 7 - slope * (x[i]! - 3.5)) ** 2, 0);
  expect(residual).toBeCloseTo(Math.sqrt(rest / 4), 10);
  expect(fixed[1]?.degreesOfFreedom).toBeCloseTo(4, 3);
});

it('refuses what it cannot fit, in words', () => {
  const fixed = { intercept: [1, 1, 1, 1, 1], x: [1, 2, 3, 4, 5] };
  const y = [1, 2, 1, 3, 2];
  expect(() => fitMixedModel({ y: [1, Number.NaN, 1, 3, 2], fixed, random: {} })).toThrow(
    'y[1]: NaN is no number',
  );
  expect(() => fitMixedModel({ y: y.slice(0, 3), fixed, random: {} })).toThrow('intercept');
  const twice = { ...fixed, again: [2, 4, 6, 8, 10] };
  expect(() => fitMixedModel({ y, fixed: twice, random: {} })).toThrow('depends on the others');
  const each = { row: ['a', 'b', 'c', 'd', 'e'] };
  expect(() => fitMixedModel({ y, fixed, random: each })).toThrow('rows per level of row');
});
