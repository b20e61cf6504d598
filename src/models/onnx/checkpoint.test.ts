import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BadInput, CorruptFile, ModelMismatch } from '../../errors.ts';
import {
  encodeSafetensors,
  parseSafetensorsHeader,
  readTensorBytes,
  type TensorData,
} from '../../numerics/safetensors.ts';
import { openCheckpoint } from './checkpoint.ts';
import { loadOnnxModel } from './model.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/models');

let parent: string;
let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  folder = join(parent, 'model');
  await cp(join(FIXTURES, 'llama'), folder, { recursive: true });
});
afterEach(() => rm(parent, { recursive: true }));

async function editJson(name: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
  const json = JSON.parse(await readFile(at(name), 'utf8')) as Record<string, unknown>;
  edit(json);
  await writeFile(at(name), JSON.stringify(json));
}

/** Writes model.safetensors again with other tensors. */
async function editWeights(edit: (tensors: TensorData[]) => TensorData[]): Promise<void> {
  const path = at('model.safetensors');
  const { tensors } = await parseSafetensorsHeader(path);
  const list: TensorData[] = [];
  for (const entry of tensors.values()) {
    const { name, dtype, shape } = entry;
    list.push({ name, dtype, shape, data: await readTensorBytes(path, entry) });
  }
  await writeFile(path, encodeSafetensors(edit(list)));
}

describe('openCheckpoint', () => {
  it('describes a whole checkpoint', async () => {
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.weights.size).toBe(29);
    expect(checkpoint.eosTokenIds).toEqual([1]);
    const file = await readFile(at('model.safetensors'));
    const { begin } = checkpoint.weights.get('model.norm.weight')!;
    expect(begin).toBeLessThan(file.length);
    expect(checkpoint.parameters * 4).toBe(
      [...checkpoint.weights.values()].reduce((bytes, entry) => bytes + entry.end - entry.begin, 0),
    );
  });

  it('has a revision that follows the content, not the place', async () => {
    const { revision } = await openCheckpoint(folder);
    expect((await openCheckpoint(join(FIXTURES, 'llama'))).revision).toBe(revision);
    const bytes = await readFile(at('model.safetensors'));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(at('model.safetensors'), bytes);
    expect((await openCheckpoint(folder)).revision).not.toBe(revision);
  });

  it('finds end tokens in generation_config.json too, and the template in its file', async () => {
    await writeFile(at('generation_config.json'), '{"eos_token_id": [1, 4]}');
    await writeFile(at('chat_template.jinja'), 'hello');
    const { eosTokenIds, chatTemplate } = await openCheckpoint(folder);
    expect([eosTokenIds, chatTemplate]).toEqual([[1, 4], 'hello']);
  });

  it('follows the links of a Hugging Face cache', async () => {
    await rename(at('model.safetensors'), join(parent, 'blob'));
    await symlink(join('..', 'blob'), at('model.safetensors'));
    const model = await loadOnnxModel(folder);
    expect((await model.converse().read([5, 6])).states.length).toBe(3 * 48);
    await model.dispose();
  });

  it('leaves out what is harmless: old rotary frequencies', async () => {
    await editWeights((tensors) => [
      ...tensors,
      {
        name: 'model.layers.0.self_attn.rotary_emb.inv_freq',
        dtype: 'F32',
        shape: [1],
        data: new Float32Array(1),
      },
    ]);
    expect((await openCheckpoint(folder)).weights.size).toBe(30);
  });

  it.each<[string, () => Promise<unknown>, new (...args: never[]) => Error, RegExp]>([
    [
      'no folder',
      () => rm(folder, { recursive: true }),
      BadInput,
      /is not a folder; a checkpoint folder holds config/,
    ],
    [
      'no config',
      () => rm(at('config.json')),
      ModelMismatch,
      /missing config.json; a checkpoint folder holds/,
    ],
    [
      'no tokenizer and no weights',
      async () => {
        await rm(at('tokenizer.json'));
        await rm(at('model.safetensors'));
      },
      ModelMismatch,
      /missing tokenizer.json, model.safetensors;/,
    ],
    [
      'a config that is no JSON',
      () => writeFile(at('config.json'), '{"a'),
      CorruptFile,
      /config.json: is not JSON/,
    ],
    [
      'a config that is no object',
      () => writeFile(at('config.json'), '[]'),
      CorruptFile,
      /must hold a JSON object/,
    ],
    ['weights that are cut off', () => truncate(at('model.safetensors'), 5000), CorruptFile, /cut off/],
    ['weights without their header', () => truncate(at('model.safetensors'), 100), CorruptFile, /cut off/],
    [
      'weights that are empty',
      () => truncate(at('model.safetensors'), 0),
      CorruptFile,
      /the file has 0 bytes/,
    ],
    [
      'a tensor of another shape',
      () => editJson('config.json', (json) => Object.assign(json, { intermediate_size: 65 })),
      ModelMismatch,
      /gate_proj.weight has shape \[64, 48\], but config.json expects .* shape \[65, 48\]/,
    ],
    [
      'a tensor too few',
      () => editWeights((tensors) => tensors.filter(({ name }) => name !== 'model.norm.weight')),
      ModelMismatch,
      /tensor model.norm.weight is missing; config.json expects .* \[48\]/,
    ],
    [
      'a tensor too many',
      () =>
        editWeights((tensors) => [
          ...tensors,
          {
            name: 'model.layers.0.self_attn.q_proj.bias',
            dtype: 'F32',
            shape: [64],
            data: new Float32Array(64),
          },
        ]),
      ModelMismatch,
      /q_proj.bias has no place in LlamaForCausalLM/,
    ],
    [
      'a tensor of another type',
      () =>
        editWeights((tensors) =>
          tensors.map((tensor) =>
            tensor.name === 'model.norm.weight' ? { ...tensor, dtype: 'I32' } : tensor,
          ),
        ),
      ModelMismatch,
      /model.norm.weight is I32, as quantised checkpoints have it; weights must be F32, F16 or BF16/,
    ],
  ])('refuses %s', async (_, damage, type, message) => {
    await damage();
    const opened = openCheckpoint(folder);
    await expect(opened).rejects.toThrow(type);
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toThrow(basename(folder));
  });
});

