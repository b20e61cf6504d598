// What a GGUF file's metadata says of the model, as the config.json that a checkpoint folder has: its checks and
// defaults are those of every other checkpoint. Names of the metadata: llama.cpp's gguf-py/gguf/constants.py.

import { ModelMismatch } from '../../errors.ts';
import type { JsonObject } from '../json-file.ts';
import type { Architecture } from '../onnx/families.ts';
import type { GgufHeader } from './header.ts';
import { Hyperparameters } from './hyperparameters.ts';

interface GgufArchitecture {
  readonly architecture: Architecture;
  /** Rows of each head of q and k alternate between its first half and its second. */
  readonly interleavedHeads: boolean;
}

/** By the name in `general.architecture`. A Mistral is a llama there. */
const GGUF_ARCHITECTURES: Readonly<Record<string, GgufArchitecture>> = {
  llama: { architecture: 'LlamaForCausalLM', interleavedHeads: true },
  qwen2: { architecture: 'Qwen2ForCausalLM', interleavedHeads: false },
  qwen3: { architecture: 'Qwen3ForCausalLM', interleavedHeads: false },
  smollm3: { architecture: 'SmolLM3ForCausalLM', interleavedHeads: true },
  phi3: { architecture: 'Phi3ForCausalLM', interleavedHeads: false },
  olmo2: { architecture: 'Olmo2ForCausalLM', interleavedHeads: false },
  gemma2: { architecture: 'Gemma2ForCausalLM', interleavedHeads: false },
  gemma3: { architecture: 'Gemma3ForCausalLM', interleavedHeads: false },
};

export interface GgufConfig extends GgufArchitecture {
  /** GGUF's own name of the architecture. */
  readonly name: string;
  /** As a config.json; without end tokens. */
  readonly json: JsonObject;
}

/** Values of the small tensors that the configuration needs: factors of rotary frequencies. */
export type ReadValues = (tensor: string) => readonly number[];

/**
 * The configuration of a GGUF file's model.
 *
 * @throws ModelMismatch for an architecture that is not computed, or a setting that is missing, malformed or unknown
 */
export function ggufConfig({ path, metadata, tensors }: GgufHeader, read: ReadValues): GgufConfig {
  const name = metadata.get('general.architecture');
  const known = typeof name === 'string' && Object.hasOwn(GGUF_ARCHITECTURES, name);
  const found = known ? GGUF_ARCHITECTURES[name] : undefined;
  if (!known || !found)
    throw new ModelMismatch(
      path,
      `architecture ${String(name ?? 'of no name')} is not supported; supported in GGUF files are ${Object.keys(GGUF_ARCHITECTURES).join(', ')}`,
    );
  refuseParts(path, metadata);
  const has = (tensor: string) => tensors.has(tensor);
  const settings = new Hyperparameters(path, metadata, name);
  const windowed = name === 'llama' && (settings.number('attention.sliding_window') ?? 0) > 0;
  const architecture = windowed ? 'MistralForCausalLM' : found.architecture;
  const common = commonSettings(settings, tensors.get('token_embd.weight')?.shape[0]);
  const json = {
    ...common,
    architectures: [architecture],
    tie_word_embeddings: !has('output.weight'),
    attention_bias: architecture !== 'Qwen2ForCausalLM' && has('blk.0.attn_q.bias'),
    mlp_bias: has('blk.0.ffn_gate.bias'),
    ...windowSettings(settings, name),
    ...gemmaSettings(settings, name, common),
    ...rotarySettings(settings, common, { has, read }),
  };
  settings.refuseRest();
  return { ...found, architecture, name, json };
}

/** A model in several files, or one that is a part of another. */
function refuseParts(path: string, metadata: GgufHeader['metadata']): void {
  const count = metadata.get('split.count');
  if (typeof count === 'number' && count > 1)
    throw new ModelMismatch(
      path,
      `it is one of ${count} files of a model; join them with llama-gguf-split --merge, and name the file that it writes`,
    );
  const type = metadata.get('general.type') ?? 'model';
  if (type !== 'model') throw new ModelMismatch(path, `it holds no whole model, but of type ${String(type)}`);
}

interface CommonSettings {
  readonly num_hidden_layers: number;
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly head_dim: number;
  readonly max_position_embeddings: number;
}

function commonSettings(
  settings: Hyperparameters,
  vocabulary: number | undefined,
): CommonSettings & JsonObject {
  const hidden = settings.needed('embedding_length');
  const heads = settings.needed('attention.head_count');
  const size = settings.number('attention.key_length') ?? hidden / heads;
  const valueSize = settings.number('attention.value_length') ?? size;
  if (valueSize !== size)
    throw settings.mismatch(
      `its keys have ${size} dimensions and its values ${valueSize}, which is not computed`,
    );
  if (settings.value('attention.causal') === false) throw settings.mismatch('its attention is not causal');
  // The number of rows of the embeddings counts; files repeat it, or not, and some by another name.
  settings.number('vocab_size');
  for (const harmless of ['rope.scaling.finetuned', 'tensor_data_layout']) settings.value(harmless);
  return {
    num_hidden_layers: settings.needed('block_count'),
    hidden_size: hidden,
    intermediate_size: settings.needed('feed_forward_length'),
    num_attention_heads: heads,
    num_key_value_heads: settings.number('attention.head_count_kv') ?? heads,
    head_dim: size,
    vocab_size: vocabulary ?? 0,
    rms_norm_eps: settings.needed('attention.layer_norm_rms_epsilon'),
    max_position_embeddings: settings.needed('context_length'),
  };
}

