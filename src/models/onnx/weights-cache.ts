// The weights that a checkpoint is run with, where they are not those of its files: quantised, or taken out of the blocks
// of a GGUF file. They are kept on disk (derived-weights.ts) and found by the checkpoint's hash.

import { basename, dirname, join } from 'node:path';
import { ModelMismatch } from '../../errors.ts';
import { at, entryOf } from '../../numerics/lookup.ts';
import { cacheFolder } from '../cache-folder.ts';
import { separateHalves } from '../gguf/rows.ts';
import { isBlockType } from '../gguf/types.ts';
import { dequantizeBlocks, packBlocks, packedShapes, packingOf } from '../gguf/weights.ts';
import type { Checkpoint } from './checkpoint-type.ts';
import {
  type Derivation,
  type DerivedFile,
  type DerivedTensor,
  deriveWeights,
  type QuantizeOptions,
} from './derived-weights.ts';
import { bitsOf, type Dtype, isQuantized, type QuantizedType } from './dtype.ts';
import { expectedWeights } from './expected-weights.ts';
import {
  type Bits,
  BLOCK,
  blocksPerRow,
  quantizedNames,
  quantizeRest,
  quantizeRows,
  toFloat32,
} from './quantize.ts';
import type { WeightEntry } from './weight-entry.ts';

/** Raised when the same checkpoint would give other bytes. */
const FORMATS = { fp32: 1, q8: 2, w8a8: 1, q4: 1 };

const EMBEDDINGS = 'model.embed_tokens.weight';

/**
 * Every prompt of a chat ends with the same token, so the first layer's states differ only by what attention brings in:
 * so little that rounding is seen. Kept exact, no layer of the embedded models falls below R² 0.998; else one has 0.989.
 */
const EXACT_LAYER = 'model.layers.0.';

/** Where the quantised weights of a checkpoint are kept. */
export function quantizedPath(revision: string, type: QuantizedType): string {
  return join(cacheFolder(), type, `${revision}-${FORMATS[type]}.safetensors`);
}

/**
 * The checkpoint with weights that ONNX Runtime can read, in the type that was asked for: itself, or with a file of the
 * cache, which is made if it is not there or damaged.
 *
 * @throws BadInput if the disk is full or cannot be written to; ModelMismatch for weights that are not finite
 */
export async function prepareWeights(
  checkpoint: Checkpoint,
  dtype: Dtype,
  options: QuantizeOptions = {},
): Promise<Checkpoint> {
  if (isQuantized(dtype)) return quantizeCheckpoint(checkpoint, dtype, options);
  if ([...checkpoint.weights.values()].every(isPlain)) return checkpoint;
  const path = join(cacheFolder(), 'gguf', `${checkpoint.revision}-${FORMATS.fp32}.safetensors`);
  return derive(checkpoint, { path, what: 'unpack', derivations: planExact(checkpoint) }, options);
}

/**
 * The same checkpoint with its matrices in 8 or 4 bits, or in 8 with what they leave in 4 (`q8`): its weights lie in a file of the cache, which is made if it
 * is not there or damaged. Blocks of a GGUF file keep the bits that they have.
 *
 * @throws BadInput if the disk is full or cannot be written to; ModelMismatch for weights that are not finite
 */
export async function quantizeCheckpoint(
  checkpoint: Checkpoint,
  type: QuantizedType,
  options: QuantizeOptions = {},
): Promise<Checkpoint> {
  const path = quantizedPath(checkpoint.revision, type);
  const derivations = planQuantized(checkpoint, type);
  return derive(checkpoint, { path, what: 'quantise', derivations }, options);
}

async function derive(
  checkpoint: Checkpoint,
  { path, what, derivations }: Omit<DerivedFile, 'weightsFolder'>,
  options: QuantizeOptions,
): Promise<Checkpoint> {
  const { weightsFolder } = checkpoint;
  const entries = await deriveWeights({ path, what, weightsFolder, derivations }, options);
  const file = basename(path);
  const weights = new Map<string, WeightEntry>();
  for (const { source, outputs } of derivations)
    for (const { name } of outputs) {
      const matrix = name === quantizedNames(source.name).codes ? { columns: at(source.shape, 1) } : {};
      const block = isBlockType(source.dtype) ? { block: packingOf(source.dtype).block } : {};
      weights.set(name, { ...entryOf(entries, name), file, ...matrix, ...block });
    }
  return { ...checkpoint, weights, weightsFolder: dirname(path) };
}

/** Bytes that the weights take in memory: those that stay exact are float32 there, but for the embeddings. */
export function quantizedMemory(checkpoint: Checkpoint, type: QuantizedType): number {
  const { weights } = checkpoint;
  const outputs = planQuantized(checkpoint, type).flatMap((derivation) => derivation.outputs);
  return outputs.reduce(
    (sum, { name, shape, bytes }) =>
      sum + (!weights.has(name) || name === EMBEDDINGS ? bytes : 4 * countOf(shape)),
    0,
  );
}

/** Whether ONNX Runtime can read a tensor where it is. */
function isPlain({ dtype, interleavedRows, plusOne }: WeightEntry): boolean {
  return !isBlockType(dtype) && interleavedRows === undefined && !plusOne;
}

