// The comparison of two conditions against relabelling rows one permutation at a time.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { plantedConditions } from '../../../test/planted-conditions.ts';
import { NotEnoughSamples } from '../../errors.ts';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { type Matrix64, matrixOf } from '../../numerics/matrix.ts';
import { arrayLayers, type LayerSource } from '../../pairs/layers.ts';
import type { Split } from '../../pairs/split.ts';
import { meanR2 } from '../ridge/r2.ts';
import { openFits } from './open-fits.ts';
import { type ConditionRows, compareConditions } from './paired-conditions.ts';
import { signFlips } from './sign-flips.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm({ threads: 1 });
});
afterAll(() => gemm.close());

interface Measured {
  readonly condition: ConditionRows;
  readonly target: LayerSource;
  readonly splits: readonly Split[];
}

async function measured(
  source: LayerSource,
  target: LayerSource,
  splits: readonly Split[],
  groups: readonly string[],
) {
  const fits = await openFits(source, [target], { splits, lambda: 0.1 }, gemm);
  const rows = await fits.residuals(0);
  const testGroups = splits.map(({ test }) => test.map((sample) => groups[sample]!));
  return { condition: { rows, testGroups }, target, splits };
}

/** Rows as measured: targets from the layer itself, predictions with the scale taken off. */
async function plainRows({ condition, target, splits }: Measured, layer: number, to: number, s: number) {
  const { residual, units } = await condition.rows[layer]!.cell(s, to);
  const y = await target.read(to);
  return splits[s]!.test.map((sample, row) => {
    const values = Array.from(y.data.subarray(sample * y.columns, (sample + 1) * y.columns));
    const predicted = values.map((value, column) => {
      const weight = units!.weights[column]!;
      return weight === 0 ? units!.means[column]! : value - residual.data[row * y.columns + column]! / weight;
    });
    return { group: condition.testGroups[s]![row]!, values, predicted };
  });
}

/** SyncR² of the rows that bear one label. */
async function slowSyncR2(both: readonly [Measured, Measured], label: 0 | 1, swapped: ReadonlySet<string>) {
  const { condition, target, splits } = both[0];
  let total = 0;
  for (const layer of condition.rows.keys()) {
    let best = 0;
    for (let to = 0; to < target.layers; to++) {
      let mean = 0;
      for (const s of splits.keys()) {
        const held = both.map(({ condition }) => new Set(condition.testGroups[s]));
        const rows: Awaited<ReturnType<typeof plainRows>> = [];
        for (const [from, one] of both.entries())
          for (const row of await plainRows(one, layer, to, s)) {
            const swap = swapped.has(row.group) && held.every((groups) => groups.has(row.group));
            if ((swap ? 1 - from : from) === label) rows.push(row);
          }
        const stack = (part: 'values' | 'predicted'): Matrix64 =>
          matrixOf(rows.length, target.hiddenSize, Float64Array.from(rows.flatMap((row) => row[part])));
        mean += meanR2(stack('values'), stack('predicted')) / splits.length;
      }
      best = Math.max(best, mean);
    }
    total += best / condition.rows.length;
  }
  return total;
}

const OPTIONS = {
  scenarios: 6,
  rounds: [3, 5],
  layers: 2,
  strength: 0.7,
  text: { scenario: 0.5, dialogue: 1 },
} as const;
const SETTINGS = { groupBy: 'interaction', splitSeeds: [0, 1] } as const;

test.each([
  'passive',
  'lag',
] as const)('interactive and %s: every permutation is what relabelling says', async (other) => {
  const one = plantedConditions(OPTIONS, SETTINGS);
  // Other target rows, of other scale, with a column that is constant in one of the two alone.
  const two = other === 'lag' ? plantedConditions(OPTIONS, { ...SETTINGS, lag: 1 }) : one;
  const target = other === 'lag' ? await withConstant(two.target) : two.target;
  const both = [
    await measured(one.interactive, one.target, one.splits, one.rows.interactions),
    await measured(
      other === 'lag' ? two.interactive : two.passive,
      target,
      two.splits,
      two.rows.interactions,
    ),
  ] as const;
  const [a, b] = [both[0].condition, both[1].condition];
  const result = await compareConditions(a, b, { permutations: 6, seed: 5, cells: 'all' }, gemm);
  const shared = [
    ...new Set(
      a.testGroups.flatMap((groups, s) => groups.filter((group) => b.testGroups[s]!.includes(group))),
    ),
  ].sort();
  expect(result.interactions).toBe(shared.length);
  const { signs } = signFlips(shared.length, { permutations: 6, seed: 5 });
  const none = Int8Array.from(shared, () => 1);
  for (const [i, of] of [none, ...signs].entries()) {
    const swapped = new Set(shared.filter((_, unit) => of[unit] === -1));
    const slow = [await slowSyncR2(both, 0, swapped), await slowSyncR2(both, 1, swapped)];
    if (i === 0) {
      expect(result.first).toBeCloseTo(slow[0]!, 5);
      expect(result.second).toBeCloseTo(slow[1]!, 5);
    } else expect(result.values[i - 1]).toBeCloseTo(slow[0]! - slow[1]!, 5);
  }
  const some = await compareConditions(a, b, { permutations: 6, seed: 5 }, gemm);
  expect(some.values).toEqual(result.values);
});

async function withConstant(source: LayerSource): Promise<LayerSource> {
  const layers = [];
  for (let layer = 0; layer < source.layers; layer++) {
    const { rows, columns, data } = await source.read(layer);
    const values = data.map((value, i) => (i % columns === 2 ? 0.5 : 10 * value + 3));
    layers.push(matrixOf(rows, columns, Float32Array.from(values)));
  }
  return arrayLayers(layers);
}

test('a condition does not differ from itself, and too few interactions are named', async () => {
  const { interactive, target, splits, rows } = plantedConditions(OPTIONS, SETTINGS);
  const { condition } = await measured(interactive, target, splits, rows.interactions);
  const same = await compareConditions(condition, condition, { permutations: 20 }, gemm);
  expect(same.p).toBe(1);
  expect(same.difference).toBe(0);
  const others = {
    ...condition,
    testGroups: condition.testGroups.map((groups) => groups.map((name) => `${name}'`)),
  };
  await expect(compareConditions(condition, others, {}, gemm)).rejects.toThrow(NotEnoughSamples);
  const shorter = { ...condition, rows: condition.rows.slice(1) };
  await expect(compareConditions(condition, shorter, {}, gemm)).rejects.toThrow(RangeError);
});
