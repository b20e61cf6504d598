import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadInput, ModelMismatch } from '../errors.ts';
import { embeddedModelFolder } from './embedded.ts';
import type { Conversation, LanguageModel } from './language-model.ts';
import { labelProbabilities, logLikelihoods } from './likelihood.ts';
import { createScriptedModel } from './scripted/model.ts';
import { loadModel } from './sources.ts';

interface Golden {
  readonly prompt: number[];
  readonly continuations: readonly { text: string; ids: number[]; logProbability: number; greedy: boolean }[];
  readonly greedy: number[];
}
const path = join(import.meta.dirname, '../../fixtures/chat/likelihoods.json');
const goldens = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Golden>;

describe.each(Object.entries(goldens))('%s', (name, golden) => {
  let model: LanguageModel;
  let conversation: Conversation;
  beforeAll(async () => {
    model = await loadModel({ path: embeddedModelFolder(name, 'test') });
    conversation = model.converse();
  });
  afterAll(() => model.dispose());

  it('gives the log-likelihoods that transformers gives', async () => {
    const { prompt, continuations } = golden;
    for (const { text, ids } of continuations) expect(model.tokenizeContinuation(text)).toEqual(ids);
    const tokens = continuations.map(({ ids }) => ids);
    const found = await logLikelihoods(model, conversation, prompt, tokens);
    for (const [i, { logProbability, greedy, ids }] of continuations.entries()) {
      // float32 logits of two implementations.
      expect(Math.abs(found[i]!.logProbability - logProbability)).toBeLessThan(1e-4 * (1 + ids.length));
      expect([found[i]!.greedy, found[i]!.tokens]).toEqual([greedy, ids.length]);
    }
    const [greedy] = await logLikelihoods(model, conversation, prompt, [golden.greedy]);
    expect(greedy?.greedy).toBe(true);
  });

  it('gives the same one by one, in any order, with a cache and without', async () => {
    const tokens = golden.continuations.map(({ ids }) => ids);
    const together = await logLikelihoods(model, conversation, golden.prompt, tokens);
    for (const [i, ids] of [...tokens.entries()].reverse()) {
      const [alone] = await logLikelihoods(model, model.converse(), golden.prompt, [ids]);
      expect(alone!.logProbability).toBeCloseTo(together[i]!.logProbability, 4);
    }
  });

  it('normalises over labels that begin alike or begin one another', async () => {
    const labels = ['Yes', 'Yes, I do.', 'No', 'I could do 40.'];
    const { probabilities, logProbabilities, mass } = await labelProbabilities(
      model,
      conversation,
      golden.prompt,
      labels,
    );
    const exact = (text: string) =>
      Math.exp(golden.continuations.find((continuation) => continuation.text === text)!.logProbability);
    const expected = [
      exact('Yes') - exact('Yes, I do.'),
      exact('Yes, I do.'),
      exact('No'),
      exact('I could do 40.'),
    ];
    const total = expected.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(mass / total - 1)).toBeLessThan(1e-3);
    for (const [i, value] of expected.entries()) {
      expect(Math.abs(Math.exp(logProbabilities[i]!) / value - 1)).toBeLessThan(2e-3);
      expect(Math.abs(probabilities[i]! - value / total)).toBeLessThan(1e-3);
    }
  });
});

describe('with tokens that are bytes', () => {
  const model = createScriptedModel({ replies: ['Yes.'], contextLength: 40 });
  const prompt = model.tokenizeContinuation('Do you agree?');

  it('gives all labels of one token together the whole mass', async () => {
    const labels = Array.from({ length: 128 }, (_, byte) => String.fromCharCode(byte));
    const read = await labelProbabilities(model, model.converse(), prompt, labels);
    const all = await logLikelihoods(
      model,
      model.converse(),
      prompt,
      Array.from({ length: 256 }, (_, byte) => [byte]),
    );
    const sumOf = (some: typeof all) =>
      some.reduce((total, { logProbability }) => total + Math.exp(logProbability), 0);
    expect(sumOf(all)).toBeCloseTo(1, 12);
    expect(read.mass).toBeLessThan(1);
    expect(read.mass).toBeCloseTo(sumOf(all.slice(0, labels.length)), 12);
    expect(read.probabilities.reduce((total, value) => total + value, 0)).toBeCloseTo(1, 12);
  });

  it('counts no reply twice', async () => {
    const labels = ['1', '10', '100', '2'];
    const read = await labelProbabilities(model, model.converse(), prompt, labels);
    const whole = await logLikelihoods(
      model,
      model.converse(),
      prompt,
      labels.map((label) => model.tokenizeContinuation(label)),
    );
    const [one, ten, hundred, two] = whole.map(({ logProbability }) => Math.exp(logProbability));
    const expected = [one! - ten!, ten! - hundred!, hundred!, two!];
    for (const [i, value] of expected.entries())
      expect(Math.exp(read.logProbabilities[i]!)).toBeCloseTo(value, 12);
    expect(read.mass).toBeCloseTo(one! + two!, 12);
  });

  it('reads each beginning once', async () => {
    const conversation = model.converse();
    let reads = 0;
    const counting: Conversation = {
      ...conversation,
      read: (tokens) => {
        reads++;
        return conversation.read(tokens);
      },
    };
    const ids = ['abc', 'abd', 'ab', 'x', ''].map((text) => model.tokenizeContinuation(text));
    const found = await logLikelihoods(model, counting, prompt, ids);
    // The prompt, a, ab.
    expect(reads).toBe(3);
    expect(found.map(({ tokens }) => tokens)).toEqual([3, 3, 2, 1, 0]);
    expect(found.at(-1)).toEqual({ logProbability: 0, tokens: 0, greedy: true });
  });

  it('says what is wrong with labels and continuations', async () => {
    const read = (labels: string[]) => labelProbabilities(model, model.converse(), prompt, labels);
    await expect(read([])).rejects.toThrow('there are no labels');
    await expect(read(['a', ''])).rejects.toThrow('label "" has no tokens');
    await expect(read(['a', 'b', 'a'])).rejects.toThrow('labels "a" and "a"');
    await expect(logLikelihoods(model, model.converse(), prompt, [[256]])).rejects.toThrow('token 256');
    const long = new Array<number>(40).fill(65);
    await expect(logLikelihoods(model, model.converse(), prompt, [long])).rejects.toThrow(BadInput);
  });

  it('refuses a model that has no likelihoods, by its name', async () => {
    const server = {
      ...model,
      info: { ...model.info, id: 'server/8B', capabilities: ['repeatable' as const] },
    };
    const asked = labelProbabilities(server, model.converse(), prompt, ['yes', 'no']);
    await expect(asked).rejects.toThrow(ModelMismatch);
    await expect(asked).rejects.toThrow(/server\/8B: gives no likelihoods of texts.*can: repeatable/);
    const read = async () => ({ states: new Float32Array(), reusedTokens: 0 });
    const silent: Conversation = { ...model.converse(), read };
    await expect(logLikelihoods(model, silent, prompt, [[65]])).rejects.toThrow('gives no logits');
  });
});
