// The small GGUF files of scripts/golden_gguf.py, against what sentencepiece, tokenizers and transformers make of them.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf } from '../../numerics/lookup.ts';
import { parseSafetensorsHeader, readFloats } from '../../numerics/safetensors.ts';
import type { ChatMessage } from '../../prompts/chat-message.ts';
import { openCheckpoint } from '../onnx/checkpoint.ts';
import type { Checkpoint } from '../onnx/checkpoint-type.ts';
import type { Dtype } from '../onnx/dtype.ts';
import { Engine } from '../onnx/engine.ts';
import type { Activations } from '../onnx/graph-builder.ts';
import { smallestBatch } from '../onnx/quantize.ts';
import { prepareWeights } from '../onnx/weights-cache.ts';
import { createTokenizer } from '../tokenizer.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/gguf');

interface Golden {
  readonly prompt: readonly number[];
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly chats: readonly { readonly messages: readonly ChatMessage[]; readonly text: string }[];
}

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'gguf-models-'));
  process.env['INTERBRAIN_CACHE'] = cache;
});
afterAll(async () => {
  delete process.env['INTERBRAIN_CACHE'];
  await rm(cache, { recursive: true });
});

async function compute(
  checkpoint: Checkpoint,
  dtype: Dtype,
  prompt: readonly number[],
  activations?: Activations,
) {
  const prepared = await prepareWeights(checkpoint, dtype);
  const engine = await Engine.load(prepared, { threads: 1, contextLength: 64, activations });
  try {
    const { states, logits } = await engine.run(engine.createCache(), 0, prompt);
    return { states: Float32Array.from(states), logits: Float32Array.from(logits) };
  } finally {
    await engine.release();
  }
}

function difference(found: Float32Array, expected: Float32Array): number {
  expect(found.length).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / largest;
}

describe.each(['llama', 'qwen2'])('%s.gguf', (name) => {
  const expected = new Map<string, Float32Array>();
  let golden: Golden;
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    golden = JSON.parse(await readFile(join(FIXTURES, `${name}.json`), 'utf8'));
    checkpoint = await openCheckpoint(join(FIXTURES, `${name}.gguf`));
    const path = join(FIXTURES, `${name}.safetensors`);
    for (const entry of (await parseSafetensorsHeader(path)).tensors.values())
      expected.set(entry.name, await readFloats(path, entry));
  });

  it('gives the states of transformers on the dequantised weights', async () => {
    const found = await compute(checkpoint, 'fp32', golden.prompt);
    expect(difference(found.states, entryOf(expected, 'states'))).toBeLessThan(1e-5);
    expect(difference(found.logits, entryOf(expected, 'logits'))).toBeLessThan(1e-5);
  });

  it('gives them with the blocks packed as well', async () => {
    // F16, BF16 and F32 matrices of qwen2.gguf are rounded to 8 bits; in llama.gguf there are blocks alone.
    const found = await compute(checkpoint, 'q8', golden.prompt, 'float32');
    const tolerance = name === 'llama' ? 1e-5 : 0.02;
    expect(difference(found.states, entryOf(expected, 'states'))).toBeLessThan(tolerance);
    // Every product is off by 2⁻¹⁶ of a block's largest value at most.
    const inTwoParts = await compute(checkpoint, 'q8', golden.prompt, 'two-parts');
    const off = name === 'llama' ? 16 * 2 ** -16 : 0.02;
    expect(difference(inTwoParts.states, entryOf(expected, 'states'))).toBeLessThan(off);
    const rounded = await compute(checkpoint, 'q8', golden.prompt);
    expect(difference(rounded.states, entryOf(expected, 'states'))).toBeLessThan(0.2);
  });

  it('gives a row the same bits whatever is read beside it', async () => {
    const prepared = await prepareWeights(checkpoint, 'q8');
    const smallest = smallestBatch(prepared.weights);
    // In both files there are blocks of 4 bits, whose kernel has a way of its own for a single row.
    expect(smallest).toBe(2);
    const engine = await Engine.load(prepared, { threads: 1, contextLength: 64 });
    const stepOf = async (prompts: readonly (readonly number[])[]) => {
      const cache = engine.createCache(prompts.length);
      for (const [row, prompt] of prompts.entries()) await engine.run(cache, 0, prompt, row);
      const lengths = prompts.map((prompt) => prompt.length + 1);
      const outputs = await engine.step(
        cache,
        prompts.map(() => 7),
        lengths,
      );
      return Array.from(outputs[0]!.states);
    };
    const others = [3, 9, 20, 33].map((length) => golden.prompt.slice(-length));
    const alone = await stepOf([golden.prompt, others[0]!]);
    expect(await stepOf([golden.prompt, ...others])).toEqual(alone);
    await engine.release();
  });

  it('cuts texts into the tokens of its own tokenizer', () => {
    const tokenizer = createTokenizer(checkpoint);
    for (const { text, ids } of golden.texts) expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
  });

  it('renders chats by its own template', () => {
    const tokenizer = createTokenizer(checkpoint);
    for (const { messages, text } of golden.chats) expect(tokenizer.render(messages)).toBe(text);
  });
});
