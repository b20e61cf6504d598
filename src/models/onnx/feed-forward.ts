// The feed-forward part of one layer: down(activation(gate(x)) · up(x)).

import { at } from '../../numerics/lookup.ts';
import { project, split } from './attention.ts';
import type { ModelConfig } from './config.ts';
import { type GraphBuilder, MICROSOFT } from './graph-builder.ts';

/** [B, S, D] → [B, S, D] */
export function feedForward(graph: GraphBuilder, config: ModelConfig, layer: number, normed: string): string {
  const prefix = `model.layers.${layer}.mlp`;
  const bias = config.biases.feedForward;
  const part = (which: string) => project(graph, normed, `${prefix}.${which}_proj`, bias);
  const [gate, up] = config.fused
    ? fusedGateAndUp(graph, config, prefix, normed)
    : [part('gate'), part('up')];
  const product = graph.node('Mul', [activate(graph, config, prefix, gate), up], `${prefix}.product`);
  return project(graph, product, `${prefix}.down_proj`, bias);
}

function fusedGateAndUp(
  graph: GraphBuilder,
  config: ModelConfig,
  prefix: string,
  normed: string,
): [string, string] {
  const joined = graph.linear(normed, `${prefix}.gate_up_proj`);
  const sizes = [config.intermediateSize, config.intermediateSize];
  const parts = split(graph, joined, `${prefix}.gate_up_proj`, sizes);
  return [at(parts, 0), at(parts, 1)];
}

function activate(graph: GraphBuilder, config: ModelConfig, prefix: string, gate: string): string {
  const output = `${prefix}.activated`;
  // FastGelu is GELU with tanh.
  if (config.activation === 'gelu-tanh') return graph.node('FastGelu', [gate], output, MICROSOFT);
  // QuickGelu is x · sigmoid(alpha · x): with alpha 1 it is SiLU.
  return graph.node('QuickGelu', [gate], output, MICROSOFT, { alpha: 1 });
}
