import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadInput, ModelMismatch, OtherFormat } from '../errors.ts';
import { type Golden, readGolden } from './golden.ts';
import type { LanguageModel } from './language-model.ts';
import { loadModel } from './sources.ts';
import { relativeDifference, TOLERANCE, verifyModel } from './verify.ts';

const ROOT = join(import.meta.dirname, '../..');
// Written by scripts/verify_model.py.
const GOLDEN = join(ROOT, 'fixtures/golden/toy-llama-s.safetensors');

let model: LanguageModel;
let golden: Golden;
beforeAll(async () => {
  golden = await readGolden(GOLDEN);
  model = await loadModel({ embedded: 'toy-llama-s' }, { worker: false });
});
afterAll(() => model.dispose());

/** The golden file with one chat changed. */
const changed = (change: Partial<Golden['chats'][number]>): Golden => ({
  ...golden,
  chats: golden.chats.map((chat, i) => (i === 1 ? { ...chat, ...change } : chat)),
});

describe('an embedded model', () => {
  it('computes what transformers computes', async () => {
    const { layers, hiddenSize, vocabSize } = model.info;
    expect(golden.chats).toHaveLength(3);
    expect(golden.chats[0]!.states).toHaveLength(layers * hiddenSize);
    expect(golden.chats[0]!.logits).toHaveLength(vocabSize);
    const found = await verifyModel(model, golden);
    expect(found).toMatchObject({ agrees: true, differences: [] });
    expect(found.layers).toHaveLength(layers);
    expect(Math.max(...found.layers, found.logits)).toBeLessThan(5e-5);
    expect(Math.min(...found.layers)).toBeGreaterThan(0);
  });

  it('is found out by the layer from which its states differ', async () => {
    const { hiddenSize, layers } = model.info;
    const states = Float32Array.from(golden.chats[1]!.states);
    for (let i = 2 * hiddenSize; i < layers * hiddenSize; i++) states[i]! *= 1.01;
    const found = await verifyModel(model, changed({ states }));
    expect(found.agrees).toBe(false);
    expect(found.differences).toEqual([expect.stringMatching(/^the states differ from layer 3 on/)]);
    expect(found.layers.map((value) => value > TOLERANCE)).toEqual(
      Array.from({ length: layers }, (_, layer) => layer >= 2),
    );
    expect((await verifyModel(model, changed({ states }), { tolerance: 1 })).agrees).toBe(true);
  });

  it('is found out by its head, its template and its tokenizer', async () => {
    const { logits, ids } = golden.chats[1]!;
    const head = await verifyModel(model, changed({ logits: logits.map((value) => value + 1) }));
    expect(head.differences).toEqual([expect.stringMatching(/states agree, but the logits differ/)]);
    const template = await verifyModel(model, changed({ text: 'x' }));
    expect(template.differences).toEqual([
      'chat 2: the chat template gives another text than in transformers',
    ]);
    // The states are those of the tokens that transformers read.
    const tokens = await verifyModel(model, changed({ ids: [...ids.slice(0, -1), 5] }));
    expect(tokens.differences[0]).toBe('chat 2: the tokenizer gives other tokens than in transformers');
    const broken = golden.chats[1]!.states.map((value, i) => (i === 0 ? Number.NaN : value));
    expect((await verifyModel(model, changed({ states: broken }))).differences[0]).toMatch(/from layer 1 on/);
  });

  it('is not compared with a model of another size, or with no golden file', async () => {
    await expect(verifyModel(model, { ...golden, layers: 99 })).rejects.toThrow(ModelMismatch);
    await expect(verifyModel(model, { ...golden, layers: 99 })).rejects.toThrow(/of 99 layers/);
    await expect(readGolden(join(ROOT, 'nowhere.safetensors'))).rejects.toThrow(BadInput);
    const weights = join(ROOT, 'models/toy-llama-s/model.safetensors');
    await expect(readGolden(weights)).rejects.toThrow(OtherFormat);
  });
});

it('divides the largest difference by the root mean square of what is expected', () => {
  expect(relativeDifference(Float32Array.of(3, 5), Float32Array.of(3, 4))).toBeCloseTo(1 / Math.sqrt(12.5));
  expect(relativeDifference(Float32Array.of(0), Float32Array.of(0))).toBe(0);
  expect(relativeDifference(Float32Array.of(1, Number.NaN), Float32Array.of(1, 1))).toBeNaN();
  expect(relativeDifference(Float32Array.of(1), Float32Array.of(1, 1))).toBeNaN();
});
