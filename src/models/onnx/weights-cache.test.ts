import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BadInput, ModelMismatch } from '../../errors.ts';
import {
  encodeSafetensors,
  parseSafetensorsHeader,
  readFloats,
  type TensorData,
} from '../../numerics/safetensors.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint-type.ts';
import { Engine } from './engine.ts';
import type { Activations } from './graph-builder.ts';
import { loadOnnxModel } from './model.ts';
import { dequantizeRows, quantizeRows } from './quantize.ts';
import { quantizeCheckpoint, quantizedMemory, quantizedPath } from './weights-cache.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const LLAMA = join(FIXTURES, 'models/llama');

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'weights-cache-'));
  process.env['INTERBRAIN_CACHE'] = cache;
});
afterEach(async () => {
  delete process.env['INTERBRAIN_CACHE'];
  await rm(cache, { recursive: true });
});

/** How often progress is reported while a checkpoint is opened in 8 bits: 0 if the cache holds it. */
async function pieces(checkpoint: Checkpoint): Promise<number> {
  let count = 0;
  await quantizeCheckpoint(checkpoint, 'q8', { onQuantize: () => count++ });
  return count;
}

describe('the cache', () => {
  it('is filled once, and used from then on', async () => {
    const checkpoint = await openCheckpoint(LLAMA);
    const path = quantizedPath(checkpoint.revision, 'q8');
    expect(await pieces(checkpoint)).toBeGreaterThan(0);
    const first = await stat(path);
    expect(first.size).toBeGreaterThan(quantizedMemory(checkpoint, 'q8') / 2);
    expect(await pieces(checkpoint)).toBe(0);
    expect((await stat(path)).mtimeMs).toBe(first.mtimeMs);
    expect(readdirSync(join(cache, 'q8'))).toHaveLength(1);
  });

  it('gives the same bytes again when it is damaged, cut off or empty', async () => {
    const checkpoint = await openCheckpoint(LLAMA);
    const path = quantizedPath(checkpoint.revision, 'q8');
    await pieces(checkpoint);
    const whole = await readFile(path);
    const flipped = Buffer.from(whole);
    flipped[flipped.length - 1000]! ^= 1;
    const header = Buffer.from(whole);
    header[20]! ^= 1;
    for (const damaged of [flipped, header, whole.subarray(0, whole.length - 5), Buffer.alloc(0)]) {
      await writeFile(path, damaged);
      expect(await pieces(checkpoint)).toBeGreaterThan(0);
      expect((await readFile(path)).equals(whole)).toBe(true);
    }
  });

  it('is not fooled by what a kill in the middle leaves', async () => {
    const checkpoint = await openCheckpoint(LLAMA);
    const path = quantizedPath(checkpoint.revision, 'q8');
    const built = pathToFileURL(join(import.meta.dirname, '../../../dist/models/onnx/model.js')).href;
    const program = `
      import { loadOnnxModel } from '${built}';
      await loadOnnxModel('${LLAMA}', { dtype: 'q8', onQuantize: ({ done, total }) => {
        if (done > total / 2) process.kill(process.pid, 'SIGKILL');
      } });`;
    const signal = await new Promise((resolve) =>
      execFile(process.execPath, ['--input-type=module', '--eval', program], (error) =>
        resolve(error?.signal),
      ),
    );
    expect(signal).toBe('SIGKILL');
    expect(existsSync(path)).toBe(false);
    expect(existsSync(`${path}.partial`)).toBe(true);
    expect(await pieces(checkpoint)).toBeGreaterThan(0);
    expect(readdirSync(join(cache, 'q8'))).toHaveLength(1);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const checkpoint = await openCheckpoint(LLAMA);
    const stop = new AbortController();
    const options = { signal: stop.signal, onQuantize: () => stop.abort(new Error('enough')) };
    await expect(quantizeCheckpoint(checkpoint, 'q8', options)).rejects.toThrow('enough');
    expect(readdirSync(join(cache, 'q8'))).toEqual([]);
  });

  it('is filled by one of two that want it at the same time', async () => {
    const checkpoint = await openCheckpoint(LLAMA);
    const counts = await Promise.all([pieces(checkpoint), pieces(checkpoint)]);
    expect(counts.filter((count) => count > 0)).toHaveLength(1);
  });

  it('says what to do when it cannot be written', async () => {
    const file = join(cache, 'file');
    await writeFile(file, '');
    process.env['INTERBRAIN_CACHE'] = file;
    const checkpoint = await openCheckpoint(LLAMA);
    const refused = quantizeCheckpoint(checkpoint, 'q8');
    await expect(refused).rejects.toThrow(BadInput);
    await expect(refused).rejects.toThrow(/INTERBRAIN_CACHE/);
  });

  it('refuses a disk that is too small before it writes anything', async () => {
    const { config, ...rest } = await openCheckpoint(LLAMA);
    // Nobody has a disk for a vocabulary of 2⁵⁰ tokens.
    const checkpoint = { ...rest, config: { ...config, vocabSize: 2 ** 50 } };
    const refused = quantizeCheckpoint(checkpoint, 'q8');
    await expect(refused).rejects.toThrow(/weights that are made take .* GiB, but the disk has/);
    expect(readdirSync(join(cache, 'q8'))).toEqual([]);
  });
});

