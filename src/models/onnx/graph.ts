// A decoder as an ONNX graph. There is no conversion: the graph is built from config.json, and its
// weights are external data that point into the checkpoint's own safetensors files by offset.
//
// Inputs:  input_ids int64 [B, S], where B or S is 1 if there is a past; seqlens_k int32 [B] and total_length
//          int32 [], as GroupQueryAttention wants them; places int64 [K], indices of tokens among the S; past_key.i and
//          past_value.i float32 [B, kvHeads, capacity, headSize] for every layer i. On the CPU also position_ids
//          int64 [B, S] and attention_bias float32 [1, 1, S, total_length], for what passage.ts calls branches.
// Outputs: states float32 [B, L · K, D], those of a layer at all places side by side, and logits float32 [B, V] at the
//          last place; present_key.i and present_value.i, for which the caller gives the same memory as for the past.
//          With interventions also before float32 [B, L · K, D], the states as they were before what is done to them.
//          Before them all comes `finished`, a sequence that nobody reads: engine.ts tells what it is good for.
//
// The hidden state after layer i is the residual sum that SkipSimplifiedLayerNormalization gives as its fourth
// output. In the last layer only the places matter, so all after its attention is done for those rows alone.
// What differs between architectures: attention.ts, feed-forward.ts and norms.ts look it up in the config.

import { DataType, type GraphValue } from '../../numerics/onnx-proto.ts';
import { addRotaryTables, attention, project } from './attention.ts';
import type { ModelConfig } from './config.ts';
import { feedForward } from './feed-forward.ts';
import { GraphBuilder, type GraphOptions, int } from './graph-builder.ts';
import { intervene, interventionInputs } from './intervene.ts';
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
  const before: string[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    let attended = attention(graph, config, layer, normed, options);
    if (layer === config.layers - 1) {
      attended = rows(graph, attended, 'places', 'attended_places');
      residual = rows(graph, residual, 'places', 'residual_places');
    }
    const last = layer === config.layers - 1;
    const atPlaces = (value: string, name: string) => (last ? value : rows(graph, value, 'places', name));
    if (options.interventions) {
      const [fed, sum] = layerParts(graph, config, layer, attended, residual);
      const untouched = graph.node('Add', [fed, sum], `residual.${layer}`);
      before.push(atPlaces(untouched, `before.${layer}`));
      residual = intervene(graph, layer, untouched, last ? whereAtPlaces(graph) : 'intervention.where');
      normed = normalise(graph, config, residual, normAfter(config, layer));
    } else [normed, residual] = afterAttention(graph, config, layer, attended, residual);
    states.push(atPlaces(residual, `state.${layer}`));
  }
  if (options.interventions) graph.push('Concat', before, ['before'], '', { axis: int(1) });
  head(graph, config, normed, states);
  return graph.encode(inputs(config, options), outputs(config, options));
}

/** Which of the places an intervention is made at: [B, K, 1]. */
function whereAtPlaces(graph: GraphBuilder): string {
  return rows(graph, 'intervention.where', 'places', 'intervention.where_places');
}

/** The norm that the residual stream comes to behind a layer. */
function normAfter(config: ModelConfig, layer: number): string | null {
  return layer === config.layers - 1 ? 'model.norm' : layerNorms(config, layer + 1).beforeAttention;
}

/** The rest of a layer: the input of the next one (or of the LM head), normalised, and the residual stream. */
function afterAttention(
  graph: GraphBuilder,
  config: ModelConfig,
  layer: number,
  attended: string,
  residual: string,
): [string, string] {
  const [fed, sum] = layerParts(graph, config, layer, attended, residual);
  return addAndNormalise(graph, config, fed, sum, normAfter(config, layer));
}

/** What the feed-forward part adds to the residual stream, and what it is added to. */
function layerParts(
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
  return [normalise(graph, config, fed, norms.afterFeedForward), sum];
}

/** [B, S, D] → [B, K, D], for K indices among the S */
function rows(graph: GraphBuilder, value: string, indices: string, output: string): string {
  return graph.node('Gather', [value, indices], output, '', { axis: int(1) });
}

/** The tokens' embeddings, [B, S, D]: casting the gathered rows alone spares a float32 copy of the matrix. */
function embed(graph: GraphBuilder, config: ModelConfig): string {
  const matrix = 'model.embed_tokens.weight';
  const chosen = graph.node('Gather', [graph.stored(matrix), 'input_ids'], 'embedded_rows');
  const embedded = graph.toFloat(matrix, chosen, 'embedded');
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
  const last = rows(graph, normed, 'last', 'normed_last');
  const scores = softCap(graph, graph.linear(last, matrix), config.softCaps.logits);
  graph.push('Squeeze', [scores, 'one'], ['logits']);
  graph.push('SequenceConstruct', ['seqlens_k'], ['finished']);
}

function inputs(config: ModelConfig, { branches, interventions }: GraphOptions): GraphValue[] {
  const ofBranches = [
    { name: 'position_ids', dataType: DataType.INT64, dims: ['B', 'S'] },
    { name: 'attention_bias', dataType: DataType.FLOAT, dims: [1, 1, 'S', 'T'] },
  ];
  return [
    { name: 'input_ids', dataType: DataType.INT64, dims: ['B', 'S'] },
    { name: 'seqlens_k', dataType: DataType.INT32, dims: ['B'] },
    { name: 'total_length', dataType: DataType.INT32, dims: [] },
    { name: 'places', dataType: DataType.INT64, dims: ['K'] },
    ...(branches ? ofBranches : []),
    ...(interventions ? interventionInputs(config) : []),
    ...cacheValues(config, 'past'),
  ];
}

function outputs(config: ModelConfig, { interventions }: GraphOptions): GraphValue[] {
  const states = { dataType: DataType.FLOAT, dims: ['B', 'LK', config.hiddenSize] };
  return [
    { name: 'finished', dataType: DataType.INT32, dims: ['B'], sequence: true },
    { name: 'states', ...states },
    ...(interventions ? [{ name: 'before', ...states }] : []),
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
