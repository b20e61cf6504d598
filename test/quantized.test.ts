// What 8-bit weights do to the hidden states that are measured: the embedded models' own conversations, every prompt
// of theirs read once in float32 and once in q8.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  embeddedModelFolder,
  encountersOf,
  type LanguageModel,
  loadModel,
  playEpisode,
  smallWorld,
} from '../src/index.ts';

const NAMES = ['toy-llama', 'toy-mistral'] as const;
const SETTINGS = { rounds: 8, temperature: 0.7, maxNewTokens: 80 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quantized-'));
  process.env['INTERBRAIN_CACHE'] = folder;
});
afterAll(async () => {
  delete process.env['INTERBRAIN_CACHE'];
  await rm(folder, { recursive: true });
});

/** The same model, which puts every prompt that it replies to on a list. */
function listening(model: LanguageModel, prompts: (readonly number[])[]): LanguageModel {
  return {
    info: model.info,
    concurrency: model.concurrency,
    tokenize: (messages) => model.tokenize(messages),
    tokenizeContinuation: (...texts) => model.tokenizeContinuation(...texts),
    render: (messages) => model.render(messages),
    dispose: () => model.dispose(),
    converse() {
      const conversation = model.converse();
      return {
        read: (prompt) => conversation.read(prompt),
        reply(prompt, sampling) {
          prompts.push(prompt);
          return conversation.reply(prompt, sampling);
        },
        close: () => conversation.close(),
      };
    },
  };
}

/** Prompts from whole episodes that each model plays with itself. */
async function promptsOf(model: LanguageModel): Promise<(readonly number[])[]> {
  const prompts: (readonly number[])[] = [];
  const both = listening(model, prompts);
  const encounters = encountersOf(smallWorld()).filter((_, index) => index % 5 === 0);
  for (const encounter of encounters.slice(0, 24))
    await playEpisode({
      encounter,
      models: { A: both, B: both },
      names: [model.info.id, model.info.id],
      settings: SETTINGS,
      seed: 0,
    });
  return prompts;
}

async function statesOf(
  model: LanguageModel,
  prompts: readonly (readonly number[])[],
): Promise<Float32Array[]> {
  const states: Float32Array[] = [];
  for (const prompt of prompts) {
    const conversation = model.converse();
    states.push((await conversation.read(prompt)).states);
    conversation.close();
  }
  return states;
}

/** scikit-learn's r2_score(expected, found, multioutput='uniform_average') of one layer. */
function layerR2(expected: Float32Array[], found: Float32Array[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const mean = expected.reduce((total, row) => total + row[i]!, 0) / expected.length;
    const residual = expected.reduce((total, row, n) => total + (row[i]! - found[n]![i]!) ** 2, 0);
    const spread = expected.reduce((total, row) => total + (row[i]! - mean) ** 2, 0);
    sum += 1 - residual / spread;
  }
  return sum / (to - from);
}

it.each(NAMES)('%s keeps R² ≥ 0.998 in every layer with q8, and not with q4', async (name) => {
  const path = embeddedModelFolder(name, 'test');
  const exact = await loadModel({ path, worker: false });
  const prompts = await promptsOf(exact);
  expect(prompts.length).toBeGreaterThan(100);
  const expected = await statesOf(exact, prompts);
  const { layers, hiddenSize } = exact.info;
  await exact.dispose();
  const r2 = async (dtype: 'q8' | 'q4') => {
    const model = await loadModel({ path, dtype, worker: false });
    expect(model.info.dtype).toBe(dtype);
    const found = await statesOf(model, prompts);
    await model.dispose();
    return Array.from({ length: layers }, (_, layer) =>
      layerR2(expected, found, layer * hiddenSize, (layer + 1) * hiddenSize),
    );
  };
  const [eight, four] = [await r2('q8'), await r2('q4')];
  const text = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(' ');
  console.log(`${name}, ${prompts.length} prompts, R² per layer: q8 ${text(eight)}; q4 ${text(four)}`);
  expect(Math.min(...eight)).toBeGreaterThanOrEqual(0.998);
  expect(Math.min(...four)).toBeLessThan(0.97);
});
