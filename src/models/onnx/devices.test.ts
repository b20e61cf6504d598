import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BadInput, MissingDependency } from '../../errors.ts';
import { loadRuntime } from '../../numerics/onnx-runtime.ts';
import { openCheckpoint } from './checkpoint.ts';
import { MODEL_DEVICES } from './device-names.ts';
import { checkDevice, DEVICE_FACTS, offeredDevices, tryDevice } from './devices.ts';
import { checkDtype } from './dtype.ts';
import { Engine } from './engine.ts';
import { loadOnnxModel } from './model.ts';

const FOLDER = join(import.meta.dirname, '../../../fixtures/models/llama');

it('offers what its table says of this platform', async () => {
  const platform = `${process.platform} ${process.arch}`;
  const expected = MODEL_DEVICES.filter((device) => DEVICE_FACTS[device].offered.includes(platform));
  expect(offeredDevices(await loadRuntime())).toEqual(expected);
});

it('refuses a device that the platform does not have, with those that it has', async () => {
  await expect(checkDevice('M7', 'tpu')).rejects.toThrow(BadInput);
  await expect(checkDevice('M7', 'tpu')).rejects.toThrow(
    'M7: device "tpu" is unknown; known are cpu, cuda, webgpu, dml, coreml',
  );
  const absent = MODEL_DEVICES.filter(
    (device) => !DEVICE_FACTS[device].offered.includes(`${process.platform} ${process.arch}`),
  );
  for (const device of absent) {
    await expect(checkDevice('M7', device)).rejects.toThrow(MissingDependency);
    await expect(checkDevice('M7', device)).rejects.toThrow(
      /device \w+ is not available; ONNX Runtime for .* offers cpu.*; \w+ is there for .*, and takes/,
    );
    await expect(loadOnnxModel(FOLDER, { device })).rejects.toThrow(MissingDependency);
  }
  // No platform has all of them.
  expect(absent.length).toBeGreaterThan(0);
});

it('computes on the CPU, and says what a GPU takes where there is none', async () => {
  await tryDevice('cpu');
  const found = await tryDevice('cuda').catch((error: unknown) => error);
  // No test machine has had CUDA; where one has, there is nothing to refuse.
  if (found !== undefined) {
    expect(found).toBeInstanceOf(MissingDependency);
    expect((found as Error).message).toMatch(
      /^device cuda is not available; it takes an NVIDIA GPU .*doctor --install-cuda.*\(ONNX Runtime: /,
    );
  }
});

it('takes half precision where the provider computes in it, and nowhere else', () => {
  for (const device of ['cuda', 'webgpu', 'dml', 'coreml'] as const)
    expect(checkDtype('M7', 'fp16', device)).toBe('fp16');
  expect(checkDtype('M7', 'bf16', 'cuda')).toBe('bf16');
  expect(() => checkDtype('M7', 'bf16', 'webgpu')).toThrow(
    'M7: ONNX Runtime has no products in bf16 on webgpu; take q8 (1.75 bytes per weight) or fp32 (4 bytes), or device cuda',
  );
  expect(() => checkDtype('M7', 'fp16')).toThrow(
    /no products in fp16 on the CPU; .* or device cuda or webgpu or dml or coreml$/,
  );
});

/**
 * What the CPU makes of a graph with products in 16 bits: it has none, and ONNX Runtime computes them in float32, of
 * the rounded weights. So this shows that the graph is right, and nothing of how a GPU rounds.
 */
async function statesOf(folder: string, products: 'fp32' | 'fp16'): Promise<Float32Array> {
  const engine = await Engine.load(await openCheckpoint(folder), { threads: 1, contextLength: 60, products });
  const prompt = Array.from({ length: 40 }, (_, i) => 3 + 7 * i);
  const { states } = await engine.run(engine.createCache(), 0, prompt);
  const kept = states.slice();
  await engine.release();
  return kept;
}

// Weights in BF16 are rounded on the way, those in F16 are not.
it.each(['llama', 'llama-sharded'])('%s: a graph in fp16 has states in float32', async (name) => {
  const folder = join(FOLDER, '..', name);
  const exact = await statesOf(folder, 'fp32');
  const states = await statesOf(folder, 'fp16');
  const size = Math.sqrt(exact.reduce((sum, value) => sum + value ** 2, 0) / exact.length);
  const worst = Math.max(...states.map((value, i) => Math.abs(value - exact[i]!))) / size;
  console.log(
    `${name} in fp16: largest difference of a state to fp32, over their root mean square: ${worst}`,
  );
  expect(states).toHaveLength(exact.length);
  expect(worst).toBeLessThan(0.02);
});

it('is refused by name where the CPU is to load bf16', async () => {
  const load = async () =>
    Engine.load(await openCheckpoint(FOLDER), { threads: 1, contextLength: 60, products: 'bf16' });
  await expect(load()).rejects.toThrow(/cannot load the checkpoint: .*Gemm/);
});
