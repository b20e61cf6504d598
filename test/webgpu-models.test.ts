// Models on WebGPU, over a software GPU where there is no other (webgpu.test.ts), against transformers and the CPU.

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../src/models/onnx/checkpoint.ts';
import { providersOf } from '../src/models/onnx/devices.ts';
import { Engine } from '../src/models/onnx/engine.ts';
import { buildGraph } from '../src/models/onnx/graph.ts';
import { KvCache } from '../src/models/onnx/kv-cache.ts';
import { loadOnnxModel } from '../src/models/onnx/model.ts';
import { quantizeCheckpoint } from '../src/models/onnx/weights-cache.ts';
import { loadRuntime } from '../src/numerics/onnx-runtime.ts';
import { parseSafetensorsHeader, readFloats } from '../src/numerics/safetensors.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const SOFTWARE_VULKAN = '/usr/lib/chromium/vk_swiftshader_icd.json';
const LOADER = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].map((f) => `${f}/libvulkan.so.1`);
const TOLERANCE = 1e-4;

/** Every architecture, and checkpoints in BF16 and in F16 shards. */
const CASES = [
  'architectures/llama-2',
  'architectures/llama-bias-yarn',
  'architectures/smollm2',
  'architectures/mistral-v0.1',
  'architectures/mistral-v0.3',
  'architectures/qwen2',
  'architectures/qwen2-window',
  'architectures/qwen3',
  'architectures/smollm3',
  'architectures/phi-3',
  'architectures/phi-4-mini',
  'architectures/gemma-2',
  'architectures/gemma-3',
  'architectures/olmo-2',
  'models/llama',
  'models/llama-sharded',
];

interface Output {
  readonly states: Float32Array;
  readonly logits: Float32Array;
}

async function goldenOf(folder: string) {
  const golden = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')) as {
    readonly prompt: number[];
    readonly continuation: number[];
  };
  const path = join(folder, 'golden.safetensors');
  const { tensors } = await parseSafetensorsHeader(path);
  const floats = (name: string) => readFloats(path, tensors.get(name)!);
  return { ...golden, floats };
}

function difference(found: Float32Array, expected: Float32Array): number {
  expect(expected.length).toBeGreaterThanOrEqual(found.length);
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
}

/** States and logits of sequences of three lengths, then of two tokens more in all of them together. */
async function raggedSteps(engine: Engine, tokens: readonly number[]): Promise<Output[]> {
  const lengths = [5, 19, 12];
  const cache = engine.createCache(lengths.length);
  for (const [row, length] of lengths.entries()) await engine.run(cache, 0, tokens.slice(0, length), row);
  const outputs: Output[] = [];
  for (let step = 0; step < 2; step++) {
    const next = lengths.map((length) => tokens[length + step]!);
    const found = await engine.step(
      cache,
      next,
      lengths.map((length) => length + step + 1),
    );
    outputs.push(...found.map(({ states, logits }) => ({ states: states.slice(), logits: logits.slice() })));
  }
  return outputs;
}

