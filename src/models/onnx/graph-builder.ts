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
import type { SafetensorsDtype } from '../../numerics/safetensors.ts';
import { BLOCK, quantizedNames } from './quantize.ts';
import type { WeightEntry } from './weight-entry.ts';

/** ONNX Runtime's own operators. */
export const MICROSOFT = 'com.microsoft';

const WEIGHT_TYPES: Partial<Record<SafetensorsDtype, DataTypeCode>> = {
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
  /** As in `EngineOptions`. */
  readonly exactActivations?: boolean | undefined;
  /** Type in which values are multiplied with weights that are not quantised; `fp32` by default. */
  readonly products?: 'fp32' | 'fp16' | 'bf16' | undefined;
  /** Whether products are Gemm, which every provider has, or FusedMatMul, which is the CPU's own; false by default. */
  readonly gemm?: boolean | undefined;
}

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
    if (type === DataType.FLOAT) return this.#product(factor, matrix, prefix, `${prefix}.out`);
    return this.#cast(
      this.#product(factor, matrix, prefix, `${prefix}.half`),
      `${prefix}.out`,
      DataType.FLOAT,
    );
  }

  /** [B, S, in] · [out, in]ᵀ */
  #product(value: string, matrix: string, prefix: string, output: string): string {
    if (!this.#options.gemm)
      return this.node('FusedMatMul', [value, matrix], output, MICROSOFT, { transB: int(1) });
    const { shape: weight } = this.#find(`${prefix}.weight`);
    const [out, inner] = [at(weight, 0), at(weight, 1)];
    const rows = this.reshape(value, `${prefix}.rows`, [-1, inner]);
    const product = this.node('Gemm', [rows, matrix], `${prefix}.product`, '', { transB: int(1) });
    const batch = 'input_ids.batch';
    if (!this.#has(batch)) this.push('Shape', ['input_ids'], [batch], '', { start: int(0), end: int(1) });
    const rest = new Uint8Array(BigInt64Array.of(-1n, BigInt(out)).buffer);
    const sizes = [batch, this.constant(`rest.${out}`, DataType.INT64, [2], rest)];
    const shape = `shape.${out}`;
    if (!this.#has(shape)) this.push('Concat', sizes, [shape], '', { axis: int(0) });
    return this.node('Reshape', [product, shape], output);
  }

  #quantized(value: string, prefix: string): string {
    const { codes, scales } = quantizedNames(`${prefix}.weight`);
    const { shape, columns } = this.#find(codes);
    const [rows, blocks, bytes] = [at(shape, 0), at(shape, 1), at(shape, 2)];
    const attributes = {
      N: int(rows),
      K: int(columns ?? blocks * BLOCK),
      bits: int((8 * bytes) / BLOCK),
      block_size: int(BLOCK),
      // 1: activations in float32. 4: in 8 bits too.
      accuracy_level: int(this.#options.exactActivations ? 1 : 4),
    };
    const inputs = [value, this.stored(codes), this.stored(scales)];
    return this.node('MatMulNBits', inputs, `${prefix}.out`, MICROSOFT, attributes);
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
