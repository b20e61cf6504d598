// What a checkpoint's config.json says, brought into one form. The file has had several dialects over the years
// (`rope_theta` beside or inside `rope_parameters`, `type` or `rope_type`, a head size or none); whatever we do
// not know how to compute exactly is refused here, since a model run with the wrong rotary scaling still talks.

import { z } from 'zod';
import { ModelMismatch } from '../../errors.ts';

const ARCHITECTURES = ['LlamaForCausalLM', 'MistralForCausalLM'] as const;

type Architecture = (typeof ARCHITECTURES)[number];

/** How rotary frequencies are stretched for contexts longer than the first training saw. */
type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      /** Context length of the first training, tokens. */
      readonly originalContext: number;
    };

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
  /** Longest context of the training, tokens. */
  readonly maxPositions: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
  /** Each position attends to this many, itself included; null for all. */
  readonly slidingWindow: number | null;
  /** The LM head is the embedding matrix. */
  readonly tiedEmbeddings: boolean;
  readonly eosTokenIds: readonly number[];
  /** One of the embedded models. */
  readonly toy: boolean;
}

const count = z.int().positive();
const factor = z.number().positive();

const ropeSchema = z.discriminatedUnion('rope_type', [
  z.object({ rope_type: z.literal('default'), rope_theta: factor.optional() }),
  z.object({ rope_type: z.literal('linear'), rope_theta: factor.optional(), factor }),
  z.object({
    rope_type: z.literal('llama3'),
    rope_theta: factor.optional(),
    factor,
    low_freq_factor: factor,
    high_freq_factor: factor,
    original_max_position_embeddings: count,
  }),
]);

/** `type` is what `rope_type` was called once; no scaling at all is the default type. */
const rope = z.preprocess((value) => {
  if (value === null || value === undefined) return { rope_type: 'default' };
  if (typeof value !== 'object') return value;
  const { type = 'default', ...rest } = value as { type?: unknown };
  return { rope_type: type, ...rest };
}, ropeSchema);

const eosSchema = z
  .union([z.int().nonnegative(), z.array(z.int().nonnegative())])
  .nullish()
  .transform((ids) => (ids === null || ids === undefined ? [] : [ids].flat()));

/** Settings that change what the network computes and that only have one value here. */
const fixed = {
  hidden_act: z.literal(['silu', 'swish']).default('silu'),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
  partial_rotary_factor: z.literal(1).default(1),
  quantization_config: z
    .null('quantised checkpoints are not supported; use the F32, F16 or BF16 one')
    .optional(),
};

const schema = z.object({
  ...fixed,
  num_hidden_layers: count,
  hidden_size: count,
  intermediate_size: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  rms_norm_eps: z.number().positive().default(1e-6),
  max_position_embeddings: count,
  rope_theta: factor.nullish(),
  rope_parameters: rope,
  // Mistral's own default where the file says nothing; null is no window. Llama has none whatever the file says.
  sliding_window: count.nullable().default(4096),
  tie_word_embeddings: z.boolean().default(false),
  eos_token_id: eosSchema,
  interbrain: z.object({ toy: z.boolean().optional() }).optional(),
});

/**
 * Checks a parsed config.json.
 *
 * @param model what an error calls the model, usually its folder
 * @throws ModelMismatch for an architecture or a setting that we do not compute
 */
