// Intervals of whole measurements: what the measure keeps for them must be what it measured with.

import { expect, test } from 'vitest';
import { readGolden } from '../../../test/read-golden.ts';
import { matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { arrayLayers } from '../../pairs/layers.ts';
import { splitSamples } from '../../pairs/split.ts';
import { measureSynchrony } from '../measure.ts';
import type { MeasureOptions } from '../options.ts';

const labels = {
  condition: 'interactive',
  direction: 'A->B',
  sourceModel: 'a',
  targetModel: 'b',
  groupBy: 'interaction',
} as const;

const SAMPLES = 400;
const SIZE = 24;
const GROUPS = Array.from({ length: SAMPLES }, (_, row) => `interaction ${Math.floor(row / 8)}`);
const SPLITS = [0, 1].map((seed) =>
  splitSamples(
    GROUPS.map((group) => ({ group })),
    { seed, samples: 'all', testFraction: 0.25 },
  ),
);

/** Layers over the same latent course, each with a share of it; the last columns are of the odd kinds. */
function layersOf(shares: readonly number[], seed: string) {
  const latent = createRandom('latent');
  const shared = Array.from({ length: SAMPLES * 4 }, () => latent.uniform() - 0.5);
  const { uniform } = createRandom(seed);
  // Every interaction has a level of its own, so that interactions differ.
  const levels = Array.from({ length: SAMPLES / 8 }, () => uniform());
  const isTest = new Set(SPLITS.flatMap(({ test }) => test));
  return arrayLayers(
    shares.map((share) => {
      const mix = Array.from({ length: 4 * SIZE }, () => uniform() - 0.5);
      const data = new Float32Array(SAMPLES * SIZE);
      for (let row = 0; row < SAMPLES; row++) {
        const noise = 0.1 + levels[Math.floor(row / 8)]!;
        for (let column = 0; column < SIZE; column++) {
          let value = noise * (uniform() - 0.5);
          for (let k = 0; k < 4; k++) value += share * shared[row * 4 + k]! * mix[k * SIZE + column]!;
          data[row * SIZE + column] = value;
        }
        data[row * SIZE + 20] = 3;
        // Constant in test alone; spiking in training alone.
        data[row * SIZE + 21] = isTest.has(row) ? 1 : data[row * SIZE + 21]!;
        data[row * SIZE + 23] = 1e4 + data[row * SIZE + 23]!;
      }
      data[SPLITS[0]!.train.find((row) => !isTest.has(row))! * SIZE + 22] = 100;
      return matrixOf(SAMPLES, SIZE, data);
    }),
  );
}

const source = layersOf([1, 0.6, 0.2], 'source');
const target = layersOf([0.2, 0.9, 1, 1.02, 0.98, 0.5, 0], 'target');

function measure(options: Partial<MeasureOptions>) {
  return measureSynchrony(source, target, {
    ...labels,
    splits: SPLITS,
    groups: GROUPS,
    lambda: [0.1, 10],
    ...options,
  });
}

test.each(['trace', 'direct'] as const)('the estimates are what the measure says (%s)', async (method) => {
  const { syncR2, meanR2, bootstrap } = await measure({ method, bootstrap: { draws: 200, cells: 'all' } });
  const held = new Set(SPLITS.flatMap(({ testGroups }) => testGroups));
  expect(bootstrap).toMatchObject({ draws: 200, groups: held.size, level: 0.95 });
  expect(bootstrap!.syncR2.estimate).toBeCloseTo(syncR2.value, 6);
  expect(bootstrap!.cells).toHaveLength(meanR2.length);
  // The column that spikes takes R² down to where six digits of it are four decimals.
  for (const [i, cell] of bootstrap!.cells.entries())
    expect(Math.abs(cell.estimate - meanR2[i]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(meanR2[i]!)));
});

test('candidates alone give the intervals that all cells give, with fewer cells and whatever the memory', async () => {
  const all = (await measure({ bootstrap: { draws: 300, cells: 'all' } })).bootstrap!;
  const some = (await measure({ bootstrap: { draws: 300, precision: 0 } })).bootstrap!;
  expect(some.syncR2).toEqual(all.syncR2);
  expect(some.cells.length).toBeLessThan(all.cells.length);
  for (const cell of some.cells) expect(all.cells).toContainEqual(cell);
  // No room for the fits: they go to disk and come back the same.
  const { bootstrap: spilled, meanR2 } = await measure({
    method: 'trace',
    bootstrap: { draws: 300 },
    memory: 6e6,
  });
  expect(spilled!.syncR2.percentile[0]).toBeCloseTo(all.syncR2.percentile[0], 5);
  expect(meanR2.every(Number.isFinite)).toBe(true);
});

test('the seed decides the draws; false leaves them out, and so does a single held-out group', async () => {
  const [one, same, other] = [
    await measure({ bootstrap: { draws: 50 } }),
    await measure({ bootstrap: { draws: 50 } }),
    await measure({ bootstrap: { draws: 50, seed: 1 } }),
  ];
  expect(same.bootstrap).toEqual(one.bootstrap);
  expect(other.bootstrap!.syncR2.percentile).not.toEqual(one.bootstrap!.syncR2.percentile);
  expect((await measure({ bootstrap: false })).bootstrap).toBeUndefined();
  const alone = await measure({ groups: GROUPS.map(() => 'the only one') });
  expect(alone.bootstrap).toBeUndefined();
});

test('the published solver is measured through the same door, and says what it is', async () => {
  const golden = await readGolden('synchrony/massive.safetensors');
  const options = {
    ...labels,
    lambda: 0.1,
    splits: golden.splits.map((split, seed) => ({ ...split, seed, trainGroups: [], testGroups: [] })),
  };
  const [x, y] = [arrayLayers(golden.x), arrayLayers(golden.y)];
  const exact = await measureSynchrony(x, y, options);
  const published = await measureSynchrony(x, y, { ...options, solver: 'published-float32' });
  const reference = await golden.doubles('r2');
  const worst = (r2: readonly Float64Array[]) =>
    Math.max(...r2.flatMap((plane) => [...plane]).map((value, i) => Math.abs(value - reference[i]!)));
  expect(worst(exact.r2)).toBeLessThan(1e-6);
  expect(worst(published.r2)).toBeGreaterThan(1);
  expect([exact.solver, published.solver]).toEqual(['exact', 'published-float32']);
  expect(published.bootstrap).toBeUndefined();
  for (const [s, row] of published.conditionNumbers.entries())
    for (const [layer, number] of row.entries())
      expect(number / exact.conditionNumbers[s]![layer]!).toBeCloseTo(1, 1);
  const wrong = measureSynchrony(x, y, { ...options, solver: 'published-float32', lambda: 'cv' });
  await expect(wrong).rejects.toThrow('lambda: solver published-float32 takes numbers');
});

test('two test rows, one per group: some draws have one row alone, and it comes to an end', async () => {
  const rows = 11;
  const layers = (seed: string) => {
    const { uniform } = createRandom(seed);
    const values = () => Float32Array.from({ length: rows * 64 }, () => uniform() - 0.5);
    return arrayLayers([0, 1, 2].map(() => matrixOf(rows, 64, values())));
  };
  const groups = Array.from({ length: rows }, (_, row) => `interaction ${row}`);
  const splits = [
    splitSamples(
      groups.map((group) => ({ group })),
      { seed: 0, samples: 'all', testFraction: 0.2 },
    ),
  ];
  expect(splits[0]!.test).toHaveLength(2);
  const options = { ...labels, splits, groups, lambda: 0.1, bootstrap: { draws: 20 } };
  const { bootstrap } = await measureSynchrony(layers('few x'), layers('few y'), options);
  expect(bootstrap!.syncR2.estimate).toBeGreaterThanOrEqual(0);
});
