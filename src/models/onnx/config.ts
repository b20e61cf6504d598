// What a checkpoint's config.json says, brought into one form. The file has had several dialects over the years
// (`rope_theta` beside or inside `rope_parameters`, `type` or `rope_type`, a head size or none); whatever we do
// not know how to compute exactly is refused here, since a model run with the wrong rotary scaling still talks.

import { z } from 'zod';
import { ModelMismatch } from '../../errors.ts';
import { isJsonObject } from '../json-file.ts';
import { eosSchema, type Settings, settingsSchema } from './config-settings.ts';
import { ARCHITECTURES, type Architecture, FAMILIES, type Family, MODEL_TYPES } from './families.ts';
import { type LayerAttention, toAttention } from './layer-attention.ts';
import { ropeByLayerType } from './rope-dialects.ts';
import { exactPositions, type RopeSettings, type Rotary } from './rotary.ts';

export interface ModelConfig {
  readonly architecture: Architecture;
  readonly layers: number;
  /** Size of the residual stream, D. */
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  /** Number of query heads. */
  readonly heads: number;
  /** Number of key and value heads; each serves `heads / kvHeads` query heads. */
  readonly kvHeads: number;
  readonly headSize: number;
  readonly vocabSize: number;
  readonly normEpsilon: number;
  /** Longest context of the training, or up to which we compute exactly what transformers does, tokens. */
  readonly maxPositions: number;
  readonly rotaries: readonly Rotary[];
  /** One per layer. */
  readonly attention: readonly LayerAttention[];
  /** Scores of attention are multiplied by it. */
  readonly attentionScale: number;
  /** x becomes cap · tanh(x / cap), for the scores of attention and for the logits; null for no cap. */
  readonly softCaps: { readonly attention: number | null; readonly logits: number | null };
  readonly biases: { readonly query: boolean; readonly output: boolean; readonly feedForward: boolean };
  /** Queries and keys are normalised before they turn: each head by itself, or all heads as one vector. */
  readonly queryKeyNorm: Family['queryKeyNorm'];
  /** q, k, v are one matrix (`qkv_proj`), gate and up another (`gate_up_proj`). */
  readonly fused: boolean;
  /** Attention and feed-forward are normalised on their way in. */
  readonly inputNorms: boolean;
  /** Attention and feed-forward are normalised on their way out. */
  readonly outputNorms: boolean;
  /** Norms multiply by 1 + weight. */
  readonly normsAddOne: boolean;
  /** Embeddings are multiplied by it. */
  readonly embeddingScale: number;
  readonly activation: Family['activation'];
  /** The LM head is the embedding matrix. */
  readonly tiedEmbeddings: boolean;
  readonly eosTokenIds: readonly number[];
  /** One of the embedded models. */
  readonly toy: boolean;
}

const ONLY_EXACT = 'only checkpoints with settings that interbrain computes exactly can be run';

/**
 * Checks a parsed config.json.
 *
 * @param model what an error calls the model, usually its folder
 * @throws ModelMismatch for an architecture or a setting that we do not compute
 */
export function parseConfig(model: string, json: unknown): ModelConfig {
  const architecture = parseArchitecture(model, json);
  const family: Family = FAMILIES[architecture];
  const source = isJsonObject(json) ? json : {};
  const parsed = settingsSchema.safeParse({
    ...source,
    rope_parameters: ropeByLayerType(model, family, source),
  });
  if (!parsed.success) throw new ModelMismatch(model, `config.json: ${describe(parsed.error)}`);
  const raw = parsed.data;
  const problem = unsupportedSetting(family, raw);
  if (problem) throw new ModelMismatch(model, `config.json: ${problem}; ${ONLY_EXACT}`);
  const heads = raw.num_attention_heads;
  const kvHeads =
    (raw.num_key_value_heads === undefined ? family.defaultKvHeads : raw.num_key_value_heads) ?? heads;
  const headSize = raw.head_dim ?? family.defaultHeadSize ?? raw.hidden_size / heads;
  checkHeads(model, heads, kvHeads, headSize);
  const rotaries = toRotaries(model, family, raw, headSize);
  return {
    architecture,
    layers: raw.num_hidden_layers,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    heads,
    kvHeads,
    headSize,
    vocabSize: raw.vocab_size,
    normEpsilon: raw.rms_norm_eps ?? family.defaultEpsilon,
    maxPositions: Math.min(...rotaries.map(exactPositions)),
    rotaries,
    attention: toAttention(model, family, raw, rotaries.length),
    attentionScale: 1 / Math.sqrt(family.queryScalar ? raw.query_pre_attn_scalar : headSize),
    softCaps: toSoftCaps(family, raw),
    biases: {
      query: family.queryBias ?? raw.attention_bias ?? false,
      output: raw.attention_bias ?? false,
      feedForward: raw.mlp_bias ?? false,
    },
    queryKeyNorm: family.queryKeyNorm,
    fused: family.fused,
    inputNorms: family.inputNorms,
    outputNorms: family.outputNorms,
    normsAddOne: family.normsAddOne,
    // As a float32 model of transformers has it; a bfloat16 one rounds the scale to bfloat16.
    embeddingScale: family.scaledEmbeddings ? Math.fround(Math.sqrt(raw.hidden_size)) : 1,
    activation: family.activation,
    tiedEmbeddings: raw.tie_word_embeddings ?? family.defaultTied,
    eosTokenIds: raw.eos_token_id,
    toy: raw.interbrain?.toy ?? false,
  };
}

/** Where config.json names an activation, and how; where it does not, the first is meant. */
const ACTIVATIONS: Readonly<
  Record<
    Family['activation'],
    {
      readonly setting: 'hidden_act' | 'hidden_activation';
      readonly names: readonly [string, ...string[]];
    }
  >
