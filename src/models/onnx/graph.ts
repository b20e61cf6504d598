// A Llama or Mistral as an ONNX graph. There is no conversion: the graph is built from config.json, and its
// weights are external data that point into the checkpoint's own safetensors files by offset.
//
// Inputs:  input_ids int64 [1, S]; seqlens_k int32 [1] and total_length int32 [], as GroupQueryAttention wants
//          them; past_key.i and past_value.i float32 [1, kvHeads, capacity, headSize] for every layer i.
// Outputs: states float32 [L, D] and logits float32 [1, V], both at the last of the S tokens; present_key.i and
//          present_value.i, for which the caller gives the same memory as for the past. Before them all comes
//          `finished`, a sequence that nobody reads: engine.ts tells what it is good for.
//
// The hidden state after layer i is the residual sum that SkipSimplifiedLayerNormalization gives as its fourth
// output. In the last layer only the last token matters, so all after its attention is done for that row alone.

import { ModelMismatch } from '../../errors.ts';
import {
  type Attribute,
  AttributeType,
  DataType,
  type DataTypeCode,
  encodeModel,
  type GraphValue,
  type Initializer,
  type Node,
} from '../../numerics/onnx-proto.ts';
import type { SafetensorsDtype } from '../../numerics/safetensors.ts';
import type { WeightEntry } from './checkpoint.ts';
import { type ModelConfig, rotaryFrequencies } from './config.ts';

const MICROSOFT = 'com.microsoft';

const WEIGHT_TYPES: Partial<Record<SafetensorsDtype, DataTypeCode>> = {
  F32: DataType.FLOAT,
  F16: DataType.FLOAT16,
  BF16: DataType.BFLOAT16,
};

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
  const joined = graph.node('Concat', states, 'states_joined', '', { axis: int(0) });
  graph.constant('one', DataType.INT64, [1], new Uint8Array(BigInt64Array.of(1n).buffer));
  graph.push('Squeeze', [joined, 'one'], ['states']);
  const matrix = config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head';
  const scores = graph.linear(normed, matrix);
  graph.push('Squeeze', [scores, 'one'], ['logits']);
  graph.push('SequenceConstruct', ['seqlens_k'], ['finished']);
}

function inputs(config: ModelConfig): GraphValue[] {
  return [
    { name: 'input_ids', dataType: DataType.INT64, dims: [1, 'S'] },
    { name: 'seqlens_k', dataType: DataType.INT32, dims: [1] },
    { name: 'total_length', dataType: DataType.INT32, dims: [] },
    ...cacheValues(config, 'past'),
  ];
}

function outputs(config: ModelConfig): GraphValue[] {
  return [
    { name: 'finished', dataType: DataType.INT32, dims: [1], sequence: true },
    { name: 'states', dataType: DataType.FLOAT, dims: [config.layers, config.hiddenSize] },
    { name: 'logits', dataType: DataType.FLOAT, dims: [1, config.vocabSize] },
    ...cacheValues(config, 'present'),
  ];
}

function cacheValues(config: ModelConfig, when: 'past' | 'present'): GraphValue[] {
  const dims = [1, config.kvHeads, 'capacity', config.headSize];
  return Array.from({ length: config.layers }, (_, layer) =>
    ['key', 'value'].map((what) => ({ name: `${when}_${what}.${layer}`, dataType: DataType.FLOAT, dims })),
  ).flat();
}

type AttributeValue = number | { readonly int: number };

function int(value: number): AttributeValue {
  return { int: value };
}

/** Collects nodes and constants; every method that adds a value returns its name. */
class GraphBuilder {
  readonly #weights: ReadonlyMap<string, WeightEntry>;
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, Initializer>();

  constructor(weights: ReadonlyMap<string, WeightEntry>) {
    this.#weights = weights;
  }

