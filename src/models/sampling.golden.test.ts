// What narrows the choice, against transformers' logits processors in the order of its `generate`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { type Choice, checkSampling, sampleToken, tokenProbabilities } from './sampling.ts';

interface Case {
  readonly logits: number[];
  readonly context: number[];
  readonly found: readonly { settings: Choice; kept: number; tokens: number[]; values: number[] }[];
}
const path = join(import.meta.dirname, '../../fixtures/chat/sampling.json');
const cases = JSON.parse(readFileSync(path, 'utf8')) as Case[];

describe.each(cases)('$logits.length logits', ({ logits, context, found }) => {
  it.each(found)('$settings', ({ settings, kept, tokens, values }) => {
    const probabilities = tokenProbabilities(Float32Array.from(logits), settings, context);
    expect(probabilities.filter((value) => value > 0).length).toBe(kept);
    for (const [i, token] of tokens.entries())
      expect(Math.abs(probabilities[token]! / values[i]! - 1)).toBeLessThan(1e-12);
    expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  });
});

const logitsOf = fc.float32Array({ minLength: 1, maxLength: 60, noNaN: true, min: -30, max: 30 });
const choice = fc.record({
  temperature: fc.double({ min: 0.1, max: 3, noNaN: true }),
  topK: fc.option(fc.integer({ min: 1, max: 80 }), { nil: undefined }),
  topP: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true }), { nil: undefined }),
  minP: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  repetitionPenalty: fc.option(fc.double({ min: 0.5, max: 2, noNaN: true }), { nil: undefined }),
});

/** The plain way: sort everything. What only rounding decides is not to be compared. */
function keptTokens(logits: Float32Array, { temperature, topK, topP = 1, minP = 0 }: Choice): number[] {
  const largest = Math.max(...logits);
  const all = [...logits].map((logit, token) => ({
    token,
    weight: Math.exp((logit - largest) / temperature),
  }));
  const sorted = all.sort((a, b) => b.weight - a.weight || a.token - b.token);
  const threshold = topK === undefined || topK >= all.length ? 0 : sorted[topK - 1]!.weight;
  const few = sorted.filter(({ weight }) => weight >= threshold);
  const total = few.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  const nucleus = few.filter(({ weight }, i) => {
    const keep = i === 0 || topP === 1 || before < topP * total;
    fc.pre(i === 0 || topP === 1 || Math.abs(before / total - topP) > 1e-9);
    before += weight;
    return keep;
  });
  return nucleus.filter(({ weight }) => weight > 0 && weight >= minP).map(({ token }) => token);
}

describe('the choice', () => {
  it('is the one that sorting everything gives, and a draw never leaves it', () => {
    fc.assert(
      fc.property(logitsOf, choice, fc.string(), (logits, settings, seed) => {
        const plain = { ...settings, repetitionPenalty: undefined };
        const probabilities = tokenProbabilities(logits, plain);
        const kept = [...probabilities.keys()].filter((token) => probabilities[token]! > 0);
        expect(kept).toEqual(keptTokens(logits, plain).sort((a, b) => a - b));
        const context = [0, 1, 999];
        const drawn = sampleToken(logits, settings, createRandom(seed), undefined, context);
        expect(tokenProbabilities(logits, settings, context)[drawn]).toBeGreaterThan(0);
      }),
    );
  });

  it('is no other if what narrows it is neutral, bit for bit', () => {
    fc.assert(
      fc.property(logitsOf, fc.string(), (logits, seed) => {
        const neutral = { temperature: 0.7, topK: 60, topP: 1, minP: 0, repetitionPenalty: 1 };
        const token = sampleToken(logits, 0.7, createRandom(seed));
        expect(sampleToken(logits, neutral, createRandom(seed), undefined, [0, 1])).toBe(token);
        expect(sampleToken(logits, { temperature: 0.7 }, createRandom(seed))).toBe(token);
      }),
    );
  });

  it('keeps all that ties with the last of the k, and the lower ids of a nucleus', () => {
    const tied = Float32Array.of(1, 2, 2, 2, 0);
    expect([...tokenProbabilities(tied, { temperature: 1, topK: 2 })].map((p) => p > 0)).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    const even = new Float32Array(4);
    expect([...tokenProbabilities(even, { temperature: 1, topP: 0.6 })]).toEqual([1 / 3, 1 / 3, 1 / 3, 0]);
  });

  it('counts a token of the context once, also at temperature 0', () => {
    const logits = Float32Array.of(3, 2, -1);
    const choice = { temperature: 0, repetitionPenalty: 2 };
    expect(sampleToken(logits, choice, createRandom(''), undefined, [0, 0, 0])).toBe(1);
    expect(tokenProbabilities(logits, choice, [0])).toEqual(Float64Array.of(0, 1, 0));
    expect(sampleToken(logits, choice, createRandom(''), undefined, [])).toBe(0);
  });

  it('is quick for a vocabulary of 150 000, with a short list and with a long one', () => {
    const random = createRandom('large');
    const logits = Float32Array.from({ length: 150_000 }, () => 20 * random.uniform());
    for (const topK of [256, 257])
      expect(
        tokenProbabilities(logits, { temperature: 1, topK }).filter((p) => p > 0).length,
      ).toBeGreaterThanOrEqual(topK);
  });

  it('refuses logits that are not numbers', () => {
    const all = { temperature: 0.5, topK: 1, topP: 0.5, minP: 0.5, repetitionPenalty: 1.5 };
    expect(() => tokenProbabilities(Float32Array.of(1, NaN), all)).toThrow('logit 1');
    expect(() => tokenProbabilities(Float32Array.of(Infinity), all)).toThrow('Infinity');
    expect(() => tokenProbabilities(new Float32Array(0), all)).toThrow(RangeError);
  });
});

it('says which settings are valid', () => {
  const check = (more: object) => () =>
    checkSampling('M1', { temperature: 1, maxNewTokens: 1, seed: '', ...more });
  expect(check({ topK: 0 })).toThrow('M1: topK 0 is not a whole number from 1 up');
  expect(check({ topP: 0 })).toThrow('topP 0 is not a number above 0 and up to 1');
  expect(check({ topP: NaN })).toThrow('topP NaN');
  expect(check({ minP: 1.1 })).toThrow('minP 1.1');
  expect(check({ repetitionPenalty: 0 })).toThrow('repetitionPenalty 0');
  expect(check({ stop: ['a', ''] })).toThrow('stop ""');
  expect(check({ stop: ['\nB:'] })).toThrow('stop "\\nB:"');
  expect(check({ topK: 1, topP: 1, minP: 0, repetitionPenalty: 1, stop: [] })).not.toThrow();
});