function planExact({ config, weights }: Checkpoint): Derivation[] {
  return [...expectedWeights(config)].map(([name, shape]) => exact({ ...entryOf(weights, name), shape }));
}

function planQuantized({ config, weights, folder }: Checkpoint, type: QuantizedType): Derivation[] {
  return [...expectedWeights(config)].flatMap(([name, shape]) => {
    const source = { ...entryOf(weights, name), shape };
    if (shape.length < 2 || name.startsWith(EXACT_LAYER)) return [exact(source)];
    const quantized = isBlockType(source.dtype) ? packed(source) : rounded(source, type, folder);
    if (name !== EMBEDDINGS) return [quantized];
    // Its rows are looked up exactly; as a tied LM head it is multiplied like any other matrix.
    return config.tiedEmbeddings ? [exact(source), quantized] : [exact(source)];
  });
}

/** The tensor as it is; as float32 where it is stored otherwise than a number for each value. */
function exact(source: WeightEntry): Derivation {
  const { name, dtype, shape, plusOne } = source;
  const asFloats = isBlockType(dtype) || plusOne === true;
  const type = isBlockType(dtype) || asFloats ? 'F32' : dtype;
  const bytes = asFloats ? 4 * countOf(shape) : source.end - source.begin;
  return derivation(source, [{ name, dtype: type, shape, bytes }], (rows) => {
    if (!asFloats) return [rows];
    const values = floatsOf(rows, source);
    if (plusOne) for (let i = 0; i < values.length; i++) values[i]! -= 1;
    return [new Uint8Array(values.buffer)];
  });
}

/** A matrix rounded to 8 or 4 bits, with or without what 8 bits leave of it. */
function rounded(source: WeightEntry, type: QuantizedType, folder: string): Derivation {
  const bits = bitsOf(type);
  // An LM head has no part in the states.
  const keepRest = type === 'q8' && source.name.startsWith('model.layers.');
  const [rows, columns] = [at(source.shape, 0), at(source.shape, 1)];
  const blocks = blocksPerRow(columns);
  const outputsOf = (names: { codes: string; scales: string }, width: Bits) =>
    matrixOutputs(names, [rows, blocks, (BLOCK * width) / 8], [rows * blocks]);
  const names = quantizedNames(source.name);
  const outputs = [...outputsOf(names, bits), ...(keepRest ? outputsOf(names.rest, 4) : [])];
  return derivation(source, outputs, (bytes) => {
    const matrix = floatsOf(bytes, source);
    const quantized = quantizePiece(folder, source, matrix, bits);
    const parts = keepRest ? [quantized, quantizeRest(matrix, columns, quantized)] : [quantized];
    return parts.flatMap(({ codes, scales }) => [codes, new Uint8Array(scales.buffer)]);
  });
}

/** A matrix in the blocks that its file has, none of its weights rounded. */
function packed(source: WeightEntry): Derivation {
  const { dtype, shape } = source;
  if (!isBlockType(dtype)) throw new RangeError(`${dtype} has no blocks`);
  const shapes = packedShapes(dtype, at(shape, 0), at(shape, 1));
  const names = quantizedNames(source.name);
  const outputs = matrixOutputs(names, shapes.codes, shapes.scales);
  const { offsets: name } = names;
  if (packingOf(dtype).hasOffsets)
    outputs.push({ name, dtype: 'F32', shape: shapes.offsets, bytes: 4 * countOf(shapes.offsets) });
  return derivation(source, outputs, (bytes) => {
    const { codes, scales, offsets } = packBlocks(bytes, dtype);
    const made = [codes, new Uint8Array(scales.buffer)];
    return offsets ? [...made, new Uint8Array(offsets.buffer)] : made;
  });
}

function matrixOutputs(
  { codes, scales }: { readonly codes: string; readonly scales: string },
  codeShape: readonly number[],
  scaleShape: readonly number[],
): DerivedTensor[] {
  return [
    { name: codes, dtype: 'U8', shape: codeShape, bytes: countOf(codeShape) },
    { name: scales, dtype: 'F32', shape: scaleShape, bytes: 4 * countOf(scaleShape) },
  ];
}

/** A derivation whose rows come in the order of transformers. */
function derivation(
  source: WeightEntry,
  outputs: readonly DerivedTensor[],
  make: Derivation['make'],
): Derivation {
  const { interleavedRows: head, shape } = source;
  if (head === undefined) return { source, outputs, rows: 1, make };
  const row = (source.end - source.begin) / at(shape, 0);
  return { source, outputs, rows: head, make: (bytes) => make(separateHalves(bytes, head, row)) };
}

function floatsOf(bytes: Uint8Array<ArrayBuffer>, { dtype }: WeightEntry): Float32Array<ArrayBuffer> {
  return isBlockType(dtype) ? dequantizeBlocks(bytes, dtype) : toFloat32(bytes, dtype);
}

function quantizePiece(
  folder: string,
  source: WeightEntry,
  matrix: Float32Array,
  bits: Bits,
): ReturnType<typeof quantizeRows> {
  try {
    return quantizeRows(matrix, at(source.shape, 1), bits);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ModelMismatch(
      folder,
      `tensor ${source.name}: ${cause.message}; download the checkpoint again`,
      { cause },
    );
  }
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
