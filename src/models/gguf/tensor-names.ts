// What GGUF files call the tensors of a checkpoint. Source: llama.cpp's gguf-py/gguf/tensor_mapping.py.

import type { Family } from '../onnx/families.ts';

const OUTSIDE: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
};

const IN_LAYER: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.qkv_proj': 'attn_qkv',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.gate_up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
  input_layernorm: 'attn_norm',
  pre_feedforward_layernorm: 'ffn_norm',
  post_feedforward_layernorm: 'post_ffw_norm',
};

/**
 * GGUF's name of a checkpoint's tensor: `model.layers.0.self_attn.q_proj.weight` is `blk.0.attn_q.weight`.
 *
 * @throws RangeError for a name that no family has
 */
export function ggufTensorName(name: string, { outputNorms }: Pick<Family, 'outputNorms'>): string {
  const [, module = '', kind = ''] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
  const outside = OUTSIDE[module];
  if (outside !== undefined) return `${outside}.${kind}`;
  const [, layer = '', part = ''] = /^model\.layers\.(\d+)\.(.*)$/.exec(module) ?? [];
  // One norm has two meanings: behind attention where outputs are normed, before the feed-forward part elsewhere.
  const between = outputNorms ? 'post_attention_norm' : 'ffn_norm';
  const inside = part === 'post_attention_layernorm' ? between : IN_LAYER[part];
  if (inside === undefined) throw new RangeError(`tensor ${name} has no name in GGUF files`);
  return `blk.${layer}.${inside}.${kind}`;
}
