import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  encodeSafetensors,
  parseSafetensorsHeader,
  readTensorBytes,
  type TensorData,
} from '../../numerics/safetensors.ts';
import { openCheckpoint } from './checkpoint.ts';
import { Engine } from './engine.ts';

const EMBEDDINGS = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';
const TOKENS = [5, 6, 7, 8];

let folder: string;
let weights: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'names-'));
  weights = join(folder, 'model.safetensors');
  await cp(join(import.meta.dirname, '../../../fixtures/models/llama'), folder, { recursive: true });
  const path = join(folder, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...config, tie_word_embeddings: true }));
});
afterEach(() => rm(folder, { recursive: true }));

async function edit(change: (tensors: Map<string, TensorData>) => void): Promise<void> {
  const tensors = new Map<string, TensorData>();
  for (const entry of (await parseSafetensorsHeader(weights)).tensors.values()) {
    const { name, dtype, shape } = entry;
    tensors.set(name, { name, dtype, shape, data: await readTensorBytes(weights, entry) });
  }
  change(tensors);
  await writeFile(weights, encodeSafetensors([...tensors].map(([name, tensor]) => ({ ...tensor, name }))));
}

async function logits(): Promise<number[]> {
  const engine = await Engine.load(await openCheckpoint(folder), { threads: 1, contextLength: 16 });
  const { logits: found } = await engine.run(engine.createCache(), 0, TOKENS);
  await engine.release();
  return [...found];
}

/** The embeddings as a head of their own, and one that is not theirs. */
const copied = (tensors: Map<string, TensorData>) => tensors.set(HEAD, tensors.get(EMBEDDINGS)!);
const turned = (tensors: Map<string, TensorData>) => {
  const { data, ...rest } = tensors.get(EMBEDDINGS)!;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  tensors.set(HEAD, { ...rest, data: Uint8Array.from(bytes.toReversed().map((byte) => byte & 0x3f)) });
};

it('counts a head once that is the same as the embeddings, and keeps one that is not', async () => {
  await edit((tensors) => tensors.delete(HEAD));
  const tied = await openCheckpoint(folder);
  const expected = await logits();
  await edit(copied);
  const both = await openCheckpoint(folder);
  expect([both.parameters, both.config.tiedEmbeddings]).toEqual([tied.parameters, true]);
  expect(await logits()).toEqual(expected);
  await edit(turned);
  const other = await openCheckpoint(folder);
  expect(other.config.tiedEmbeddings).toBe(false);
  expect(other.parameters).toBeGreaterThan(tied.parameters);
  expect(await logits()).not.toEqual(expected);
});

it('takes the head for the embeddings where it stands alone, and names without their prefix', async () => {
  await edit((tensors) => tensors.delete(HEAD));
  const expected = await logits();
  await edit((tensors) => {
    copied(tensors);
    tensors.delete(EMBEDDINGS);
  });
  expect(await logits()).toEqual(expected);
  await edit((tensors) => {
    for (const [name, tensor] of [...tensors]) {
      tensors.delete(name);
      tensors.set(name.replace('model.', ''), tensor);
    }
  });
  expect(await logits()).toEqual(expected);
});

it.each<[string, string, RegExp]>([
  ['base_model.model.model.norm.weight', 'of an adapter', /peft's prefix base_model.model.*merge_and_unload/],
  ['model.layers.0.mlp.up_proj.lora_A.weight', 'of an adapter', /belongs to an adapter/],
  [
    'model.layers.0.mlp.up_proj.qweight',
    'quantised',
    /qweight \(F32\) is part of a quantised checkpoint; take/,
  ],
  ['model.layers.0.mlp.up_proj.scales', 'quantised', /part of a quantised checkpoint/],
])('refuses %s, which is %s', async (name, _, message) => {
  await edit((tensors) => {
    tensors.set(name, tensors.get('model.norm.weight')!);
  });
  await expect(openCheckpoint(folder)).rejects.toThrow(message);
});

it('names the prefix that a wrapper has left', async () => {
  await edit((tensors) => {
    for (const [name, tensor] of [...tensors]) {
      tensors.delete(name);
      tensors.set(`_orig_mod.${name}`, tensor);
    }
  });
  await expect(openCheckpoint(folder)).rejects.toThrow(/its tensors begin with _orig_mod\., which a wrapper/);
});
