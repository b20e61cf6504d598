import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CorruptFile, NotEnoughSamples } from '../errors.ts';
import { matrixOf } from '../numerics/matrix.ts';
import { createRandom } from '../numerics/random.ts';
import { parseSafetensorsHeader } from '../numerics/safetensors.ts';
import { arrayLayers } from '../pairs/layers.ts';
import { openRecordings } from '../pairs/open.ts';
import { pairingOf } from '../pairs/pairing.ts';
import type { Split } from '../pairs/split.ts';
import { readJson, writeJson } from '../recordings/atomic-file.ts';
import { synchronyPath } from '../recordings/layout.ts';
import { listFolder } from '../recordings/list.ts';
import { openStates, writeStates } from '../recordings/states.ts';
import { measureRecordings, measureSynchrony } from './measure.ts';
import type { MeasureOptions } from './options.ts';
import { readSynchrony, writeSynchrony } from './synchrony-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synchrony-'));
});
afterEach(() => rm(folder, { recursive: true }));

const labels = {
  condition: 'interactive',
  direction: 'A->B',
  sourceModel: 'llama',
  targetModel: 'mistral',
  groupBy: 'interaction',
} as const;

const settings = { ...labels, lambda: 0.1, samples: 60, testFraction: 0.2, splitSeeds: [0, 1] };

/**
 * 12 interactions × 2 seeds × 4 rounds. B's only layer in round t is a linear map of A's layer 1 in round t, and A's
 * layer 0 in round t + 1 is B's in round t; A's layer 1 is noise.
 */
async function recordConversations(): Promise<void> {
  const { uniform } = createRandom('conversations');
  const [rounds, size] = [4, 3];
  const metadata = {
    condition: 'interactive',
    models: ['a', 'b'],
    revisions: ['a', 'b'],
    promptsSha256: '',
  } as const;
  for (const seed of [0, 1])
    for (let interaction = 0; interaction < 12; interaction++) {
      const a = Float32Array.from({ length: 2 * rounds * size }, () => uniform());
      const b = new Float32Array(rounds * size);
      for (let i = 0; i < b.length; i++) b[i] = 100 - 2 * a[rounds * size + i]!;
      a.set(b.subarray(0, (rounds - 1) * size), size);
      const states = {
        A: { layers: 2, rounds, hiddenSize: size, data: a },
        B: { layers: 1, rounds, hiddenSize: size, data: b },
      };
      await writeStates(join(folder, String(seed), `${interaction}.safetensors`), states, metadata);
    }
}

const open = async () => openRecordings(await listFolder(folder));

test('a known relation is found in recordings, in its own direction and layer', async () => {
  await recordConversations();
  const forth = await measureRecordings(await open(), settings);
  expect(forth.meanR2[0]).toBeLessThan(0.3);
  expect(forth.meanR2[1]).toBeGreaterThan(0.99);
  expect(forth.splits.map(({ trainSamples, testSamples }) => [trainSamples, testSamples])).toEqual([
    [48, 12],
    [48, 12],
  ]);
  const back = await measureRecordings(await open(), { ...settings, direction: 'B->A' });
  expect([back.sourceLayers, back.targetLayers]).toEqual([1, 2]);
  expect(back.syncR2.bestTarget).toEqual([0]);
  expect(back.syncR2.value).toBeGreaterThan(0.99);
  expect(back.meanR2[1]).toBeLessThan(0.3);
});

test('both seeds of an interaction stand on the same side', async () => {
  await recordConversations();
  const { splits } = await measureRecordings(await open(), { ...settings, samples: 'all' });
  for (const { trainGroups, testGroups } of splits)
    expect(new Set([...trainGroups, ...testGroups]).size).toBe(12);
  await expect(measureRecordings(await open(), { ...settings, samples: 6500 })).rejects.toThrow(
    NotEnoughSamples,
  );
});