/** A copy of a checkpoint with other tensors. */
async function rewrite(
  source: string,
  target: string,
  change: (name: string, shape: readonly number[], values: Float32Array<ArrayBuffer>) => TensorData[],
): Promise<void> {
  await cp(source, target, { recursive: true });
  const path = join(target, 'model.safetensors');
  const tensors: TensorData[] = [];
  for (const entry of (await parseSafetensorsHeader(path)).tensors.values()) {
    const { name, shape } = entry;
    tensors.push(...change(name, shape, await readFloats(path, entry)));
  }
  await writeFile(path, encodeSafetensors(tensors));
}

async function statesOf(checkpoint: Checkpoint, activations?: Activations): Promise<Float32Array> {
  const engine = await Engine.load(checkpoint, { threads: 1, contextLength: 64, activations });
  const prompt = Array.from({ length: 40 }, (_, i) => (i * 37 + 11) % 60);
  const { states, logits } = await engine.run(engine.createCache(), 0, prompt);
  const all = Float32Array.from([...states, ...logits]);
  await engine.release();
  return all;
}

const ARCHITECTURES = readdirSync(join(FIXTURES, 'architectures')).filter((name) =>
  existsSync(join(FIXTURES, 'architectures', name, 'model.safetensors')),
);

/** ‖found − expected‖ / ‖expected‖ */
function relativeError(found: Float32Array, expected: Float32Array): number {
  const squares = (value: (i: number) => number) => expected.reduce((sum, _, i) => sum + value(i) ** 2, 0);
  return Math.sqrt(squares((i) => found[i]! - expected[i]!) / squares((i) => expected[i]!));
}

// Biases, fused projections, norms of queries and keys, tied and untied heads, columns that fill no block.
it.each(ARCHITECTURES)('%s computes in w8a8 what its rounded weights give in float32', async (name) => {
  const source = join(FIXTURES, 'architectures', name);
  const rounded = join(cache, 'rounded');
  const round = (shape: readonly number[], values: Float32Array) =>
    dequantizeRows(quantizeRows(values, shape[1]!, 8), shape[1]!, 8);
  const embeddings = 'model.embed_tokens.weight';
  const tied = (await openCheckpoint(source)).config.tiedEmbeddings;
  await rewrite(source, rounded, (tensor, shape, values) => {
    const data =
      shape.length === 2 && !/^model\.(embed_tokens|layers\.0)\./.test(tensor)
        ? round(shape, values)
        : values;
    const head = { name: 'lm_head.weight', dtype: 'F32' as const, shape, data: round(shape, values) };
    return [
      { name: tensor, dtype: 'F32' as const, shape, data },
      ...(tied && tensor === embeddings ? [head] : []),
    ];
  });
  const config = JSON.parse(await readFile(join(source, 'config.json'), 'utf8')) as object;
  await writeFile(join(rounded, 'config.json'), JSON.stringify({ ...config, tie_word_embeddings: false }));
  const quantized = await quantizeCheckpoint(await openCheckpoint(source), 'w8a8');
  const expected = await statesOf(await openCheckpoint(rounded));
  expect(relativeError(await statesOf(quantized, 'two-parts'), expected)).toBeLessThan(1e-4);
  // Activations in 8 bits as well. These weights are drawn large, so that errors grow from layer to layer.
  const error = relativeError(await statesOf(quantized), expected);
  expect(error).toBeLessThan(0.1);
  expect(error).toBeGreaterThan(1e-4);
  // In q8 neither: what is left is a twentieth of it, or less.
  const exact = await statesOf(await openCheckpoint(source));
  const roundedError = relativeError(await statesOf(quantized, 'two-parts'), exact);
  const kept = await statesOf(await quantizeCheckpoint(await openCheckpoint(source), 'q8'), 'two-parts');
  const layers = (await openCheckpoint(source)).config;
  const ofStates = (all: Float32Array) => all.subarray(0, layers.layers * layers.hiddenSize);
  expect(roundedError).toBeGreaterThan(1e-4);
  expect(relativeError(ofStates(kept), ofStates(exact))).toBeLessThan(roundedError / 5);
});

