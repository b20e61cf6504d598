// Intervals of whole measurements: what the measure keeps for them must be what it measured with.

import { expect, test } from 'vitest';
import { MEASURE_LABELS } from '../../../test/measure-labels.ts';
import { readGolden } from '../../../test/read-golden.ts';
import { matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { arrayLayers } from '../../pairs/layers.ts';
import { splitSamples } from '../../pairs/split.ts';
import { measureSynchrony } from '../measure.ts';
import type { MeasureOptions } from '../options.ts';

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
    ...MEASURE_LABELS,
    splits: SPLITS,
    groups: GROUPS,
    lambda: [0.1, 10],
    ...options,
  });
}

test.each(['trace', 'direct'] as const)('the estimates are what the measure says (%s)', async (method) => {
  const { syncR2, meanR2, intervals } = await measure({ method, intervals: { cells: 'all' } });
  const held = new Set(SPLITS.flatMap(({ testGroups }) => testGroups));
  expect(intervals!.syncR2).toMatchObject({ estimate: syncR2.value, groups: held.size, level: 0.95 });
  expect(intervals!.jackknife).toMatchObject({ estimate: syncR2.value, groups: [...held].sort() });
  expect(intervals!.cells.map(({ estimate }) => estimate)).toEqual([...meanR2]);
  for (const { low, high, estimate } of [intervals!.syncR2, ...intervals!.cells]) {
    expect(low).toBeLessThanOrEqual(estimate);
    expect(high).toBeGreaterThanOrEqual(estimate);
  }
});

test('both ways of computing give the same intervals', async () => {
  const of = async (method: 'trace' | 'direct') =>
    (await measure({ method, intervals: { cells: 'all' } })).intervals!;
  const [trace, direct] = [await of('trace'), await of('direct')];
  for (const [i, { low, high }] of trace.cells.entries()) {
    // The column that spikes takes R² down to where six digits of it are four decimals.
    const { low: other, high: end, estimate } = direct.cells[i]!;
    expect(Math.abs(low - other)).toBeLessThan(1e-5 * Math.max(1, Math.abs(estimate)));
    expect(Math.abs(high - end)).toBeLessThan(1e-5 * Math.max(1, Math.abs(estimate)));
  }
});

test('candidates alone give the intervals that all cells give, with fewer cells and whatever the memory', async () => {
  const all = (await measure({ intervals: { cells: 'all' } })).intervals!;
  const some = (await measure({ intervals: { precision: 0 } })).intervals!;
  expect(some.syncR2).toEqual(all.syncR2);
  expect(some.cells.length).toBeLessThan(all.cells.length);
  for (const cell of some.cells) expect(all.cells).toContainEqual(cell);
  // No room for the fits: they go to disk and come back the same.
  const { intervals: spilled, meanR2 } = await measure({ method: 'trace', intervals: {}, memory: 6e6 });
  expect(spilled!.syncR2.low).toBeCloseTo(all.syncR2.low, 4);
  expect(meanR2.every(Number.isFinite)).toBe(true);
});

test('false leaves them out, and so do two held-out groups', async () => {
  const [one, same] = [await measure({}), await measure({ intervals: { level: 0.95 } })];
  expect(same.intervals).toEqual(one.intervals);
  const { low, high } = (await measure({ intervals: { level: 0.5 } })).intervals!.syncR2;
  expect(high - low).toBeLessThan(one.intervals!.syncR2.high - one.intervals!.syncR2.low);
  expect((await measure({ intervals: false })).intervals).toBeUndefined();
  const two = await measure({ groups: GROUPS.map((group) => (group.endsWith('1') ? 'one' : 'other')) });
  expect(two.intervals).toBeUndefined();
});

test('the published solver is measured through the same door, and says what it is', async () => {
  const golden = await readGolden('synchrony/massive.safetensors');
  const options = {
    ...MEASURE_LABELS,
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
  expect(published.intervals).toBeUndefined();
  for (const [s, row] of published.conditionNumbers.entries())
    for (const [layer, number] of row.entries())
      expect(number / exact.conditionNumbers[s]![layer]!).toBeCloseTo(1, 1);
  const wrong = measureSynchrony(x, y, { ...options, solver: 'published-float32', lambda: 'cv' });
  await expect(wrong).rejects.toThrow('lambda: solver published-float32 takes numbers');
});

test('three test rows, one per group: without one, two are left, and it comes to an end', async () => {
  const rows = 15;
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
  expect(splits[0]!.test).toHaveLength(3);
  const options = { ...MEASURE_LABELS, splits, groups, lambda: 0.1 };
  const { intervals } = await measureSynchrony(layers('few x'), layers('few y'), options);
  expect(intervals!.syncR2).toMatchObject({ low: 0, degreesOfFreedom: 2 });
});