describe('a checkpoint in shards', () => {
  const INDEX = 'model.safetensors.index.json';
  beforeEach(async () => {
    await rm(folder, { recursive: true });
    await cp(join(FIXTURES, 'llama-sharded'), folder, { recursive: true });
  });

  it('refuses a missing shard, by name', async () => {
    await rm(at('model-00002-of-00002.safetensors'));
    await expect(openCheckpoint(folder)).rejects.toThrow(/missing model-00002-of-00002.safetensors/);
  });

  it('refuses an index that is none, or that leads out of the folder', async () => {
    await writeFile(at(INDEX), '{"weight_map": {"a": "../other.safetensors"}}');
    await expect(openCheckpoint(folder)).rejects.toThrow(/only files in the same folder are valid/);
    await writeFile(at(INDEX), '{}');
    await expect(openCheckpoint(folder)).rejects.toThrow(CorruptFile);
  });

  it('runs the same when links lead its shards into several folders', async () => {
    const states = async () => {
      const model = await loadOnnxModel(folder);
      const conversation = model.converse();
      const reading = await conversation.read([3, 4, 5]);
      conversation.close();
      await model.dispose();
      return reading.states;
    };
    const whole = await states();
    for (const [index, place] of ['store/1a', 'store/2b'].entries()) {
      const shard = at(`model-0000${index + 1}-of-00002.safetensors`);
      await mkdir(join(parent, place), { recursive: true });
      await rename(shard, join(parent, place, 'blob'));
      await symlink(join(parent, place, 'blob'), shard);
    }
    const { weights, weightsFolder } = await openCheckpoint(folder);
    expect(basename(weightsFolder)).toBe('store');
    expect([...new Set([...weights.values()].map(({ file }) => file))].sort()).toEqual([
      '1a/blob',
      '2b/blob',
    ]);
    expect(await states()).toEqual(whole);
  });
});
