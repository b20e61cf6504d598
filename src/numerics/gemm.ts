// Matrix products at the machine's speed: ONNX Runtime's GEMM kernels, reached through models of a single node.
// Plain JavaScript is twenty to a hundred times slower, and a binary of our own would have to be built for every
// machine. Outputs can be preallocated, because first touch of fresh memory costs more than a small product.

import type { Tensor } from 'onnxruntime-node';
import { type Device, forbidTf32, hasFloat64 } from './device.ts';
import type { Floats, Matrix } from './matrix.ts';
import { AttributeType, DataType } from './onnx-proto.ts';
import { createKernel, type Kernel, type KernelGraph, loadRuntime, type Runtime } from './onnx-runtime.ts';
import { multiplySmall, SMALL_PRODUCT } from './small-products.ts';

/** Numbers per partial sum of `innerProducts`: float32 adds up this many and float64 the rest. */
export const INNER_CHUNK = 512;

interface GemmOptions<T extends Floats> {
  /** Use Aᵀ in place of A. */
  readonly transposeA?: boolean;
  /** Use Bᵀ in place of B. */
  readonly transposeB?: boolean;
  /** The matrix that takes the product; it must not share memory with A or B. Allocated if absent. */
  readonly out?: Matrix<T>;
  /** Adds the product to what is in `out`, or subtracts it, instead of overwriting. */
  readonly update?: 'add' | 'subtract';
}

/** Multiplies matrices; holds ONNX Runtime's sessions until it is closed. */
export interface Gemm {
  /**
   * op(A) · op(B) in the type of A and B, both float32 or both float64.
   *
   * @param a (m, k), or (k, m) with `transposeA`
   * @param b (k, n), or (n, k) with `transposeB`
   * @returns (m, n): `options.out` if it was given
   * @throws RangeError if the shapes do not fit one another
   */
  multiply<T extends Floats>(a: Matrix<T>, b: Matrix<T>, options?: GemmOptions<T>): Promise<Matrix<T>>;
  /**
   * Inner products of many long vectors with one. Of float32, sums are float32 within chunks and float64 between them,
   * so the error does not grow with the length.
   *
   * @param stack (chunks, count, INNER_CHUNK): the vectors, cut into chunks
   * @param vector (chunks, INNER_CHUNK), of the same type
   * @returns (count), float64
   * @throws RangeError if the lengths do not fit one another
   */
  innerProducts<T extends Floats>(stack: T, count: number, vector: T): Promise<Float64Array>;
  /** Products whose result ONNX Runtime's binding copied although it lay in our memory; see onnx-runtime.ts. */
  readonly copiedRuns: number;
  /** Products that were computed on a device other than the CPU. */
  readonly deviceRuns: number;
  close(): Promise<void>;
}

/** Multiplications below which a product stays on the CPU: the way to a GPU and back takes longer. */
const SMALLEST_ON_DEVICE = 2 ** 27;

export interface GemmDevice {
  /** Threads per product on the CPU; 0, the default, takes as many as there are cores. */
  readonly threads?: number;
  /** `cpu` by default. */
  readonly device?: Device;
  /** Multiplications from which on a product goes to the device. */
  readonly smallestOnDevice?: number;
}

/**
 * Loads ONNX Runtime and gives its GEMM. Inner products stay on the CPU, whose memory they come from and do nothing
 * but read.
 *
 * @throws MissingDependency if onnxruntime-node cannot be loaded on this machine, or the device cannot be had
 */
export async function openGemm(options: GemmDevice = {}): Promise<Gemm> {
  const { threads = 0, device = 'cpu', smallestOnDevice = SMALLEST_ON_DEVICE } = options;
  if (device === 'cuda') forbidTf32();
  const runtime = await loadRuntime();
  const kernels = createKernels(runtime, threads);
  // An absent device is better known before the work than in the middle of it.
  if (device !== 'cpu') await kernels.get(PLAIN_PRODUCT, device);
  let deviceRuns = 0;

  return {
    async multiply(a, b, { transposeA = false, transposeB = false, out, update } = {}) {
      const { m, n, k } = checkShapes(a, b, transposeA, transposeB, out);
      if (update && !out) throw new RangeError('an update needs a matrix to update');
      const product = out ?? { rows: m, columns: n, data: allocateLike(a.data, m * n) };
      // ONNX Runtime refuses empty tensors in places; an empty sum is zero.
      if (m * n * k === 0) {
        if (!update) product.data.fill(0);
        return product;
      }
      if (m * n * k <= SMALL_PRODUCT) {
        multiplySmall({ a, b, transposeA, transposeB, update: update ?? 'set', out: product });
        return product;
      }
      const double = a.data instanceof Float64Array;
      const large = m * n * k >= smallestOnDevice && (!double || hasFloat64(device));
      const on = large ? device : 'cpu';
      if (on !== 'cpu') deviceRuns += 1;
      const kernel = await kernels.get({ double, transposeA, transposeB, update: update ?? 'set' }, on);
      const result = toTensor(runtime, product);
      const inputs = { A: toTensor(runtime, a), B: toTensor(runtime, b) };
      await kernel.run(update ? { ...inputs, C: result } : inputs, { Y: result });
      return product;
    },
    innerProducts: (stack, count, vector) => innerProducts(runtime, kernels, stack, count, vector),
    get deviceRuns() {
      return deviceRuns;
    },
    get copiedRuns() {
      return kernels.copiedRuns;
    },
    close: () => kernels.close(),
  };
}

