// Root-mean-square norms, alone and together with the residual sum that they follow.

import { DataType } from '../../numerics/onnx-proto.ts';
import type { ModelConfig } from './config.ts';
import { type GraphBuilder, int, MICROSOFT } from './graph-builder.ts';

/** What norm `prefix` multiplies by; ONNX Runtime adds Gemma's 1 once, when it loads the model. */
export function normScale(graph: GraphBuilder, config: ModelConfig, prefix: string): string {
  const weight = graph.weight(`${prefix}.weight`);
  if (!config.normsAddOne) return weight;
  const one = graph.constant('one.float', DataType.FLOAT, [], new Uint8Array(Float32Array.of(1).buffer));
  return graph.node('Add', [weight, one], `${prefix}.scale`);
}

export function normalise(graph: GraphBuilder, config: ModelConfig, value: string, prefix: string): string {
  const scale = normScale(graph, config, prefix);
  const attributes = { epsilon: config.normEpsilon, axis: int(-1) };
  return graph.node('SimplifiedLayerNormalization', [value, scale], `${prefix}.out`, '', attributes);
}

/** [norm(value + residual), value + residual] */
export function addAndNormalise(
  graph: GraphBuilder,
  config: ModelConfig,
  value: string,
  residual: string,
  prefix: string,
): [string, string] {
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
