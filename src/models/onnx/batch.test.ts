// A row's numbers must not depend on the rows beside it. That is what makes a transcript the same however many
// episodes are played at once, and it hangs on kernels that are not ours; so it is held here to the last bit.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { encodeSafetensors, parseSafetensorsHeader } from '../../numerics/safetensors.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint-type.ts';
import { parseConfig } from './config.ts';
import { Engine } from './engine.ts';
import { expectedWeights } from './expected-weights.ts';
import { Scheduler } from './scheduler.ts';
import type { Sequence } from './sequence.ts';
import { quantizeCheckpoint } from './weights-cache.ts';

const CONTEXT = 512;

/** Sizes that MLAS treats differently: whole and broken blocks, one key head for many queries, a window. */
const SHAPES = {
  'SmolLM2-like': {
    hidden_size: 576,
    intermediate_size: 1536,
    num_attention_heads: 9,
    num_key_value_heads: 3,
  },
  odd: { hidden_size: 240, intermediate_size: 333, num_attention_heads: 5, num_key_value_heads: 1 },
  window: {
    architectures: ['MistralForCausalLM'],
    sliding_window: 50,
    hidden_size: 256,
    intermediate_size: 700,
    num_attention_heads: 4,
    num_key_value_heads: 4,
  },
};

/** A checkpoint of random weights, as far as an engine needs one. */
async function randomCheckpoint(folder: string, shape: object): Promise<Checkpoint> {
  const config = parseConfig(folder, {
    architectures: ['LlamaForCausalLM'],
    num_hidden_layers: 2,
    vocab_size: 1003,
    max_position_embeddings: CONTEXT,
    ...shape,
  });
  const random = createRandom('batch test');
  const tensors = [...expectedWeights(config)].map(([name, sizes]) => {
    const length = sizes.reduce((product, size) => product * size, 1);
    const scale = 2 / Math.sqrt(sizes.at(-1)!);
    const data = Float32Array.from({ length }, () => (random.uniform() - 0.5) * scale);
    return { name, dtype: 'F32' as const, shape: sizes, data: name.includes('norm') ? data.fill(1) : data };
  });
  const file = join(folder, 'model.safetensors');
  await writeFile(file, encodeSafetensors(tensors));
  const { tensors: entries } = await parseSafetensorsHeader(file);
  const weights = new Map(
    [...entries].map(([name, entry]) => [name, { ...entry, file: 'model.safetensors' }]),
  );
  return { folder, config, weights, weightsFolder: folder } as Partial<Checkpoint> as Checkpoint;
}

/** Copies, since the engine writes into the same memory again. */
const copy = ({ states, logits }: { states: Float32Array; logits: Float32Array }) => ({
  states: states.slice(),
  logits: logits.slice(),
});

const tokensOf = (name: string, length: number): number[] => {
  const random = createRandom(name);
  return Array.from({ length }, () => random.integer(1003));
};

/** With quantised weights the kernels are others; in q8 values come in two parts, and the weights' rest is in 4 bits. */
const CASES = [
  ...Object.entries(SHAPES).map(([name, shape]) => [name, shape, 'fp32'] as const),
  ['SmolLM2-like in q8', SHAPES['SmolLM2-like'], 'q8'],
  ['odd in q8', SHAPES.odd, 'q8'],
  ['odd in w8a8', SHAPES.odd, 'w8a8'],
] as const;

