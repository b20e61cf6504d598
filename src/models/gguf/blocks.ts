// The blocks of GGUF's types taken apart: a value is (code − zero) · scale, and plus an offset in some types. Layouts are
// ggml's. A checkpoint has billions of values, hence plain loops.

import { float16ToNumber } from '../../numerics/safetensors.ts';
import { type BlockType, GGUF_TYPES } from './types.ts';

/** The codes of blocks, one byte each, and the scale and offset of every part of a block. */
export interface Unpacked {
  readonly codes: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
  readonly offsets: Float32Array<ArrayBuffer>;
}

interface BlockLayout {
  /** Values that share a scale. */
  readonly part: number;
  /** The code of a value that is 0, or the offset. */
  readonly zero: number;
  /** Bits of a code. */
  readonly bits: 4 | 5 | 6 | 8;
  readonly hasOffsets: boolean;
  /** Takes the block at `from` apart; its codes go to `code` and on, its scales and offsets to `part` and on. */
  readonly unpack: (bytes: DataView, from: number, out: Unpacked, code: number, part: number) => void;
}

/** Takes whole blocks apart. Throws RangeError for a part of one. */
export function unpackBlocks(bytes: Uint8Array, type: BlockType): Unpacked {
  const { values, bytes: size } = GGUF_TYPES[type];
  const { part, unpack } = LAYOUTS[type];
  const blocks = bytes.length / size;
  if (!Number.isInteger(blocks)) throw new RangeError(`${bytes.length} bytes are no whole blocks of ${type}`);
  const parts = values / part;
  const out = {
    codes: new Uint8Array(blocks * values),
    scales: new Float32Array(blocks * parts),
    offsets: new Float32Array(blocks * parts),
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let block = 0; block < blocks; block++) unpack(view, block * size, out, block * values, block * parts);
  return out;
}

let halves: Float32Array | undefined;

/** The float16 at a byte. */
function half(bytes: DataView, from: number): number {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => float16ToNumber(bits));
  return halves[bytes.getUint16(from, true)]!;
}

/** Sixteen bytes: the low halves are 16 codes, the high halves the next 16. */
function unpackHalves(bytes: DataView, from: number, codes: Uint8Array, to: number): void {
  for (let i = 0; i < 16; i++) {
    const pair = bytes.getUint8(from + i);
    codes[to + i] = pair & 15;
    codes[to + 16 + i] = pair >> 4;
  }
}

/** Four bytes with the fifth bit of each of 32 codes. */
function addFifthBits(bytes: DataView, from: number, codes: Uint8Array, to: number): void {
  for (let i = 0; i < 32; i++) codes[to + i]! |= ((bytes.getUint8(from + (i >> 3)) >> (i & 7)) & 1) << 4;
}

/** 128 bytes: each 32 of them hold 32 codes in their low halves, and the next 32 in their high ones. */
function unpackQuarters(bytes: DataView, from: number, codes: Uint8Array, to: number): void {
  for (let i = 0; i < 256; i++) {
    const part = i >> 5;
    codes[to + i] = (bytes.getUint8(from + 32 * (part >> 1) + (i & 31)) >> (4 * (part & 1))) & 15;
  }
}

/** The eight scales and offsets of a block of Q4_K or Q5_K: 6 bits each, in 12 bytes, times two float16. */
function unpackScales(bytes: DataView, from: number, { scales, offsets }: Unpacked, to: number): void {
  const scale = half(bytes, from);
  const least = half(bytes, from + 2);
  for (let part = 0; part < 8; part++) {
    const first = bytes.getUint8(from + 4 + (part & 3));
    const second = bytes.getUint8(from + 8 + (part & 3));
    const last = bytes.getUint8(from + 12 + (part & 3));
    scales[to + part] = scale * (part < 4 ? first & 63 : (last & 15) | ((first >> 2) & 48));
    offsets[to + part] = -Math.fround(least * (part < 4 ? second & 63 : (last >> 4) | ((second >> 2) & 48)));
  }
}

export const LAYOUTS: Readonly<Record<BlockType, BlockLayout>> = {
  Q4_0: {
    ...{ part: 32, zero: 8, bits: 4, hasOffsets: false },
    unpack(bytes, from, { codes, scales }, code, part) {
      scales[part] = half(bytes, from);
      unpackHalves(bytes, from + 2, codes, code);
    },
  },
  Q4_1: {
    ...{ part: 32, zero: 0, bits: 4, hasOffsets: true },
    unpack(bytes, from, { codes, scales, offsets }, code, part) {
      scales[part] = half(bytes, from);
      offsets[part] = half(bytes, from + 2);
      unpackHalves(bytes, from + 4, codes, code);
    },
  },
  Q5_0: {
    ...{ part: 32, zero: 16, bits: 5, hasOffsets: false },
    unpack(bytes, from, { codes, scales }, code, part) {
      scales[part] = half(bytes, from);
      unpackHalves(bytes, from + 6, codes, code);
      addFifthBits(bytes, from + 2, codes, code);
    },
  },
  Q5_1: {
    ...{ part: 32, zero: 0, bits: 5, hasOffsets: true },
    unpack(bytes, from, { codes, scales, offsets }, code, part) {
      scales[part] = half(bytes, from);
      offsets[part] = half(bytes, from + 2);
      unpackHalves(bytes, from + 8, codes, code);
      addFifthBits(bytes, from + 4, codes, code);
    },
  },
  Q8_0: {
    ...{ part: 32, zero: 128, bits: 8, hasOffsets: false },
    unpack(bytes, from, { codes, scales }, code, part) {
      scales[part] = half(bytes, from);
      // A signed byte plus 128.
      for (let i = 0; i < 32; i++) codes[code + i] = bytes.getUint8(from + 2 + i) ^ 128;
    },
  },
  Q4_K: {
    ...{ part: 32, zero: 0, bits: 4, hasOffsets: true },
    unpack(bytes, from, out, code, part) {
      unpackScales(bytes, from, out, part);
      unpackQuarters(bytes, from + 16, out.codes, code);
    },
  },
  Q5_K: {
    ...{ part: 32, zero: 0, bits: 5, hasOffsets: true },
    unpack(bytes, from, out, code, part) {
      unpackScales(bytes, from, out, part);
      unpackQuarters(bytes, from + 48, out.codes, code);
      for (let i = 0; i < 256; i++)
        out.codes[code + i]! |= ((bytes.getUint8(from + 16 + (i & 31)) >> (i >> 5)) & 1) << 4;
    },
  },
  Q6_K: {
    ...{ part: 16, zero: 32, bits: 6, hasOffsets: false },
    unpack(bytes, from, { codes, scales }, code, part) {
      const scale = half(bytes, from + 208);
      for (let i = 0; i < 16; i++) scales[part + i] = scale * bytes.getInt8(from + 192 + i);
      for (let i = 0; i < 256; i++) {
        // Of each 128 codes 64 bytes have the low halves, 32 bytes the high two bits.
        const [group, within] = [i >> 7, i & 127];
        const low = (bytes.getUint8(from + 64 * group + (within & 63)) >> (within < 64 ? 0 : 4)) & 15;
        const high = (bytes.getUint8(from + 128 + 32 * group + (within & 31)) >> (2 * (within >> 5))) & 3;
        codes[code + i] = low | (high << 4);
      }
    },
  },
};
