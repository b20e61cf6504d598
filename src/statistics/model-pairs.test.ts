// Against SciPy, pingouin and a loop over all relabellings (scripts/golden_correlation.py), what n the published
// correlations can carry, and what must hold for all inputs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { BadInput } from '../errors.ts';
import { createRandom } from '../numerics/random.ts';
import { correlationFrom, pearson } from './correlation.ts';
import { familyGroups } from './families.ts';
import { correlateModelPairs, type ModelPair } from './model-pairs.ts';
import { qap } from './qap.ts';
import { relabelModels } from './relabel-models.ts';

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/statistics/correlation.json'), 'utf8'),
);

const pairs: ModelPair[] = golden.pairs.map(
  (row: Record<'a' | 'b', string> & Record<'synchrony' | 'performance' | 'IFEval' | 'MuSR', number>) => ({
    models: [row.a, row.b],
    synchrony: row.synchrony,
    performance: row.performance,
    dimensions: { goal: row.performance, believability: 2 * row.performance - row.IFEval, secret: 0 },
    abilities: { IFEval: row.IFEval, MuSR: row.MuSR },
  }),
);

const digits = (actual: readonly (number | undefined)[], expected: readonly number[]) => {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 10);
};

describe('correlations over model pairs', () => {
  const groups = correlateModelPairs(pairs, { families: golden.families });

  it('are by family in the order of the study, across families, and overall', () => {
    expect(groups.map(({ group, pairs: own }) => [group, own.length])).toEqual([
      ['mistral', 6],
      ['llama', 6],
      ['cross', 9],
      ['overall', 21],
    ]);
  });

  test.each(
    groups.map((group) => [group.group, group] as const),
  )('%s agrees with SciPy and pingouin', (name, group) => {
    const expected = golden.groups[name];
    const { correlation, qap: permuted } = group.pearson;
    digits([correlation!.r, correlation!.p], expected.pearson.slice(0, 2));
    expect(permuted).toMatchObject({ permutations: expected.labellings - 1, exact: true });
    digits([permuted!.p, group.spearman.qap!.p], [expected.pearson_qap, expected.spearman_qap]);
    digits([group.spearman.correlation!.r, group.spearman.correlation!.p], expected.spearman);
    expect(group.partial.map(({ given }) => given)).toEqual(['IFEval', 'MuSR']);
    for (const { given, correlation: partial, qap: of } of group.partial) {
      const [r, p, , , permutedP] = expected.partial[given];
      digits([partial!.r, partial!.p, of!.p], [r, p, permutedP]);
    }
    for (const { model, correlation: rest } of group.leaveOneOut) {
      const { [model]: without } = expected.without;
      if (without) digits([rest!.r, rest!.p], without);
      else expect(rest).toBeNull();
    }
  });

  it('tell every dimension, adjusted over those that differ between pairs, and name the rest', () => {
    const [mistral] = groups;
    expect(mistral!.dimensions.map(({ name }) => name)).toEqual(['goal', 'believability', 'secret']);
    const [goal, believability, secret] = mistral!.dimensions;
    expect(goal!.correlation).toEqual(mistral!.pearson.correlation);
    expect(secret!.correlation!.r).toBeNaN();
    const [low, high] = [goal!, believability!]
      .map(({ correlation }) => correlation!.p)
      .sort((a, b) => a - b);
    expect(Math.min(goal!.adjustedP, believability!.adjustedP)).toBeCloseTo(Math.min(2 * low!, high!), 12);
    expect(mistral!.warnings).toContain('the same for all pairs, so without r: secret');
  });

  it('warn where n is too small for what is asked', () => {
    const warningsFor = (count: number) =>
      correlateModelPairs(pairs.slice(0, count)).map(({ warnings }) => warnings.join('; '))[0];
    expect(correlateModelPairs([])).toMatchObject([{ group: 'overall', pearson: { correlation: null } }]);
    expect(warningsFor(2)).toMatch(/^n = 2: a correlation needs 3 pairs/);
    expect(warningsFor(3)).toMatch(/n = 3: one degree of freedom.*partial correlation needs 4/);
    expect(warningsFor(4)).toMatch(/n = 4: 2 degrees.*partial correlations have one degree/);
    expect(groups[0]!.warnings[0]).toMatch(/n = 6: 4 degrees of freedom/);
    expect(groups[0]!.warnings.join()).toMatch(
      /6 labellings of the models: p by permutation cannot be below 0.167/,
    );
    expect(groups[3]!.warnings).toEqual(['the same for all pairs, so without r: secret']);
    const flat = pairs.map((pair) => ({ ...pair, synchrony: 0.5 }));
    expect(correlateModelPairs(flat)[0]!.warnings.join()).toMatch(/same for all pairs: there is no r/);
  });

  it('leave a benchmark out that is not known of all pairs of a group', () => {
    const partly = pairs.map((pair) => (pair.models.includes('l3') ? { ...pair, abilities: {} } : pair));
    const given = correlateModelPairs(partly, { families: golden.families }).map(
      ({ partial }) => partial.length,
    );
    expect(given).toEqual([2, 0, 0, 0]);
  });
});

