import { expect, it } from 'vitest';
import { FLOAT16_MAX, float16ToFloat32, float16ToNumber, toFloat16 } from './float16.ts';

const finite = Array.from({ length: 65536 }, (_, half) => half).filter((half) => ((half >> 10) & 31) !== 31);

it('every half float is itself again', () => {
  const halves = Uint16Array.from(finite);
  expect(toFloat16(float16ToFloat32(halves))).toEqual(halves);
});

it('between two half floats the nearest is taken, and halfway the even one', () => {
  const positive = finite.filter((half) => half < 0x7bff);
  const values = positive.flatMap((half) => {
    const [low, high] = [float16ToNumber(half), float16ToNumber(half + 1)];
    return [low + 0.4 * (high - low), (low + high) / 2, low + 0.6 * (high - low)];
  });
  const expected = positive.flatMap((half) => [half, half % 2 === 0 ? half : half + 1, half + 1]);
  expect(toFloat16(Float32Array.from(values))).toEqual(Uint16Array.from(expected));
  const negative = Float32Array.from(values, (value) => -value);
  expect(toFloat16(negative)).toEqual(Uint16Array.from(expected, (half) => half | 0x8000));
});

it('what is too large is infinite', () => {
  const halves = toFloat16(Float32Array.of(FLOAT16_MAX, 65519, 65520, -1e30, Number.NaN));
  const [largest, near, ...beyond] = Array.from(halves, float16ToNumber);
  expect([largest, near]).toEqual([65504, 65504]);
  expect(beyond).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
});
