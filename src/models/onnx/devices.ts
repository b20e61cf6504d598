// Where a model's products are computed. Attention and its cache of keys and values stay on the CPU wherever ONNX
// Runtime lets us choose: the Node.js binding hands keys and values over as arrays of the main memory, so on a device
// the whole cache would cross over and back at every token. Embeddings are looked up on the CPU as well.
//
// CUDA has no attention in float32, so there the same division comes about by itself. WebGPU has one, and is told to
// leave it (test/webgpu.test.ts): its fused kernel was wrong on the software GPU that we could try, and all of its
// kernels ignore Gemma 2's soft cap.

import { BadInput, MissingDependency, messageOf } from '../../errors.ts';
import { first } from '../../numerics/lookup.ts';
import { DataType, encodeModel } from '../../numerics/onnx-proto.ts';
import { loadRuntime, type Runtime } from '../../numerics/onnx-runtime.ts';
import type { ModelConfig } from './config.ts';
import { MODEL_DEVICES, type ModelDevice } from './device-names.ts';

interface DeviceFacts {
  /** Platforms for which onnxruntime-node 1.30 brings it, or can install it. */
  readonly offered: readonly string[];
  /** What it takes, for those who ask for it. */
  readonly takes: string;
  /** Types of weights, beside fp32, q8 and q4, in which it multiplies. */
  readonly halves: readonly ('fp16' | 'bf16')[];
  /** Where this program was seen to run on it. */
  readonly tested: string;
}

export const DEVICE_FACTS: Readonly<Record<ModelDevice, DeviceFacts>> = {
  cpu: {
    offered: ['linux x64', 'linux arm64', 'darwin arm64', 'win32 x64', 'win32 arm64'],
    takes: 'install onnxruntime-node again for this machine',
    halves: [],
    tested: 'tested on Linux x64',
  },
  cuda: {
    offered: ['linux x64'],
    takes:
      'an NVIDIA GPU with its driver, CUDA 12 and cuDNN 9, and ONNX Runtime’s CUDA libraries: interbrain doctor --install-cuda',
    halves: ['fp16', 'bf16'],
    tested: 'not tested on a GPU',
  },
  webgpu: {
    offered: ['linux x64', 'darwin arm64', 'win32 x64', 'win32 arm64'],
    takes: 'a GPU with a driver for Vulkan, Metal or Direct3D 12',
    halves: ['fp16'],
    tested: 'tested in float32 and q8 on a software GPU, not on a real one',
  },
  dml: {
    offered: ['win32 x64', 'win32 arm64'],
    takes: 'Windows 10 or later with a Direct3D 12 GPU',
    halves: ['fp16'],
    tested: 'not tested',
  },
  coreml: {
    offered: ['darwin arm64'],
    takes: 'a Mac with an Apple chip',
    halves: ['fp16'],
    tested: 'not tested',
  },
};

/** What ONNX Runtime of this platform offers, whether or not the machine has the hardware for it. */
export function offeredDevices(runtime: Runtime): ModelDevice[] {
  const names = new Set(runtime.listSupportedBackends().map(({ name }) => name));
  return MODEL_DEVICES.filter((device) => names.has(device));
}

/**
 * Checks a device's name, and that ONNX Runtime of this platform offers it.
 *
 * @param where what an error names: a model, or an option
 * @throws BadInput for a name that is none; MissingDependency for a device that this platform does not have
 */
export async function checkDevice(where: string, name: string): Promise<ModelDevice> {
  const device = MODEL_DEVICES.find((known) => known === name);
  if (!device)
    throw new BadInput(where, `device "${name}" is unknown; known are ${MODEL_DEVICES.join(', ')}`);
  if (device === 'cpu') return device;
  const offered = offeredDevices(await loadRuntime());
  if (offered.includes(device)) return device;
  const platform = `${process.platform} ${process.arch}`;
  throw new MissingDependency(
    `device ${device}`,
    `ONNX Runtime for ${platform} offers ${offered.join(', ')}; ${device} is there for ${DEVICE_FACTS[device].offered.join(', ')}, and takes ${DEVICE_FACTS[device].takes}`,
  );
}

/**
 * Adds two numbers on a device.
 *
 * @throws MissingDependency with what it takes, if this machine does not have it
 */
export async function tryDevice(device: ModelDevice): Promise<void> {
  const runtime = await loadRuntime();
  const value = (name: string) => ({ name, dataType: DataType.FLOAT, dims: [1] });
  const add = { opType: 'Add', domain: '', name: 'add', input: ['a', 'b'], output: ['c'], attribute: [] };
  const graph = {
    name: 'try',
    nodes: [add],
    initializers: [],
    inputs: [value('a'), value('b')],
    outputs: [value('c')],
  };
  try {
    const session = await runtime.InferenceSession.create(encodeModel(graph), {
      executionProviders: [device],
      logSeverityLevel: 4,
    });
    const tensor = (number: number) => new runtime.Tensor('float32', Float32Array.of(number), [1]);
    const { c } = await session.run({ a: tensor(1), b: tensor(2) });
    await session.release();
    if (c?.data[0] !== 3) throw new Error(`1 + 2 is ${c?.data[0]} on it`);
  } catch (cause) {
    // An assertion says first where it stands in ONNX Runtime's sources and what was false, then what it means.
    const reason = first(messageOf(cause).split('\n')).replace(/^.* was false\. /, '');
    throw new MissingDependency(
      `device ${device}`,
      `it takes ${DEVICE_FACTS[device].takes}; or take device cpu (ONNX Runtime: ${reason})`,
      { cause },
    );
  }
}

/** A provider as `InferenceSession.create` takes it. */
type Provider = string | { readonly name: 'webgpu'; readonly forceCpuNodeNames: readonly string[] };

/** ONNX Runtime's provider for a device; what it does not take over runs on the CPU. */
export function providersOf(device: ModelDevice, { layers }: Pick<ModelConfig, 'layers'>): Provider[] {
  if (device !== 'webgpu') return [device];
  const attention = Array.from({ length: layers }, (_, layer) => `GroupQueryAttention:attended.${layer}`);
  return [{ name: 'webgpu', forceCpuNodeNames: ['Gather:embedded_rows', 'Cast:embedded', ...attention] }];
}

/** What a results file says of a model because of its device. */
export function deviceNotes(device: ModelDevice): readonly string[] {
  if (device === 'cpu') return [];
  return [
    `computed on ${device} (${DEVICE_FACTS[device].tested}): its last digits are not those of the CPU, and where its products of one row and of several round differently, a transcript depends on how many episodes are played at once`,
  ];
}
