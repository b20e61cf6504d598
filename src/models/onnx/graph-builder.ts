// Collects the nodes and constants of a decoder's graph. Weights are external data that point into the checkpoint's
// own files; how a matrix is stored and multiplied is decided here, what is multiplied with what in graph.ts.

import { ModelMismatch } from '../../errors.ts';
import { at } from '../../numerics/lookup.ts';
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
import { BLOCK, quantizedNames } from './quantize.ts';
import { addTwoParts, joinTwoParts } from './two-parts.ts';
import type { WeightEntry, WeightType } from './weight-entry.ts';

/** ONNX Runtime's own operators. */
export const MICROSOFT = 'com.microsoft';

const WEIGHT_TYPES: Partial<Record<WeightType, DataTypeCode>> = {
  F32: DataType.FLOAT,
  F16: DataType.FLOAT16,
  BF16: DataType.BFLOAT16,
  U8: DataType.UINT8,
};

export type AttributeValue = number | { readonly int: number };

/** An attribute that is a whole number; plain numbers are floats. */
export function int(value: number): AttributeValue {
  return { int: value };
}

/** How a graph computes, where that is not decided by the checkpoint. */
export interface GraphOptions {
  /** How values are multiplied with quantised weights; `rounded` by default. */
  readonly activations?: Activations | undefined;
  /** Type in which values are multiplied with weights that are not quantised; `fp32` by default. */
  readonly products?: 'fp32' | 'fp16' | 'bf16' | undefined;
  /** Whether products are Gemm, which every provider has, or FusedMatMul, which is the CPU's own; false by default. */
  readonly gemm?: boolean | undefined;
  /** Whether positions and an attention bias are inputs; false by default. */
  readonly branches?: boolean | undefined;
  /** Whether there are inputs for interventions; false by default. */
  readonly interventions?: boolean | undefined;
}

/**
 * What is multiplied with quantised weights: values rounded to 8 bits, 32 to a scale; each in two such parts, which
 * together have 16 bits (two-parts.ts); or float32, which is slow on the CPU.
 */
export type Activations = 'rounded' | 'two-parts' | 'float32';

const PRODUCTS = { fp32: DataType.FLOAT, fp16: DataType.FLOAT16, bf16: DataType.BFLOAT16 } as const;

/** Collects nodes and constants; every method that adds a value returns its name. */
export class GraphBuilder {
  readonly #weights: ReadonlyMap<string, WeightEntry>;
  readonly #options: GraphOptions;
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, Initializer>();

