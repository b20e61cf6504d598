// The attention of one layer, in every form that the supported architectures give it: separate or fused
// projections, with or without biases, with norms of queries and keys, a window, a soft cap, one of several rotary
// tables or none. The work itself is GroupQueryAttention's, which also writes the cache.

import { at } from '../../numerics/lookup.ts';
import { DataType } from '../../numerics/onnx-proto.ts';
import type { ModelConfig } from './config.ts';
import { type GraphBuilder, type GraphOptions, int, MICROSOFT } from './graph-builder.ts';
import { normalise, normScale } from './norms.ts';
import { rotaryTables } from './rotary.ts';

/** Adds the tables `cos.i` and `sin.i`, [positions, dimensions / 2], of every rotary embedding i. */
export function addRotaryTables(graph: GraphBuilder, config: ModelConfig, positions: number): void {
  config.rotaries.forEach((rotary, i) => {
    const { cos, sin } = rotaryTables(rotary, positions);
    const dims = [positions, rotary.dimensions / 2];
    graph.constant(`cos.${i}`, DataType.FLOAT, dims, new Uint8Array(cos.buffer));
    graph.constant(`sin.${i}`, DataType.FLOAT, dims, new Uint8Array(sin.buffer));
  });
}

/**
 * What the heads read, before it is projected back: [B, S, heads · headSize].
 *
 * @param normed the layer's normalised input, [B, S, D]
 */
export function attention(
  graph: GraphBuilder,
  config: ModelConfig,
  layer: number,
  normed: string,
  { branches }: GraphOptions,
): string {
  const { window, rotary } = at(config.attention, layer);
  const [query, key, value] = projections(graph, config, layer, normed);
  const cache = [`past_key.${layer}`, `past_value.${layer}`, 'seqlens_k', 'total_length'];
  // An input that is left out has no name.
  const tables = rotary === null ? ['', ''] : [`cos.${rotary}`, `sin.${rotary}`];
  const placed = branches ? [rotary === null ? '' : 'position_ids', 'attention_bias'] : [];
  const attributes = {
    num_heads: int(config.heads),
    kv_num_heads: int(config.kvHeads),
    do_rotary: int(rotary === null ? 0 : 1),
    rotary_interleaved: int(0),
    scale: config.attentionScale,
    local_window_size: int(window ?? -1),
    softcap: config.softCaps.attention ?? 0,
  };
  const outputs = [`attended.${layer}`, `present_key.${layer}`, `present_value.${layer}`];
  const inputs = [query, key, value, ...cache, ...tables, ...placed];
  graph.push('GroupQueryAttention', inputs, outputs, MICROSOFT, attributes);
  return `attended.${layer}`;
}

/** value · Wᵀ, plus the bias if there is one. */
export function project(graph: GraphBuilder, value: string, prefix: string, bias: boolean): string {
  const product = graph.linear(value, prefix);
  return bias ? graph.node('Add', [product, graph.weight(`${prefix}.bias`)], `${prefix}.biased`) : product;
}

/** Cuts the last dimension into parts of these sizes. */
export function split(
  graph: GraphBuilder,
  value: string,
  prefix: string,
  sizes: readonly number[],
): string[] {
  const lengths = BigInt64Array.from(sizes, BigInt);
  const constant = graph.constant(
    `${prefix}.sizes`,
    DataType.INT64,
    [sizes.length],
    new Uint8Array(lengths.buffer),
  );
  const parts = sizes.map((_, i) => `${prefix}.part.${i}`);
  graph.push('Split', [value, constant], parts, '', { axis: int(-1) });
  return parts;
}

function projections(
  graph: GraphBuilder,
  config: ModelConfig,
  layer: number,
  normed: string,
): [string, string, string] {
  const prefix = `model.layers.${layer}.self_attn`;
  const { heads, kvHeads, headSize, biases } = config;
  if (config.fused) {
    const joined = graph.linear(normed, `${prefix}.qkv_proj`);
    const sizes = [heads, kvHeads, kvHeads].map((count) => count * headSize);
    const parts = split(graph, joined, `${prefix}.qkv_proj`, sizes);
    return [at(parts, 0), at(parts, 1), at(parts, 2)];
  }
  const part = (which: string) => project(graph, normed, `${prefix}.${which}_proj`, biases.query);
  const [query, key, value] = [part('q'), part('k'), part('v')];
  if (config.queryKeyNorm === null) return [query, key, value];
  if (config.queryKeyNorm === 'whole')
    return [
      normalise(graph, config, query, `${prefix}.q_norm`),
      normalise(graph, config, key, `${prefix}.k_norm`),
      value,
    ];
  return [
    normaliseHeads(graph, config, query, `${prefix}.q_norm`, heads),
    normaliseHeads(graph, config, key, `${prefix}.k_norm`, kvHeads),
    value,
  ];
}

/** [B, S, heads · headSize] → the same, every head normalised by itself. */
function normaliseHeads(
  graph: GraphBuilder,
  config: ModelConfig,
  value: string,
  norm: string,
  heads: number,
): string {
  const byHead = graph.reshape(value, `${norm}.by_head`, [0, 0, heads, config.headSize]);
  const scale = normScale(graph, config, norm);
  const attributes = { epsilon: config.normEpsilon, axis: int(-1) };
  const normed = graph.node(
    'SimplifiedLayerNormalization',
    [byHead, scale],
    `${norm}.normed`,
    '',
    attributes,
  );
  return graph.reshape(normed, `${norm}.joined`, [0, 0, heads * config.headSize]);
}
