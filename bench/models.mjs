// How fast models read and speak: random weights of SmolLM2-135M's shape, in float32. Keys and values are filled by
// real prefills; the weights of no two matrices are alike, since ONNX Runtime merges equal ones.

import { randomFillSync } from 'node:crypto';
import { open } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../dist/models/onnx/config.js';
import { Engine } from '../dist/models/onnx/engine.js';
import { expectedWeights } from '../dist/models/onnx/expected-weights.js';
import { parseSafetensorsHeader } from '../dist/numerics/safetensors.js';
import { withTemporaryFolder } from './temporary-folder.mjs';

const SMOLLM2 = {
  architectures: ['LlamaForCausalLM'],
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: 49152,
  max_position_embeddings: 8192,
  rope_theta: 100000,
  tie_word_embeddings: true,
};

const FILE = 'model.safetensors';

/** Values between ±1/√columns, a tensor at a time. */
function randomValues(name, shape) {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (name.includes('norm')) return values.fill(1);
  const bytes = randomFillSync(new Int16Array(values.length));
  const scale = 1 / Math.sqrt(shape.at(-1)) / 32768;
  for (let i = 0; i < values.length; i++) values[i] = bytes[i] * scale;
  return values;
}

/** A checkpoint of random weights, as far as an engine needs one. */
async function randomCheckpoint(folder, json) {
  const config = parseConfig(folder, json);
  const shapes = [...expectedWeights(config)];
  const header = {};
  let offset = 0;
  for (const [name, shape] of shapes) {
    const end = offset + 4 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = await open(join(folder, FILE), 'w');
  await file.write(Buffer.concat([length, text]));
  for (const [name, shape] of shapes) await file.write(new Uint8Array(randomValues(name, shape).buffer));
  await file.close();
  const { tensors } = await parseSafetensorsHeader(join(folder, FILE));
  const weights = new Map([...tensors].map(([name, entry]) => [name, { ...entry, file: FILE }]));
  return { folder, config, weights, weightsFolder: folder };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function milliseconds(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const tokensFrom = (seed, length) => Array.from({ length }, (_, i) => (seed * 7919 + i * 104729) % 49152);

/** Reads a prompt as long as a conversation's first. */
async function benchPrefill(engine, length, repeats) {
  const cache = engine.createCache();
  const times = [];
  for (let i = 0; i < repeats; i++)
    times.push(await milliseconds(() => engine.run(cache, 0, tokensFrom(i, length))));
  return length / (median(times) / 1000);
}

/** Batch sizes take turns, so that what else the machine does hits all of them. */
async function benchDecode(engine, batches, context, steps) {
  const cache = engine.createCache(Math.max(...batches));
  for (let row = 0; row < cache.rows; row++) await engine.run(cache, 0, tokensFrom(row, context), row);
  const times = new Map(batches.map((batch) => [batch, []]));
  for (let step = 0; step < steps; step++) {
    for (const batch of batches) {
      const lengths = new Array(batch).fill(context + step + 1);
      times.get(batch).push(await milliseconds(() => engine.step(cache, tokensFrom(step, batch), lengths)));
    }
  }
  return new Map([...times].map(([batch, taken]) => [batch, batch / (median(taken) / 1000)]));
}

/** One agent's side of eight rounds: a first prompt of 600 tokens, 60 new ones a round, half of them its own. */
async function benchEpisode(engine, reuse) {
  const cache = engine.createCache();
  const all = tokensFrom(1, 600 + 8 * 60);
  return milliseconds(async () => {
    let known = 0;
    for (let round = 0; round < 8; round++) {
      const prompt = 600 + round * 60;
      const past = reuse ? known : 0;
      await engine.run(cache, past, all.slice(past, prompt));
      for (let i = 0; i < 30; i++) await engine.run(cache, prompt + i, [all[prompt + i]]);
      known = prompt + 30;
    }
  });
}

export async function benchModels({ folder, repeats }) {
  await withTemporaryFolder(folder, async (place) => {
    const threads = availableParallelism();
    const checkpoint = await randomCheckpoint(place, SMOLLM2);
    const engine = await Engine.load(checkpoint, { threads, contextLength: 2048 });
    console.log(`SmolLM2-135M's shape, float32, ${threads} threads; load ${loadavg()[0].toFixed(1)}`);
    console.log(
      `prefill, 700 tokens:        ${(await benchPrefill(engine, 700, repeats)).toFixed(0)} tokens/s`,
    );
    for (const context of [64, 700]) {
      const rates = await benchDecode(engine, [1, 8, 16], context, repeats * 3);
      const parts = [...rates].map(
        ([batch, rate]) => `${rate.toFixed(0)} at ${batch} (${(rate / rates.get(1)).toFixed(2)}×)`,
      );
      console.log(`decode, ${String(context).padStart(3)} tokens before: ${parts.join(', ')}`);
    }
    const [without, reused] = [await benchEpisode(engine, false), await benchEpisode(engine, true)];
    const seconds = (time) => (time / 1000).toFixed(1);
    console.log(
      `8 rounds of one agent:      ${seconds(reused)} s, without reusing the prefix ${seconds(without)} s (${(without / reused).toFixed(1)}×)`,
    );
    console.log(`load ${loadavg()[0].toFixed(1)} at the end`);
    await engine.release();
  });
}
