// Compares with numbers that scripts/golden_models.py computed with the reference implementation.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSafetensorsHeader, readFloats } from '../../numerics/safetensors.ts';
import { openCheckpoint } from './checkpoint.ts';
import { Engine } from './engine.ts';
import type { KvCache } from './kv-cache.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/models');
const TOLERANCE = 1e-4;

interface Golden {
  readonly prompt: readonly number[];
  readonly continuation: readonly number[];
}

describe.each(['llama', 'mistral', 'llama-sharded'])('%s against transformers', (name) => {
  const folder = join(FIXTURES, name);
  const numbers = new Map<string, Float32Array>();
  let engine: Engine;
  let golden: Golden;

  beforeAll(async () => {
    golden = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')) as Golden;
    const path = join(folder, 'golden.safetensors');
    for (const entry of (await parseSafetensorsHeader(path)).tensors.values())
      numbers.set(entry.name, await readFloats(path, entry));
    engine = await Engine.load(await openCheckpoint(folder), { threads: 1, contextLength: 256 });
  });
  afterAll(async () => {
    // The way around the copies of onnxruntime-node was taken in every single run.
    expect(engine.copiedRuns).toBe(0);
    await engine.release();
  });

  /** Largest difference of every layer, then of the logits; `row` selects a decoding step. */
  function differences(
    output: { states: Float32Array; logits: Float32Array },
    what: string,
    row = 0,
  ): number[] {
    const { layers, hiddenSize, vocabSize } = engine.config;
    const states = numbers.get(`${what}.states`)!.subarray(row * layers * hiddenSize);
    const logits = numbers.get(`${what}.logits`)!.subarray(row * vocabSize);
    const layer = (i: number) => [i * hiddenSize, (i + 1) * hiddenSize] as const;
    return [
      ...Array.from({ length: layers }, (_, i) =>
        largestDifference(output.states.subarray(...layer(i)), states.subarray(...layer(i))),
      ),
      largestDifference(output.logits, logits.subarray(0, vocabSize)),
    ];
  }

  function report(what: string, found: readonly number[]): void {
    const numbers = found.map((value) => value.toExponential(1)).join(' ');
    console.log(`${name} ${what}: max |difference| per layer, then logits: ${numbers}`);
    expect(Math.max(...found)).toBeLessThanOrEqual(TOLERANCE);
  }

  it('prefill', async () => {
    report('prefill', differences(await engine.run(engine.createCache(), 0, golden.prompt), 'prefill'));
  });

  it('every step of decoding', async () => {
    const cache = engine.createCache();
    await engine.run(cache, 0, golden.prompt);
    const steps = numbers.get('decode.logits')!.length / engine.config.vocabSize;
    let worst: number[] = [];
    for (let step = 0; step < steps; step++) {
      await engine.run(cache, golden.prompt.length + step, [golden.continuation[step]!]);
      const found = differences(cache, 'decode', step);
      worst = found.map((value, i) => Math.max(value, worst[i] ?? 0));
    }
    report(`${steps} decoding steps`, worst);
  });

  it('a continuation read in one piece, piece by piece', async () => {
    const { prompt, continuation } = golden;
    const all = [...prompt, ...continuation];
    const inPieces = async (...cuts: number[]): Promise<KvCache> => {
      const cache = engine.createCache();
      const ends = [...cuts, all.length];
      for (const [i, end] of ends.entries()) {
        const start = ends[i - 1] ?? 0;
        await engine.run(cache, start, all.slice(start, end));
      }
      return cache;
    };
    report('continuation, fresh', differences(await inPieces(), 'continued'));
    report('continuation, cached prompt', differences(await inPieces(prompt.length), 'continued'));
    report('continuation, five pieces', differences(await inPieces(7, 40, 128, all.length - 1), 'continued'));
  });

  it('reads a long prompt in runs of bounded size', async () => {
    const { prompt, continuation } = golden;
    const all = Array.from({ length: 9 }, () => [...prompt, ...continuation]).flat();
    const long = await Engine.load(await openCheckpoint(folder), { threads: 1, contextLength: 1300 });
    const whole = long.createCache();
    await long.run(whole, 0, all);
    const pieces = long.createCache();
    for (let from = 0; from < all.length; from += 300)
      await long.run(pieces, from, all.slice(from, from + 300));
    expect(all.length).toBe(1215);
    expect(largestDifference(whole.states, pieces.states)).toBeLessThan(TOLERANCE);
    expect(largestDifference(whole.logits, pieces.logits)).toBeLessThan(TOLERANCE);
    await expect(long.run(pieces, all.length, all)).rejects.toThrow(RangeError);
    await long.release();
  });

  it('overwrites what lies behind the reused part', async () => {
    const { prompt, continuation } = golden;
    const cache = engine.createCache();
    const other = continuation.toReversed();
    await engine.run(cache, 0, [...prompt, ...other, ...other]);
    await engine.run(cache, prompt.length, continuation);
    report('continuation, after another', differences(cache, 'continued'));
  });
});

function largestDifference(found: Float32Array, expected: Float32Array): number {
  expect(found.length).toBe(expected.length);
  // A NaN stays one in Math.max, and fails the comparison with the tolerance.
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
}
