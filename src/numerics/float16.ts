// 16-bit IEEE floats, which neither Node.js nor our kernels know.

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