async function innerProducts(
  runtime: Runtime,
  kernels: Kernels,
  stack: Floats,
  count: number,
  vector: Floats,
): Promise<Float64Array> {
  const chunks = vector.length / INNER_CHUNK;
  if (!Number.isInteger(chunks) || stack.length !== vector.length * count)
    throw new RangeError(`a stack of ${stack.length} values for ${count} vectors of ${vector.length}`);
  if (chunks * count === 0) return new Float64Array(count);
  const double = stack instanceof Float64Array;
  const tensor = (data: Floats, ...dims: number[]) => tensorOf(runtime, data, dims);
  const partial = double ? new Float64Array(chunks * count) : new Float32Array(chunks * count);
  const inputs = { A: tensor(stack, chunks, count, INNER_CHUNK), B: tensor(vector, chunks, INNER_CHUNK, 1) };
  await (await kernels.get({ inner: true, double }, 'cpu')).run(inputs, {
    Y: tensor(partial, chunks, count, 1),
  });
  return sumChunks(partial, count);
}

/** ONNX Runtime's sessions, each made when it is first asked for. */
interface Kernels {
  get(kind: Kind, on: Device): Promise<Kernel>;
  readonly copiedRuns: number;
  close(): Promise<void>;
}

function createKernels(runtime: Runtime, threads: number): Kernels {
  const kernels = new Map<string, Kernel>();
  return {
    async get(kind, on) {
      const key = JSON.stringify([kind, on]);
      const known = kernels.get(key);
      if (known) return known;
      const graph = 'inner' in kind ? innerGraph(kind) : gemmGraph(kind);
      const kernel = await createKernel(runtime, graph, { threads, device: on });
      // Another caller may have come first while this one waited.
      const first = kernels.get(key);
      if (first) await kernel.release();
      else kernels.set(key, kernel);
      return first ?? kernel;
    },
    get copiedRuns() {
      return [...kernels.values()].reduce((sum, kernel) => sum + kernel.copiedRuns, 0);
    },
    async close() {
      const open = [...kernels.values()];
      kernels.clear();
      await Promise.all(open.map((kernel) => kernel.release()));
    },
  };
}

interface InnerKind {
  readonly inner: true;
  readonly double: boolean;
}

interface ProductKind {
  readonly double: boolean;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly update: 'set' | 'add' | 'subtract';
}

type Kind = InnerKind | ProductKind;

const PLAIN_PRODUCT: ProductKind = {
  double: false,
  transposeA: false,
  transposeB: false,
  update: 'set',
};

function gemmGraph({ double, transposeA, transposeB, update }: ProductKind): KernelGraph {
  const dataType = double ? DataType.DOUBLE : DataType.FLOAT;
  const flag = (name: string, on: boolean) => ({ name, type: AttributeType.INT, i: Number(on) });
  const number = (name: string, f: number) => ({ name, type: AttributeType.FLOAT, f });
  const value = (name: string, ...dims: string[]) => ({ name, dataType, dims });
  const addend = update === 'set' ? [] : ['C'];
  const sign = number('alpha', update === 'subtract' ? -1 : 1);
  return {
    name: 'gemm',
    nodes: [
      {
        opType: 'Gemm',
        domain: '',
        name: 'gemm',
        input: ['A', 'B', ...addend],
        output: ['Y'],
        attribute: [flag('transA', transposeA), flag('transB', transposeB), sign, number('beta', 1)],
      },
    ],
    inputs: [value('A', 'a0', 'a1'), value('B', 'b0', 'b1'), ...addend.map((name) => value(name, 'm', 'n'))],
    outputs: [value('Y', 'm', 'n')],
  };
}

function innerGraph({ double }: InnerKind): KernelGraph {
  const dataType = double ? DataType.DOUBLE : DataType.FLOAT;
  const value = (name: string, ...dims: (string | number)[]) => ({ name, dataType, dims });
  return {
    name: 'inner-products',
    nodes: [
      { opType: 'MatMul', domain: '', name: 'matmul', input: ['A', 'B'], output: ['Y'], attribute: [] },
    ],
    inputs: [value('A', 'chunks', 'count', INNER_CHUNK), value('B', 'chunks', INNER_CHUNK, 1)],
    outputs: [value('Y', 'chunks', 'count', 1)],
  };
}

function sumChunks(partial: Floats, count: number): Float64Array {
  const sums = new Float64Array(count);
  for (let at = 0; at < partial.length; at += count)
    for (let i = 0; i < count; i++) sums[i]! += partial[at + i]!;
  return sums;
}

function checkShapes(
  a: Matrix,
  b: Matrix,
  transposeA: boolean,
  transposeB: boolean,
  out: Matrix | undefined,
): { m: number; n: number; k: number } {
  const [m, k] = transposeA ? [a.columns, a.rows] : [a.rows, a.columns];
  const [kB, n] = transposeB ? [b.columns, b.rows] : [b.rows, b.columns];
  if (k !== kB) throw new RangeError(`a product of ${m} × ${k} and ${kB} × ${n}`);
  if (out && (out.rows !== m || out.columns !== n))
    throw new RangeError(`the product is ${m} × ${n}, but its place is ${out.rows} × ${out.columns}`);
  const kinds = [a, b, ...(out ? [out] : [])].map(({ data }) => data instanceof Float64Array);
  if (new Set(kinds).size > 1) throw new RangeError('float32 and float64 in one product');
  return { m, n, k };
}

function allocateLike<T extends Floats>(data: T, length: number): T {
  return (data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length)) as T;
}

function toTensor(runtime: Runtime, { rows, columns, data }: Matrix): Tensor {
  return tensorOf(runtime, data, [rows, columns]);
}

function tensorOf(runtime: Runtime, data: Floats, dims: number[]): Tensor {
  return data instanceof Float64Array
    ? new runtime.Tensor('float64', data, dims)
    : new runtime.Tensor('float32', data, dims);
}
