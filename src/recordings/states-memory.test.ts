import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeSafetensors, type SafetensorsDtype } from '../numerics/safetensors.ts';
import { holdStates, openStates, readLayer } from './states.ts';
import { StatesMemory } from './states-memory.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'states-memory-'));
});
afterAll(() => rm(folder, { recursive: true }));

const VALUES = { A: [1, 2, 3, 4], B: [0.5, -0.25, 8, 0] };
const HALVES = new Map([
  [1, 0x3c00],
  [2, 0x4000],
  [3, 0x4200],
  [4, 0x4400],
  [0.5, 0x3800],
  [-0.25, 0xb400],
  [8, 0x4800],
  [0, 0],
]);

/** Two layers of one round and two dimensions in either seat. */
async function statesFile(name: string, dtype: SafetensorsDtype = 'F32', factor = 1): Promise<string> {
  const path = join(folder, name);
  const tensors = (['A', 'B'] as const).map((seat) => {
    const values = VALUES[seat].map((value) => factor * value);
    const halves = () => Uint16Array.from(values, (value) => HALVES.get(value)!);
    const data =
      dtype === 'F16' ? halves() : dtype === 'F64' ? Float64Array.from(values) : Float32Array.from(values);
    return { name: seat, dtype, shape: [2, 1, 2], data };
  });
  await writeFile(path, encodeSafetensors(tensors));
  return path;
}

/** Writes over a file behind its time, so that only its bytes are others. */
async function changeSecretly(path: string, factor: number): Promise<void> {
  const time = new Date(1e12);
  await writeFile(path, await readFile(await statesFile('other', 'F32', factor)));
  await utimes(path, time, time);
}

it.each(['F32', 'F16', 'F64'] as const)('gives what the file holds: %s', async (dtype) => {
  const opened = await openStates(await statesFile(`plain-${dtype}`, dtype));
  const [held] = await holdStates([opened], new StatesMemory(1e6));
  for (const seat of ['A', 'B'] as const)
    for (const layer of [0, 1]) {
      const expected = VALUES[seat].slice(2 * layer, 2 * layer + 2);
      expect([...(await readLayer(held!, seat, layer))]).toEqual(expected);
      expect([...(await readLayer(opened, seat, layer))]).toEqual(expected);
    }
});

it('reads a file once, and again when it has changed', async () => {
  const path = await statesFile('once');
  await changeSecretly(path, 1);
  const memory = new StatesMemory(1e6);
  const hold = async () => (await holdStates([await openStates(path)], memory))[0]!;
  const first = await hold();
  expect([...(await readLayer(first, 'A', 0))]).toEqual([1, 2]);
  await changeSecretly(path, 2);
  expect([...(await readLayer(await hold(), 'A', 0))]).toEqual([1, 2]);
  await utimes(path, new Date(), new Date());
  expect([...(await readLayer(await hold(), 'A', 0))]).toEqual([2, 4]);
  expect(memory.bytes).toBe(32);
});

it('keeps all that are read together or none, and gives up what was asked for before', async () => {
  const paths = await Promise.all(['a', 'b', 'c'].map((name) => statesFile(name)));
  const states = await Promise.all(paths.map((path) => openStates(path)));
  const memory = new StatesMemory(64);
  const all = await holdStates(states, memory);
  expect(all.every(({ held }) => held === undefined)).toBe(true);
  expect(memory.bytes).toBe(0);
  const [a, b] = await holdStates(states.slice(0, 2), memory);
  expect(memory.bytes).toBe(64);
  await readLayer(a!, 'A', 0);
  const [c] = await holdStates(states.slice(2), memory);
  expect(memory.bytes).toBe(64);
  // a had to go and is read from the disk: what is written there now.
  await changeSecretly(paths[0]!, 2);
  expect([...(await readLayer(a!, 'A', 0))]).toEqual([2, 4]);
  for (const one of [b, c]) expect([...(await readLayer(one!, 'A', 0))]).toEqual([1, 2]);
});
