import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelMismatch } from '../../errors.ts';
import { parseConfig, parseEosTokenIds } from './config.ts';
import { expectedWeights } from './expected-weights.ts';
import { ARCHITECTURES } from './families.ts';

const LLAMA = {
  architectures: ['LlamaForCausalLM'],
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  vocab_size: 100,
  max_position_embeddings: 1024,
};
/** A layer that attends to everything. */
const ALL = { window: null, rotary: 0 };
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
      rotaries: [{ theta: 10000, dimensions: 16, scaling: expect.anything() as object, maxPositions: 1024 }],
      attention: [ALL, ALL],
      attentionScale: 0.25,
      softCaps: { attention: null, logits: null },
      biases: { query: false, output: false, feedForward: false },
      queryKeyNorm: null,
      fused: false,
      inputNorms: true,
      outputNorms: false,
      normsAddOne: false,
      embeddingScale: 1,
      activation: 'silu',
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
    for (const { rotaries } of [older, newer]) expect(rotaries).toMatchObject([{ theta: 500000, scaling }]);
    const scalingOf = (rope_scaling: object | null) => parse({ rope_scaling }).rotaries[0]!.scaling;
    expect(scalingOf({ type: 'linear', factor: 2 })).toMatchObject({ rope_type: 'linear', factor: 2 });
    expect(scalingOf(null)).toMatchObject({ rope_type: 'default' });
  });

  it('knows the window of a Mistral, its default, and that null is none', () => {
    const windowOf = (changes: object) => parse(changes).attention[0]!.window;
    const mistral = { architectures: ['MistralForCausalLM'], num_key_value_heads: 2 };
    expect(windowOf({ ...mistral, sliding_window: 12 })).toBe(12);
    expect(windowOf({ ...mistral, sliding_window: null })).toBe(null);
    expect(windowOf(mistral)).toBe(4096);
    expect(windowOf({ sliding_window: 12 })).toBe(null);
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
      /GPT2LMHeadModel is not supported; supported are LlamaForCausalLM, MistralForCausalLM, Qwen2/,
    ],
    [{ architectures: undefined }, /names no architecture; supported are LlamaForCausalLM/],
    [{ architectures: ['MixtralForCausalLM'] }, /MixtralForCausalLM is not supported/],
    [
      { architectures: ['MistralForCausalLM'], attention_bias: true },
      /attention_bias: true is not supported/,
    ],
    [{ architectures: ['Qwen3ForCausalLM'], head_dim: 16, mlp_bias: true }, /mlp_bias: true is not/],
    [{ architectures: ['Gemma2ForCausalLM'], hidden_activation: 'gelu' }, /hidden_activation: gelu is not/],
    [{ architectures: ['Gemma3ForCausalLM'], use_bidirectional_attention: true }, /use_bidirectional/],
    [{ architectures: ['Gemma3ForCausalLM'], layer_types: ['full_attention'] }, /1 entries for 2 layers/],
    [
      { layer_types: ['full_attention', 'sliding_attention'] },
      /layer 1 sliding_attention, which contradicts/,
    ],
    [{ layer_types: ['full_attention', 'chunked_attention'] }, /layer_types/],
    [{ architectures: ['SmolLM3ForCausalLM'], no_rope_layers: [1] }, /no_rope_layers has 1 entries/],
    [
      { architectures: ['Phi3ForCausalLM'], partial_rotary_factor: 0.75 },
      /partial_rotary_factor leaves to turn, of 12 is not a multiple of 16/,
    ],
    [
      {
        architectures: ['Phi3ForCausalLM'],
        rope_scaling: { type: 'su', short_factor: [1], long_factor: [1] },
      },
      /short_factor has 1 factors for 8 pairs/,
    ],
    [{ hidden_act: 'gelu' }, /hidden_act/],
    [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor/],
    [{ quantization_config: { bits: 4 } }, /quantised checkpoints are not supported/],
    [{ rope_scaling: { rope_type: 'mrope', factor: 4 } }, /rope_type/],
    [{ rope_scaling: { rope_type: 'llama3', factor: 4 } }, /low_freq_factor/],
    [{ num_hidden_layers: 0 }, /num_hidden_layers/],
    [{ num_hidden_layers: '32' }, /num_hidden_layers/],
    [{ vocab_size: undefined }, /vocab_size/],
    [{ num_key_value_heads: 3 }, /4 query heads cannot share 3 key heads/],
    [{ hidden_size: 60 }, /head size of 15 is not a multiple of 16/],
    [{ head_dim: 8 }, /head size of 8 is not a multiple of 16/],
  ])('refuses %o', (changes, message) => {
    expect(() => parse(changes)).toThrow(ModelMismatch);
    expect(() => parse(changes)).toThrow(message);
  });
});

