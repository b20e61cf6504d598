// How replies end, tried on a model that says what the test wants: with every layer's weights at zero, the next
// token depends on the last one alone, and the LM head holds the chain of tokens.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelMismatch } from '../../errors.ts';
import { createRandom } from '../../numerics/random.ts';
import { encodeSafetensors } from '../../numerics/safetensors.ts';
import type { LanguageModel, Reply, Sampling } from '../language-model.ts';
import { tokenProbabilities } from '../sampling.ts';
import { parseConfig } from './config.ts';
import { expectedWeights } from './expected-weights.ts';
import { loadOnnxModel } from './model.ts';

const FIXTURE = join(import.meta.dirname, '../../../fixtures/models/llama');
const D = 64;
const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  hidden_size: D,
  intermediate_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  vocab_size: 290,
  max_position_embeddings: 64,
  eos_token_id: [1],
  interbrain: { toy: true },
};
const EXCLAMATION = '!Ċ';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chain-'));
  await cp(FIXTURE, folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(CONFIG));
});
afterAll(() => rm(folder, { recursive: true }));

/** The tokenizer's vocabulary, with one token that ends a sentence and a line at once. */
async function vocabulary(): Promise<Record<string, number>> {
  const path = join(folder, 'tokenizer.json');
  const tokenizer = JSON.parse(await readFile(path, 'utf8')) as {
    model: { vocab: Record<string, number>; merges: unknown[] };
  };
  const { vocab, merges } = tokenizer.model;
  const last = Object.keys(vocab).find((token) => vocab[token] === 289)!;
  delete vocab[last];
  vocab[EXCLAMATION] = 289;
  if (last !== EXCLAMATION) merges.pop();
  await writeFile(path, JSON.stringify(tokenizer));
  return vocab;
}

/** A model that continues each token of `chain` with the one after it. Byte-level names: Ċ is \n, č is \r. */
async function rigged(chain: readonly string[]): Promise<LanguageModel> {
  const vocab = await vocabulary();
  const ids = chain.map((token) => vocab[token]!);
  expect(new Set(ids).size).toBe(ids.length);
  const random = createRandom('chain');
  const embeddings = Float32Array.from({ length: 290 * D }, () => (random.uniform() < 0.5 ? -1 : 1));
  const head = new Float32Array(290 * D);
  for (let i = 1; i < ids.length; i++)
    head.set(embeddings.subarray(ids[i - 1]! * D, (ids[i - 1]! + 1) * D), ids[i]! * D);
  const tensors = [...expectedWeights(parseConfig(folder, CONFIG))].map(([name, shape]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const known = { 'model.embed_tokens.weight': embeddings, 'lm_head.weight': head }[name];
    const data = known ?? new Float32Array(length).fill(name.includes('norm') ? 1 : 0);
    return { name, dtype: 'F32' as const, shape, data };
  });
  await writeFile(join(folder, 'model.safetensors'), encodeSafetensors(tensors));
  return loadOnnxModel(folder);
}

async function reply(
  chain: readonly string[],
  maxNewTokens = 20,
  more: Partial<Sampling> = {},
): Promise<Reply & { names: string[] }> {
  const model = await rigged(chain);
  const vocab = await vocabulary();
  const sampling = { temperature: 0, maxNewTokens, seed: '', ...more };
  const found = await model.converse().reply([vocab[chain[0]!]!], sampling);
  await model.dispose();
  const names = found.tokens.map((id) => Object.keys(vocab).find((token) => vocab[token] === id)!);
  return { ...found, names };
}

