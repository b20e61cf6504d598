// ONNX Runtime for models of a node or two, made on the spot. Numerics use it for its kernels alone.
//
// After a run, onnxruntime-node copies every output into a new array for its return value, even when the output
// was written into memory of ours: some milliseconds per product that nobody asked for, and garbage of the size of
// all results. So the first output of these models is a sequence, which the binding cannot convert: it stops there,
// when everything has been computed and nothing copied, and says so in an error that is expected here. A later
// version that can convert it gives the same numbers, slower; `copiedRuns` counts such runs and a test holds it at 0.

import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MissingDependency, messageOf } from '../errors.ts';
import { DEVICE_ADVICE, type Device } from './device.ts';
import { DataType, encodeModel, type Graph, type GraphValue, type Node } from './onnx-proto.ts';
import { forbidTelemetry } from './telemetry.ts';

export type Runtime = typeof import('onnxruntime-node');

/** What onnxruntime-node says when it comes to the sequence among the outputs, after a complete run. */
const STOPPED_AT_SEQUENCE = 'Non tensor type is temporarily not supported';

/** A model whose outputs are written into the caller's memory and nowhere else. */
export interface Kernel {
  /** Computes; all of `outputs` must be preallocated tensors of the right shape. */
  run(inputs: Readonly<Record<string, Tensor>>, outputs: Readonly<Record<string, Tensor>>): Promise<void>;
  /** Runs after which onnxruntime-node copied the outputs although they are large. */
  readonly copiedRuns: number;
  release(): Promise<void>;
}

export type KernelGraph = Pick<Graph, 'name' | 'nodes' | 'inputs' | 'outputs'>;

interface KernelOptions {
  readonly threads: number;
  readonly device?: Device;
}

/**
 * The one place where ONNX Runtime is loaded, its telemetry forbidden.
 *
 * @throws MissingDependency if onnxruntime-node cannot be loaded on this machine
 */
export async function loadRuntime(): Promise<Runtime> {
  await forbidTelemetry();
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    const advice = `install it again for this machine (${process.platform}, ${process.arch}); it has binaries for Linux, macOS and Windows on x64 and arm64`;
    throw new MissingDependency('onnxruntime-node', advice, { cause });
  }
}

/**
 * Makes a kernel of a graph's nodes, inputs and outputs.
 *
 * @param threads threads per run on the CPU; 0 takes as many as there are cores
 * @throws MissingDependency if the device cannot be had
 */
export async function createKernel(
  runtime: Runtime,
  graph: KernelGraph,
  { threads, device = 'cpu' }: KernelOptions,
): Promise<Kernel> {
  const session = await createSession(runtime, encodeKernel(graph), device, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // The arena would keep a copy of the largest product for as long as the session lives.
    enableCpuMemArena: false,
    logSeverityLevel: 3,
    // Every session has threads of its own, which spin for a while after each run, in hope of the next. Where several
    // kernels take turns, as they do here, they would spin in each other's way: products took twice as long.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const flag = new runtime.Tensor('int32', new Int32Array(1), [1]);
  let copiedRuns = 0;
  return {
    async run(inputs, outputs) {
      try {
        await session.run({ ...inputs, flag }, { finished: null, ...outputs });
        copiedRuns += 1;
      } catch (error) {
        if (!(error instanceof Error && error.message.includes(STOPPED_AT_SEQUENCE))) throw error;
      }
    },
    get copiedRuns() {
      return copiedRuns;
    },
    release: () => session.release(),
  };
}

async function createSession(
  runtime: Runtime,
  model: Uint8Array,
  device: Device,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  if (device === 'cpu') return runtime.InferenceSession.create(model, options);
  try {
    return await runtime.InferenceSession.create(model, { ...options, executionProviders: [device] });
  } catch (cause) {
    const reason = messageOf(cause).split('\n')[0];
    throw new MissingDependency(`device ${device}`, `${DEVICE_ADVICE[device]} (ONNX Runtime: ${reason})`, {
      cause,
    });
  }
}

function encodeKernel({ name, nodes, inputs, outputs }: KernelGraph): Uint8Array {
  const sequence: Node = {
    opType: 'SequenceConstruct',
    domain: '',
    name: 'finish',
    input: ['flag'],
    output: ['finished'],
    attribute: [],
  };
  const flag: GraphValue = { name: 'flag', dataType: DataType.INT32, dims: [1] };
  return encodeModel({
    name,
    nodes: [...nodes, sequence],
    initializers: [],
    inputs: [...inputs, flag],
    outputs: [{ ...flag, name: 'finished', sequence: true }, ...outputs],
  });
}