describe.each(CASES)('%s', (name, shape, dtype) => {
  let folder: string;
  let engine: Engine;
  /** A hash of what each step of a conversation yields when it is read alone. */
  const alone: string[][] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-'));
    process.env['INTERBRAIN_CACHE'] = folder;
    const exact = { ...(await randomCheckpoint(folder, shape)), revision: name };
    const checkpoint = dtype === 'fp32' ? exact : await quantizeCheckpoint(exact, dtype);
    const activations = dtype === 'q8' ? 'two-parts' : 'rounded';
    engine = await Engine.load(checkpoint, { threads: 2, contextLength: CONTEXT, activations });
    const cache = engine.createCache();
    for (const [i, length] of lengths.entries()) {
      await engine.run(cache, 0, prompt(i));
      alone.push([]);
      for (let step = 0; step < STEPS; step++) {
        const { states, logits } = await engine.run(cache, length + step, [reply(i)[step]!]);
        alone[i]!.push(bits([states, logits]));
      }
    }
  });
  afterAll(async () => {
    delete process.env['INTERBRAIN_CACHE'];
    await engine.release();
    await rm(folder, { recursive: true });
  });

  /** What each conversation reads: a prompt, then single tokens. */
  const lengths = [3, 200, 129, 64, 311, 30, 17, 133, 1, 50, 22, 90, 128, 400, 40, 257];
  const STEPS = 3;
  const prompt = (i: number) => tokensOf(`prompt ${i}`, lengths[i]!);
  const reply = (i: number) => tokensOf(`reply ${i}`, STEPS);

  it.each([
    2, 3, 4, 5, 7, 8, 12, 13, 16,
  ])('gives every row the same bits in a batch of %i as alone', async (rows) => {
    const cache = engine.createCache(rows);
    const chosen = Array.from({ length: rows }, (_, row) => (row * 5 + rows) % lengths.length);
    for (const [row, i] of chosen.entries()) await engine.run(cache, 0, prompt(i), row);
    for (let step = 0; step < STEPS; step++) {
      const tokens = chosen.map((i) => reply(i)[step]!);
      const total = chosen.map((i) => lengths[i]! + step + 1);
      const outputs = await engine.step(cache, tokens, total);
      const together = outputs.map(({ states, logits }) => bits([states, logits]));
      expect(together).toEqual(chosen.map((i) => alone[i]![step]));
    }
  });

  /** Greedy replies to several prompts in a row, each continuing the last; every number that comes out. */
  async function talk(scheduler: Scheduler, sequence: Sequence, i: number, pause: () => Promise<void>) {
    const outputs: Float32Array[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const kept = Math.max(0, sequence.tokens.length - 2);
      scheduler.hold(sequence);
      let output = await scheduler.read(
        sequence,
        kept,
        tokensOf(`talk ${i} ${turn}`, 1 + ((i * 7 + turn * 5) % 23)),
      );
      for (let step = 0; step < 1 + ((i + turn) % 5); step++) {
        outputs.push(output.states.slice(), output.logits.slice());
        const best = output.logits.indexOf(Math.max(...output.logits));
        output = await scheduler.read(sequence, sequence.tokens.length, [best]);
      }
      scheduler.release(sequence);
      await pause();
    }
    scheduler.close(sequence);
    return outputs;
  }

  it('gives conversations the same bits with few rows or many, in whatever order they speak', async () => {
    const expected: Float32Array[][] = [];
    const single = new Scheduler(engine, 1);
    for (let i = 0; i < 10; i++) expected.push(await talk(single, single.open(), i, async () => {}));
    expect(single.counts).toMatchObject({ restored: 0 });
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 2, max: 10 }),
      fc.scheduler(),
      async (rows, conversations, order) => {
        const scheduler = new Scheduler(engine, rows);
        const talks = Array.from({ length: conversations }, (_, i) =>
          talk(scheduler, scheduler.open(), i, () => order.schedule(Promise.resolve())),
        );
        await order.waitFor(Promise.all(talks));
        for (const [i, outputs] of (await Promise.all(talks)).entries())
          expect(bits(outputs)).toEqual(bits(expected[i]!));
        const { stepRows, steps, restored } = scheduler.counts;
        // The test would be empty if nothing had been read together, or nothing put out and read again.
        if (rows >= conversations) expect(restored).toBe(0);
        if (rows > 1) expect(stepRows).toBeGreaterThan(steps);
      },
    );
    await fc.assert(property, { numRuns: 5, seed: 1 });
    const crowded = new Scheduler(engine, 2);
    const talks = Array.from({ length: 6 }, (_, i) => talk(crowded, crowded.open(), i, () => setTimeout(2)));
    for (const [i, outputs] of (await Promise.all(talks)).entries())
      expect(bits(outputs)).toEqual(bits(expected[i]!));
    expect(crowded.counts.restored).toBeGreaterThan(0);
  });

  it('fills a batch up where the kernels want more rows, and disturbs nobody', async () => {
    const padded = await Engine.load(await randomCheckpoint(folder, shape), {
      threads: 1,
      contextLength: 60,
      smallestBatch: 3,
    });
    const scheduler = new Scheduler(padded, 1);
    const bystander = scheduler.open();
    const full = tokensOf('full', 60);
    const before = copy(await scheduler.read(bystander, 0, full));
    const speaker = scheduler.open();
    await scheduler.read(speaker, 0, [1, 2, 3]);
    await scheduler.read(speaker, 3, [4]);
    const after = await scheduler.read(bystander, 59, full.slice(59));
    expect(largest(after.states, before.states)).toBeLessThan(1e-5);
    expect(scheduler.counts.restored).toBe(0);
    await padded.release();
  });
});