describe('a reply', () => {
  it('ends at a line break after some text; leading blank lines are passed over', async () => {
    const { text, finish, names } = await reply(['<s>', 'Ċ', 'Ġ', 'H', 'i', 'č', 'x']);
    expect({ text, finish, names }).toEqual({ text: 'Hi', finish: 'line', names: ['Ċ', 'Ġ', 'H', 'i'] });
  });

  it('keeps the text of a token that also breaks the line', async () => {
    const { text, finish, names } = await reply(['<s>', 'H', 'i', EXCLAMATION, 'x']);
    expect({ text, finish, names }).toEqual({ text: 'Hi!', finish: 'line', names: ['H', 'i', EXCLAMATION] });
  });

  it('ends at an end token', async () => {
    const { text, finish, names } = await reply(['<s>', 'N', 'o', '</s>', 'x']);
    expect({ text, finish, names }).toEqual({ text: 'No', finish: 'end', names: ['N', 'o'] });
  });

  it('may be empty', async () => {
    const { text, finish, names } = await reply(['<s>', '</s>']);
    expect({ text, finish, names }).toEqual({ text: '', finish: 'end', names: [] });
    const blank = await reply(['<s>', 'Ċ', 'Ġ', '</s>']);
    expect([blank.text, blank.finish, blank.names]).toEqual(['', 'end', ['Ċ', 'Ġ']]);
  });

  it('ends at a stop string, which may be spread over tokens and is no part of it', async () => {
    const stop = async (chain: string[], ...texts: string[]) => {
      const { text, finish, names } = await reply(['<s>', ...chain], 20, { stop: texts });
      return [text, finish, names];
    };
    expect(await stop(['N', 'o', 'w', 'x', 'y'], 'wx', 'y')).toEqual(['No', 'stop', ['N', 'o']]);
    // The tokens that hold what is said are kept, a blank before the stop among them.
    expect(await stop(['N', 'Ġ', '*', 'x'], '*')).toEqual(['N', 'stop', ['N', 'Ġ']]);
    expect(await stop(['H', EXCLAMATION, 'x'], '!')).toEqual(['H', 'stop', ['H']]);
    expect(await stop(['H', EXCLAMATION, 'x'], 'x')).toEqual(['H!', 'line', ['H', EXCLAMATION]]);
    expect(await stop(['Ċ', 'x', 'y'], 'x')).toEqual(['', 'stop', ['Ċ']]);
    expect(await stop(['N', 'o', '<|user|>', 'x'], '<|user|>')).toEqual(['No', 'stop', ['N', 'o']]);
    expect(await stop(['N', 'o', '</s>'], 'q')).toEqual(['No', 'end', ['N', 'o']]);
  });

  it('counts the prompt and what it has said when tokens are repeated', async () => {
    const model = await loadOnnxModel(FIXTURE);
    const prompt = model.tokenize([{ role: 'user', content: 'You are Mara. You sell a boat.' }]);
    const choice = { temperature: 0, repetitionPenalty: 1.8 };
    const settings = { ...choice, maxNewTokens: 12, seed: '' };
    const { tokens } = await model.converse().reply(prompt, settings);
    expect(tokens.length).toBeGreaterThan(2);
    const plain = await model.converse().reply(prompt, { ...settings, repetitionPenalty: undefined });
    expect(plain.tokens).not.toEqual(tokens);
    for (const [i, token] of tokens.entries()) {
      const context = [...prompt, ...tokens.slice(0, i)];
      const { logits = new Float32Array() } = await model.converse().read(context);
      expect(tokenProbabilities(logits, choice, context)[token]).toBe(1);
    }
    await model.dispose();
  });

  it('ends at maxNewTokens', async () => {
    const { text, finish } = await reply(['<s>', 'N', 'o', 'w', '</s>'], 2);
    expect({ text, finish }).toEqual({ text: 'No', finish: 'length' });
  });

  it('puts characters together that are spread over several tokens', async () => {
    // é is the bytes C3 A9.
    const { text } = await reply(['<s>', 'c', 'Ã', '©', '</s>']);
    expect(text).toBe('cé');
  });
});

describe('loadOnnxModel', () => {
  it('marks toys, takes a name, and keeps to the context that the model was trained for', async () => {
    await (await rigged(['<s>', 'x'])).dispose();
    const model = await loadOnnxModel(folder, { id: 'M1', contextLength: 1000, threads: 2 });
    expect(model.info).toMatchObject({
      toy: true,
      id: 'M1',
      contextLength: 64,
      architecture: 'LlamaForCausalLM',
    });
    await model.dispose();
    await expect(loadOnnxModel(folder, { contextLength: 0 })).rejects.toThrow('contextLength 0');
    await expect(loadOnnxModel(folder, { threads: 1.5 })).rejects.toThrow('threads 1.5');
  });

  it('refuses tokens that the vocabulary has not, and two steps at once', async () => {
    const model = await rigged(['<s>', 'x']);
    const conversation = model.converse();
    await expect(conversation.read([290])).rejects.toThrow('token 290');
    await expect(conversation.read([-1])).rejects.toThrow('token -1');
    const first = conversation.read([5, 6, 7]);
    await expect(conversation.read([5])).rejects.toThrow('await the one before');
    await first;
    await model.dispose();
  });

  it('says so when the weights give numbers that are none', async () => {
    await (await rigged(['<s>', 'x'])).dispose();
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    bytes.fill(0xff, bytes.length - 4 * D);
    await writeFile(path, bytes);
    const model = await loadOnnxModel(folder);
    await expect(model.converse().read([5, 6])).rejects.toThrow(ModelMismatch);
    await model.dispose();
  });
});
