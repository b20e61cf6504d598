// Synthetic residual streams with what makes real ones hard: a spectrum over many orders of magnitude, a few massive
// columns, near-constant ones, means far from zero. Both sides mix the same latent course of a conversation, so that
// there is something to find, most of it somewhat past the middle layer. One safetensors file per layer, so that every program reads the same numbers.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGemm } from '../dist/numerics/gemm.js';
import { createRandom } from '../dist/numerics/random.js';
import { encodeSafetensors } from '../dist/numerics/safetensors.js';

const LATENTS = 256;
/** A long run of normal numbers, of which rows of noise are pieces: drawing billions of them would take minutes. */
const NOISE_LENGTH = 2 ** 22;

/**
 * Makes layers one at a time.
 *
 * @param {{ samples: number, hiddenSize: number, layers: number, seed?: string }} shape
 * @returns a function from side and layer to (samples, D) float32 values, and `close`
 */
export async function openStateMaker({ samples, hiddenSize, layers, seed = 'bench' }) {
  const gemm = await openGemm();
  const noise = normals(NOISE_LENGTH, `${seed}/noise`);
  const latents = { source: makeLatents(samples, noise, `${seed}/course`) };
  latents.target = disturb(latents.source, noise, `${seed}/disturbance`);
  const columns = Float32Array.from(normals(hiddenSize, `${seed}/columns`), (z) => Math.exp(z));
  return {
    /** @param {'source' | 'target'} side */
    async layer(side, layer) {
      const random = createRandom(`${seed}/${side}/${layer}`);
      const mix = { rows: LATENTS, columns: hiddenSize, data: pieces(LATENTS, hiddenSize, noise, random) };
      const states = await gemm.multiply(latents[side], mix);
      addColumns(states, columns, noiseAt(layer / layers), noise, random);
      return states.data;
    },
    close: () => gemm.close(),
  };
}

/**
 * Writes `source-00.safetensors` … and `target-00.safetensors` …, each with one tensor `states` F32 [samples, D].
 *
 * @returns the bytes written
 */
export async function writeLayers(folder, { samples, hiddenSize, layers }) {
  const maker = await openStateMaker({ samples, hiddenSize, layers });
  let bytes = 0;
  for (const side of ['source', 'target'])
    for (let layer = 0; layer < layers; layer++) {
      const data = await maker.layer(side, layer);
      const file = encodeSafetensors([{ name: 'states', dtype: 'F32', shape: [samples, hiddenSize], data }]);
      await writeFile(layerPath(folder, side, layer), file);
      bytes += file.length;
    }
  await maker.close();
  return bytes;
}

export function layerPath(folder, side, layer) {
  return join(folder, `${side}-${String(layer).padStart(2, '0')}.safetensors`);
}

/** (samples, LATENTS) whose sizes fall as a power law. */
function makeLatents(samples, noise, seed) {
  const data = pieces(samples, LATENTS, noise, createRandom(seed));
  for (let i = 0; i < data.length; i++) data[i] *= 3 * (1 + (i % LATENTS)) ** -0.9;
  return { rows: samples, columns: LATENTS, data };
}

/**
 * What the other side makes of the same course: the same, with a little of it replaced. More would leave nothing to
 * find at D = 4096, where 5200 rows determine 4096 coefficients and what cannot be predicted counts nearly fivefold.
 */
function disturb({ rows, columns, data }, noise, seed) {
  const other = makeLatents(rows, noise, seed).data;
  return { rows, columns, data: data.map((value, i) => 0.96 * value + 0.28 * other[i]) };
}

/** How much of a layer is its own, at a depth from 0 to 1. */
function noiseAt(depth) {
  return 0.2 + 0.8 * (depth - 0.6) ** 2;
}

/** Noise, every column's own size and mean, and columns of the odd kinds. */
function addColumns({ rows, columns, data }, scales, amount, noise, random) {
  const offset = pieces(1, columns, noise, random);
  for (let row = 0, at = 0; row < rows; row++) {
    const piece = noise.subarray(random.integer(NOISE_LENGTH - columns));
    for (let column = 0; column < columns; column++, at++)
      data[at] = scales[column] * (data[at] + amount * piece[column] + 2 * offset[column]);
    for (let column = 0; column < columns; column += 1024) data[row * columns + column] *= 500;
    for (let column = 1; column < columns; column += 512) data[row * columns + column] *= 1e-3;
  }
}

/** Rows that are pieces of the noise. */
function pieces(rows, columns, noise, { integer }) {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const begin = integer(NOISE_LENGTH - columns);
    data.set(noise.subarray(begin, begin + columns), row * columns);
  }
  return data;
}

function normals(length, seed) {
  const { uniform } = createRandom(seed);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++)
    values[i] = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return values;
}
