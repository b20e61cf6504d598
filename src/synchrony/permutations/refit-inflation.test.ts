// How much maps fitted anew widen a comparison of two conditions in which nothing differs.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { plantedConditions } from '../../../test/planted-conditions.ts';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { type ConditionLayers, inflationOf, refitSpread } from './refit-inflation.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm({ threads: 1 });
});
afterAll(() => gemm.close());

const SIZE = {
  scenarios: 15,
  interactionsPerScenario: 4,
  rounds: 4,
  layers: 3,
  text: { scenario: 1 },
} as const;
const SETTINGS = { splitSeeds: [0, 1], testFraction: 0.2 };

async function inflationAt(hiddenSize: number, lambda: number, seed: number, copied = false) {
  const { interactive, passive, target, splits, rows } = plantedConditions(
    { ...SIZE, hiddenSize, seed },
    SETTINGS,
  );
  const of = (source: ConditionLayers['source']) => ({ source, target, penalty: () => lambda });
  const options = { splits, interactions: rows.interactions, bestTarget: [0, 1, 2], seed: 1 };
  const second = copied ? { ...interactive, read: (layer: number) => interactive.read(layer) } : passive;
  return inflationOf([await refitSpread(of(interactive), of(second), options, gemm)]);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('with many rows per dimension it is near 1, near interpolation far above, and a large λ takes it back', async () => {
  const seeds = [1, 2, 3];
  const many = mean(await Promise.all(seeds.map((seed) => inflationAt(6, 0.1, seed))));
  const few = mean(await Promise.all(seeds.map((seed) => inflationAt(148, 0.1, seed))));
  const shrunk = mean(await Promise.all(seeds.map((seed) => inflationAt(148, 300, seed))));
  expect(many).toBeGreaterThanOrEqual(1);
  expect(many).toBeLessThan(1.2);
  expect(few).toBeGreaterThan(1.2);
  expect(few).toBeLessThan(2.5);
  expect(shrunk).toBeLessThan(few - 0.1);
});

test('conditions that are the same have nothing to widen', async () => {
  expect(await inflationAt(20, 0.1, 1, true)).toBe(1);
});

test('targets that differ are swapped as sources are, and fits are shared: the same as fitting each', async () => {
  const { interactive, passive, target, splits, rows } = plantedConditions(
    { ...SIZE, hiddenSize: 148 },
    SETTINGS,
  );
  const options = { splits, interactions: rows.interactions, bestTarget: [2, 2, 2], seed: 1 };
  // Readers' states stand for another condition's targets here.
  const one = { source: interactive, target, penalty: () => 0.1 };
  const other = { source: interactive, target: passive, penalty: () => 0.1 };
  const copy = { ...interactive, read: (layer: number) => interactive.read(layer) };
  const shared = await refitSpread(one, other, options, gemm);
  const apart = await refitSpread(one, { ...other, source: copy }, options, gemm);
  expect(inflationOf([shared])).toBeGreaterThan(1);
  expect(apart.anew / shared.anew).toBeCloseTo(1, 9);
  expect(apart.fixed / shared.fixed).toBeCloseTo(1, 9);
  expect(await refitSpread(one, other, options, gemm)).toEqual(shared);
});

test('directions are taken together, and nothing is made narrower', () => {
  expect(
    inflationOf([
      { anew: 6, fixed: 2 },
      { anew: 2, fixed: 2 },
    ]),
  ).toBeCloseTo(Math.SQRT2, 12);
  expect(inflationOf([{ anew: 1, fixed: 2 }])).toBe(1);
  expect(inflationOf([{ anew: 0, fixed: 0 }])).toBe(1);
});
