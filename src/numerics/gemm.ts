// Matrix products at the machine's speed: ONNX Runtime's GEMM kernels, reached through models of a single node.
// Plain JavaScript is twenty to a hundred times slower, and a binary of our own would have to be built for every
// machine. Outputs can be preallocated, because first touch of fresh memory costs more than a small product.

import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MissingDependency } from '../errors.ts';
import type { Matrix } from './matrix.ts';
import { AttributeType, DataType, encodeModel } from './onnx-proto.ts';

type Floats = Float32Array | Float64Array;

interface GemmOptions<T extends Floats> {
  /** Use Aᵀ in place of A. */
  readonly transposeA?: boolean;
  /** Use Bᵀ in place of B. */
  readonly transposeB?: boolean;
  /** Where the product goes; it must not share memory with A or B. Allocated if absent. */
  readonly out?: Matrix<T>;
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
  close(): Promise<void>;
}

type Runtime = typeof import('onnxruntime-node');

/**
 * Loads ONNX Runtime and gives its GEMM.
 *
 * @param threads threads per product; 0 takes as many as there are cores
 * @throws MissingDependency if onnxruntime-node cannot be loaded on this machine
 */
export async function openGemm({ threads = 0 }: { threads?: number } = {}): Promise<Gemm> {
  const runtime = await loadRuntime();
  const sessions = new Map<string, Promise<InferenceSession>>();
  const sessionFor = (kind: Kind): Promise<InferenceSession> => {
    const key = JSON.stringify(kind);
    const session = sessions.get(key) ?? createSession(runtime, kind, threads);
    sessions.set(key, session);
    return session;
  };

  return {
    async multiply(a, b, { transposeA = false, transposeB = false, out } = {}) {
      const { m, n, k } = checkShapes(a, b, transposeA, transposeB, out);
      const product = out ?? { rows: m, columns: n, data: allocateLike(a.data, m * n) };
      // ONNX Runtime refuses empty tensors in places; an empty sum is zero.
      if (m * n * k === 0) {
        product.data.fill(0);
        return product;
      }
      const session = await sessionFor({ double: a.data instanceof Float64Array, transposeA, transposeB });
      const feeds = { A: toTensor(runtime, a), B: toTensor(runtime, b) };
      await session.run(feeds, { Y: toTensor(runtime, product) });
      return product;
    },
    async close() {
      const open = await Promise.all(sessions.values());
      sessions.clear();
      await Promise.all(open.map((session) => session.release()));
    },
  };
}

interface Kind {
  readonly double: boolean;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

async function loadRuntime(): Promise<Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    const advice = `install it again for this machine (${process.platform}, ${process.arch})`;
    throw new MissingDependency('onnxruntime-node', advice, { cause });
  }
}

function createSession(runtime: Runtime, kind: Kind, threads: number): Promise<InferenceSession> {
  const model = encodeGemm(kind);
  return runtime.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // The arena would keep a copy of the largest product for as long as the session lives.
    enableCpuMemArena: false,
    logSeverityLevel: 3,
  });
}

function encodeGemm({ double, transposeA, transposeB }: Kind): Uint8Array {
  const dataType = double ? DataType.DOUBLE : DataType.FLOAT;
  const flag = (name: string, on: boolean) => ({ name, type: AttributeType.INT, i: Number(on) });
  const value = (name: string, ...dims: string[]) => ({ name, dataType, dims });
  return encodeModel({
    name: 'gemm',
    nodes: [
      {
        opType: 'Gemm',
        domain: '',
        name: 'gemm',
        input: ['A', 'B'],
        output: ['Y'],
        attribute: [flag('transA', transposeA), flag('transB', transposeB)],
      },
    ],
    initializers: [],
    inputs: [value('A', 'a0', 'a1'), value('B', 'b0', 'b1')],
    outputs: [value('Y', 'm', 'n')],
  });
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
  return data instanceof Float64Array
    ? new runtime.Tensor('float64', data, [rows, columns])
    : new runtime.Tensor('float32', data, [rows, columns]);
}
