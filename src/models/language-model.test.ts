// What every implementation of LanguageModel must do, whatever it is made of.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeVllm } from '../../test/vllm-server.ts';
import { BadInput } from '../errors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import type { LanguageModel, Reply, Sampling } from './language-model.ts';
import { createScriptedModel } from './scripted/model.ts';
import { loadModel } from './sources.ts';
import { createTokenizer } from './tokenizer.ts';
import { readTokenizerFiles } from './tokenizer-files.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/models');
const CHAT: readonly ChatMessage[] = [{ role: 'user', content: 'You are Mara. You sell a boat.\nMara:' }];
const LONGER: readonly ChatMessage[] = [
  { role: 'user', content: 'You are Mara. You sell a boat.\nMara: Good morning.\nTomas: How much?\nMara:' },
];
const REPLIES = ['\n\n  Forty.  \nOr less.', 'No.', 'It’s yours.\n', 'A long reply '.repeat(30)];

const IMPLEMENTATIONS: readonly [string, () => Promise<LanguageModel>][] = [
  ['onnx llama', () => loadModel({ path: join(FIXTURES, 'llama'), contextLength: 160 }, { worker: false })],
  [
    'onnx mistral',
    () => loadModel({ path: join(FIXTURES, 'mistral'), contextLength: 160 }, { worker: false }),
  ],
  [
    'onnx sharded',
    () => loadModel({ path: join(FIXTURES, 'llama-sharded'), contextLength: 160 }, { worker: false }),
  ],
  ['onnx in a worker', () => loadModel({ path: join(FIXTURES, 'llama'), contextLength: 160 })],
  ['vllm', () => connectToFake()],
  ['scripted', async () => createScriptedModel({ replies: REPLIES, contextLength: 160 })],
];

/** A model of ours behind a server that speaks as vLLM does. */
let fake: FakeVllm | undefined;
async function connectToFake(): Promise<LanguageModel> {
  const checkpoint = join(FIXTURES, 'llama');
  if (fake === undefined) {
    const model = await loadModel({ path: checkpoint }, { worker: false });
    const tokenizer = createTokenizer(await readTokenizerFiles(checkpoint));
    fake = await FakeVllm.start({ model, tokenizer, name: 'llama' });
  }
  return loadModel({ vllm: [fake.url], checkpoint: { path: checkpoint }, dtype: 'fp32', contextLength: 160 });
}
afterAll(() => fake?.stop());

/** In place of logits that a model does not give. */
const NONE = new Float32Array();

const sampling = (seed: string, more: Partial<Sampling> = {}): Sampling => ({
  temperature: 0.7,
  maxNewTokens: 40,
  seed,
  ...more,
});

