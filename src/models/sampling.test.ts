import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { checkSampling, sampleToken } from './sampling.ts';

describe('sampleToken', () => {
  it('takes the likeliest token at temperature 0, the lowest id of a tie', () => {
    const random = createRandom('any');
    expect(sampleToken(Float32Array.of(1, 3, 2), 0, random)).toBe(1);
    expect(sampleToken(Float32Array.of(1, 3, 3, 3), 0, random)).toBe(1);
    expect(sampleToken(Float32Array.of(-Infinity, -5), 0, random)).toBe(1);
  });

  it('draws with the probabilities of the softmax', () => {
    const random = createRandom('frequencies');
    // exp(ln p / 0.5) is proportional to p².
    const logits = Float32Array.of(Math.log(1), Math.log(2), Math.log(3), -Infinity);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 14_000; i++) counts[sampleToken(logits, 0.5, random)]! += 1;
    // Expected 1000, 4000 and 9000; the standard deviation is at most 57.
    for (const [i, expected] of [1000, 4000, 9000].entries())
      expect(Math.abs(counts[i]! - expected)).toBeLessThan(250);
    expect(counts[3]).toBe(0);
  });

  it('depends on the seed and the logits alone', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 1, maxLength: 50, noNaN: true, min: -100, max: 100 }),
        fc.string(),
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        (logits, seed, temperature) => {
          const scratch = new Float64Array(logits.length).fill(99);
          const token = sampleToken(logits, temperature, createRandom(seed));
          expect(sampleToken(logits, temperature, createRandom(seed), scratch)).toBe(token);
          expect(token).toBeGreaterThanOrEqual(0);
          expect(token).toBeLessThan(logits.length);
        },
      ),
    );
  });

  it('approaches the likeliest token as the temperature falls, without overflow', () => {
    const logits = Float32Array.of(1e30, 1e30 * 0.99, -1e30);
    expect(sampleToken(logits, 1e-300, createRandom('cold'))).toBe(0);
    expect(sampleToken(Float32Array.of(5, 4), 1e-6, createRandom('cool'))).toBe(0);
  });

  it('refuses logits that are not numbers', () => {
    const random = createRandom('none');
    expect(() => sampleToken(Float32Array.of(1, NaN), 1, random)).toThrow('logit 1');
    expect(() => sampleToken(Float32Array.of(NaN, 1), 0, random)).toThrow('logit 0');
    expect(() => sampleToken(Float32Array.of(-Infinity, -Infinity), 1, random)).toThrow('-Infinity');
  });
});

describe('checkSampling', () => {
  it('names what is wrong and what is valid', () => {
    const check = (temperature: number, maxNewTokens: number) => () =>
      checkSampling('M1', { temperature, maxNewTokens, seed: '' });
    expect(check(0, 0)).not.toThrow();
    expect(check(-0.1, 1)).toThrow('M1: temperature -0.1 is not a number from 0 (greedy) up');
    expect(check(Infinity, 1)).toThrow('temperature Infinity');
    expect(check(1, -1)).toThrow('maxNewTokens -1');
  });
});