  push(
    opType: string,
    input: readonly string[],
    output: readonly string[],
    domain = '',
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): void {
    const attribute = Object.entries(attributes).map(([name, value]) => toAttribute(name, value));
    this.#nodes.push({ opType, domain, name: `${opType}:${output[0]}`, input, output, attribute });
  }

  node(
    opType: string,
    input: readonly string[],
    output: string,
    domain = '',
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    this.push(opType, input, [output], domain, attributes);
    return output;
  }

  constant(name: string, dataType: DataTypeCode, dims: readonly number[], rawData: Uint8Array): string {
    this.#initializers.set(name, { name, dataType, dims, rawData });
    return name;
  }

  /** A tensor of the checkpoint, in the type in which it is stored. */
  stored(name: string): string {
    const { dataType, shape, file, begin, end } = this.#find(name);
    const location = [
      { key: 'location', value: file },
      { key: 'offset', value: String(begin) },
      { key: 'length', value: String(end - begin) },
    ];
    this.#initializers.set(name, { name, dataType, dims: shape, dataLocation: 1, externalData: location });
    return name;
  }

  /** A tensor of the checkpoint as float32; ONNX Runtime casts it once, when it loads the model. */
  weight(name: string): string {
    this.stored(name);
    return this.#nodes.some(({ output }) => output[0] === `${name}.float`)
      ? `${name}.float`
      : this.toFloat(name, name, `${name}.float`);
  }

  /** `value`, which has the stored type of tensor `name`, as float32. */
  toFloat(name: string, value: string, output: string): string {
    if (this.#find(name).dataType === DataType.FLOAT) return value;
    return this.node('Cast', [value], output, '', { to: int(DataType.FLOAT) });
  }

  /** value · Wᵀ, with W as the checkpoint has it: [out, in]. */
  linear(value: string, prefix: string): string {
    const matrix = this.weight(`${prefix}.weight`);
    return this.node('FusedMatMul', [value, matrix], `${prefix}.out`, MICROSOFT, { transB: int(1) });
  }

  /** [norm(value + residual), value + residual] */
  addAndNormalise(
    value: string,
    residual: string,
    norm: string,
    attributes: { epsilon: number },
  ): [string, string] {
    const output: [string, string] = [`${norm}.out`, `${norm}.sum`];
    const input = [value, residual, this.weight(`${norm}.weight`)];
    this.push(
      'SkipSimplifiedLayerNormalization',
      input,
      [output[0], '', '', output[1]],
      MICROSOFT,
      attributes,
    );
    return output;
  }

  /** Adds `cos` and `sin`, [contextLength, headSize / 2]. */
  rotaryTables(config: ModelConfig, contextLength: number): void {
    const frequencies = rotaryFrequencies(config);
    const half = frequencies.length;
    const table = (wave: (angle: number) => number) => {
      const values = Float32Array.from({ length: contextLength * half }, (_, i) =>
        wave(Math.fround(Math.floor(i / half) * frequencies[i % half]!)),
      );
      return new Uint8Array(values.buffer);
    };
    this.constant('cos', DataType.FLOAT, [contextLength, half], table(Math.cos));
    this.constant('sin', DataType.FLOAT, [contextLength, half], table(Math.sin));
  }

  encode(graphInputs: readonly GraphValue[], graphOutputs: readonly GraphValue[]): Uint8Array {
    return encodeModel({
      name: 'decoder',
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: graphInputs,
      outputs: graphOutputs,
    });
  }

  #find(name: string): WeightEntry & { dataType: DataTypeCode } {
    const entry = this.#weights.get(name);
    const dataType = entry && WEIGHT_TYPES[entry.dtype];
    // openCheckpoint has checked both; this is for callers who bring weights of their own.
    if (!entry || !dataType) throw new ModelMismatch(name, 'the tensor is missing or has no usable type');
    return { ...entry, dataType };
  }
}

function toAttribute(name: string, value: AttributeValue): Attribute {
  return typeof value === 'number'
    ? { name, type: AttributeType.FLOAT, f: value }
    : { name, type: AttributeType.INT, i: value.int };
}