describe('what the published correlations say', () => {
  test('p and interval follow from r and n alone', () => {
    for (const { r, n, given, p, interval } of golden.published) {
      const found = correlationFrom(r, n, given === 'plain' ? 0 : 1);
      digits([found.p, found.interval?.low, found.interval?.high], [p, ...interval]);
    }
  });

  test('two of the six partial correlations are not significant, and a third hangs on its rounding', () => {
    const partial = golden.published.filter(({ given }: { given: string }) => given !== 'plain');
    const ps = partial.map(({ r, n }: { r: number; n: number }) => correlationFrom(r, n, 1).p);
    const insignificant = partial.filter((_: unknown, i: number) => ps[i] > 0.05);
    expect(insignificant).toMatchObject([
      { family: 'mistral', given: 'IFEval', r: 0.81 },
      { family: 'llama', given: 'IFEval', r: 0.27 },
    ]);
    expect(correlationFrom(0.71, 9, 1).p).toBeLessThan(0.05);
    expect(correlationFrom(0.705, 9, 1).p).toBeGreaterThan(0.05);
    // The plain ones are as the paper says.
    expect([0.88, 0.99].map((r) => correlationFrom(r, 6).p < 0.05)).toEqual([true, true]);
    expect(correlationFrom(0.89, 9).p).toBeGreaterThan(0.001);
  });

  test('an r that is none is refused', () => {
    expect(() => correlationFrom(1.2, 9)).toThrow(BadInput);
    expect(() => correlationFrom(0.5, 3, 1)).toThrow('correlation');
  });
});

describe('relabelling models', () => {
  const all = (n: number) =>
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n - i }, (_, j) => [`m${i}`, `m${i + j}`] as const),
    ).flat();

  it('takes all permutations up to 7 models and random ones beyond', () => {
    expect(relabelModels(all(4))).toMatchObject({ exact: true, models: 4 });
    expect(relabelModels(all(4)).orders).toHaveLength(23);
    expect(relabelModels(all(7)).orders).toHaveLength(5039);
    const sampled = relabelModels(all(8), { permutations: 200, seed: 4 });
    expect(sampled.exact).toBe(false);
    expect(sampled.orders).toHaveLength(200);
    expect(sampled).toEqual(relabelModels(all(8), { permutations: 200, seed: 4 }));
    expect(sampled.orders).not.toEqual(relabelModels(all(8), { permutations: 200, seed: 5 }).orders);
  });

  it('keeps pairs of a model with itself among themselves, whatever the pairs', () => {
    fc.assert(
      fc.property(fc.subarray(all(5), { minLength: 1 }), fc.boolean(), (some, kinds) => {
        const kindOf = (model: string) => (kinds && model > 'm2' ? 'late' : 'early');
        for (const order of relabelModels(some, { kindOf }).orders) {
          expect([...order].sort((a, b) => a - b)).toEqual(some.map((_, i) => i));
          for (const [i, place] of order.entries()) {
            const [own, other] = [some[i]!, some[place]!];
            expect(own[0] === own[1]).toBe(other[0] === other[1]);
            if (kinds) expect(own.map(kindOf).sort()).toEqual(other.map(kindOf).sort());
          }
        }
      }),
    );
  });

  it('refuses a pair that stands twice and no permutations', () => {
    expect(() => relabelModels([['a', 'b'], ['b', 'a']])).toThrow(BadInput); // biome-ignore format: short
    expect(() => relabelModels(all(3), { permutations: 0 })).toThrow(BadInput);
  });

  it('finds nothing to relabel in a pair, and then there is no test', () => {
    const some = relabelModels([['a', 'a'], ['a', 'b'], ['b', 'c']]); // biome-ignore format: short
    expect(some.orders).toEqual([]);
    expect(qap([1, 2, 3], [1, 3, 2], some)).toBeNull();
  });

  test('p by sampling comes close to the exact one', () => {
    const { uniform } = createRandom('qap');
    const skill = Array.from({ length: 8 }, uniform);
    const values = () =>
      all(8).map(([a, b]) => skill[Number(a[1])]! + skill[Number(b[1])]! + 2.5 * uniform());
    const [x, y] = [values(), values()];
    const [few, many] = [500, 4000].map(
      (permutations) => qap(x, y, relabelModels(all(8), { permutations }))!.p,
    );
    expect(many).toBeGreaterThan(0.001);
    expect(Math.abs(few! - many!)).toBeLessThan(5 * Math.sqrt((many! * (1 - many!)) / 500) + 0.002);
  });

  test('rejects seldom where models differ in both values independently, where plain p rejects too often', () => {
    const { uniform } = createRandom('qap null');
    const six = all(6);
    const relabellings = relabelModels(six);
    let byPermutation = 0;
    let byT = 0;
    const experiments = 300;
    for (let k = 0; k < experiments; k++) {
      const [s, t] = [0, 1].map(() => Array.from({ length: 6 }, uniform));
      const of = (level: readonly number[]) =>
        six.map(([a, b]) => level[Number(a[1])]! + level[Number(b[1])]!);
      const [x, y] = [of(s!), of(t!)];
      if (qap(x, y, relabellings)!.p <= 0.05) byPermutation++;
      if (pearson(x, y).p <= 0.05) byT++;
    }
    // 99.9 % of a binomial distribution with n = 300 and 5 % ends at 28.
    expect(byPermutation).toBeLessThanOrEqual(28);
    expect(byPermutation).toBeGreaterThanOrEqual(4);
    expect(byT).toBeGreaterThan(60);
  });
});

describe('family groups', () => {
  it('put pairs with a model of no family under overall alone', () => {
    const groups = familyGroups(pairs, { mistral: ['m1', 'm2'], llama: ['l1'] });
    expect([...groups].map(([name, own]) => [name, own.length])).toEqual([
      ['mistral', 3],
      ['llama', 1],
      ['cross', 2],
      ['overall', 21],
    ]);
    expect([...familyGroups(pairs, {}).keys()]).toEqual(['overall']);
  });

  it('refuse a model of two families and the names of the other groups', () => {
    expect(() => familyGroups(pairs, { a: ['m1'], b: ['m1'] })).toThrow('m1 stands here and in a');
    expect(() => familyGroups(pairs, { cross: ['m1'] })).toThrow(BadInput);
  });
});