describe.each(IMPLEMENTATIONS)('%s', (_, create) => {
  let model: LanguageModel;
  let prompt: number[];
  /** Whether it says how much it had read already. */
  let counts: boolean;
  beforeAll(async () => {
    model = await create();
    prompt = model.tokenize(CHAT);
    counts = model.servers === undefined;
  });
  afterAll(() => model.dispose());

  const fresh = async (seed: string, more?: Partial<Sampling>): Promise<Reply> => {
    const conversation = model.converse();
    try {
      return await conversation.reply(prompt, sampling(seed, more));
    } finally {
      conversation.close();
    }
  };

  it('says what it is', () => {
    const { info } = model;
    expect(info.revision).toMatch(/^[0-9a-f]{64}$/);
    expect([info.dtype, info.contextLength]).toEqual(['fp32', 160]);
    for (const size of [info.layers, info.hiddenSize, info.vocabSize]) expect(size).toBeGreaterThan(0);
  });

  it('has the same revision when it is made again', async () => {
    const again = await create();
    expect(again.info).toEqual(model.info);
    await again.dispose();
  });

  it('tokenises what it renders into ids of its vocabulary', () => {
    expect(model.render(CHAT)).toContain('You sell a boat.\nMara:');
    expect(model.tokenize(CHAT)).toEqual(prompt);
    for (const id of prompt) expect(id).toBeLessThan(model.info.vocabSize);
  });

  it('gives states of shape (layers, hiddenSize) and logits of the vocabulary, all finite', async () => {
    const { states, logits = NONE, reusedTokens } = await model.converse().read(prompt);
    expect(states.length).toBe(model.info.layers * model.info.hiddenSize);
    const gives = model.info.capabilities.includes('logits');
    expect(logits.length).toBe(gives ? model.info.vocabSize : 0);
    expect([...states, ...logits].every(Number.isFinite)).toBe(true);
    expect(new Set(states).size).toBeGreaterThan(states.length / 2);
    expect(reusedTokens).toBe(0);
  });

  it('reads and replies from the same states', async () => {
    const { states } = await model.converse().read(prompt);
    expect((await fresh('a')).states).toEqual(states);
  });

  it('repeats a reply for the same seed, and gives others for other seeds', async () => {
    expect(await fresh('seed 1')).toEqual(await fresh('seed 1'));
    const seeds = Array.from({ length: 12 }, (_, seed) => fresh(`seed ${seed}`));
    const texts = (await Promise.all(seeds)).map(({ text }) => text);
    expect(new Set(texts).size).toBeGreaterThan(1);
  });

  it('ignores the seed at temperature 0', async () => {
    expect(await fresh('one', { temperature: 0 })).toEqual(await fresh('two', { temperature: 0 }));
  });

  it('gives the same replies however many conversations run at once', async () => {
    const seeds = ['a', 'b', 'c', 'd'];
    const together = await Promise.all(seeds.map((seed) => fresh(seed)));
    for (const [i, seed] of seeds.entries()) expect(together[i]).toEqual(await fresh(seed));
  });

  it('reuses what it has read, and the states do not tell', async () => {
    const longer = model.tokenize(LONGER);
    const expected = await model.converse().read(longer);
    const conversation = model.converse();
    await conversation.reply(prompt, sampling('x'));
    const reused = await conversation.read(longer);
    if (counts) expect(reused.reusedTokens).toBeGreaterThan(10);
    expectClose(reused.states, expected.states);
    expectClose(reused.logits ?? NONE, expected.logits ?? NONE);
    expect(reused.logits?.length).toBe(expected.logits?.length);
    // Back to the shorter prompt: everything but its last token is there already.
    const back = await conversation.read(prompt);
    if (counts) expect(back.reusedTokens).toBeGreaterThan(10);
    expectClose(back.states, (await model.converse().read(prompt)).states);
    const same = await conversation.read(prompt);
    if (counts) expect(same.reusedTokens).toBe(prompt.length - 1);
    expectClose(same.states, back.states);
  });

  it('reuses the tokens of its own reply', async () => {
    const conversation = model.converse();
    const { tokens } = await conversation.reply(prompt, sampling('y', { maxNewTokens: 12 }));
    const { reusedTokens, states } = await conversation.read([...prompt, ...tokens, ...prompt.slice(-3)]);
    // The last token that was generated need not have been read.
    if (counts) expect(reusedTokens).toBeGreaterThanOrEqual(prompt.length + tokens.length - 1);
    const { states: expected } = await model.converse().read([...prompt, ...tokens, ...prompt.slice(-3)]);
    expectClose(states, expected);
  });

  it('replies with one trimmed line that its tokens spell', async () => {
    for (let seed = 0; seed < 30; seed++) {
      const { text, tokens, finish } = await fresh(`line ${seed}`, { temperature: 1 });
      expect(text).not.toMatch(/[\n\r]/);
      expect(text).toBe(text.trim());
      expect(tokens.length).toBeLessThanOrEqual(40);
      if (finish === 'line') expect(text).not.toBe('');
      if (finish === 'length') expect(tokens.length).toBe(40);
    }
  });

  it('goes on over line breaks if asked to, and keeps what it said', async () => {
    const [one, all] = [
      await fresh('several', { temperature: 1 }),
      await fresh('several', { temperature: 1, lines: 'all', maxNewTokens: 60 }),
    ];
    expect(all.finish).not.toBe('line');
    expect(all.text.trimStart().startsWith(one.text)).toBe(true);
    expect(all.tokens.length).toBeGreaterThanOrEqual(one.tokens.length);
  });

  it('stops at maxNewTokens, at none if that is 0', async () => {
    const short = await fresh('z', { maxNewTokens: 2 });
    expect(short.tokens.length).toBeLessThanOrEqual(2);
    const none = await fresh('z', { maxNewTokens: 0 });
    expect([none.tokens, none.text, none.finish]).toEqual([[], '', 'length']);
    expect(none.states).toEqual(short.states);
  });

  it('stops before a stop string', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const free = await fresh(`stop ${seed}`, { temperature: 1 });
      const middle = free.text.length >> 1;
      const end = free.text.slice(middle, middle + 2).trim();
      if (end === '' || end.includes('\ufffd')) continue;
      const cut = await fresh(`stop ${seed}`, { temperature: 1, stop: ['nobody says this', end] });
      expect(cut.text).toBe(free.text.slice(0, free.text.indexOf(end)).trim());
      expect(cut.finish).toBe('stop');
      expect(cut.tokens).toEqual(free.tokens.slice(0, cut.tokens.length));
    }
  });

  it('says the same when what narrows the choice is neutral', async () => {
    const neutral = { topK: 100_000, topP: 1, minP: 0, repetitionPenalty: 1, stop: [] };
    // A canned reply may depend on all settings; these choose by prompt and seed.
    expect(await fresh('neutral', neutral)).toEqual(await fresh('neutral'));
  });

  it('tokenises a text that goes on', () => {
    const yes = model.tokenizeContinuation('Yes');
    expect(yes.length).toBeGreaterThan(0);
    expect(model.tokenizeContinuation('')).toEqual([]);
    for (const id of yes) expect(id).toBeLessThan(model.info.vocabSize);
  });

  it('stops where the context ends', async () => {
    const filler = Array.from({ length: 158 - prompt.length }, (_, i) => prompt[i % prompt.length]!);
    const full = [...filler, ...prompt];
    const { tokens } = await model.converse().reply(full, sampling('w', { maxNewTokens: 300 }));
    expect(full.length).toBe(158);
    expect(tokens.length).toBeLessThanOrEqual(2);
    const last = [...full, prompt[0]!, prompt[0]!];
    expect((await model.converse().reply(last, sampling('w'))).finish).toBe('length');
  });

  it('refuses a prompt that does not fit, and an empty one, and goes on after that', async () => {
    const conversation = model.converse();
    const tooLong = Array.from({ length: 161 }, (_, i) => prompt[i % prompt.length]!);
    const refused = conversation.read(tooLong);
    await expect(refused).rejects.toThrow(BadInput);
    await expect(refused).rejects.toThrow(/161 tokens.*160/);
    await expect(conversation.reply(tooLong, sampling('a'))).rejects.toThrow(model.info.id);
    await expect(conversation.read([])).rejects.toThrow(BadInput);
    expect((await conversation.read(prompt)).states).toEqual((await model.converse().read(prompt)).states);
  });

  it('refuses settings that make no sense', async () => {
    for (const wrong of [
      { temperature: -1 },
      { temperature: Number.NaN },
      { maxNewTokens: 1.5 },
      { topK: 0 },
      { topP: 1.5 },
      { minP: -1 },
      { repetitionPenalty: 0 },
      { stop: ['a\nb'] },
    ])
      await expect(fresh('a', wrong)).rejects.toThrow(BadInput);
  });

  it('ends: a closed conversation reads nothing, a model that is disposed of starts none', async () => {
    const conversation = model.converse();
    conversation.close();
    await expect(conversation.read(prompt)).rejects.toThrow('closed');
    const other = await create();
    await other.dispose();
    await other.dispose();
    expect(() => other.converse()).toThrow('disposed');
  });
});

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length);
  const differences = found.map((value, i) => Math.abs(value - expected[i]!));
  expect(Math.max(...differences)).toBeLessThan(3e-5);
}
