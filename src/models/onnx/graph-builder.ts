// Collects the nodes and constants of a decoder's graph. Weights are external data that point into the checkpoint's
// own files; how a matrix is stored and multiplied is decided here, what is multiplied with what in graph.ts.

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
import { BLOCK, quantizedNames } from './quantize.ts';

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

/** Collects nodes and constants; every method that adds a value returns its name. */
export class GraphBuilder {
  readonly #weights: ReadonlyMap<string, WeightEntry>;
  readonly #exactActivations: boolean;
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, Initializer>();

  /** @param exactActivations as in `EngineOptions` */
  constructor(weights: ReadonlyMap<string, WeightEntry>, exactActivations = false) {
    this.#weights = weights;
    this.#exactActivations = exactActivations;
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

  /** value · Wᵀ, with W as the checkpoint has it, [out, in], or quantised. */
  linear(value: string, prefix: string): string {
    if (this.#weights.has(quantizedNames(`${prefix}.weight`).codes)) return this.#quantized(value, prefix);
    const matrix = this.weight(`${prefix}.weight`);
    return this.node('FusedMatMul', [value, matrix], `${prefix}.out`, MICROSOFT, { transB: int(1) });
  }

  #quantized(value: string, prefix: string): string {
    const { codes, scales } = quantizedNames(`${prefix}.weight`);
    const { shape, columns } = this.#find(codes);
    const [rows, blocks, bytes] = shape as [number, number, number];
    const attributes = {
      N: int(rows),
      K: int(columns ?? blocks * BLOCK),
      bits: int((8 * bytes) / BLOCK),
      block_size: int(BLOCK),
      // 1: activations in float32. 4: in 8 bits too.
      accuracy_level: int(this.#exactActivations ? 1 : 4),
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
