// What sets the supported architectures apart, one row each. A checkpoint's config.json rarely says these things:
// they stand in the code of its transformers class.

/** Which setting decides where a window is. */
type Windows =
  /** No layer has one, whatever config.json says. */
  | 'none'
  /** Every layer has it. */
  | 'all'
  /** Where `use_sliding_window` is set, the layers from `max_window_layers` on. */
  | 'upper'
  /** Where `use_sliding_window` is set, the layers without rotary embedding. */
  | 'unrotated'
  /** Every other layer, the first among them. */
  | 'alternating'
  /** All but each n-th layer, n being `sliding_window_pattern`. */
  | 'patterned';

/** Settings for which null means something in some architectures and nothing in others. */
type NullableSetting =
  | 'num_key_value_heads'
  | 'head_dim'
  | 'no_rope_layer_interval'
  | 'partial_rotary_factor'
  | 'sliding_window_pattern';

export interface Family {
  readonly windows: Windows;
  /** `sliding_window` where config.json does not name it. */
  readonly defaultWindow: number | null;
  readonly defaultTheta: number;
  /** For `patterned` windows: n, where config.json does not say. */
  readonly windowPattern: number;
  /** `num_key_value_heads` where config.json does not name it; null for as many as query heads. */
  readonly defaultKvHeads: number | null;
  /** Settings that may be left out and must not be null: transformers refuses it, or fails later. */
  readonly neverNull: readonly NullableSetting[];
  /** LongRoPE's original context where config.json does not name it outside its rope settings; null to look there. */
  readonly originalContext: number | null;
  readonly defaultTied: boolean;
  readonly defaultEpsilon: number;
  /** Head size where config.json names none; null for hidden size / heads. */
  readonly defaultHeadSize: number | null;
  /** Biases of q, k and v whatever `attention_bias` says; null to believe it. */
  readonly queryBias: true | null;
  /** The settings `attention_bias` and `mlp_bias` exist; elsewhere they must not be true. */
  readonly biasSettings: readonly ('attention_bias' | 'mlp_bias')[];
  /** Queries and keys are normalised before they turn: each head by itself, or all heads as one vector. */
  readonly queryKeyNorm: 'head' | 'whole' | null;
  /** q, k, v are one matrix, gate and up another. */
  readonly fused: boolean;
  /** `partial_rotary_factor` may be below 1. */
  readonly partialRotary: boolean;
  /** Each n-th layer does not turn its queries and keys, unless `no_rope_layers` says otherwise; 0 for none. */
  readonly noRopeInterval: number;
  /** Attention and feed-forward are normalised on their way in. */
  readonly inputNorms: boolean;
  /** Attention and feed-forward are normalised on their way out. */
  readonly outputNorms: boolean;
  /** Weights of norms are stored less 1. */
  readonly normsAddOne: boolean;
  /** Embeddings are multiplied by √D. */
  readonly scaledEmbeddings: boolean;
  readonly activation: 'silu' | 'gelu-tanh';
  /** Scores of attention are divided by √`query_pre_attn_scalar`, and not by √(head size). */
  readonly queryScalar: boolean;
  /** The caps where config.json does not say; null where there are no such settings. `ignored` is one that has no effect. */
  readonly defaultSoftCaps: {
    readonly attention: number | null | 'ignored';
    readonly logits: number | null;
  } | null;
  /** Layers with a window turn by a frequency base of their own. */
  readonly localTheta: number | null;
}

const LLAMA: Family = {
  windows: 'none',
  defaultWindow: null,
  defaultTheta: 10_000,
  windowPattern: 1,
  defaultKvHeads: null,
  neverNull: [],
  originalContext: null,
  defaultTied: false,
  defaultEpsilon: 1e-6,
  defaultHeadSize: null,
  queryBias: null,
  biasSettings: ['attention_bias', 'mlp_bias'],
  queryKeyNorm: null,
  fused: false,
  partialRotary: false,
  noRopeInterval: 0,
  inputNorms: true,
  outputNorms: false,
  normsAddOne: false,
  scaledEmbeddings: false,
  activation: 'silu',
  queryScalar: false,
  defaultSoftCaps: null,
  localTheta: null,
};

