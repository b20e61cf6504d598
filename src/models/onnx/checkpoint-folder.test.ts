// Folders that hold something else than a checkpoint, or more: each is refused with what it is and what to do.

import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CorruptFile, ModelMismatch } from '../../errors.ts';
import { openCheckpoint } from './checkpoint.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-'));
  await cp(join(import.meta.dirname, '../../../fixtures/models/llama'), folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const become = (name: string) => rename(at('model.safetensors'), at(name));
const adapter = JSON.stringify({ base_model_name_or_path: 'org/base', peft_type: 'LORA' });
const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n';

it.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'an adapter beside the weights',
    () => writeFile(at('adapter_config.json'), adapter),
    /beside its weights lies adapter_config.json, a LORA adapter of org\/base.*merge it.*or move the adapter's files away/,
  ],
  ['an adapter without its settings', () => writeFile(at('adapter_model.safetensors'), ''), /a PEFT adapter/],
  [
    'an adapter alone',
    async () => {
      await rm(at('model.safetensors'));
      await rm(at('config.json'));
      await writeFile(at('adapter_config.json'), adapter);
    },
    /holds a LORA adapter of org\/base \(adapter_config.json\) and no whole model; merge it/,
  ],
  [
    "PyTorch's weights",
    () => become('pytorch_model.bin'),
    /in pytorch_model.bin.*python -c ".*save_pretrained/,
  ],
  ['a GGUF file', () => become('model-q4.gguf'), /in model-q4.gguf, a GGUF file/],
  [
    "the authors' own layout",
    () => become('consolidated.00.pth'),
    /consolidated.00.pth, the original authors' layout/,
  ],
  [
    'shards without their index',
    () => become('model-00001-of-00002.safetensors'),
    /no model.safetensors.index.json/,
  ],
  ['no weights at all', () => rm(at('model.safetensors')), /missing model.safetensors.*Download/],
  [
    'SentencePiece alone',
    () => rename(at('tokenizer.json'), at('tokenizer.model')),
    /tokenizer.model alone.*build tokenizer.json with transformers.*AutoTokenizer/,
  ],
  [
    'vocab.json and merges.txt',
    async () => {
      await rename(at('tokenizer.json'), at('vocab.json'));
      await writeFile(at('merges.txt'), '');
    },
    /its tokenizer is vocab.json and merges.txt.*build tokenizer.json/,
  ],
])('%s', async (_, change, message) => {
  await change();
  await expect(openCheckpoint(folder)).rejects.toThrow(ModelMismatch);
  await expect(openCheckpoint(folder)).rejects.toThrow(message);
});

it.each(['model.safetensors', 'tokenizer.json', 'config.json'])('%s as a Git LFS pointer', async (name) => {
  await writeFile(at(name), pointer);
  await expect(openCheckpoint(folder)).rejects.toThrow(CorruptFile);
  await expect(openCheckpoint(folder)).rejects.toThrow(`${name}: is a Git LFS pointer`);
  await expect(openCheckpoint(folder)).rejects.toThrow(/git lfs pull/);
});
