// The way to a GPU, over a software one where there is no other: Chromium brings SwiftShader, a Vulkan on the CPU.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gemm, openGemm } from '../src/numerics/gemm.ts';
import { matrixOf } from '../src/numerics/matrix.ts';
import { createRandom } from '../src/numerics/random.ts';
import { arrayLayers } from '../src/pairs/layers.ts';
import { measureSynchrony } from '../src/synchrony/measure.ts';
import type { MeasureOptions, PlanReport } from '../src/synchrony/options.ts';

const SOFTWARE_VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json';
const LOADER = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].map((f) => `${f}/libvulkan.so.1`);

function randomMatrix(rows: number, columns: number, seed: string) {
  const { uniform } = createRandom(seed);
  return matrixOf(
    rows,
    columns,
    Float32Array.from({ length: rows * columns }, () => uniform() - 0.5),
  );
}

// Skipped without Debian's Chromium and libvulkan1, which scripts/setup-tests.mjs installs as root.
describe.skipIf(!existsSync(SOFTWARE_VULKAN) || !LOADER.some(existsSync))('WebGPU', () => {
  let cpu: Gemm;
  let gpu: Gemm;
  beforeAll(async () => {
    process.env['VK_ICD_FILENAMES'] = SOFTWARE_VULKAN;
    cpu = await openGemm();
    gpu = await openGemm({ device: 'webgpu', smallestOnDevice: 0 });
  }, 60_000);
  afterAll(async () => {
    await cpu.close();
    await gpu.close();
  });

  test.each([
    { transposeA: false, transposeB: false, update: undefined },
    { transposeA: true, transposeB: false, update: 'add' },
    { transposeA: false, transposeB: true, update: 'subtract' },
  ] as const)('products are those of the CPU: %o', async ({ transposeA, transposeB, update }) => {
    const a = transposeA ? randomMatrix(70, 33, 'a') : randomMatrix(33, 70, 'a');
    const b = transposeB ? randomMatrix(41, 70, 'b') : randomMatrix(70, 41, 'b');
    const options = () => ({
      transposeA,
      transposeB,
      ...(update && { update, out: randomMatrix(33, 41, 'out') }),
    });
    const before = gpu.deviceRuns;
    const [expected, actual] = [await cpu.multiply(a, b, options()), await gpu.multiply(a, b, options())];
    expect(gpu.deviceRuns).toBe(before + 1);
    for (const [i, value] of actual.data.entries())
      expect(Math.abs(value - expected.data[i]!)).toBeLessThan(1e-5);
  });

  test('float64 stays on the CPU, to the last bit', async () => {
    const [a, b] = [randomMatrix(20, 30, 'a'), randomMatrix(30, 10, 'b')].map(({ data, ...shape }) => ({
      ...shape,
      data: Float64Array.from(data),
    })) as [Parameters<Gemm['multiply']>[0], Parameters<Gemm['multiply']>[0]];
    const before = gpu.deviceRuns;
    expect(await gpu.multiply(a, b)).toEqual(await cpu.multiply(a, b));
    expect(gpu.deviceRuns).toBe(before);
  });

  test('a measurement comes out the same', async () => {
    const [samples, size] = [1000, 600];
    const layers = (seed: string) => arrayLayers([randomMatrix(samples, size, seed)]);
    const rows = Array.from({ length: samples }, (_, row) => row);
    const split = {
      seed: 0,
      test: rows.filter((row) => row % 5 === 0),
      train: rows.filter((row) => row % 5 > 0),
    };
    let plan: PlanReport | undefined;
    const options = {
      condition: 'interactive',
      direction: 'A->B',
      sourceModel: 'a',
      targetModel: 'b',
      groupBy: 'interaction',
      lambda: 0.1,
      method: 'trace',
      splits: [{ ...split, trainGroups: [], testGroups: [] }],
      onPlan: (report: PlanReport) => {
        plan = report;
      },
    } satisfies MeasureOptions;
    const [x, y] = [layers('x'), layers('y')];
    const onCpu = await measureSynchrony(x, y, options);
    expect(plan?.deviceRuns).toBe(0);
    const onGpu = await measureSynchrony(x, y, { ...options, device: 'webgpu' });
    expect(plan?.deviceRuns).toBeGreaterThan(0);
    expect(Math.abs(onGpu.r2[0]![0]! - onCpu.r2[0]![0]!)).toBeLessThan(1e-6);
  }, 120_000);
});

test('a device that cannot be had is an error that says what it takes', async () => {
  // No test machine has had ONNX Runtime's CUDA libraries; where one has, there is nothing to refuse.
  const opened = await openGemm({ device: 'cuda' }).catch((error: unknown) => error);
  if (opened instanceof Error)
    expect(opened.message).toMatch(/^device cuda is not available; it takes an NVIDIA/);
  else await (opened as Gemm).close();
});
