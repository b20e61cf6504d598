// The trace form against the plain way, and whether it did what it is for.

import { expect, test } from 'vitest';
import { MEASURE_LABELS } from '../../../test/measure-labels.ts';
import { matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { arrayLayers, type LayerSource } from '../../pairs/layers.ts';
import type { Split } from '../../pairs/split.ts';
import { measureConditions, measureSynchrony } from '../measure.ts';
import type { MeasureOptions, PlanReport } from '../options.ts';
import { sharedRows } from '../ridge/source-fit.ts';

/** Layers that share some latent variables, so that there is something to predict. */
function relatedLayers(count: number, samples: number, size: number, seed: string): LayerSource {
  const [latent, own] = [createRandom('latent'), createRandom(seed)];
  const shared = Array.from({ length: samples * 4 }, () => latent.uniform() - 0.5);
  const layers = Array.from({ length: count }, () => {
    const mix = Array.from({ length: 4 * size }, () => own.uniform() - 0.5);
    const values = new Float32Array(samples * size);
    for (let row = 0; row < samples; row++)
      for (let column = 0; column < size; column++) {
        let value = 0.3 * (own.uniform() - 0.5);
        for (let k = 0; k < 4; k++) value += shared[row * 4 + k]! * mix[k * size + column]!;
        values[row * size + column] = value;
      }
    return matrixOf(samples, size, values);
  });
  return arrayLayers(layers);
}

/** One fifth held out, another fifth for each seed. */
function fifths(samples: number, seeds: number): Split[] {
  const order = createRandom('order').shuffle(Array.from({ length: samples }, (_, i) => i));
  const size = Math.floor(samples / 5);
  return Array.from({ length: seeds }, (_, seed) => {
    const test = order.slice(seed * size, (seed + 1) * size);
    const train = order.filter((row) => !test.includes(row));
    return { seed, train, test, trainGroups: ['x', 'y'], testGroups: ['z'] };
  });
}

/** Measures both ways and gives the largest difference, and how the trace form went about it. */
async function compare(
  x: LayerSource,
  y: LayerSource,
  options: Omit<MeasureOptions, keyof typeof MEASURE_LABELS | 'method'>,
): Promise<{ worst: number; report: PlanReport }> {
  let report: PlanReport | undefined;
  const onPlan = (plan: PlanReport) => {
    report = plan;
  };
  const fast = await measureSynchrony(x, y, { ...MEASURE_LABELS, ...options, method: 'trace', onPlan });
  expect(report?.method).toBe('trace');
  const slow = await measureSynchrony(x, y, { ...MEASURE_LABELS, ...options, memory: 1e9, method: 'direct' });
  const planes = (result: typeof fast) =>
    [...result.r2, ...(result.variants ?? []).flatMap(({ r2 }) => r2)].flatMap((plane) => [...plane]);
  const [a, b] = [planes(fast), planes(slow)];
  expect(a).toHaveLength(b.length);
  expect(a.every(Number.isFinite)).toBe(true);
  for (const [s, row] of fast.conditionNumbers.entries())
    for (const [layer, number] of row.entries())
      expect(number / slow.conditionNumbers[s]![layer]!).toBeCloseTo(1, 2);
  return { worst: Math.max(...a.map((value, i) => Math.abs(value - b[i]!))), report: report! };
}

test.each([
  ['many rows', 700, 40, 30],
  ['more than one block of rows and of dimensions', 900, 530, 20],
  ['fewer rows than dimensions', 90, 130, 20],
])('%s: both ways agree, all in float32 where it may be', async (_, samples, sourceSize, targetSize) => {
  const [x, y] = [relatedLayers(2, samples, sourceSize, 'x'), relatedLayers(2, samples, targetSize, 'y')];
  const { worst, report } = await compare(x, y, { lambda: [0.1, 5], splits: fifths(samples, 2) });
  console.log(`|ΔR²| ≤ ${worst.toExponential(1)}`);
  expect(worst).toBeLessThan(5e-7);
  expect(report.float64Fits).toBe(0);
});

test('a small budget takes more passes to the same end, and too small a one is refused', async () => {
  const samples = 600;
  const [x, y] = [relatedLayers(4, samples, 40, 'x'), relatedLayers(3, samples, 30, 'y')];
  const splits = fifths(samples, 3);
  const wide = await compare(x, y, { lambda: 0.1, splits, memory: 1e9 });
  expect(wide.report.passes).toEqual([{ splits: [0, 1, 2], begin: 0, end: 4 }]);
  const narrow = await compare(x, y, { lambda: 0.1, splits, memory: wide.report.workingBytes + 2e6 });
  expect(narrow.report.passes.length).toBeGreaterThan(3);
  for (const { worst } of [wide, narrow]) expect(worst).toBeLessThan(5e-7);
  const tiny = { ...MEASURE_LABELS, lambda: 0.1, splits, memory: 1e5, method: 'trace' } as const;
  await expect(measureSynchrony(x, y, tiny)).rejects.toThrow(
    /memory: .* are too little; one layer needs [\d.]+ MB/,
  );
});

test('how often layers are read: sources once, targets once and once more per pass', async () => {
  const samples = 300;
  const reads = { source: 0, target: 0 };
  const counted = (side: 'source' | 'target', layers: LayerSource): LayerSource => ({
    ...layers,
    read: (layer) => {
      reads[side] += 1;
      return layers.read(layer);
    },
  });
  const x = counted('source', relatedLayers(3, samples, 20, 'x'));
  const y = {
    condition: '',
    targetModel: 'b',
    target: counted('target', relatedLayers(5, samples, 20, 'y')),
  };
  const options = {
    ...MEASURE_LABELS,
    lambda: [0.1, 1],
    splits: fifths(samples, 3),
    method: 'trace',
  } as const;
  const even = { name: 'even rows', includes: (sample: number) => sample % 2 === 0 };
  await measureConditions(x, [y, y], { ...options, subsets: [even] });
  expect(reads).toEqual({ source: 3, target: 2 * 5 * 2 });
});

test('where float32 would not do, the trace form takes float64', async () => {
  const samples = 100;
  const [x, y] = [relatedLayers(1, samples, 79, 'x'), relatedLayers(1, samples, 12, 'y')];
  // 80 training rows for 79 dimensions and next to no penalty: an interpolation that multiplies every error.
  const { worst, report } = await compare(x, y, { lambda: 1e-9, splits: fifths(samples, 1) });
  expect(report).toMatchObject({ float64Fits: 1, leftOverFits: 0 });
  expect(worst).toBeLessThan(1e-12);
});

test('fits for which a pass has no room in float64 get passes of their own, and the plain way where there is none', async () => {
  const samples = 400;
  const [x, y] = [relatedLayers(4, samples, 300, 'x'), relatedLayers(3, samples, 12, 'y')];
  const splits = fifths(samples, 2);
  // 320 training rows for 300 dimensions. The large λ is safe in float32.
  const options = { lambda: [1e-9, 100], splits };
  const roomy = await compare(x, y, { ...options, memory: 1e9 });
  expect(roomy.report).toMatchObject({ float64Fits: 8, leftOverFits: 0 });
  const { workingBytes } = roomy.report;
  // Beside the float32 matrices of some layers there is room for few in float64, or for none.
  const narrow = await compare(x, y, { ...options, memory: workingBytes + 6e6 });
  expect(narrow.report).toMatchObject({ float64Fits: 8, leftOverFits: 0 });
  const tight = await compare(x, y, { ...options, memory: workingBytes + 1.2e6 });
  expect(tight.report.float64Fits + tight.report.leftOverFits).toBe(8);
  expect(tight.report.leftOverFits).toBeGreaterThan(0);
  for (const { worst } of [roomy, narrow, tight]) expect(worst).toBeLessThan(5e-7);
});

test('what splits share is worth sharing only if they share most of it', () => {
  const rows = (begin: number, end: number) => Array.from({ length: end - begin }, (_, i) => begin + i);
  const split = (begin: number, end: number) => ({ train: rows(begin, end), test: [] });
  expect(sharedRows([split(0, 80), split(10, 90), split(5, 85)])).toEqual(rows(0, 90));
  expect(sharedRows([split(0, 50), split(50, 100)])).toEqual([]);
  expect(sharedRows([split(0, 80)])).toEqual([]);
});
