// A decoder as an ONNX graph. There is no conversion: the graph is built from config.json, and its
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
// What differs between architectures: attention.ts, feed-forward.ts and norms.ts look it up in the config.

import { DataType, type GraphValue } from '../../numerics/onnx-proto.ts';
import { addRotaryTables, attention, project } from './attention.ts';
import type { ModelConfig } from './config.ts';
import { feedForward } from './feed-forward.ts';
import { GraphBuilder, type GraphOptions, int } from './graph-builder.ts';
import { addAndNormalise, layerNorms, normalise } from './norms.ts';
import type { WeightEntry } from './weight-entry.ts';

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
  options: GraphOptions = {},
): Uint8Array {
  const graph = new GraphBuilder(weights, options);
  addRotaryTables(graph, config, contextLength);
  graph.constant('last', DataType.INT64, [1], new Uint8Array(BigInt64Array.of(-1n).buffer));
  let residual = embed(graph, config);
  let normed = normalise(graph, config, residual, layerNorms(config, 0).beforeAttention);
  const states: string[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    let attended = attention(graph, config, layer, normed);
    if (layer === config.layers - 1) {
      attended = lastRow(graph, attended, 'attended_last');
      residual = lastRow(graph, residual, 'residual_last');
    }
    [normed, residual] = afterAttention(graph, config, layer, attended, residual);
    states.push(layer === config.layers - 1 ? residual : lastRow(graph, residual, `state.${layer}`));
  }
  head(graph, config, normed, states);
  return graph.encode(inputs(config), outputs(config));
}

/** The rest of a layer: the input of the next one (or of the LM head), normalised, and the residual stream. */
function afterAttention(
  graph: GraphBuilder,
  config: ModelConfig,
  layer: number,
  attended: string,
  residual: string,
): [string, string] {
  const norms = layerNorms(config, layer);
  const prefix = `model.layers.${layer}.self_attn.o_proj`;
  const projected = project(graph, attended, prefix, config.biases.output);
  const attentionPart = normalise(graph, config, projected, norms.afterAttention);
  const [normed, sum] = addAndNormalise(graph, config, attentionPart, residual, norms.beforeFeedForward);
  const fed = feedForward(graph, config, layer, normed);
  const feedForwardPart = normalise(graph, config, fed, norms.afterFeedForward);
  const last = layer === config.layers - 1;
  const next = last ? 'model.norm' : layerNorms(config, layer + 1).beforeAttention;
  return addAndNormalise(graph, config, feedForwardPart, sum, next);
}

/** [B, S, D] → [B, 1, D] */
function lastRow(graph: GraphBuilder, value: string, output: string): string {
  return graph.node('Gather', [value, 'last'], output, '', { axis: int(1) });
}

/** The tokens' embeddings, [B, S, D]: casting the gathered rows alone spares a float32 copy of the matrix. */
function embed(graph: GraphBuilder, config: ModelConfig): string {
  const matrix = 'model.embed_tokens.weight';
  const rows = graph.node('Gather', [graph.stored(matrix), 'input_ids'], 'embedded_rows');
  const embedded = graph.toFloat(matrix, rows, 'embedded');
  if (config.embeddingScale === 1) return embedded;
  const scale = floatConstant(graph, 'embedding_scale', config.embeddingScale);
  return graph.node('Mul', [embedded, scale], 'embedded_scaled');
}

/** cap · tanh(scores / cap) */
function softCap(graph: GraphBuilder, scores: string, cap: number | null): string {
  if (cap === null) return scores;
  const constant = floatConstant(graph, 'logit_cap', cap);
  const divided = graph.node('Div', [scores, constant], 'logits_divided');
  const bent = graph.node('Tanh', [divided], 'logits_bent');
  return graph.node('Mul', [bent, constant], 'logits_capped');
}

function floatConstant(graph: GraphBuilder, name: string, value: number): string {
  return graph.constant(name, DataType.FLOAT, [], new Uint8Array(Float32Array.of(value).buffer));
}

function head(graph: GraphBuilder, config: ModelConfig, normed: string, states: readonly string[]): void {
  graph.push('Concat', states, ['states'], '', { axis: int(1) });
  graph.constant('one', DataType.INT64, [1], new Uint8Array(BigInt64Array.of(1n).buffer));
  const matrix = config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head';
  const scores = softCap(graph, graph.linear(normed, matrix), config.softCaps.logits);
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