export function parseConfig(model: string, json: unknown): ModelConfig {
  const architecture = parseArchitecture(model, json);
  const { rope_parameters, rope_scaling, ...rest } = json as Record<string, unknown>;
  // transformers 4 wrote rope_scaling, transformers 5 writes rope_parameters.
  const parsed = schema.safeParse({ ...rest, rope_parameters: rope_parameters ?? rope_scaling });
  if (!parsed.success) throw new ModelMismatch(model, `config.json: ${describe(parsed.error)}`);
  const raw = parsed.data;
  const heads = raw.num_attention_heads;
  const kvHeads = raw.num_key_value_heads ?? heads;
  const headSize = raw.head_dim ?? raw.hidden_size / heads;
  checkHeads(model, heads, kvHeads, headSize);
  return {
    architecture,
    layers: raw.num_hidden_layers,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    heads,
    kvHeads,
    headSize,
    vocabSize: raw.vocab_size,
    normEpsilon: raw.rms_norm_eps,
    maxPositions: raw.max_position_embeddings,
    ropeTheta: raw.rope_parameters.rope_theta ?? raw.rope_theta ?? 10000,
    ropeScaling: toRopeScaling(raw.rope_parameters),
    slidingWindow: architecture === 'MistralForCausalLM' ? raw.sliding_window : null,
    tiedEmbeddings: raw.tie_word_embeddings,
    eosTokenIds: raw.eos_token_id,
    toy: raw.interbrain?.toy ?? false,
  };
}

/** The end tokens that a generation_config.json adds. Throws ModelMismatch if they are no token ids. */
export function parseEosTokenIds(model: string, json: unknown): number[] {
  const parsed = z.object({ eos_token_id: eosSchema }).safeParse(json);
  if (!parsed.success) throw new ModelMismatch(model, `generation_config.json: ${describe(parsed.error)}`);
  return parsed.data.eos_token_id;
}

/**
 * Rotation per position of every pair of dimensions, radians. Shape: (headSize / 2), float32 as in transformers:
 * at position 4000 the rounding turns by 1e-4 radians, and the models were trained with it.
 */
export function rotaryFrequencies(config: ModelConfig): Float32Array {
  const half = config.headSize / 2;
  const scale = frequencyScale(config.ropeScaling);
  return Float32Array.from({ length: half }, (_, i) => scale(config.ropeTheta ** (-i / half)));
}

function frequencyScale(scaling: RopeScaling): (frequency: number) => number {
  if (scaling.type === 'default') return (frequency) => frequency;
  if (scaling.type === 'linear') return (frequency) => frequency / scaling.factor;
  const { lowFreqFactor: low, highFreqFactor: high, originalContext } = scaling;
  return (frequency) => {
    // How often this pair of dimensions turns around within the original context: rare turns are stretched,
    // frequent ones stay, and between the two bounds the frequency is mixed.
    const turns = (originalContext * frequency) / (2 * Math.PI);
    const keep = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return frequency * (keep + (1 - keep) / scaling.factor);
  };
}

function parseArchitecture(model: string, json: unknown): Architecture {
  const parsed = z.object({ architectures: z.array(z.string()).min(1) }).safeParse(json);
  const found = parsed.success ? parsed.data.architectures[0] : undefined;
  const known = ARCHITECTURES.find((name) => name === found);
  if (known) return known;
  const what =
    found === undefined ? 'config.json names no architecture' : `architecture ${found} is not supported`;
  throw new ModelMismatch(model, `${what}; supported are ${ARCHITECTURES.join(' and ')}`);
}

function checkHeads(model: string, heads: number, kvHeads: number, headSize: number): void {
  if (heads % kvHeads !== 0)
    throw new ModelMismatch(
      model,
      `config.json: ${heads} query heads cannot share ${kvHeads} key heads evenly`,
    );
  if (headSize % 8 !== 0)
    throw new ModelMismatch(model, `config.json: a head size of ${headSize} is not a multiple of 8`);
}

function toRopeScaling(raw: z.infer<typeof ropeSchema>): RopeScaling {
  if (raw.rope_type === 'default') return { type: 'default' };
  if (raw.rope_type === 'linear') return { type: 'linear', factor: raw.factor };
  return {
    type: 'llama3',
    factor: raw.factor,
    lowFreqFactor: raw.low_freq_factor,
    highFreqFactor: raw.high_freq_factor,
    originalContext: raw.original_max_position_embeddings,
  };
}

function describe(error: z.ZodError): string {
  const issues = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return `${issues.join('; ')}; only checkpoints with settings that interbrain computes exactly can be run`;
}