test.each([
  Number.NaN,
  Number.NEGATIVE_INFINITY,
])('%d in a file is an error with its place', async (value) => {
  await recordConversations();
  const path = join(folder, '1', '7.safetensors');
  const { B } = await openStates(path);
  const bytes = await readFile(path);
  bytes.writeFloatLE(value, B.entry.begin + 4 * (2 * 3 + 1));
  await writeFile(path, bytes);
  for (const method of ['trace', 'direct'] as const)
    await expect(measureRecordings(await open(), { ...settings, method })).rejects.toThrow(
      `${path}: seat B, layer 0, round 3: dimension 1 is ${value}`,
    );
});

test('groups of a single sample are measured like any others', async () => {
  await recordConversations();
  const recordings = (await open()).map((recording, i) => ({
    ...recording,
    group: `conversation ${i}`,
    // A speaks once, so that there is one sample A→B per group.
    rounds: { A: 1, B: 4 },
  }));
  const alone = { ...settings, samples: 'all', testFraction: 0.25, lambda: [0.1, 'cv'] } as const;
  const result = await measureRecordings(recordings, alone);
  expect(result.splits[0]!.trainGroups).toHaveLength(18);
  expect(result.meanR2[1]).toBeGreaterThan(0.9);
  expect(result.variants![0]!.meanR2[1]).toBeGreaterThan(0.99);
});

function randomLayers(count: number, samples: number, size: number, seed: string) {
  const { uniform } = createRandom(seed);
  const values = () => Float32Array.from({ length: samples * size }, uniform);
  return arrayLayers(Array.from({ length: count }, () => matrixOf(samples, size, values())));
}

const range = (begin: number, end: number) => Array.from({ length: end - begin }, (_, i) => begin + i);
const splits: Split[] = [0, 1].map((seed) => ({
  seed,
  train: range(seed * 4, 16 + seed * 4),
  test: seed === 0 ? range(16, 20) : range(0, 4),
  trainGroups: ['x', 'y'],
  testGroups: ['z'],
}));
const options: MeasureOptions = { ...labels, lambda: 0.1, splits };

test.each(['direct', 'trace'] as const)('%s: progress counts layer pairs, an abort stops', async (method) => {
  const [x, y] = [randomLayers(2, 20, 3, 'x'), randomLayers(3, 20, 2, 'y')];
  const seen: number[] = [];
  const onEach = ({ done, total }: { done: number; total: number }) => {
    expect(total).toBe(6);
    seen.push(done);
  };
  await measureSynchrony(x, y, { ...options, method, onProgress: onEach });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(new Set(seen).size).toBeGreaterThan(3);
  expect(seen.at(-1)).toBe(6);
  const controller = new AbortController();
  const onProgress = ({ done }: { done: number }) => {
    if (done === 2) controller.abort(new Error('stopped by hand'));
  };
  const aborted = measureSynchrony(x, y, { ...options, method, onProgress, signal: controller.signal });
  await expect(aborted).rejects.toThrow('stopped by hand');
});

test('arrays that cannot be measured are refused', async () => {
  const [x, y] = [randomLayers(1, 20, 3, 'x'), randomLayers(1, 20, 2, 'y')];
  const bad = { ...y, read: async () => matrixOf(20, 2, new Float32Array(40).fill(Number.NaN, 5)) };
  await expect(measureSynchrony(x, bad, options)).rejects.toThrow(
    'target layer 0: sample 2, dimension 1 is NaN; states must be finite',
  );
  const thin = splits.map((split) => ({ ...split, test: [0] }));
  await expect(measureSynchrony(x, y, { ...options, splits: thin })).rejects.toThrow(
    'split seed 0, test set: 1',
  );
  await expect(measureSynchrony(x, y, { ...options, splits: [] })).rejects.toThrow('no split seeds');
  await expect(measureSynchrony(x, randomLayers(1, 19, 2, 'y'), options)).rejects.toThrow('19 rows');
});

