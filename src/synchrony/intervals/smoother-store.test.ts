import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BadInput } from '../../errors.ts';
import { matrixOf } from '../../numerics/matrix.ts';
import { SmootherStore } from './smoother-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smoothers-'));
});
afterEach(() => rm(folder, { recursive: true }));

const fitOf = (layer: number, split: number) => ({ layer, split, penalty: 0 });
const filled = (value: number) => matrixOf(3, 5, new Float32Array(15).fill(value));

test('what does not fit into memory goes to disk and comes back the same, and nothing is left behind', async () => {
  // Room for one and a half.
  const store = new SmootherStore(90, folder);
  for (const [layer, value] of [1, 2, 3].entries()) await store.keep(fitOf(layer, 0), filled(value));
  // One that comes again takes the place of the first, in memory and on disk.
  await store.keep(fitOf(0, 0), filled(-1));
  await store.keep(fitOf(2, 0), { ...filled(0), data: new Float64Array(15).fill(1 / 3) });
  expect(store.bytesOnDisk).toBe(2 * 60);
  expect(await store.take(0, 0)).toEqual(filled(-1));
  expect(await store.take(1, 0)).toEqual(filled(2));
  expect(await store.take(2, 0)).toEqual(filled(1 / 3));
  await expect(store.take(0, 1)).rejects.toThrow(RangeError);
  await store.close();
  expect(await readdir(folder)).toEqual([]);
});

test('a place that cannot be written to is an error that says what to do', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const store = new SmootherStore(0, file);
  const failed = store.keep(fitOf(0, 0), filled(1));
  await expect(failed).rejects.toThrow(BadInput);
  await expect(failed).rejects.toThrow(/cannot keep the fits .* --memory/);
  await store.close();
});