const FIXTURES = join(import.meta.dirname, '../../../fixtures/architectures');
const ARCHITECTURES = readdirSync(FIXTURES).filter((name) => existsSync(join(FIXTURES, name, 'config.json')));

it.each(ARCHITECTURES)('%s: the same bits for five rows together as for each alone', async (name) => {
  const engine = await Engine.load(await openCheckpoint(join(FIXTURES, name)), {
    threads: 1,
    contextLength: 64,
  });
  const lengths = [3, 40, 17, 1, 22];
  const prompt = (row: number) => tokensOf(`${name} ${row}`, lengths[row]!).map((token) => token % 60);
  const cache = engine.createCache(lengths.length);
  const single = engine.createCache();
  for (const row of lengths.keys()) await engine.run(cache, 0, prompt(row), row);
  const tokens = lengths.map((_, row) => row + 3);
  const together = await engine.step(
    cache,
    tokens,
    lengths.map((length) => length + 1),
  );
  for (const [row, length] of lengths.entries()) {
    await engine.run(single, 0, prompt(row));
    const { states, logits } = await engine.run(single, length, [tokens[row]!]);
    expect(bits([together[row]!.states, together[row]!.logits])).toBe(bits([states, logits]));
  }
  expect(engine.copiedRuns).toBe(0);
  await engine.release();
});

/** A hash of every bit. */
function bits(arrays: readonly Float32Array[]): string {
  const hash = createHash('sha256');
  for (const array of arrays) hash.update(Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  return hash.digest('hex');
}

function largest(found: Float32Array, expected: Float32Array): number {
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
}

describe('a scheduler', () => {
  let folder: string;
  let engine: Engine;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scheduler-'));
    engine = await Engine.load(await randomCheckpoint(folder, SHAPES.odd), {
      threads: 1,
      contextLength: CONTEXT,
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('waits for a row while all speak, refuses what is closed, and stops', async () => {
    const scheduler = new Scheduler(engine, 1);
    const [first, second] = [scheduler.open(), scheduler.open()];
    scheduler.hold(first);
    await scheduler.read(first, 0, [1, 2, 3]);
    let read = false;
    const waiting = scheduler.read(second, 0, [4, 5]).then(() => {
      read = true;
    });
    await scheduler.read(first, 3, [6]);
    await setTimeout(20);
    expect(read).toBe(false);
    scheduler.release(first);
    await waiting;
    scheduler.close(first);
    await expect(scheduler.read(first, 0, [1])).rejects.toThrow('closed');
    const closedWhileWaiting = scheduler.read(second, 0, [7, 8]);
    scheduler.close(second);
    await expect(closedWhileWaiting).rejects.toThrow('closed');
    const third = scheduler.open();
    const stopped = scheduler.read(third, 0, [1, 2]);
    await Promise.all([scheduler.stop(new Error('the end')), expect(stopped).rejects.toThrow('the end')]);
    await expect(scheduler.read(third, 0, [1])).rejects.toThrow('the end');
  });

  it('passes on what ONNX Runtime says, with the model’s name, and goes on', async () => {
    const scheduler = new Scheduler(engine, 2);
    const sequence = scheduler.open();
    // No such token: the lookup of its embedding fails.
    await expect(scheduler.read(sequence, 0, [1, 5000])).rejects.toThrow(/scheduler-.*ONNX Runtime/);
    expect((await scheduler.read(sequence, 0, [1, 2])).states[0]).toBeTypeOf('number');
    await engine.release();
  });
});