  constructor(weights: ReadonlyMap<string, WeightEntry>, options: GraphOptions = {}) {
    this.#weights = weights;
    this.#options = options;
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

  /** A tensor of the checkpoint as float32, or as another type; ONNX Runtime casts it once, when it loads the model. */
  weight(name: string, type: DataTypeCode = DataType.FLOAT): string {
    this.stored(name);
    if (this.#find(name).dataType === type) return name;
    return this.#cast(name, `${name}.${type === DataType.FLOAT ? 'float' : 'half'}`, type);
  }

  /** `value` as another type; the same cast is made once. */
  #cast(value: string, output: string, type: DataTypeCode): string {
    if (this.#has(output)) return output;
    return this.node('Cast', [value], output, '', { to: int(type) });
  }

  #has(output: string): boolean {
    return this.#nodes.some((node) => node.output[0] === output);
  }

  /** `value`, which has the stored type of tensor `name`, as float32. */
  toFloat(name: string, value: string, output: string): string {
    if (this.#find(name).dataType === DataType.FLOAT) return value;
    return this.node('Cast', [value], output, '', { to: int(DataType.FLOAT) });
  }

  /** value · Wᵀ, with W as the checkpoint has it, [out, in], or quantised. */
  linear(value: string, prefix: string): string {
    if (this.#weights.has(quantizedNames(`${prefix}.weight`).codes)) return this.#quantized(value, prefix);
    const type = PRODUCTS[this.#options.products ?? 'fp32'];
    const matrix = this.weight(`${prefix}.weight`, type);
    const factor = type === DataType.FLOAT ? value : this.#cast(value, `${value}.half`, type);
    if (type === DataType.FLOAT) return this.#product(factor, matrix, `${prefix}.weight`, `${prefix}.out`);
    return this.#cast(
      this.#product(factor, matrix, `${prefix}.weight`, `${prefix}.half`),
      `${prefix}.out`,
      DataType.FLOAT,
    );
  }

  /** [B, S, in] · [out, in]ᵀ, with the shape of tensor `name`. */
  #product(value: string, matrix: string, name: string, output: string): string {
    if (!this.#options.gemm)
      return this.node('FusedMatMul', [value, matrix], output, MICROSOFT, { transB: int(1) });
    const { shape: weight } = this.#find(name);
    const [out, inner] = [at(weight, 0), at(weight, 1)];
    const rows = this.reshape(value, `${output}.rows`, [-1, inner]);
    const product = this.node('Gemm', [rows, matrix], `${output}.product`, '', { transB: int(1) });
    const batch = 'input_ids.batch';
    if (!this.#has(batch)) this.push('Shape', ['input_ids'], [batch], '', { start: int(0), end: int(1) });
    const rest = new Uint8Array(BigInt64Array.of(-1n, BigInt(out)).buffer);
    const sizes = [batch, this.constant(`rest.${out}`, DataType.INT64, [2], rest)];
    const shape = `shape.${out}`;
    if (!this.#has(shape)) this.push('Concat', sizes, [shape], '', { axis: int(0) });
    return this.node('Reshape', [product, shape], output);
  }

  #quantized(value: string, prefix: string): string {
    const { codes, scales, offsets } = quantizedNames(`${prefix}.weight`);
    const { shape, block = BLOCK } = this.#find(codes);
    const blocks = at(shape, 1);
    const product = this.#ofCodes(value, prefix, [this.stored(codes), this.stored(scales)]);
    if (!this.#weights.has(offsets)) return product;
    // What is added to every weight of a block multiplies the sum of the block's values.
    const sums = this.#blockSums(value, blocks, block);
    const shift = this.#product(sums, this.stored(offsets), offsets, `${prefix}.shift`);
    return this.node('Add', [product, shift], `${prefix}.out`);
  }

  /** value · Wᵀ, with W as codes and scales have it. */
  #ofCodes(value: string, prefix: string, weights: readonly [string, string]): string {
    const { activations = 'rounded' } = this.#options;
    const { shape, columns, block = BLOCK } = this.#find(weights[0]);
    const [rows, blocks, bytes] = [at(shape, 0), at(shape, 1), at(shape, 2)];
    const attributes = {
      N: int(rows),
      K: int(columns ?? blocks * block),
      bits: int((8 * bytes) / block),
      block_size: int(block),
      // 1: activations in float32. 4: in 8 bits too.
      accuracy_level: int(activations === 'float32' ? 1 : 4),
    };
    const output = `${prefix}.${this.#weights.has(quantizedNames(`${prefix}.weight`).offsets) ? 'scaled' : 'out'}`;
    const { rest } = quantizedNames(`${prefix}.weight`);
    const product = (of: string, to: string) => {
      const whole = this.#weights.has(rest.codes) ? `${to}.first` : to;
      this.node('MatMulNBits', [of, ...weights], whole, MICROSOFT, attributes);
      if (whole === to) return to;
      const others = [this.stored(rest.codes), this.stored(rest.scales)];
      const inFour = { ...attributes, bits: int(4) };
      const second = this.node('MatMulNBits', [of, ...others], `${to}.second`, MICROSOFT, inFour);
      return this.node('Add', [whole, second], to);
    };
    if (activations !== 'two-parts') return product(value, output);
    const parts = `${value}.parts.${block}`;
    if (!this.#has(parts)) addTwoParts(this, value, parts, { columns: columns ?? blocks * block, block });
    return joinTwoParts(this, product(parts, `${output}.parts`), output);
  }

  /** [B, S, blocks · block] → [B, S, blocks], once for each value. */
  #blockSums(value: string, blocks: number, block: number): string {
    const output = `${value}.sums`;
    if (this.#has(output)) return output;
    const parts = this.reshape(value, `${value}.blocks`, [0, 0, blocks, block]);
    const last = new Uint8Array(BigInt64Array.of(-1n).buffer);
    const axis = this.constant('axis.last', DataType.INT64, [1], last);
    return this.node('ReduceSum', [parts, axis], output, '', { keepdims: int(0) });
  }

  /** The same values in another shape; 0 keeps a dimension as it is. */
  reshape(value: string, output: string, shape: readonly number[]): string {
    const dims = new Uint8Array(BigInt64Array.from(shape, BigInt).buffer);
    const constant = this.constant(`${output}.shape`, DataType.INT64, [shape.length], dims);
    return this.node('Reshape', [value, constant], output);
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
