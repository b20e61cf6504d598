// 16-bit IEEE floats, which neither Node.js nor our kernels know.

import { at } from './lookup.ts';

/** The number that a 16-bit IEEE float stands for. */
export function float16ToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let table16: Float32Array | undefined;

/**
 * The values of half floats as float32, which is exact. By a table of all 65536 of them: a look-up is some ten times
 * faster than taking each value apart.
 */
export function float16ToFloat32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  table16 ??= Float32Array.from({ length: 65536 }, (_, half) => float16ToNumber(half));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table16[halves[i]!]!;
  return values;
}

/** The largest number that a half float holds without rounding to infinity. */
export const FLOAT16_MAX = 65504;

const bits32 = new Float32Array(1);
const bits = new Uint32Array(bits32.buffer);

/** The nearest half floats; halfway between two, the even one. Beyond 65520 that is infinity, as IEEE 754 has it. */
export function toFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    bits32[0] = value;
    const word = at(bits, 0);
    const sign = (word >>> 16) & 0x8000;
    const size = Math.abs(value);
    if (Number.isNaN(value)) return sign | 0x7e00;
    if (size >= 65520) return sign | 0x7c00;
    // Below the least normal half, steps are of one size; rounding them may reach it, which is the next pattern.
    if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24);
    const exponent = ((word >>> 23) & 0xff) - 127;
    const fraction = (word & 0x7fffff) / 2 ** 13;
    // A fraction that rounds up to 1024 carries into the exponent, as the patterns lie in order.
    return sign | (((exponent + 15) << 10) + roundEven(fraction));
  });
}

function roundEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
