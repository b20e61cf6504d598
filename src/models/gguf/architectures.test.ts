// Every architecture in a GGUF file whose tensors have the names that the gguf package knows, against transformers; and
// what is refused. Files: scripts/golden_gguf.py.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelMismatch } from '../../errors.ts';
import { entryOf } from '../../numerics/lookup.ts';
import { parseSafetensorsHeader, readFloats } from '../../numerics/safetensors.ts';
import { openCheckpoint } from '../onnx/checkpoint.ts';
import { Engine } from '../onnx/engine.ts';
import { ARCHITECTURES } from '../onnx/families.ts';
import { prepareWeights } from '../onnx/weights-cache.ts';
import { ggufConfig } from './config.ts';
import { type GgufHeader, type MetadataValue, parseGgufHeader } from './header.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const FILES = join(FIXTURES, 'gguf/architectures');
const CASES = {
  'llama-bias-yarn': 'LlamaForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
  smollm3: 'SmolLM3ForCausalLM',
  'phi-3': 'Phi3ForCausalLM',
  'phi-4-mini': 'Phi3ForCausalLM',
  'olmo-2': 'Olmo2ForCausalLM',
  'gemma-2': 'Gemma2ForCausalLM',
  'gemma-3': 'Gemma3ForCausalLM',
};

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'gguf-architectures-'));
  process.env['INTERBRAIN_CACHE'] = cache;
});
afterAll(async () => {
  delete process.env['INTERBRAIN_CACHE'];
  await rm(cache, { recursive: true });
});

it.each(Object.entries(CASES))('%s gives the states of transformers', async (name, architecture) => {
  const { default: golden } = await import(join(FIXTURES, 'architectures', name, 'golden.json'));
  const checkpoint = await openCheckpoint(join(FILES, `${name}.gguf`));
  expect(checkpoint.config.architecture).toBe(architecture);
  const engine = await Engine.load(await prepareWeights(checkpoint, 'fp32'), {
    threads: 1,
    contextLength: 64,
  });
  const found = await engine.run(engine.createCache(), 0, golden.prompt);
  const path = join(FILES, `${name}.safetensors`);
  const { tensors } = await parseSafetensorsHeader(path);
  for (const what of ['states', 'logits'] as const) {
    const expected = await readFloats(path, entryOf(tensors, what));
    const largest = found[what].reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
    expect(found[what].length).toBe(expected.length);
    expect(largest).toBeLessThan(1e-4);
  }
  await engine.release();
});

it('covers every architecture but Mistral, which is a llama there, and Qwen 2, which has a file of its own', () => {
  const covered = [...Object.values(CASES), 'MistralForCausalLM', 'Qwen2ForCausalLM'];
  expect(new Set(covered)).toEqual(new Set(ARCHITECTURES));
});

describe('settings', () => {
  const whole = parseGgufHeader(join(FIXTURES, 'gguf/llama.gguf'));
  const withChanges = (changes: Readonly<Record<string, MetadataValue>>): GgufHeader => ({
    ...whole,
    metadata: new Map([...whole.metadata, ...Object.entries(changes)]),
  });
  const read = () => Array.from({ length: 16 }, () => 1);

  it.each<[string, Record<string, MetadataValue>, RegExp]>([
    ['another architecture', { 'general.architecture': 'mamba' }, /architecture mamba .* are llama, qwen2/],
    ['a setting that nobody knows', { 'llama.logit_scale': 0.5 }, /sets llama\.logit_scale/],
    ['experts', { 'llama.expert_count': 8 }, /sets llama\.expert_count/],
    ['values of another size', { 'llama.attention.value_length': 16 }, /keys have 32 .* values 16/],
    ['heads that differ', { 'llama.attention.head_count_kv': [2, 1, 2] }, /differs between layers \(2, 1\)/],
    ['a number that is none', { 'llama.block_count': 'three' }, /block_count is "three"/],
    ['one of several files', { 'split.count': 3 }, /one of 3 files.*--merge/],
    ['an adapter', { 'general.type': 'adapter' }, /of type adapter/],
  ])('refuses %s', (_, changes, message) => {
    expect(() => ggufConfig(withChanges(changes), read)).toThrow(message);
    expect(() => ggufConfig(withChanges(changes), read)).toThrow(ModelMismatch);
  });

  it('passes over what is off, and what is the same in every layer', () => {
    const changes = { 'llama.expert_count': 0, 'llama.attention.head_count_kv': [2, 2, 2] };
    expect(ggufConfig(withChanges(changes), read).json).toMatchObject({ num_key_value_heads: 2 });
  });

  it('takes a llama with a window for a Mistral', () => {
    const found = ggufConfig(withChanges({ 'llama.attention.sliding_window': 4096 }), read);
    expect(found.json).toMatchObject({ architectures: ['MistralForCausalLM'], sliding_window: 4096 });
  });

  it('says which scaling of positions it does not know', () => {
    const tensors = new Map([...whole.tensors].filter(([name]) => name !== 'rope_freqs.weight'));
    const scaled = { ...withChanges({ 'llama.rope.scaling.type': 'other' }), tensors };
    expect(() => ggufConfig(scaled, read)).toThrow(/"other" is not supported; none, linear, yarn/);
    const linear = withChanges({ 'llama.rope.scaling.type': 'linear', 'llama.rope.scaling.factor': 4 });
    expect(ggufConfig({ ...linear, tensors }, read).json['rope_scaling']).toEqual({
      rope_type: 'linear',
      factor: 4,
    });
  });

  it('names a key that is missing', () => {
    const metadata = new Map(whole.metadata);
    metadata.delete('llama.block_count');
    expect(() => ggufConfig({ ...whole, metadata }, read)).toThrow(/lacks llama\.block_count/);
  });
});
