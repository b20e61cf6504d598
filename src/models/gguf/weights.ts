// The weights that a GGUF file's blocks stand for: as float32, or in the packed form of ONNX Runtime's MatMulNBits.

import type { Bits, QuantizedRows } from '../onnx/quantize.ts';
import { LAYOUTS, unpackBlocks } from './blocks.ts';
import type { BlockType } from './types.ts';

/**
 * The values of whole blocks, bit for bit those of ggml's reference, `gguf.quants.dequantize`: every product and sum is
 * rounded to float32, in the same order.
 *
 * @throws RangeError for a part of a block
 */
export function dequantizeBlocks(bytes: Uint8Array, type: BlockType): Float32Array<ArrayBuffer> {
  const { part, zero, hasOffsets } = LAYOUTS[type];
  const { codes, scales, offsets } = unpackBlocks(bytes, type);
  const values = new Float32Array(codes.length);
  for (const [index, scale] of scales.entries()) {
    const offset = offsets[index]!;
    const end = (index + 1) * part;
    if (hasOffsets)
      for (let i = index * part; i < end; i++) values[i] = Math.fround(scale * (codes[i]! - zero)) + offset;
    else for (let i = index * part; i < end; i++) values[i] = scale * (codes[i]! - zero);
  }
  return values;
}

/** Blocks as MatMulNBits holds them. */
export interface PackedBlocks extends QuantizedRows {
  /** What is added to every weight of a part, where the type has offsets: shape as `scales`. */
  readonly offsets: Float32Array<ArrayBuffer> | undefined;
}

/** How blocks of a type are packed. */
export interface Packing {
  readonly bits: Bits;
  /** Weights that share a scale. */
  readonly block: number;
  readonly hasOffsets: boolean;
}

/** A type's packing: 4 bits where they are enough, else 8. */
export function packingOf(type: BlockType): Packing {
  const { bits, part, hasOffsets } = LAYOUTS[type];
  return { bits: bits === 4 ? 4 : 8, block: part, hasOffsets };
}

/**
 * Packs whole blocks; no weight is rounded. The kernel takes 8 or 128 from every code. Where that is not the type's own
 * zero, codes are moved, or in 4 bits, where there is no room, the offset is.
 *
 * @throws RangeError for a part of a block
 */
export function packBlocks(bytes: Uint8Array, type: BlockType): PackedBlocks {
  const { bits, hasOffsets } = packingOf(type);
  const { codes, scales, offsets } = unpackBlocks(bytes, type);
  const kernelZero = bits === 4 ? 8 : 128;
  const move = kernelZero - LAYOUTS[type].zero;
  if (bits === 4) {
    if (move !== 0) for (let i = 0; i < offsets.length; i++) offsets[i]! += move * scales[i]!;
    return { codes: pairs(codes), scales, offsets: hasOffsets ? offsets : undefined };
  }
  if (move !== 0) for (let i = 0; i < codes.length; i++) codes[i]! += move;
  return { codes, scales, offsets: hasOffsets ? offsets : undefined };
}

function pairs(codes: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(codes.length / 2);
  for (let i = 0; i < packed.length; i++) packed[i] = codes[2 * i]! | (codes[2 * i + 1]! << 4);
  return packed;
}

/** Shapes of what `packBlocks` makes of a matrix. */
export function packedShapes(type: BlockType, rows: number, columns: number) {
  const { bits, block } = packingOf(type);
  const blocks = columns / block;
  return { codes: [rows, blocks, (block * bits) / 8], scales: [rows * blocks], offsets: [rows, blocks] };
}