/** Architectures whose windows the metadata describes; elsewhere a window is a setting that is refused. */
const WINDOWED: readonly string[] = ['llama', 'phi3', 'gemma2', 'gemma3'];

function windowSettings(settings: Hyperparameters, name: string): JsonObject {
  if (!WINDOWED.includes(name)) return {};
  const window = settings.number('attention.sliding_window');
  if (!name.startsWith('gemma')) return { sliding_window: window || null };
  const pattern = settings.value('attention.sliding_window_pattern');
  if (Array.isArray(pattern))
    return {
      sliding_window: window,
      layer_types: pattern.map((local) => (local ? 'sliding_attention' : 'full_attention')),
    };
  return { sliding_window: window, sliding_window_pattern: pattern };
}

/** The largest Gemmas divide scores by the root of hidden size / heads; llama.cpp knows them by their layers, too. */
const LARGEST_GEMMAS: Readonly<Record<string, number>> = { gemma2: 46, gemma3: 62 };

function gemmaSettings(settings: Hyperparameters, name: string, common: CommonSettings): JsonObject {
  if (!name.startsWith('gemma')) return {};
  const largest = LARGEST_GEMMAS[name] === common.num_hidden_layers;
  const caps: Record<string, number | null> = {};
  for (const cap of ['attn_logit_softcapping', 'final_logit_softcapping']) {
    const value = settings.number(cap);
    if (value !== undefined) caps[cap] = value || null;
  }
  return {
    ...caps,
    query_pre_attn_scalar: largest ? common.hidden_size / common.num_attention_heads : common.head_dim,
    rope_local_base_freq: settings.number('rope.freq_base_swa'),
  };
}

interface Factors {
  readonly has: (tensor: string) => boolean;
  readonly read: ReadValues;
}

function rotarySettings(settings: Hyperparameters, common: CommonSettings, factors: Factors): JsonObject {
  const dimensions = settings.number('rope.dimension_count') ?? common.head_dim;
  const original = settings.number('rope.scaling.original_context_length');
  return {
    rope_theta: settings.number('rope.freq_base'),
    partial_rotary_factor: dimensions === common.head_dim ? undefined : dimensions / common.head_dim,
    rope_scaling: factorScaling(settings, common, original, factors) ?? namedScaling(settings, original),
  };
}

/** Scaling by a factor for each pair of dimensions: LongRoPE's, and Llama 3's, which llama.cpp has worked out. */
function factorScaling(
  settings: Hyperparameters,
  { max_position_embeddings: context }: CommonSettings,
  original: number | undefined,
  { has, read }: Factors,
): JsonObject | undefined {
  const attention = settings.number('rope.scaling.attn_factor');
  const longrope = (short: string, long: string, positions: number) => {
    settings.value('rope.scaling.type');
    settings.value('rope.scaling.factor');
    return {
      rope_type: 'longrope',
      short_factor: read(short),
      long_factor: read(long),
      attention_factor: attention ?? 1,
      original_max_position_embeddings: positions,
    };
  };
  if (has('rope_freqs.weight')) return longrope('rope_freqs.weight', 'rope_freqs.weight', context);
  if (has('rope_factors_short.weight') && has('rope_factors_long.weight'))
    return longrope('rope_factors_short.weight', 'rope_factors_long.weight', original ?? context);
  if (attention !== undefined && attention !== 1)
    throw settings.mismatch(
      `it scales attention by ${attention} for longer contexts, without factors for it`,
    );
  return undefined;
}

function namedScaling(settings: Hyperparameters, original: number | undefined): JsonObject | undefined {
  const oldFactor = settings.number('rope.scale_linear');
  const type = settings.value('rope.scaling.type') ?? (oldFactor === undefined ? 'none' : 'linear');
  const factor = settings.number('rope.scaling.factor') ?? oldFactor;
  if (type === 'none' || (type === 'linear' && (factor === undefined || factor === 0))) return undefined;
  if (type === 'linear') return { rope_type: 'linear', factor };
  if (type === 'yarn')
    return {
      rope_type: 'yarn',
      factor,
      beta_fast: settings.number('rope.scaling.yarn_beta_fast'),
      beta_slow: settings.number('rope.scaling.yarn_beta_slow'),
      original_max_position_embeddings: original,
    };
  throw settings.mismatch(
    `its rope.scaling.type ${JSON.stringify(String(type))} is not supported; none, linear, yarn and factors for each pair are`,
  );
}

/** Says of an error about a config.json that these are the settings of a GGUF file. */
export function asGgufError(path: string, error: unknown): unknown {
  if (!(error instanceof ModelMismatch)) return error;
  const message = error.message.slice(`${path}: `.length).replaceAll('config.json', 'its metadata');
  return new ModelMismatch(path, message, { cause: error });
}