test('a result that was written is what is read, and the same bytes are written again', async () => {
  const result = await measureSynchrony(randomLayers(2, 20, 3, 'x'), randomLayers(3, 20, 2, 'y'), options);
  const path = synchronyPath(folder, ['llama', 'mistral'], 'interactive', result.direction);
  expect(path.endsWith(join('llama+mistral', 'interactive', 'ridge.A-to-B'))).toBe(true);
  await writeSynchrony(path, result, { episodes: 'abc' });
  expect(await readSynchrony(path)).toEqual({ result, inputs: { episodes: 'abc' } });
  const before = [await readFile(`${path}.json`), await readFile(`${path}.safetensors`)];
  await writeSynchrony(path, (await readSynchrony(path)).result, { episodes: 'abc' });
  expect([await readFile(`${path}.json`), await readFile(`${path}.safetensors`)]).toEqual(before);
});

test('further penalties are written and read beside the first', async () => {
  const [x, y] = [randomLayers(2, 20, 3, 'x'), randomLayers(3, 20, 2, 'y')];
  const grouped = splits.map((split) => ({ ...split, trainGroupSizes: [6, 10] }));
  const result = await measureSynchrony(x, y, { ...options, splits: grouped, lambda: [2, 'cv', 0.5] });
  expect(result.lambda).toBe(2);
  expect(result.variants!.map(({ lambda }) => lambda)).toEqual(['cv', 0.5]);
  const own = await measureSynchrony(x, y, { ...options, splits: grouped, lambda: ['cv', 2] });
  expect([own.lambda, own.chosenLambdas]).toEqual(['cv', result.variants![0]!.chosenLambdas]);
  const path = join(folder, 'ridge.A-to-B');
  for (const one of [result, own]) {
    await writeSynchrony(path, one, {});
    expect(await readSynchrony(path)).toEqual({ result: one, inputs: {} });
  }
});

test('a pairing is written and read beside R², and one of another length is refused', async () => {
  const measured = await measureSynchrony(randomLayers(2, 20, 3, 'x'), randomLayers(3, 20, 2, 'y'), options);
  const samples = [
    {
      group: 'g',
      source: { recording: 1, seat: 'A', round: 2 },
      target: { recording: 0, seat: 'B', round: 3 },
    },
    {
      group: 'g',
      source: { recording: 1, seat: 'A', round: 4 },
      target: { recording: 0, seat: 'B', round: 5 },
    },
  ] as const;
  const pairing = pairingOf(samples, [
    { interaction: 'first', seed: 7 },
    { interaction: 'second', seed: null },
  ]);
  expect(pairing.recordings).toEqual([
    { interaction: 'first', seed: 7 },
    { interaction: 'second', seed: null, group: 'g' },
  ]);
  expect([...pairing.rows]).toEqual([1, 2, 0, 3, 1, 4, 0, 5]);
  const path = join(folder, 'ridge.A-to-B');
  await writeSynchrony(path, { ...measured, pairing }, {});
  expect((await readSynchrony(path)).result).toEqual({ ...measured, pairing });
  const { tensors } = await parseSafetensorsHeader(`${path}.safetensors`);
  expect(tensors.get('pairing')).toMatchObject({ dtype: 'I32', shape: [2, 4] });
  const { z } = await import('zod');
  const json = await readJson(`${path}.json`, z.record(z.string(), z.unknown()), '');
  await writeJson(`${path}.json`, { ...json, pairing: { samples: 3, recordings: pairing.recordings } });
  await expect(readSynchrony(path)).rejects.toThrow('pairing is I32 [2, 4], but I32 [3, 4] is needed');
});

test('a result whose two files do not belong together is refused', async () => {
  const result = await measureSynchrony(randomLayers(2, 20, 3, 'x'), randomLayers(3, 20, 2, 'y'), options);
  const path = join(folder, 'ridge.B-to-A');
  await writeSynchrony(path, result, {});
  const { z } = await import('zod');
  const json = await readJson(`${path}.json`, z.record(z.string(), z.unknown()), '');
  await writeJson(`${path}.json`, { ...json, targetLayers: 4 });
  await expect(readSynchrony(path)).rejects.toThrow(CorruptFile);
  await expect(readSynchrony(path)).rejects.toThrow('r2 is F64 [2, 2, 3], but F64 [2, 2, 4] is needed');
});
