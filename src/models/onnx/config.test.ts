import { describe, expect, it } from 'vitest';
import { ModelMismatch } from '../../errors.ts';
import { parseConfig, parseEosTokenIds, rotaryFrequencies } from './config.ts';

const LLAMA = {
  architectures: ['LlamaForCausalLM'],
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  vocab_size: 100,
  max_position_embeddings: 1024,
};
const parse = (changes: object = {}) => parseConfig('model', { ...LLAMA, ...changes });

describe('parseConfig', () => {
  it('fills in what a file leaves out, as transformers does', () => {
    expect(parse()).toEqual({
      architecture: 'LlamaForCausalLM',
      layers: 2,
      hiddenSize: 64,
      intermediateSize: 128,
      heads: 4,
      kvHeads: 4,
      headSize: 16,
      vocabSize: 100,
      normEpsilon: 1e-6,
      maxPositions: 1024,
      ropeTheta: 10000,
      ropeScaling: { type: 'default' },
      slidingWindow: null,
      tiedEmbeddings: false,
      eosTokenIds: [],
      toy: false,
    });
  });

  it('reads rotary settings of every dialect', () => {
    const scaling = {
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
      rope_type: 'llama3',
    };
    const older = parse({ rope_theta: 500000, rope_scaling: scaling });
    const newer = parse({ rope_parameters: { ...scaling, rope_theta: 500000 } });
    expect(older).toEqual(newer);
    expect(older.ropeTheta).toBe(500000);
    expect(older.ropeScaling).toMatchObject({ type: 'llama3', originalContext: 8192 });
    expect(parse({ rope_scaling: { type: 'linear', factor: 2 } }).ropeScaling).toEqual({
      type: 'linear',
      factor: 2,
    });
    expect(parse({ rope_scaling: null }).ropeScaling).toEqual({ type: 'default' });
  });

  it('knows the window of a Mistral, its default, and that null is none', () => {
    const mistral = { architectures: ['MistralForCausalLM'] };
    expect(parse({ ...mistral, sliding_window: 12 }).slidingWindow).toBe(12);
    expect(parse({ ...mistral, sliding_window: null }).slidingWindow).toBe(null);
    expect(parse(mistral).slidingWindow).toBe(4096);
    expect(parse({ sliding_window: 12 }).slidingWindow).toBe(null);
  });

  it('reads one end token, several or none, and the mark of a toy', () => {
    expect(parse({ eos_token_id: 7 }).eosTokenIds).toEqual([7]);
    expect(parse({ eos_token_id: [7, 9] }).eosTokenIds).toEqual([7, 9]);
    expect(parse({ eos_token_id: null }).eosTokenIds).toEqual([]);
    expect(parseEosTokenIds('model', { eos_token_id: [1, 2] })).toEqual([1, 2]);
    expect(parseEosTokenIds('model', {})).toEqual([]);
    expect(parse({ interbrain: { toy: true } }).toy).toBe(true);
  });

  it.each([
    [
      { architectures: ['GPT2LMHeadModel'] },
      /GPT2LMHeadModel is not supported; supported are LlamaForCausalLM and/,
    ],
    [{ architectures: undefined }, /names no architecture; supported are LlamaForCausalLM/],
    [{ attention_bias: true }, /attention_bias/],
    [{ mlp_bias: true }, /mlp_bias/],
    [{ hidden_act: 'gelu' }, /hidden_act/],
    [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor/],
    [{ quantization_config: { bits: 4 } }, /quantised checkpoints are not supported/],
    [{ rope_scaling: { rope_type: 'yarn', factor: 4 } }, /rope_type/],
    [{ rope_scaling: { rope_type: 'llama3', factor: 4 } }, /low_freq_factor/],
    [{ num_hidden_layers: 0 }, /num_hidden_layers/],
    [{ num_hidden_layers: '32' }, /num_hidden_layers/],
    [{ vocab_size: undefined }, /vocab_size/],
    [{ num_key_value_heads: 3 }, /4 query heads cannot share 3 key heads/],
    [{ hidden_size: 60 }, /head size of 15/],
  ])('refuses %o', (changes, message) => {
    expect(() => parse(changes)).toThrow(ModelMismatch);
    expect(() => parse(changes)).toThrow(message);
  });
});

describe('rotaryFrequencies', () => {
  it('falls from 1 by powers of theta', () => {
    const frequencies = rotaryFrequencies(parse({ rope_theta: 10000, head_dim: 8 }));
    expect([...frequencies]).toEqual([1, 0.1, 0.01, 0.001].map(Math.fround));
  });

  it('is divided by a linear factor', () => {
    const frequencies = rotaryFrequencies(
      parse({ head_dim: 8, rope_scaling: { type: 'linear', factor: 4 } }),
    );
    expect([...frequencies]).toEqual([0.25, 0.025, 0.0025, 0.00025].map(Math.fround));
  });
});