// Skipped without Debian's Chromium and libvulkan1, which scripts/setup-tests.mjs installs as root.
describe.skipIf(!existsSync(SOFTWARE_VULKAN) || !LOADER.some(existsSync))('models on WebGPU', () => {
  beforeAll(() => {
    process.env['VK_ICD_FILENAMES'] = SOFTWARE_VULKAN;
  });

  test.each(CASES)('%s: states and logits are those of transformers', async (name) => {
    const folder = join(FIXTURES, name);
    const { prompt, continuation, floats } = await goldenOf(folder);
    const engine = await Engine.load(await openCheckpoint(folder), {
      threads: 1,
      contextLength: prompt.length + continuation.length,
      device: 'webgpu',
    });
    const worst: Record<string, [number, number]> = {};
    const compare = async (what: string, { states, logits }: Output, golden: string, step = 0) => {
      const part = async (kind: string, size: number) =>
        (await floats(`${golden}.${kind}`)).subarray(step * size, (step + 1) * size);
      const found = [
        difference(states, await part('states', states.length)),
        difference(logits, await part('logits', logits.length)),
      ] as const;
      const before = worst[what] ?? [0, 0];
      worst[what] = [Math.max(before[0], found[0]), Math.max(before[1], found[1])];
    };
    const cache = engine.createCache();
    await compare('prefill', await engine.run(cache, 0, prompt), 'prefill');
    for (let step = 0; step < 4; step++)
      await compare(
        'decoding',
        await engine.run(cache, prompt.length + step, [continuation[step]!]),
        'decode',
        step,
      );
    await compare('continuation', await engine.run(cache, prompt.length, continuation), 'continued');
    expect(engine.copiedRuns).toBe(0);
    await engine.release();
    const cells = Object.values(worst).map((pair) => pair.map((value) => value.toExponential(1)).join(' / '));
    console.log(`| ${name} | ${cells.join(' | ')} |`);
    expect(Object.keys(worst)).toHaveLength(3);
    expect(Math.max(...Object.values(worst).flat())).toBeLessThanOrEqual(TOLERANCE);
  }, 120_000);

  test('sequences of different lengths are decoded together as on the CPU', async () => {
    const folder = join(FIXTURES, 'architectures/mistral-v0.1');
    const { prompt } = await goldenOf(folder);
    const outputs = [];
    for (const device of ['webgpu', 'cpu'] as const) {
      const engine = await Engine.load(await openCheckpoint(folder), {
        threads: 1,
        contextLength: 60,
        device,
      });
      outputs.push(await raggedSteps(engine, prompt));
      await engine.release();
    }
    const [gpu, cpu] = outputs as [Output[], Output[]];
    for (const [i, { states, logits }] of gpu.entries()) {
      expect(difference(states, cpu[i]!.states)).toBeLessThan(TOLERANCE);
      expect(difference(logits, cpu[i]!.logits)).toBeLessThan(TOLERANCE);
    }
  }, 120_000);

  test('weights in 8 bits give what they give on the CPU with exact activations', async () => {
    const folder = join(FIXTURES, 'architectures/qwen3');
    process.env['INTERBRAIN_CACHE'] = await mkdtemp(join(tmpdir(), 'webgpu-'));
    const { prompt } = await goldenOf(folder);
    const checkpoint = await quantizeCheckpoint(await openCheckpoint(folder), 'w8a8');
    const outputs = [];
    for (const device of ['webgpu', 'cpu'] as const) {
      const options = { threads: 1, contextLength: 60, device, activations: 'float32' as const };
      const engine = await Engine.load(checkpoint, options);
      outputs.push(await raggedSteps(engine, prompt));
      await engine.release();
    }
    await rm(process.env['INTERBRAIN_CACHE']!, { recursive: true });
    delete process.env['INTERBRAIN_CACHE'];
    const [gpu, cpu] = outputs as [Output[], Output[]];
    for (const [i, { states }] of gpu.entries())
      expect(difference(states, cpu[i]!.states)).toBeLessThan(TOLERANCE);
  }, 120_000);

  test('a whole model speaks in a thread of its own, and its results name the device', async () => {
    const folder = join(FIXTURES, 'models/llama');
    const model = await loadOnnxModel(folder, { contextLength: 200, worker: true, device: 'webgpu' });
    expect(model.info.device).toBe('webgpu');
    expect(model.info.notes?.join()).toMatch(
      /computed on webgpu \(tested in float32 and q8 on a software GPU/,
    );
    const conversation = model.converse();
    const prompt = model.tokenize([{ role: 'user', content: 'How much is the boat?' }]);
    const reply = await conversation.reply(prompt, { temperature: 0, maxNewTokens: 5, seed: 'webgpu' });
    await model.dispose();
    const here = await loadOnnxModel(folder, { contextLength: 200 });
    const expected = await here.converse().reply(prompt, { temperature: 0, maxNewTokens: 5, seed: 'webgpu' });
    expect(difference(reply.states, expected.states)).toBeLessThan(TOLERANCE);
    expect(reply.tokens).toEqual(expected.tokens);
    expect(here.info.device).toBeUndefined();
    await here.dispose();
  }, 120_000);

  test('products, norms and activations are computed there; attention and embeddings are not', async () => {
    const { config, weights, weightsFolder } = await openCheckpoint(join(FIXTURES, 'architectures/gemma-3'));
    const folder = await mkdtemp(join(tmpdir(), 'profile-'));
    const ort = await loadRuntime();
    const session = await ort.InferenceSession.create(buildGraph(config, weights, 20, { gemm: true }), {
      executionProviders: providersOf('webgpu', config) as InferenceSession.ExecutionProviderConfig[],
      enableProfiling: true,
      profileFilePrefix: join(folder, 'run'),
      logSeverityLevel: 4,
      extra: { session: { model_external_initializers_file_folder_path: weightsFolder } },
    });
    const { feeds, fetches } = new KvCache(ort.Tensor, config, 1, 20).bind(0, 1);
    const inputs = {
      ...feeds,
      input_ids: new ort.Tensor('int64', BigInt64Array.of(1n, 2n, 3n), [1, 3]),
      seqlens_k: new ort.Tensor('int32', Int32Array.of(2), [1]),
      total_length: new ort.Tensor('int32', Int32Array.of(3), []),
      places: new ort.Tensor('int64', BigInt64Array.of(2n), [1]),
    };
    await expect(session.run(inputs, fetches)).rejects.toThrow(/Non tensor/);
    session.endProfiling();
    await session.release();
    const [profile] = await readdir(folder);
    const events = JSON.parse(await readFile(join(folder, profile!), 'utf8')) as {
      readonly args?: { readonly op_name?: string; readonly provider?: string };
    }[];
    await rm(folder, { recursive: true });
    const on = (provider: string) =>
      new Set(events.filter(({ args }) => args?.provider === provider).map(({ args }) => args!.op_name!));
    const gpu = on('WebGpuExecutionProvider');
    for (const op of ['Gemm', 'SimplifiedLayerNormalization', 'SkipSimplifiedLayerNormalization', 'FastGelu'])
      expect(gpu).toContain(op);
    expect(on('CPUExecutionProvider')).toContain('GroupQueryAttention');
    expect(on('CPUExecutionProvider')).not.toContain('Gemm');
  }, 120_000);

  test('rows of a batch on the software GPU do not feel their neighbours', async () => {
    const folder = join(FIXTURES, 'architectures/llama-2');
    const { prompt } = await goldenOf(folder);
    const engine = await Engine.load(await openCheckpoint(folder), {
      threads: 1,
      contextLength: 60,
      device: 'webgpu',
    });
    const together = await raggedSteps(engine, prompt);
    const alone: Output[][] = [];
    for (const length of [5, 19, 12]) {
      const cache = engine.createCache();
      await engine.run(cache, 0, prompt.slice(0, length));
      const steps: Output[] = [];
      for (let step = 0; step < 2; step++) {
        const { states, logits } = await engine.run(cache, length + step, [prompt[length + step]!]);
        steps.push({ states: states.slice(), logits: logits.slice() });
      }
      alone.push(steps);
    }
    await engine.release();
    const worst = together.map((output, i) =>
      difference(output.states, alone[i % 3]![Math.floor(i / 3)]!.states),
    );
    console.log(`rows together and alone on WebGPU: largest difference ${Math.max(...worst)}`);
    expect(Math.max(...worst)).toBeLessThan(TOLERANCE);
  }, 120_000);
});
