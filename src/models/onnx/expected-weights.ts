// The tensors that a checkpoint of some configuration consists of.

import type { ModelConfig } from './config.ts';
import { layerNorms } from './norms.ts';

type Shapes = Map<string, readonly number[]>;

/** Name and shape of every tensor of the model. */
export function expectedWeights(config: ModelConfig): Map<string, readonly number[]> {
  const { hiddenSize: D, vocabSize: V } = config;
  const shapes: Shapes = new Map([['model.embed_tokens.weight', [V, D]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    addAttention(shapes, config, `${prefix}.self_attn`);
    for (const norm of Object.values(layerNorms(config, layer)))
      if (norm !== null) shapes.set(`${norm}.weight`, [D]);
    addFeedForward(shapes, config, `${prefix}.mlp`);
  }
  shapes.set('model.norm.weight', [D]);
  if (!config.tiedEmbeddings) shapes.set('lm_head.weight', [V, D]);
  return shapes;
}

function addAttention(shapes: Shapes, config: ModelConfig, prefix: string): void {
  const { hiddenSize: D, heads, kvHeads, headSize: H, biases } = config;
  if (config.fused) shapes.set(`${prefix}.qkv_proj.weight`, [(heads + 2 * kvHeads) * H, D]);
  else {
    addLinear(shapes, `${prefix}.q_proj`, heads * H, D, biases.query);
    addLinear(shapes, `${prefix}.k_proj`, kvHeads * H, D, biases.query);
    addLinear(shapes, `${prefix}.v_proj`, kvHeads * H, D, biases.query);
  }
  addLinear(shapes, `${prefix}.o_proj`, D, heads * H, biases.output);
  if (config.queryKeyNorm === null) return;
  const normed = config.queryKeyNorm === 'whole' ? { q: heads * H, k: kvHeads * H } : { q: H, k: H };
  shapes.set(`${prefix}.q_norm.weight`, [normed.q]);
  shapes.set(`${prefix}.k_norm.weight`, [normed.k]);
}

function addFeedForward(shapes: Shapes, config: ModelConfig, prefix: string): void {
  const { hiddenSize: D, intermediateSize: F, biases } = config;
  if (config.fused) shapes.set(`${prefix}.gate_up_proj.weight`, [2 * F, D]);
  else {
    addLinear(shapes, `${prefix}.gate_proj`, F, D, biases.feedForward);
    addLinear(shapes, `${prefix}.up_proj`, F, D, biases.feedForward);
  }
  addLinear(shapes, `${prefix}.down_proj`, D, F, biases.feedForward);
}

function addLinear(shapes: Shapes, prefix: string, out: number, inner: number, bias: boolean): void {
  shapes.set(`${prefix}.weight`, [out, inner]);
  if (bias) shapes.set(`${prefix}.bias`, [out]);
}
