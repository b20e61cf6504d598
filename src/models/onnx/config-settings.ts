// The settings in a config.json, in transformers' own names.

import { z } from 'zod';
import { ropeSchema } from './rotary.ts';

const count = z.int().positive();
/** Many times what any model has; beyond it a file is damaged. */
export const layerCount = count.max(4096);
const positive = z.number().positive();

export const eosSchema = z
  .union([z.int().nonnegative(), z.array(z.int().nonnegative())])
  .nullish()
  .transform((ids) => (ids === null || ids === undefined ? [] : [ids].flat()));

/** The settings of a config.json that decide what is computed; others are left out. Null is refused where Python refuses it. */
export const settingsSchema = z.object({
  num_hidden_layers: layerCount,
  hidden_size: count,
  intermediate_size: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  rms_norm_eps: positive.optional(),
  max_position_embeddings: count,
  rope_theta: positive.optional(),
  rope_local_base_freq: positive.optional(),
  rope_parameters: z.object({ full_attention: ropeSchema, sliding_attention: ropeSchema }),
  partial_rotary_factor: positive.max(1).nullish(),
  no_rope_layers: z.array(z.literal([0, 1])).nullish(),
  no_rope_layer_interval: count.nullish(),
  // Undefined is the architecture's default; null is no window.
  sliding_window: count.nullish(),
  sliding_window_pattern: count.nullish(),
  use_sliding_window: z.boolean().optional(),
  max_window_layers: z.int().nonnegative().default(28),
  layer_types: z.array(z.literal(['full_attention', 'sliding_attention'])).nullish(),
  query_pre_attn_scalar: positive.default(256),
  attn_logit_softcapping: positive.nullish(),
  final_logit_softcapping: positive.nullish(),
  hidden_act: z.string().optional(),
  hidden_activation: z.string().optional(),
  attention_bias: z.boolean().optional(),
  mlp_bias: z.boolean().optional(),
  use_bidirectional_attention: z.literal(false).nullish(),
  tie_word_embeddings: z.boolean().optional(),
  // transformers gives every layer settings of its own by it.
  per_layer_config: z.null('settings of single layers are not supported').optional(),
  // Every value that Python takes for false makes transformers look ahead; null among them.
  is_causal: z.literal(true, 'only models that do not look ahead are supported').optional(),
  quantization_config: z
    .null('quantised checkpoints are not supported; use the F32, F16 or BF16 one')
    .optional(),
  quantization: z
    .null('checkpoints that MLX has quantised are not supported; use the F32, F16 or BF16 one')
    .optional(),
  eos_token_id: eosSchema,
  interbrain: z.object({ toy: z.boolean().optional() }).optional(),
});

/** A config.json as the schema leaves it, in transformers' own names. */
export type Settings = z.infer<typeof settingsSchema>;