> = {
  silu: { setting: 'hidden_act', names: ['silu', 'swish'] },
  'gelu-tanh': { setting: 'hidden_activation', names: ['gelu_pytorch_tanh'] },
};

/** Says which setting asks for what the architecture, as we know it, does not do. */
function unsupportedSetting(family: Family, raw: Settings): string | undefined {
  const { setting: name, names } = ACTIVATIONS[family.activation];
  const empty = family.neverNull.find((setting) => raw[setting] === null);
  if (empty) return `${empty} is null, which transformers refuses for this architecture; leave it out`;
  const activation = raw[name] ?? names[0];
  if (!names.includes(activation)) return `${name}: ${activation} is not ${names.join(' or ')}`;
  for (const setting of ['attention_bias', 'mlp_bias'] as const)
    if (raw[setting] && !family.biasSettings.includes(setting))
      return `${setting}: true is not supported for this architecture`;
  const { full_attention: rope } = raw.rope_parameters;
  const partial = rope.partial_rotary_factor ?? 1;
  if (partial !== 1 && !family.partialRotary && rope.rope_type !== 'proportional')
    return `partial_rotary_factor: ${partial} is not 1, as it must be for this architecture`;
  return undefined;
}

function toRotaries(model: string, family: Family, raw: Settings, headSize: number): Rotary[] {
  const { full_attention, sliding_attention } = raw.rope_parameters;
  const rotary = (scaling: RopeSettings, theta: number): Rotary => {
    const part = scaling.rope_type === 'proportional' ? 1 : (scaling.partial_rotary_factor ?? 1);
    const dimensions = Math.trunc(headSize * part);
    checkRotary(model, dimensions, scaling);
    return {
      theta: scaling.rope_theta ?? theta,
      dimensions,
      scaling,
      maxPositions: raw.max_position_embeddings,
    };
  };
  const main = rotary(full_attention, raw.rope_theta ?? family.defaultTheta);
  if (family.localTheta === null) return [main];
  return [main, rotary(sliding_attention, raw.rope_local_base_freq ?? family.localTheta)];
}

function checkRotary(model: string, dimensions: number, scaling: RopeSettings): void {
  checkMultiple(model, 'the part of a head that partial_rotary_factor leaves to turn, of', dimensions);
  if (scaling.rope_type !== 'longrope') return;
  for (const name of ['short_factor', 'long_factor'] as const)
    if (scaling[name].length !== dimensions / 2)
      throw new ModelMismatch(
        model,
        `config.json: ${name} has ${scaling[name].length} factors for ${dimensions / 2} pairs of dimensions`,
      );
}

function toSoftCaps(family: Family, raw: Settings): ModelConfig['softCaps'] {
  const { defaultSoftCaps: caps } = family;
  if (caps === null) return { attention: null, logits: null };
  const { attn_logit_softcapping: attention, final_logit_softcapping: logits } = raw;
  const given = attention === undefined ? caps.attention : attention;
  return {
    attention: caps.attention === 'ignored' || given === 'ignored' ? null : given,
    logits: logits === undefined ? caps.logits : logits,
  };
}

/** The end tokens that a generation_config.json adds. Throws ModelMismatch if they are no token ids. */
export function parseEosTokenIds(model: string, json: unknown): number[] {
  const parsed = z.object({ eos_token_id: eosSchema }).safeParse(json);
  if (!parsed.success) throw new ModelMismatch(model, `generation_config.json: ${describe(parsed.error)}`);
  return parsed.data.eos_token_id;
}

/** transformers goes by `model_type` and never asks `architectures`: where they disagree, one of them is wrong. */
function parseArchitecture(model: string, json: unknown): Architecture {
  const parsed = z
    .object({ architectures: z.array(z.string()).nullish(), model_type: z.string().nullish() })
    .safeParse(json);
  const { architectures, model_type } = parsed.data ?? {};
  const found = architectures?.[0];
  const supported = `supported are ${ARCHITECTURES.join(', ')}`;
  const named = ARCHITECTURES.find((name) => name === found);
  const typed = ARCHITECTURES.find((name) => MODEL_TYPES[name] === model_type);
  if (found === undefined && model_type == null)
    throw new ModelMismatch(model, `config.json names no architecture; ${supported}`);
  if (found !== undefined && named === undefined)
    throw new ModelMismatch(model, `architecture ${found} is not supported; ${supported}`);
  if (model_type == null && named !== undefined) return named;
  if (found === undefined && typed === undefined)
    throw new ModelMismatch(model, `model_type ${model_type} is not supported; ${supported}`);
  if (typed !== undefined && (named === undefined || named === typed)) return typed;
  throw new ModelMismatch(
    model,
    `config.json: architectures says ${found} and model_type ${model_type}, which ${typed === undefined ? 'is none of its names' : `is ${typed}`}; correct the one that is wrong`,
  );
}

function checkHeads(model: string, heads: number, kvHeads: number, headSize: number): void {
  if (heads % kvHeads !== 0)
    throw new ModelMismatch(
      model,
      `config.json: ${heads} query heads cannot share ${kvHeads} key heads evenly`,
    );
  checkMultiple(model, 'a head size of', headSize);
}

/** GroupQueryAttention's one rule for all that it turns: whole heads, and the parts of them that turn. */
function checkMultiple(model: string, what: string, dimensions: number): void {
  if (dimensions % 16 !== 0 || dimensions === 0)
    throw new ModelMismatch(
      model,
      `config.json: ${what} ${dimensions} is not a multiple of 16, and ONNX Runtime turns no other; ${ONLY_EXACT}`,
    );
}

function describe(error: z.ZodError): string {
  const issues = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return `${issues.join('; ')}; ${ONLY_EXACT}`;
}