it('takes weights in F16, BF16 and F32, in one file or in shards', async () => {
  const words = (values: Float32Array<ArrayBuffer>, dtype: 'F16' | 'BF16') => {
    const bits = new Uint32Array(values.buffer);
    // Cut off, not rounded: the test only needs values that both types can hold.
    return Uint16Array.from(bits, (word) => {
      if (dtype === 'BF16') return word >>> 16;
      const exponent = ((word >>> 23) & 255) - 112;
      return exponent <= 0 ? 0 : ((word >>> 16) & 0x8000) | (exponent << 10) | ((word >>> 13) & 0x3ff);
    });
  };
  const original = await openCheckpoint(LLAMA);
  const expected = await statesOf(original);
  for (const dtype of ['F16', 'BF16'] as const) {
    const folder = join(cache, dtype);
    await rewrite(LLAMA, folder, (name, shape, values) => [
      { name, shape, dtype, data: words(values, dtype) },
    ]);
    const found = await statesOf(await quantizeCheckpoint(await openCheckpoint(folder), 'q8'), 'two-parts');
    // Cut off to 8 bits, a BF16 is up to 0.8 % off.
    expect(relativeError(found, expected)).toBeLessThan(dtype === 'BF16' ? 0.1 : 0.05);
  }
  const sharded = await openCheckpoint(join(FIXTURES, 'models/llama-sharded'));
  expect(new Set([...sharded.weights.values()].map(({ file }) => file)).size).toBeGreaterThan(1);
  const exact = await statesOf(sharded);
  expect(relativeError(await statesOf(await quantizeCheckpoint(sharded, 'q8')), exact)).toBeLessThan(0.05);
});

it('refuses weights that are no numbers, with the name of the tensor', async () => {
  const folder = join(cache, 'wrong');
  await rewrite(LLAMA, folder, (name, shape, data) => {
    if (name === 'model.layers.1.mlp.up_proj.weight') data[7] = Number.NaN;
    return [{ name, shape, dtype: 'F32', data }];
  });
  const refused = quantizeCheckpoint(await openCheckpoint(folder), 'q8');
  await expect(refused).rejects.toThrow(ModelMismatch);
  await expect(refused).rejects.toThrow('model.layers.1.mlp.up_proj.weight');
});

describe('loadOnnxModel', () => {
  it('quantises only when it is told to, and says what q4 does to states', async () => {
    const exact = await loadOnnxModel(LLAMA);
    expect(exact.info.dtype).toBe('fp32');
    await exact.dispose();
    expect(readdirSync(cache)).toEqual([]);
    const eight = await loadOnnxModel(LLAMA, { dtype: 'q8', worker: true });
    expect(eight.info).toMatchObject({ dtype: 'q8', revision: exact.info.revision });
    expect(JSON.stringify(eight.info.notes ?? [])).toMatch(/^(?!.*distort).*truer than bf16/);
    await eight.dispose();
    const four = await loadOnnxModel(LLAMA, { dtype: 'q4' });
    expect(four.info.notes?.join()).toMatch(/4 bits distort the hidden states/);
    expect((await four.converse().read([5, 6, 7])).states.every(Number.isFinite)).toBe(true);
    await four.dispose();
  });

  it('refuses types in which the CPU does not compute', async () => {
    for (const dtype of ['fp16', 'bf16'] as const)
      await expect(loadOnnxModel(LLAMA, { dtype })).rejects.toThrow(/no products in .*q8.*fp32/);
    const unknown = { dtype: 'int3' as 'q4' };
    await expect(loadOnnxModel(LLAMA, unknown)).rejects.toThrow(/int3.*known are fp32/);
  });
});
