// R² weighted by the target's variance, against scikit-learn (scripts/golden_sensitivity.py).

import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES, readFixture } from '../../test/synchrony-fixtures.ts';
import { matrixOf } from '../numerics/matrix.ts';
import { createRandom } from '../numerics/random.ts';
import { parseSafetensorsHeader, readTensorBytes } from '../numerics/safetensors.ts';
import { arrayLayers, type LayerSource } from '../pairs/layers.ts';
import { measureConditions, measureSynchrony } from './measure.ts';
import { standardisationOf, standardiseRows64 } from './networks/standardise.ts';
import type { PlanReport } from './options.ts';
import { meanR2 } from './ridge/r2.ts';

const GOLDEN = resolve(FIXTURES, '../sensitivity');

const options = {
  direction: 'A->B',
  sourceModel: 'source',
  groupBy: 'interaction',
  lambda: 0.1,
} as const;

const all = { name: 'by variance', includes: () => true, weighting: 'variance' } as const;

test.each(
  readdirSync(FIXTURES).flatMap((name) => [
    [name, 'direct'],
    [name, 'trace'],
  ]),
)('%s, %s', async (name, method) => {
  const { x, y, splits } = await readFixture(name);
  const header = await parseSafetensorsHeader(join(GOLDEN, name));
  const expected = new Float64Array(
    (await readTensorBytes(header.path, header.tensors.get('r2_variance')!)).buffer,
  );
  let report: PlanReport | undefined;
  const target = { target: y, condition: 'interactive', targetModel: 'target' };
  const [measured] = await measureConditions(x, [target], {
    ...options,
    splits,
    subsets: [all],
    method: method as 'direct' | 'trace',
    onPlan: (plan) => {
      report = plan;
    },
  });
  expect(report?.method).toBe(method);
  const found = measured!.subsets[0]!.r2.flatMap((plane) => [...plane]);
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of found.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5);
  // Not what the uniform average says.
  const uniform = measured!.result.r2.flatMap((plane) => [...plane]);
  if (name.startsWith('massive'))
    expect(Math.max(...uniform.map((r2, i) => Math.abs(r2 - found[i]!)))).toBeGreaterThan(0.01);
});

test('with nothing but constants it is the uniform average, as in scikit-learn', () => {
  const actual = matrixOf(3, 2, Float64Array.of(1, 2, 1, 2, 1, 2));
  const predicted = matrixOf(3, 2, Float64Array.of(1, 3, 1, 3, 1, 3));
  expect(meanR2(actual, predicted, 'variance')).toBe(0.5);
  // One that varies is all that counts.
  expect(
    meanR2(
      matrixOf(2, 2, Float64Array.of(0, 2, 2, 2)),
      matrixOf(2, 2, Float64Array.of(0, 9, 1, 9)),
      'variance',
    ),
  ).toBe(0.5);
});

test('standardised targets have the same R²: the penalty is one for all dimensions, and R² has no scale', async () => {
  const { x, y, splits } = await readFixture('massive.safetensors');
  const [split] = splits;
  const standardised: LayerSource = {
    ...y,
    read: async (layer) => {
      const rows = Array.from({ length: y.samples }, (_, row) => row);
      const values = await y.read(layer);
      return standardiseRows64(values, rows, standardisationOf(values, split!.train));
    },
  };
  const measure = (target: LayerSource) =>
    measureSynchrony(x, target, {
      ...options,
      condition: 'interactive',
      targetModel: 'target',
      splits: [split!],
      method: 'direct',
    });
  const [plain, scaled] = [await measure(y), await measure(standardised)];
  for (const [cell, r2] of scaled.r2[0]!.entries()) expect(r2).toBeCloseTo(plain.r2[0]![cell]!, 9);
});

test('a subset may be another one in every split', async () => {
  const { uniform } = createRandom('states');
  const layer = () => arrayLayers([matrixOf(40, 3, Float32Array.from({ length: 120 }, uniform))]);
  const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  const split = { train: rows(0, 20), test: rows(20, 40), trainGroups: [], testGroups: [] };
  const subset = { name: 'half', includes: (row: number, s: number) => (s === 0 ? row < 28 : row >= 28) };
  const target = { target: layer(), condition: 'interactive', targetModel: 'target' };
  const [measured] = await measureConditions(layer(), [target], {
    ...options,
    splits: [
      { ...split, seed: 0 },
      { ...split, seed: 1 },
    ],
    subsets: [subset],
  });
  expect(measured!.subsets[0]!.testSamples).toEqual([8, 12]);
  expect(measured!.subsets[0]!.r2[0]).not.toEqual(measured!.subsets[0]!.r2[1]);
});