/** The settings that matter here, as the models' own config.json files have them, in transformers 4's dialect. */
describe('the dialect of each family', () => {
  const family = (architecture: string, changes: object, layers = 6) =>
    parse({ architectures: [architecture], num_hidden_layers: layers, head_dim: 16, ...changes });
  const windows = (config: ReturnType<typeof family>) => config.attention.map(({ window }) => window);

  it('Qwen 2.5 names a window that it does not use', () => {
    const settings = {
      ...{ use_sliding_window: false, sliding_window: 32768, max_window_layers: 2 },
      num_key_value_heads: 2,
    };
    const config = family('Qwen2ForCausalLM', settings);
    expect(config.attention).toEqual(Array(6).fill(ALL));
    expect(config.biases).toEqual({ query: true, output: false, feedForward: false });
    const used = family('Qwen2ForCausalLM', { ...settings, use_sliding_window: true }, 4);
    expect(windows(used)).toEqual([null, null, 32768, 32768]);
  });

  it('Qwen 3 has heads of 128 unless it says otherwise', () => {
    expect(family('Qwen3ForCausalLM', { head_dim: undefined, num_key_value_heads: 2 }).headSize).toBe(128);
    expect(family('Qwen3ForCausalLM', { attention_bias: true, num_key_value_heads: 2 }).biases).toMatchObject(
      {
        query: true,
        output: true,
      },
    );
  });

  it('OLMo 2 normalises outputs and no inputs, and all heads together', () => {
    const olmo = family('Olmo2ForCausalLM', { num_key_value_heads: 2 });
    expect(olmo).toMatchObject({ inputNorms: false, outputNorms: true, queryKeyNorm: 'whole' });
    expect([olmo.normsAddOne, olmo.embeddingScale, olmo.activation]).toEqual([false, 1, 'silu']);
    expect(expectedWeights(olmo).get('model.layers.0.self_attn.k_norm.weight')).toEqual([
      olmo.kvHeads * olmo.headSize,
    ]);
    expect(expectedWeights(olmo).has('model.layers.0.input_layernorm.weight')).toBe(false);
  });

  it('SmolLM 3 leaves each fourth layer without positions, unless it lists them', () => {
    const turns = (changes: object) =>
      family('SmolLM3ForCausalLM', changes).attention.map(({ rotary }) => rotary);
    expect(turns({})).toEqual([0, 0, 0, null, 0, 0]);
    expect(turns({ no_rope_layer_interval: 2 })).toEqual([0, null, 0, null, 0, null]);
    expect(turns({ no_rope_layers: [1, 1, 0, 1, 1, 0] })).toEqual([0, 0, null, 0, 0, null]);
    const local = family('SmolLM3ForCausalLM', { use_sliding_window: true, sliding_window: 8 });
    expect(windows(local)).toEqual([null, null, null, 8, null, null]);
  });

  it('Phi-3 writes LongRoPE as su or yarn, and its first context beside it', () => {
    const factors = { short_factor: Array(8).fill(1.5), long_factor: Array(8).fill(4) };
    for (const type of ['su', 'yarn', 'longrope']) {
      const config = family('Phi3ForCausalLM', {
        rope_scaling: { type, ...factors },
        original_max_position_embeddings: 256,
        sliding_window: 2047,
      });
      expect(config.rotaries[0]!.scaling.rope_type).toBe('longrope');
      // Beyond it, transformers turns everything anew.
      expect(config.maxPositions).toBe(256);
      expect(windows(config)).toEqual(Array(6).fill(2047));
    }
  });

  it('Gemma 2 alternates, and caps even where its file does not say so', () => {
    const config = family('Gemma2ForCausalLM', { sliding_window: 64, query_pre_attn_scalar: 100 }, 4);
    expect(windows(config)).toEqual([64, null, 64, null]);
    expect(config.softCaps).toEqual({ attention: 50, logits: 30 });
    expect(config.attentionScale).toBe(0.1);
    expect(config.embeddingScale).toBe(8);
    expect(config.tiedEmbeddings).toBe(true);
    const uncapped = family('Gemma2ForCausalLM', {
      attn_logit_softcapping: null,
      final_logit_softcapping: null,
    });
    expect(uncapped.softCaps).toEqual({ attention: null, logits: null });
  });

  it('Gemma 3 turns local layers by another base, and scales global ones alone', () => {
    const flat = family('Gemma3ForCausalLM', {
      sliding_window: 64,
      sliding_window_pattern: 3,
      rope_theta: 1e6,
      rope_local_base_freq: 5000,
      rope_scaling: { rope_type: 'linear', factor: 8 },
    });
    const [local, global] = [
      { window: 64, rotary: 1 },
      { window: null, rotary: 0 },
    ];
    expect(flat.attention).toEqual([local, local, global, local, local, global]);
    expect(flat.rotaries).toMatchObject([
      { theta: 1e6, scaling: { rope_type: 'linear', factor: 8 } },
      { theta: 5000, scaling: { rope_type: 'default' } },
    ]);
    const nested = family('Gemma3ForCausalLM', {
      sliding_window: 64,
      layer_types: flat.attention.map(({ window }) => (window ? 'sliding_attention' : 'full_attention')),
      rope_parameters: {
        full_attention: { rope_type: 'linear', factor: 8, rope_theta: 1e6 },
        sliding_attention: { rope_type: 'default', rope_theta: 5000 },
      },
    });
    expect(nested.attention).toEqual(flat.attention);
    expect(nested.rotaries.map(({ theta }) => theta)).toEqual([1e6, 5000]);
  });

  it('has a tested fixture for each', async () => {
    const folders = ['models', 'architectures'].map((name) =>
      join(import.meta.dirname, '../../../fixtures', name),
    );
    const found = new Set<string>();
    for (const folder of folders)
      for (const name of await readdir(folder)) {
        const text = await readFile(join(folder, name, 'config.json'), 'utf8');
        found.add(parseConfig(name, JSON.parse(text)).architecture);
      }
    expect([...found].sort()).toEqual([...ARCHITECTURES].sort());
  });
});

