// Checkpoints of random weights in the shapes of real models, as far as an engine needs one. No two matrices are alike:
// ONNX Runtime merges equal ones when it packs them.

import { randomFillSync } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '../dist/models/onnx/config.js';
import { expectedWeights } from '../dist/models/onnx/expected-weights.js';
import { encodeSafetensorsHeader, parseSafetensorsHeader } from '../dist/numerics/safetensors.js';

/** As in the models' own config.json. */
export const SHAPES = {
  '135M': {
    title: 'SmolLM2-135M',
    architectures: ['LlamaForCausalLM'],
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    head_dim: 64,
    vocab_size: 49_152,
    max_position_embeddings: 8192,
    rope_theta: 100_000,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
  },
  '1B': {
    title: 'Llama-3.2-1B',
    architectures: ['LlamaForCausalLM'],
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 64,
    vocab_size: 128_256,
    max_position_embeddings: 8192,
    rope_theta: 500_000,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
  },
};

const FILE = 'model.safetensors';
const PIECE = 2 ** 22;

/** Writes to the end, whatever a single call manages. */
export async function writeAll(file, bytes) {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/** bf16 values between ±2^-exponent, evenly spread over the signs and the last few powers of two. */
function randomWords(length, exponent) {
  const words = randomFillSync(new Uint16Array(length));
  // The sign and the fraction stay random; the exponent is one of the four largest.
  for (let i = 0; i < length; i++) {
    const word = words[i];
    words[i] = (word & 0x807f) | ((126 - exponent - ((word >> 8) & 3)) << 7);
  }
  return words;
}

async function writeTensor(file, { name, shape }) {
  const length = shape.reduce((product, size) => product * size, 1);
  const exponent = Math.round(Math.log2(shape.at(-1)) / 2);
  for (let done = 0; done < length; done += PIECE) {
    const count = Math.min(PIECE, length - done);
    const words = name.includes('norm') ? new Uint16Array(count).fill(0x3f80) : randomWords(count, exponent);
    await writeAll(file, new Uint8Array(words.buffer));
  }
}

/** A checkpoint in bf16 below `folder`, as `openCheckpoint` would give it. */
export async function writeRandomCheckpoint(folder, shape) {
  const config = parseConfig(folder, SHAPES[shape]);
  const tensors = [...expectedWeights(config)].map(([name, sizes]) => ({
    name,
    dtype: 'BF16',
    shape: sizes,
  }));
  const { bytes, begins } = encodeSafetensorsHeader(tensors);
  const file = await open(join(folder, FILE), 'w');
  await writeAll(file, bytes);
  for (const tensor of tensors.toSorted((a, b) => begins.get(a.name) - begins.get(b.name)))
    await writeTensor(file, tensor);
  await file.close();
}

/** The checkpoint that `writeRandomCheckpoint` has written. */
export async function openRandomCheckpoint(folder, shape) {
  const config = parseConfig(folder, SHAPES[shape]);
  const { tensors } = await parseSafetensorsHeader(join(folder, FILE));
  const weights = new Map([...tensors].map(([name, entry]) => [name, { ...entry, file: FILE }]));
  return { folder, config, weights, weightsFolder: folder, revision: `random-${shape}`, eosTokenIds: [] };
}
