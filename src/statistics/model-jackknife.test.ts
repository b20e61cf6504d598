// Against a slow loop over models, and what must hold. How often such intervals hold a planted truth:
// test/model-pairs-coverage.test.ts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { partialCorrelation, pearson, spearman } from './correlation.ts';
import { correlateOverModels } from './model-jackknife.ts';
import type { ModelPairNames } from './relabel-models.ts';

interface Row {
  readonly a: string;
  readonly b: string;
  readonly synchrony: number;
  readonly performance: number;
  readonly IFEval: number;
}
const golden: { readonly pairs: readonly Row[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/statistics/correlation.json'), 'utf8'),
);
const rows = golden.pairs;
const names = (of: readonly Row[]) => of.map(({ a, b }): ModelPairNames => [a, b]);
const column = (of: readonly Row[], key: 'synchrony' | 'performance' | 'IFEval') => of.map((row) => row[key]);

/** Two-sided 0.05 of Student's t with 5 degrees of freedom, from a table. */
const T5 = 2.5705818366147395;

/** r of the rows, as each statistic has it. */
const statistics = {
  pearson: (of: readonly Row[]) => pearson(column(of, 'synchrony'), column(of, 'performance')).r,
  spearman: (of: readonly Row[]) => spearman(column(of, 'synchrony'), column(of, 'performance')).r,
  partial: (of: readonly Row[]) =>
    partialCorrelation(column(of, 'synchrony'), column(of, 'performance'), [column(of, 'IFEval')]).r,
};
const options = {
  pearson: {},
  spearman: { ranks: true },
  partial: { given: [column(rows, 'IFEval')] },
};

describe.each(['pearson', 'spearman', 'partial'] as const)('%s over six models', (statistic) => {
  const found = correlateOverModels(
    names(rows),
    column(rows, 'synchrony'),
    column(rows, 'performance'),
    options[statistic],
  );

  it('is the plain one, with an interval by leaving out each model', () => {
    const z = (r: number) => 0.5 * Math.log((1 + r) / (1 - r));
    const without = ['m1', 'm2', 'm3', 'l1', 'l2', 'l3'].map((model) =>
      z(statistics[statistic](rows.filter(({ a, b }) => a !== model && b !== model))),
    );
    const mean = without.reduce((sum, value) => sum + value) / 6;
    const variance = without.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 6;
    const error = Math.sqrt(5 * variance);
    const r = statistics[statistic](rows);
    expect(found.r).toBe(r);
    expect(found.n).toBe(21);
    expect(found.interval).toMatchObject({
      ...{ kind: 'models-jackknife-t', degreesOfFreedom: 5, groups: 6, level: 0.95 },
    });
    expect(found.interval?.standardError).toBeCloseTo(error, 12);
    expect(found.interval?.low).toBeCloseTo(Math.tanh(z(r) - T5 * error), 9);
    expect(found.interval?.high).toBeCloseTo(Math.tanh(z(r) + T5 * error), 9);
  });

  it('does not depend on the order of pairs, nor of the names in a pair', () => {
    const order = rows.map((_, i) => (8 * i + 3) % 21);
    const moved = order.flatMap((i) => rows[i] ?? []);
    const turned = names(moved).map(([a, b]): ModelPairNames => [b, a]);
    const again = correlateOverModels(turned, column(moved, 'synchrony'), column(moved, 'performance'), {
      ...options[statistic],
      ...(statistic === 'partial' && { given: [column(moved, 'IFEval')] }),
    });
    expect(again.interval?.low).toBeCloseTo(found.interval?.low ?? Number.NaN, 12);
    expect(again.interval?.high).toBeCloseTo(found.interval?.high ?? Number.NaN, 12);
  });
});

describe('there is no interval', () => {
  const intervalOf = (chosen: readonly Row[], given?: number[]) =>
    correlateOverModels(names(chosen), column(chosen, 'synchrony'), column(chosen, 'performance'), {
      ...(given && { given: [given] }),
    }).interval;

  it('with fewer than four models', () => {
    const of = (models: string) => rows.filter(({ a, b }) => models.includes(a) && models.includes(b));
    expect(intervalOf(of('m1 m2 m3'))).toBeNull();
    expect(intervalOf(of('m1 m2 m3 l1'))).not.toBeNull();
  });

  it('where too few pairs are left without a model', () => {
    // Every pair of five models with m1: without m1 nothing is left.
    expect(intervalOf(rows.filter(({ a, b }) => (a === 'm1') !== (b === 'm1')))).toBeNull();
    // Four models without their pairs with themselves: three pairs are left.
    const four = rows.filter(({ a, b }) => a !== b && !`${a}${b}`.match(/l[23]/));
    expect(four).toHaveLength(6);
    expect(intervalOf(four)).toBeNull();
    // Of ten pairs of four models six are left, which are enough for one variable held fixed.
    const all = rows.filter(({ a, b }) => !`${a}${b}`.match(/l[23]/));
    expect(intervalOf(all, column(all, 'IFEval'))).not.toBeNull();
  });

  it('where r is not there without a model, or is 1', () => {
    const flat = rows.map((row) => (`${row.a}${row.b}`.includes('m1') ? row : { ...row, synchrony: 0.5 }));
    expect(intervalOf(flat)).toBeNull();
    expect(intervalOf(rows.map((row) => ({ ...row, synchrony: 2 * row.performance })))).toBeNull();
  });
});
