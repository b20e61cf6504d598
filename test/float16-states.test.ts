// States that are kept as half floats: what is read of them, and that everything measured of them is that of the rounded values.

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { INTERACTIVE } from '../src/conditions/condition.ts';
import { float16ToFloat32, toFloat16 } from '../src/numerics/float16.ts';
import { openRecordings } from '../src/pairs/open.ts';
import { listRecordings } from '../src/recordings/list.ts';
import { plantEpisodes } from '../src/recordings/planted.ts';
import { writeRecording } from '../src/recordings/recording.ts';
import { openStates, readLayer, type StatesMetadata, writeStates } from '../src/recordings/states.ts';
import { StatesMemory } from '../src/recordings/states-memory.ts';
import { measureRecordings } from '../src/synchrony/measure.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'float16-'));
});
afterAll(() => rm(folder, { recursive: true }));

const planted = plantEpisodes({
  scenarios: 8,
  interactionsPerScenario: 2,
  rounds: 4,
  strength: 2,
  layers: 2,
});
const rounded = (data: Float32Array) => float16ToFloat32(toFloat16(data));

async function record(name: string, values: 'F16' | 'F32', position?: 'mean-of-heard') {
  const run = join(folder, name);
  const paths = [];
  for (const { readers: _, ...one } of planted) {
    const { A, B } = one.states;
    const states = { A: { ...A, data: rounded(A.data) }, B: { ...B, data: rounded(B.data) } };
    const own = values === 'F16' ? one.states : states;
    paths.push(await writeRecording(run, { ...one, states: own, choice: { values, position } }));
  }
  return { run, states: paths[0]!.states };
}

async function measure(run: string, memory?: StatesMemory) {
  const files = await listRecordings(run, { models: ['planted-a', 'planted-b'], condition: INTERACTIVE });
  const recordings = await openRecordings(files, 'scenario', undefined, memory);
  return measureRecordings(recordings, {
    ...{
      direction: 'A->B',
      condition: 'interactive',
      sourceModel: 'a',
      targetModel: 'b',
      groupBy: 'scenario',
    },
    ...{ lambda: 0.1, samples: 'all', testFraction: 0.25, splitSeeds: [0, 1], threads: 1 },
  });
}

it('are half as large, and what is measured of them is what it is of the rounded values, to the bit', async () => {
  const [half, full] = [await record('half', 'F16'), await record('full', 'F32')];
  const [small, large] = [(await stat(half.states)).size, (await stat(full.states)).size];
  expect(small).toBeLessThan(0.75 * large);
  const opened = await openStates(half.states);
  expect(opened.A.entry.dtype).toBe('F16');
  expect(await readLayer(opened, 'A', 1)).toEqual(await readLayer(await openStates(full.states), 'A', 1));
  const expected = await measure(full.run);
  // From the disk, and where files stay in memory.
  expect(await measure(half.run)).toEqual(expected);
  expect(await measure(half.run, new StatesMemory(1e8))).toEqual(expected);
  expect(expected.syncR2.value).toBeGreaterThan(0.1);
}, 60_000);

it('a value that half floats cannot hold is told with its place, and nothing is written', async () => {
  const states = { layers: 1, rounds: 2, hiddenSize: 2, data: Float32Array.of(1, 2, 70_000, 3) };
  const metadata: StatesMetadata = {
    ...{ condition: 'interactive', models: ['m', 'n'], revisions: ['r', 's'], promptsSha256: '' },
    values: 'F16',
  };
  const path = join(folder, 'large.safetensors');
  const writing = writeStates(path, { A: states, B: states }, metadata);
  await expect(writing).rejects.toThrow('seat A, layer 0, round 2, dimension 0 is 70000; F16 holds 65504');
  await expect(stat(path)).rejects.toThrow('ENOENT');
});

it('turns without a mean give no samples, and states of two kinds are not measured together', async () => {
  const heard = await record('heard', 'F32', 'mean-of-heard');
  const files = await listRecordings(heard.run, {
    models: ['planted-a', 'planted-b'],
    condition: INTERACTIVE,
  });
  const [first] = await openRecordings(files);
  expect([...(first?.dropped ?? [])]).toEqual(['A1']);
  const all = await measure((await record('last', 'F32')).run);
  expect((await measure(heard.run)).samples).toBe(all.samples - planted.length);
  const mixed = [
    ...files.slice(1),
    ...(await listRecordings(join(folder, 'last'), {
      models: ['planted-a', 'planted-b'],
      condition: INTERACTIVE,
    })),
  ];
  await expect(openRecordings(mixed)).rejects.toThrow('states: mean-of-heard');
});
