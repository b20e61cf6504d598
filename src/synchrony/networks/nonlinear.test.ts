import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEASURE_LABELS } from '../../../test/measure-labels.ts';
import { type Matrix, matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { arrayLayers } from '../../pairs/layers.ts';
import { splitSamples } from '../../pairs/split.ts';
import { measureSynchrony } from '../measure.ts';
import { readNonlinear, writeNonlinear } from '../synchrony-files.ts';
import type { SynchronyResult } from '../types.ts';
import { nonlinearTable } from './compare-maps.ts';
import { measureNonlinear } from './nonlinear.ts';
import type { NonlinearCell, NonlinearResult } from './types.ts';

const ROWS = 240;
const { uniform } = createRandom('nonlinear');
const noise = () => uniform() + uniform() + uniform() - 1.5;
const layer = (columns: number, value: (row: number, column: number) => number): Matrix =>
  matrixOf(
    ROWS,
    columns,
    Float32Array.from({ length: ROWS * columns }, (_, i) => value(Math.floor(i / columns), i % columns)),
  );

const x0 = layer(6, noise);
const x1 = layer(6, noise);
const at = (row: number, column: number) => x0.data[row * 6 + column]!;
/** A linear picture of source layer 0, huge in one dimension; constant in the last. */
const linear = layer(4, (row, column) =>
  column === 3 ? 7 : (at(row, column) - at(row, 4)) * (column === 0 ? 5000 : 1) + 0.1 * noise(),
);
/** One that no affine map sees: squares. */
const squares = layer(4, (row, column) => 3 + at(row, column) ** 2 + 0.05 * noise());

const source = arrayLayers([x0, x1]);
const target = arrayLayers([linear, squares]);
const samples = Array.from({ length: ROWS }, (_, row) => ({ group: `g${Math.floor(row / 4)}` }));
const splits = [0, 1].map((seed) => splitSamples(samples, { seed, samples: 'all', testFraction: 0.25 }));
const fast = { hidden: 48, epochs: 150, learningRate: 3e-3, weightDecay: 0.01, batchSize: 32 };

let affine: SynchronyResult;
let all: NonlinearResult;
const seen: { done: number; total: number }[] = [];
const estimates: number[] = [];
beforeAll(async () => {
  affine = await measureSynchrony(source, target, { ...MEASURE_LABELS, splits, lambda: 0.1 });
  all = await measureNonlinear(source, target, affine, {
    ...fast,
    splits,
    layerPairs: 'all',
    onProgress: (progress) => seen.push(progress),
    onEstimate: ({ seconds }) => estimates.push(seconds),
  });
}, 60_000);

const folder = mkdtempSync(join(tmpdir(), 'nonlinear-'));
afterAll(() => rmSync(folder, { recursive: true }));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const cellAt = ({ cells }: NonlinearResult, from: number, to: number) =>
  cells.find((cell) => cell.source === from && cell.target === to)!;

describe('networks beside ridge maps', () => {
  it('sees what no affine map does, and linear pictures as well', () => {
    expect(mean(cellAt(all, 0, 1).affine)).toBeLessThan(0.1);
    expect(mean(cellAt(all, 0, 1).nonlinear)).toBeGreaterThan(0.7);
    expect(mean(cellAt(all, 0, 0).nonlinear)).toBeGreaterThan(0.9);
    expect(mean(cellAt(all, 1, 0).nonlinear)).toBeLessThan(0.3);
  });

  it('keeps the affine numbers and the constant dimension, which counts 1', async () => {
    for (const cell of all.cells)
      expect(cell.affine).toEqual(affine.r2.map((plane) => plane[cell.source * 2 + cell.target]));
    // Noise predicts three dimensions worse than their mean, and the constant one exactly.
    const { nonlinear } = cellAt(all, 1, 0);
    expect(mean(nonlinear)).toBeGreaterThan((1 - 3 * 4) / 4);
    // Three of four dimensions, predicted without any error, would come to no more if the constant one counted 0.
    expect(mean(cellAt(all, 0, 0).nonlinear)).toBeGreaterThan(3 / 4);
    const constants = arrayLayers([layer(2, (_, column) => 7 + column)]);
    const ridge = await measureSynchrony(source, constants, { ...MEASURE_LABELS, splits, lambda: 0.1 });
    const exact = await measureNonlinear(source, constants, ridge, { ...fast, epochs: 1, splits });
    expect(exact.cells.map((cell) => cell.nonlinear)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('gives SyncR² of both maps when all layer pairs are done', () => {
    expect(all.comparison.complete).toBe(true);
    expect(all.comparison.affine).toEqual(affine.syncR2);
    const best = [0, 1].map((s) => Math.max(0, ...[0, 1].map((t) => mean(cellAt(all, s, t).nonlinear))));
    expect(all.comparison.nonlinear.value).toBeCloseTo(mean(best), 12);
  });

  it('counts networks, and tells the time that is left after the first epoch', () => {
    expect(seen.at(-1)).toEqual({ done: 8, total: 8 });
    expect(seen[0]).toEqual({ done: 1 / fast.epochs, total: 8 });
    expect(estimates).toHaveLength(9);
    expect(estimates[0]).toBeGreaterThan(0);
    expect(estimates.at(-1)).toBe(0);
  });
});

describe('chosen layer pairs', () => {
  it('have the same numbers as among all, and say that they are not all', async () => {
    const chosen = await measureNonlinear(source, target, affine, {
      ...fast,
      splits,
      layerPairs: [{ source: 0, target: 1 }],
    });
    expect(chosen.cells).toEqual([cellAt(all, 0, 1)]);
    expect(chosen.comparison).toMatchObject({ complete: false, sourceLayers: [0] });
    expect(chosen.comparison.nonlinear.value).toBeCloseTo(mean(cellAt(all, 0, 1).nonlinear), 12);
  });

  it('are each source layer’s best by default; what is known is not trained again', async () => {
    const known = all.cells.map((cell): NonlinearCell => ({ ...cell, nonlinear: [0.25, 0.75] }));
    const best = await measureNonlinear(source, target, affine, { ...fast, splits, known });
    expect(best.cells.map(({ target: to }) => to)).toEqual(affine.syncR2.bestTarget);
    expect(best.comparison.nonlinear.bestR2).toEqual([0.5, 0.5]);
  });

  it('are handed over one by one, stop when asked to, and go on', async () => {
    const controller = new AbortController();
    let stored: NonlinearResult | undefined;
    const stopped = measureNonlinear(source, target, affine, {
      ...fast,
      splits,
      layerPairs: 'all',
      signal: controller.signal,
      onCell: async (soFar) => {
        stored = soFar;
        await writeNonlinear(join(folder, 'networks.A-to-B'), soFar, { recordings: 'x' });
        controller.abort(new Error('enough'));
      },
    });
    await expect(stopped).rejects.toThrow('enough');
    const read = await readNonlinear(join(folder, 'networks.A-to-B'));
    expect(read).toEqual({ inputs: { recordings: 'x' }, result: stored });
    const known = read.result.cells;
    expect(known).toHaveLength(1);
    const done = await measureNonlinear(source, target, affine, {
      ...fast,
      splits,
      layerPairs: 'all',
      known,
    });
    expect(done).toEqual(all);
  });
});

it('makes a table of a row per layer pair', () => {
  const table = nonlinearTable(all);
  expect(table[0]).toHaveLength(9);
  expect(table).toHaveLength(5);
  expect(table[2]!.slice(0, 2)).toEqual([0, 1]);
});

it('refuses what does not work', async () => {
  const run = (options: object) => measureNonlinear(source, target, affine, { ...fast, splits, ...options });
  await expect(run({ hidden: 0 })).rejects.toThrow('nonlinear.hidden: 0');
  await expect(run({ learningRate: 0 })).rejects.toThrow('learningRate');
  await expect(run({ weightDecay: -1 })).rejects.toThrow('weightDecay');
  await expect(run({ layerPairs: [] })).rejects.toThrow('empty list');
  await expect(run({ layerPairs: [{ source: 0, target: 2 }] })).rejects.toThrow('no pair 0, 2');
  await expect(run({ splits: splits.slice(1) })).rejects.toThrow('must be the same');
  writeFileSync(join(folder, 'networks.bad.json'), '{"format":"interbrain-nonlinear-1"}');
  await expect(readNonlinear(join(folder, 'networks.bad'))).rejects.toThrow('networks.bad.json');
});
