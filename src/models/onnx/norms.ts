// Root-mean-square norms, alone and together with the residual sum that they follow.

import { DataType } from '../../numerics/onnx-proto.ts';
import type { ModelConfig } from './config.ts';
import { type GraphBuilder, int, MICROSOFT } from './graph-builder.ts';

/** The norms of one layer, by where they stand; null where there is none. */
interface LayerNorms {
  readonly beforeAttention: string | null;
  readonly afterAttention: string | null;
  readonly beforeFeedForward: string | null;
  readonly afterFeedForward: string | null;
}

/** What checkpoints call the norms of a layer: the one between its parts has another name where outputs are normed too. */
export function layerNorms(
  { inputNorms, outputNorms }: Pick<ModelConfig, 'inputNorms' | 'outputNorms'>,
  layer: number,
): LayerNorms {
  const named = (there: boolean, name: string) => (there ? `model.layers.${layer}.${name}` : null);
  const between = outputNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm';
  return {
    beforeAttention: named(inputNorms, 'input_layernorm'),
    afterAttention: named(outputNorms, 'post_attention_layernorm'),
    beforeFeedForward: named(inputNorms, between),
    afterFeedForward: named(outputNorms, 'post_feedforward_layernorm'),
  };
}

/** What norm `prefix` multiplies by; ONNX Runtime adds Gemma's 1 once, when it loads the model. */
export function normScale(graph: GraphBuilder, config: ModelConfig, prefix: string): string {
  const weight = graph.weight(`${prefix}.weight`);
  if (!config.normsAddOne) return weight;
  const one = graph.constant('one.float', DataType.FLOAT, [], new Uint8Array(Float32Array.of(1).buffer));
  return graph.node('Add', [weight, one], `${prefix}.scale`);
}

/** Norm `prefix` of a value; the value itself where there is none. */
export function normalise(
  graph: GraphBuilder,
  config: ModelConfig,
  value: string,
  prefix: string | null,
): string {
  if (prefix === null) return value;
  const scale = normScale(graph, config, prefix);
  const attributes = { epsilon: config.normEpsilon, axis: int(-1) };
  return graph.node('SimplifiedLayerNormalization', [value, scale], `${prefix}.out`, '', attributes);
}

/** [norm(value + residual), value + residual]; twice the sum where there is no norm. */
export function addAndNormalise(
  graph: GraphBuilder,
  config: ModelConfig,
  value: string,
  residual: string,
  prefix: string | null,
): [string, string] {
  if (prefix === null) {
    const sum = graph.node('Add', [value, residual], `${value}.sum`);
    return [sum, sum];
  }
  const outputs: [string, string] = [`${prefix}.out`, `${prefix}.sum`];
  const inputs = [value, residual, normScale(graph, config, prefix)];
  const attributes = { epsilon: config.normEpsilon };
  graph.push(
    'SkipSimplifiedLayerNormalization',
    inputs,
    [outputs[0], '', '', outputs[1]],
    MICROSOFT,
    attributes,
  );
  return outputs;
}
