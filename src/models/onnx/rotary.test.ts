// The scalings as a whole are compared with transformers in architectures.test.ts and engine.test.ts.

import { describe, expect, it } from 'vitest';
import { exactPositions, type Rotary, ropeSchema, rotaryAmplitude, rotaryFrequencies } from './rotary.ts';

const rotary = (settings: object, dimensions = 8): Rotary => ({
  theta: 10000,
  dimensions,
  scaling: ropeSchema.parse(settings),
  maxPositions: 4096,
});

describe('rotaryFrequencies', () => {
  it('falls from 1 by powers of theta', () => {
    const expected = [1, 0.1, 0.01, 0.001].map(Math.fround);
    expect([...rotaryFrequencies(rotary({ rope_type: 'default' }))]).toEqual(expected);
    // Every sequence fits into the context, up to which dynamic scaling does nothing.
    expect([...rotaryFrequencies(rotary({ rope_type: 'dynamic', factor: 4 }))]).toEqual(expected);
  });

  it('is divided by a linear factor', () => {
    const frequencies = rotaryFrequencies(rotary({ rope_type: 'linear', factor: 4 }));
    expect([...frequencies]).toEqual([0.25, 0.025, 0.0025, 0.00025].map(Math.fround));
  });

  it('leaves fast turns and stretches slow ones, in llama3 and YaRN', () => {
    const original = { factor: 4, original_max_position_embeddings: 1024 };
    const llama3 = { rope_type: 'llama3', low_freq_factor: 1, high_freq_factor: 4, ...original };
    for (const settings of [llama3, { rope_type: 'yarn', ...original }]) {
      const frequencies = rotaryFrequencies(rotary(settings, 32));
      expect(frequencies[0]).toBe(1);
      expect(frequencies[15]! * 4).toBeCloseTo(10000 ** (-15 / 16), 8);
    }
  });
});

describe('LongRoPE', () => {
  const settings = {
    rope_type: 'longrope',
    short_factor: [1, 2, 4, 8],
    long_factor: [1, 1, 1, 1],
    original_max_position_embeddings: 1024,
  };

  it('divides every pair by its own short factor', () => {
    const frequencies = rotaryFrequencies(rotary(settings));
    expect([...frequencies]).toEqual([1, 0.05, 0.0025, 0.000125].map(Math.fround));
  });

  it('is exact up to the original context, and sharpens attention by how far it was stretched', () => {
    expect(exactPositions(rotary(settings))).toBe(1024);
    expect(exactPositions(rotary({ rope_type: 'default' }))).toBe(4096);
    expect(rotaryAmplitude(rotary(settings))).toBeCloseTo(Math.sqrt(1 + Math.log(4) / Math.log(1024)), 12);
    expect(rotaryAmplitude(rotary({ ...settings, attention_factor: 1.5 }))).toBe(1.5);
  });
});

describe('YaRN', () => {
  it('sharpens attention by the logarithm of its factor, or as it is told', () => {
    const yarn = { rope_type: 'yarn', factor: Math.E, original_max_position_embeddings: 1024 };
    expect(rotaryAmplitude(rotary(yarn))).toBeCloseTo(1.1, 12);
    expect(rotaryAmplitude(rotary({ ...yarn, mscale: 2, mscale_all_dim: 1 }))).toBeCloseTo(1.2 / 1.1, 12);
    expect(rotaryAmplitude(rotary({ ...yarn, factor: 0.5 }))).toBe(1);
    expect(rotaryAmplitude(rotary({ rope_type: 'default' }))).toBe(1);
  });
});
