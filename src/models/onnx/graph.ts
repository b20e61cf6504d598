// A Llama or Mistral as an ONNX graph. There is no conversion: the graph is built from config.json, and its
// weights are external data that point into the checkpoint's own safetensors files by offset.
//
// Inputs:  input_ids int64 [B, S], where B or S is 1 if there is a past; seqlens_k int32 [B] and total_length
//          int32 [], as GroupQueryAttention wants them; past_key.i and past_value.i float32
//          [B, kvHeads, capacity, headSize] for every layer i.
// Outputs: states float32 [B, L, D] and logits float32 [B, V], both at the last of the S tokens; present_key.i and
//          present_value.i, for which the caller gives the same memory as for the past. Before them all comes
//          `finished`, a sequence that nobody reads: engine.ts tells what it is good for.
//
// The hidden state after layer i is the residual sum that SkipSimplifiedLayerNormalization gives as its fourth
// output. In the last layer only the last token matters, so all after its attention is done for that row alone.

import { DataType, type GraphValue } from '../../numerics/onnx-proto.ts';
import type { WeightEntry } from './checkpoint.ts';
import type { ModelConfig } from './config.ts';
import { GraphBuilder, int, MICROSOFT } from './graph-builder.ts';

/**
 * The bytes of the ONNX model.
 *
 * @param weights every tensor of `expectedWeights(config)`
 * @param contextLength rows of the rotary tables: the longest sequence, tokens
 */
export function buildGraph(
  config: ModelConfig,
  weights: ReadonlyMap<string, WeightEntry>,
  contextLength: number,
): Uint8Array {
  const graph = new GraphBuilder(weights);
  graph.rotaryTables(config, contextLength);
  graph.constant('last', DataType.INT64, [1], new Uint8Array(BigInt64Array.of(-1n).buffer));
  // Casting the gathered rows alone spares a float32 copy of the embedding matrix.
  const rows = graph.node(
    'Gather',
    [graph.stored('model.embed_tokens.weight'), 'input_ids'],
    'embedded_rows',
  );
  let residual = graph.toFloat('model.embed_tokens.weight', rows, 'embedded');
  const norm = { epsilon: config.normEpsilon };
  const scale = graph.weight('model.layers.0.input_layernorm.weight');
  let normed = graph.node('SimplifiedLayerNormalization', [residual, scale], 'normed.0', '', {
    ...norm,
    axis: int(-1),
  });
  const states: string[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    const isLast = layer === config.layers - 1;
    let attended = attention(graph, config, layer, normed);
    if (isLast) {
      attended = graph.node('Gather', [attended, 'last'], 'attended_last', '', { axis: int(1) });
      residual = graph.node('Gather', [residual, 'last'], 'residual_last', '', { axis: int(1) });
    }
    const projected = graph.linear(attended, `model.layers.${layer}.self_attn.o_proj`);
    const middle = `model.layers.${layer}.post_attention_layernorm`;
    [normed, residual] = graph.addAndNormalise(projected, residual, middle, norm);
    const next = isLast ? 'model.norm' : `model.layers.${layer + 1}.input_layernorm`;
    const mixed = feedForward(graph, layer, normed);
    [normed, residual] = graph.addAndNormalise(mixed, residual, next, norm);
    const row = isLast
      ? residual
      : graph.node('Gather', [residual, 'last'], `state.${layer}`, '', { axis: int(1) });
    states.push(row);
  }
  head(graph, config, normed, states);
  return graph.encode(inputs(config), outputs(config));
}

function attention(graph: GraphBuilder, config: ModelConfig, layer: number, normed: string): string {
  const prefix = `model.layers.${layer}.self_attn`;
  const query = graph.linear(normed, `${prefix}.q_proj`);
  const key = graph.linear(normed, `${prefix}.k_proj`);
  const value = graph.linear(normed, `${prefix}.v_proj`);
  const cache = [`past_key.${layer}`, `past_value.${layer}`, 'seqlens_k', 'total_length', 'cos', 'sin'];
  const attributes = {
    num_heads: int(config.heads),
    kv_num_heads: int(config.kvHeads),
    do_rotary: int(1),
    rotary_interleaved: int(0),
    scale: 1 / Math.sqrt(config.headSize),
    local_window_size: int(config.slidingWindow ?? -1),
  };
  const outputNames = [`attended.${layer}`, `present_key.${layer}`, `present_value.${layer}`];
  graph.push('GroupQueryAttention', [query, key, value, ...cache], outputNames, MICROSOFT, attributes);
  return `attended.${layer}`;
}

/** down(silu(gate(x)) · up(x)) */
function feedForward(graph: GraphBuilder, layer: number, normed: string): string {
  const prefix = `model.layers.${layer}.mlp`;
  const gate = graph.linear(normed, `${prefix}.gate_proj`);
  const up = graph.linear(normed, `${prefix}.up_proj`);
  // QuickGelu is x · sigmoid(alpha · x): with alpha 1 it is SiLU.
  const activated = graph.node('QuickGelu', [gate], `${prefix}.activated`, MICROSOFT, { alpha: 1 });
  const product = graph.node('Mul', [activated, up], `${prefix}.product`);
  return graph.linear(product, `${prefix}.down_proj`);
}

function head(graph: GraphBuilder, config: ModelConfig, normed: string, states: readonly string[]): void {
  graph.push('Concat', states, ['states'], '', { axis: int(1) });
  graph.constant('one', DataType.INT64, [1], new Uint8Array(BigInt64Array.of(1n).buffer));
  const matrix = config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head';
  const scores = graph.linear(normed, matrix);
  graph.push('Squeeze', [scores, 'one'], ['logits']);
  graph.push('SequenceConstruct', ['seqlens_k'], ['finished']);
}

function inputs(config: ModelConfig): GraphValue[] {
  return [
    { name: 'input_ids', dataType: DataType.INT64, dims: ['B', 'S'] },
    { name: 'seqlens_k', dataType: DataType.INT32, dims: ['B'] },
    { name: 'total_length', dataType: DataType.INT32, dims: [] },
    ...cacheValues(config, 'past'),
  ];
}

function outputs(config: ModelConfig): GraphValue[] {
  return [
    { name: 'finished', dataType: DataType.INT32, dims: ['B'], sequence: true },
    { name: 'states', dataType: DataType.FLOAT, dims: ['B', config.layers, config.hiddenSize] },
    { name: 'logits', dataType: DataType.FLOAT, dims: ['B', config.vocabSize] },
    ...cacheValues(config, 'present'),
  ];
}

function cacheValues(config: ModelConfig, when: 'past' | 'present'): GraphValue[] {
  const dims = ['B', config.kvHeads, 'capacity', config.headSize];
  return Array.from({ length: config.layers }, (_, layer) =>
    ['key', 'value'].map((what) => ({ name: `${when}_${what}.${layer}`, dataType: DataType.FLOAT, dims })),
  ).flat();
}