describe('what transformers decides otherwise than one might think', () => {
  const linear = { rope_type: 'linear', factor: 2 };
  const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 256 };

  it('lets rope_scaling win over rope_parameters, whole', () => {
    const both = parse({ rope_scaling: yarn, rope_parameters: { ...linear, rope_theta: 77 } });
    expect(both.rotaries).toMatchObject([{ theta: 10000, scaling: yarn }]);
    // An empty one is none.
    expect(
      parse({ rope_scaling: {}, rope_parameters: { ...linear, rope_theta: 77 } }).rotaries,
    ).toMatchObject([{ theta: 77, scaling: linear }]);
  });

  it('takes the original context from beside the rope settings first', () => {
    const outside = parse({ rope_scaling: yarn, original_max_position_embeddings: 128 });
    expect(outside.rotaries).toMatchObject([{ scaling: { original_max_position_embeddings: 128 } }]);
    const nowhere = parse({ rope_scaling: { ...yarn, original_max_position_embeddings: undefined } });
    expect(nowhere.rotaries).toMatchObject([{ scaling: { original_max_position_embeddings: 1024 } }]);
  });

  it('changes only the layers with full attention of a Gemma 3, and caps no scores', () => {
    const gemma = { architectures: ['Gemma3ForCausalLM'], num_key_value_heads: 2, head_dim: 16 };
    const both = parse({
      ...gemma,
      rope_scaling: linear,
      rope_parameters: { full_attention: { rope_theta: 5 }, sliding_attention: { rope_theta: 7 } },
      ...{ attn_logit_softcapping: 2, final_logit_softcapping: 3 },
    });
    expect(both.rotaries).toMatchObject([
      { theta: 5, scaling: linear },
      { theta: 7, scaling: { rope_type: 'default' } },
    ]);
    expect(both.softCaps).toEqual({ attention: null, logits: 3 });
    const refused = (changes: object) => () => parse({ ...gemma, ...changes });
    expect(refused({ rope_parameters: linear })).toThrow(/one set for all layers/);
    expect(refused({ rope_scaling: { full_attention: linear } })).toThrow(/call it rope_parameters/);
    expect(refused({ rope_scaling: { type: 'linear', factor: 2 } })).toThrow(/call the key rope_type/);
  });

  it('goes by model_type: a disagreement names both', () => {
    expect(parse({ model_type: 'llama' }).architecture).toBe('LlamaForCausalLM');
    const mistral = { model_type: 'mistral', num_key_value_heads: 2 };
    expect(parse({ ...mistral, architectures: undefined }).architecture).toBe('MistralForCausalLM');
    expect(() => parse(mistral)).toThrow(
      /architectures says LlamaForCausalLM and model_type mistral, which is MistralForCausalLM/,
    );
    expect(() => parse({ model_type: 'mixtral' })).toThrow(
      /and model_type mixtral, which is none of its names/,
    );
    expect(() => parse({ model_type: 'gpt2', architectures: undefined })).toThrow(
      /model_type gpt2 is not supp/,
    );
  });

  it.each([
    [
      { rope_parameters: { full_attention: linear } },
      /by type of layer, which this architecture does not have/,
    ],
    [{ rope_scaling: { type: 'su', factor: 2 } }, /rope_type "su" is not one of default, linear, dynamic/],
    [{ is_causal: false }, /is_causal: only models that do not look ahead/],
    [{ quantization: { bits: 4 } }, /checkpoints that MLX has quantised/],
    [{ per_layer_config: { 0: {} } }, /per_layer_config: settings of single layers/],
    [
      { architectures: ['Gemma2ForCausalLM'], num_key_value_heads: 2, sliding_window: null },
      /layer 0 attends to a window, but sliding_window is null/,
    ],
  ])('refuses %j', (changes, message) => {
    expect(() => parse(changes)).toThrow(ModelMismatch);
    expect(() => parse(changes)).toThrow(message);
  });

  // As transformers 5.24 does with each setting set to null, the class's validation or its first forward pass.
  it('takes null where transformers does', () => {
    const refused = {
      LlamaForCausalLM: [],
      MistralForCausalLM: ['num_key_value_heads'],
      Qwen2ForCausalLM: ['head_dim'],
      Qwen3ForCausalLM: ['head_dim'],
      SmolLM3ForCausalLM: ['head_dim', 'no_rope_layer_interval'],
      Phi3ForCausalLM: ['head_dim', 'partial_rotary_factor'],
      Olmo2ForCausalLM: ['head_dim'],
      Gemma2ForCausalLM: ['num_key_value_heads', 'head_dim'],
      Gemma3ForCausalLM: ['num_key_value_heads', 'head_dim', 'sliding_window_pattern'],
    };
    for (const [architecture, settings] of Object.entries(refused)) {
      const whole = { architectures: [architecture], num_key_value_heads: 2, head_dim: 16 };
      expect(() => parse(whole)).not.toThrow();
      for (const setting of settings)
        expect(() => parse({ ...whole, [setting]: null })).toThrow(
          `${setting} is null, which transformers refuses for this architecture; leave it out`,
        );
    }
    expect(parse({ head_dim: null, num_key_value_heads: null }).kvHeads).toBe(4);
  });
});
