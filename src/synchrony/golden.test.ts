// The whole way from states to R² against scikit-learn in float64 (scripts/golden_synchrony.py).

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FIXTURES, readFixture } from '../../test/synchrony-fixtures.ts';
import { openGemm } from '../numerics/gemm.ts';
import { measureConditions, measureSynchrony } from './measure.ts';
import type { PlanReport } from './options.ts';
import { sampleTargets } from './ridge/cross-validation.ts';
import { foldLosses } from './ridge/fold-losses.ts';
import { foldRows } from './ridge/inner-folds.ts';

const options = {
  condition: 'interactive',
  direction: 'A->B',
  sourceModel: 'source',
  targetModel: 'target',
  groupBy: 'interaction',
  lambda: 0.1,
} as const;

const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.safetensors'));

test('there are fixtures', () => {
  const all = ['constant', 'dual', 'massive', 'penalties', 'spikes', 'square'];
  expect(names).toEqual(all.map((name) => `${name}.safetensors`));
});

const cases = names.flatMap((name) =>
  (['direct', 'trace'] as const).map((method) => [name, method] as const),
);

test.each(
  cases,
)('%s, %s: R² within 1e-6 of scikit-learn, and the condition number of numpy', async (name, method) => {
  const { x, y, splits, r2, condition } = await readFixture(name);
  let report: PlanReport | undefined;
  const onPlan = (plan: PlanReport) => {
    report = plan;
  };
  const result = await measureSynchrony(x, y, { ...options, splits, method, onPlan });
  expect(report?.method).toBe(method);
  const actual = result.r2.flatMap((plane) => [...plane]);
  expect(actual).toHaveLength(r2.length);
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - r2[i]!)));
  console.log(
    `${name}, ${method}: max |ΔR²| = ${worst.toExponential(2)}, ${report?.float64Fits} fits in float64`,
  );
  expect(worst).toBeLessThanOrEqual(1e-6);
  // Where n ≈ D float32 would not do; everywhere else the trace form itself gave these numbers.
  if (!name.startsWith('square')) expect(report?.float64Fits).toBe(0);
  for (const [i, estimate] of result.conditionNumbers.flat().entries()) {
    expect(estimate / condition[i]!).toBeLessThan(1.001);
    expect(estimate / condition[i]!).toBeGreaterThan(0.9);
  }
});

const largest = (actual: readonly Float64Array[], expected: Float64Array) => {
  const values = actual.flatMap((plane) => [...plane]);
  expect(values).toHaveLength(expected.length);
  return Math.max(...values.map((value, i) => Math.abs(value - expected[i]!)));
};

test.each([
  'direct',
  'trace',
] as const)('%s: several penalties, and a subset of the test rows', async (method) => {
  const { x, y, splits, rows, doubles } = await readFixture('penalties.safetensors');
  const lambda = [...(await doubles('lambdas'))];
  const subset = await Promise.all(splits.map((_, s) => rows(`subset_${s}`)));
  // The two splits test on different rows, so that a row number says which split is meant.
  const chosen = new Set(
    splits.flatMap(({ test: held }, s) => subset[s]!.map((position) => `${s}/${held[position]}`)),
  );
  const subsets = splits.map((split, s) => ({
    name: `split ${s}`,
    includes: (sample: number) => chosen.has(`${s}/${sample}`) || !split.test.includes(sample),
  }));
  const target = { target: y, condition: 'interactive', targetModel: 'target' };
  const measured = await measureConditions(x, [target, target], {
    ...options,
    lambda,
    splits,
    subsets,
    method,
  });
  const expected = await doubles('r2_lambda');
  const partial = await doubles('r2_subset');
  for (const { result, subsets: parts } of measured) {
    const planes = [result.r2, ...result.variants!.map(({ r2 }) => r2)].flat();
    expect(largest(planes, expected)).toBeLessThanOrEqual(1e-6);
    expect(result.variants!.map((variant) => variant.lambda)).toEqual(lambda.slice(1));
    for (const [s, part] of parts.entries()) {
      expect(part.testSamples[s]).toBe(10);
      const size = partial.length / splits.length;
      expect(largest([part.r2[s]!], partial.slice(s * size, (s + 1) * size))).toBeLessThanOrEqual(1e-6);
    }
  }
});

test('cross-validation without refitting gives what refitting gives', async () => {
  const { x, y, splits, rows, doubles } = await readFixture('penalties.safetensors');
  const [lambdas, expected] = [[...(await doubles('lambdas'))], await doubles('cv_loss')];
  const gemm = await openGemm();
  const losses: number[] = [];
  for (const [s, split] of splits.entries()) {
    const folds = foldRows(split);
    const ofRow = new Map((await rows(`folds_${s}`)).map((fold, i) => [split.train[i], fold]));
    const here = folds.rows.map((row) => ofRow.get(row));
    // The same partition; how the folds are numbered does not matter.
    for (const [fold, begin] of folds.bounds.slice(0, -1).entries())
      expect(new Set(here.slice(begin, folds.bounds[fold + 1])).size).toBe(1);
    const targets = await sampleTargets(y, folds.rows);
    for (let layer = 0; layer < x.layers; layer++)
      losses.push(
        ...(await foldLosses(await x.read(layer), targets, folds, lambdas, gemm)).map(({ loss }) => loss),
      );
  }
  await gemm.close();
  expect(losses).toHaveLength(expected.length);
  for (const [i, loss] of losses.entries()) expect(Math.abs(loss - expected[i]!)).toBeLessThan(1e-5);
});

test('the maps of cv are those of the λ that was chosen, alone and beside another', async () => {
  const { x, y, splits } = await readFixture('penalties.safetensors');
  const result = await measureSynchrony(x, y, { ...options, splits, lambda: [0.1, 'cv'] });
  const [variant] = result.variants!;
  expect([result.lambda, variant!.lambda]).toEqual([0.1, 'cv']);
  // The noisy layer wants a larger penalty.
  const chosen = variant!.chosenLambdas!;
  for (const lambdas of chosen) expect(lambdas[1]).toBeGreaterThan(lambdas[0]!);
  for (const [s, lambdas] of chosen.entries())
    for (const [layer, lambda] of lambdas.entries()) {
      const alone = await measureSynchrony(x, y, { ...options, splits, lambda });
      for (const cell of [2 * layer, 2 * layer + 1])
        expect(Math.abs(alone.r2[s]![cell]! - variant!.r2[s]![cell]!)).toBeLessThan(1e-6);
    }
  const own = await measureSynchrony(x, y, { ...options, splits, lambda: 'cv' });
  expect([own.lambda, own.variants, own.chosenLambdas]).toEqual(['cv', undefined, chosen]);
  for (const [i, r2] of own.meanR2.entries()) expect(Math.abs(r2 - variant!.meanR2[i]!)).toBeLessThan(1e-6);
  const bare = splits.map(({ trainGroupSizes: _, ...split }) => split);
  await expect(measureSynchrony(x, y, { ...options, splits: bare, lambda: 'cv' })).rejects.toThrow(
    'groups end',
  );
});
