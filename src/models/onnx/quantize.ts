// Weights in 8 or 4 bits, as ONNX Runtime's MatMulNBits reads them: every row of a matrix is cut into blocks of 32,
// and a weight is (code − zero point) · scale with one float32 scale per block. Rounded to nearest, symmetric about
// zero; nothing is calibrated, so the same weights give the same codes on every machine.
// Layout: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits

import { at } from '../../numerics/lookup.ts';
import { float16ToNumber, type SafetensorsDtype } from '../../numerics/safetensors.ts';
import type { WeightEntry } from './weight-entry.ts';

/** Weights that share a scale. */
export const BLOCK = 32;

export type Bits = 8 | 4;

/** Below this a float32 loses digits, and an inverse of it overflows. */
const SMALLEST_SCALE = 2 ** -126;

export interface QuantizedRows {
  /** Shape: (rows, blocks, 32 · bits / 8). In 4 bits the low half of a byte comes first. */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** Shape: (rows, blocks). */
  readonly scales: Float32Array<ArrayBuffer>;
}

/**
 * Names of the tensors that stand for a quantised matrix: offsets are there only for some types of GGUF files, and codes
 * of what its first codes leave of a weight only where that is kept.
 */
export function quantizedNames(matrix: string) {
  const rest = { codes: `${matrix}.rest.codes`, scales: `${matrix}.rest.scales` };
  return { codes: `${matrix}.codes`, scales: `${matrix}.scales`, offsets: `${matrix}.offsets`, rest };
}

/**
 * Rows below which a kernel takes another way: the one for 4-bit weights does for a single row
 * (`EngineOptions.smallestBatch`).
 */
export function smallestBatch(weights: ReadonlyMap<string, WeightEntry>): number {
  const inFourBits = ({ columns, shape, block = BLOCK }: WeightEntry) =>
    columns !== undefined && 2 * at(shape, 2) === block;
  return [...weights.values()].some(inFourBits) ? 2 : 1;
}

/** What an unsigned code must lose to become a signed one: 128 or 8, MatMulNBits' own default. */
function zeroPoint(bits: Bits): number {
  return 1 << (bits - 1);
}

/** Blocks of a row of `columns` weights; the last one is filled up with zeros. */
export function blocksPerRow(columns: number): number {
  return Math.ceil(columns / BLOCK);
}

/**
 * Rounds every weight to the nearest of 255 (or 15) multiples of its block's scale, the largest weight / 127 (or 7):
 * no weight moves by more than half a scale.
 *
 * @param matrix Shape: (rows, columns), row-major
 * @throws RangeError if a weight is not finite
 */
export function quantizeRows(matrix: Float32Array, columns: number, bits: Bits): QuantizedRows {
  const rows = matrix.length / columns;
  const blocks = blocksPerRow(columns);
  const codes = new Uint8Array(rows * blocks * BLOCK);
  const scales = new Float32Array(rows * blocks);
  const zero = zeroPoint(bits);
  codes.fill(zero);
  for (let row = 0; row < rows; row++)
    for (let block = 0; block < blocks; block++) {
      const begin = row * columns + block * BLOCK;
      const end = Math.min(begin + BLOCK, (row + 1) * columns);
      const index = row * blocks + block;
      scales[index] = quantizeBlock(matrix, begin, end, codes, index * BLOCK, zero);
    }
  return { codes: bits === 8 ? codes : packPairs(codes), scales };
}

/** Writes the codes of matrix[begin..end) to `codes` from `at` on, and returns their scale. */
function quantizeBlock(
  matrix: Float32Array,
  begin: number,
  end: number,
  codes: Uint8Array,
  at: number,
  zero: number,
): number {
  let largest = 0;
  // An infinite or missing number stays in a sum, while comparisons pass over it.
  let sum = 0;
  for (let i = begin; i < end; i++) {
    const weight = matrix[i]!;
    sum += weight;
    largest = Math.max(largest, Math.abs(weight));
  }
  if (!Number.isFinite(sum)) throw new RangeError('a weight is infinite or not a number');
  const scale = Math.max(Math.fround(largest / (zero - 1)), SMALLEST_SCALE);
  const inverse = 1 / scale;
  // Positive before it is cut to a whole number: this rounds to nearest.
  for (let i = begin; i < end; i++) codes[at + i - begin] = (matrix[i]! * inverse + zero + 0.5) | 0;
  return scale;
}

/** What 8-bit codes leave of every weight, rounded to 4 bits: with it no weight moves by more than a 28th of its scale. */
export function quantizeRest(
  matrix: Float32Array,
  columns: number,
  { codes, scales }: QuantizedRows,
): QuantizedRows {
  const rest = new Float32Array(matrix.length);
  const blocks = blocksPerRow(columns);
  const zero = zeroPoint(8);
  for (let begin = 0, row = 0; begin < matrix.length; begin += columns, row += blocks)
    for (let i = 0; i < columns; i++) {
      const code = codes[row * BLOCK + i]! - zero;
      rest[begin + i] = matrix[begin + i]! - code * scales[row + Math.floor(i / BLOCK)]!;
    }
  return quantizeRows(rest, columns, 4);
}

function packPairs(codes: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(codes.length / 2);
  for (let i = 0; i < packed.length; i++) packed[i] = codes[2 * i]! | (codes[2 * i + 1]! << 4);
  return packed;
}

/** The weights that the codes stand for; the inverse of `quantizeRows` but for rounding. */
export function dequantizeRows(
  { codes, scales }: QuantizedRows,
  columns: number,
  bits: Bits,
): Float32Array<ArrayBuffer> {
  const blocks = blocksPerRow(columns);
  const rows = scales.length / blocks;
  const code = (i: number) => (bits === 8 ? at(codes, i) : (at(codes, i >> 1) >> (4 * (i & 1))) & 15);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const position = Math.floor(i / columns) * blocks * BLOCK + (i % columns);
    return (code(position) - zeroPoint(bits)) * at(scales, Math.floor(position / BLOCK));
  });
}

let halves: Float32Array | undefined;

/** The bytes of an F32, F16 or BF16 tensor as float32. A checkpoint has billions of values, hence plain loops. */
export function toFloat32(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: SafetensorsDtype,
): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  if (dtype === 'BF16') {
    const wide = new Uint32Array(words.length);
    for (let i = 0; i < words.length; i++) wide[i] = words[i]! << 16;
    return new Float32Array(wide.buffer);
  }
  // openCheckpoint lets no other types through.
  if (dtype !== 'F16') throw new RangeError(`weights of type ${dtype}`);
  halves ??= Float32Array.from({ length: 65_536 }, (_, half) => float16ToNumber(half));
  const floats = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) floats[i] = halves[words[i]!]!;
  return floats;
}