const GEMMA: Family = {
  ...LLAMA,
  windows: 'alternating',
  defaultWindow: 4096,
  defaultKvHeads: 4,
  neverNull: ['num_key_value_heads', 'head_dim'],
  defaultTied: true,
  defaultHeadSize: 256,
  biasSettings: [],
  outputNorms: true,
  normsAddOne: true,
  scaledEmbeddings: true,
  activation: 'gelu-tanh',
  queryScalar: true,
  defaultSoftCaps: { attention: null, logits: null },
};

/** By the name in config.json's `architectures`. */
export const FAMILIES = {
  LlamaForCausalLM: LLAMA,
  MistralForCausalLM: {
    ...LLAMA,
    windows: 'all',
    defaultWindow: 4096,
    defaultKvHeads: 8,
    neverNull: ['num_key_value_heads'],
    biasSettings: [],
  },
  Qwen2ForCausalLM: {
    ...LLAMA,
    windows: 'upper',
    defaultWindow: 4096,
    defaultKvHeads: 32,
    neverNull: ['head_dim'],
    queryBias: true,
    biasSettings: [],
  },
  Qwen3ForCausalLM: {
    ...LLAMA,
    windows: 'upper',
    defaultWindow: 4096,
    defaultKvHeads: 32,
    neverNull: ['head_dim'],
    defaultHeadSize: 128,
    biasSettings: ['attention_bias'],
    queryKeyNorm: 'head',
  },
  SmolLM3ForCausalLM: {
    ...LLAMA,
    windows: 'unrotated',
    defaultTheta: 2_000_000,
    defaultKvHeads: 4,
    neverNull: ['head_dim', 'no_rope_layer_interval'],
    defaultTied: true,
    noRopeInterval: 4,
  },
  Phi3ForCausalLM: {
    ...LLAMA,
    windows: 'all',
    defaultEpsilon: 1e-5,
    biasSettings: [],
    fused: true,
    neverNull: ['head_dim', 'partial_rotary_factor'],
    originalContext: 4096,
    partialRotary: true,
  },
  Olmo2ForCausalLM: {
    ...LLAMA,
    neverNull: ['head_dim'],
    defaultEpsilon: 1e-5,
    biasSettings: ['attention_bias'],
    queryKeyNorm: 'whole',
    inputNorms: false,
    outputNorms: true,
  },
  Gemma2ForCausalLM: {
    ...GEMMA,
    defaultSoftCaps: { attention: 50, logits: 30 },
  },
  Gemma3ForCausalLM: {
    ...GEMMA,
    windows: 'patterned',
    windowPattern: 6,
    neverNull: ['num_key_value_heads', 'head_dim', 'sliding_window_pattern'],
    defaultSoftCaps: { attention: 'ignored', logits: null },
    defaultTheta: 1_000_000,
    localTheta: 10_000,
    queryKeyNorm: 'head',
  },
} as const satisfies Record<string, Family>;

export type Architecture = keyof typeof FAMILIES;

const isArchitecture = (name: string): name is Architecture => Object.hasOwn(FAMILIES, name);

export const ARCHITECTURES: readonly Architecture[] = Object.keys(FAMILIES).filter(isArchitecture);

/** What config.json calls each in `model_type`, by which transformers chooses the class. */
export const MODEL_TYPES: Readonly<Record<Architecture, string>> = {
  LlamaForCausalLM: 'llama',
  MistralForCausalLM: 'mistral',
  Qwen2ForCausalLM: 'qwen2',
  Qwen3ForCausalLM: 'qwen3',
  SmolLM3ForCausalLM: 'smollm3',
  Phi3ForCausalLM: 'phi3',
  Olmo2ForCausalLM: 'olmo2',
  Gemma2ForCausalLM: 'gemma2',
  Gemma3ForCausalLM: 'gemma3_text',
};
