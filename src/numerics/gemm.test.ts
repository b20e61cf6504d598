import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gemm, INNER_CHUNK, openGemm } from './gemm.ts';
import { type Matrix64, matrixOf, transpose, zeros } from './matrix.ts';
import { createRandom } from './random.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm();
});
afterAll(() => gemm.close());

/** The slow and obvious product. */
function multiplyPlainly(a: Matrix64, b: Matrix64): Matrix64 {
  const product = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < b.columns; j++)
      for (let k = 0; k < a.columns; k++)
        product.data[i * b.columns + j]! += a.data[i * a.columns + k]! * b.data[k * b.columns + j]!;
  return product;
}

function randomMatrix(rows: number, columns: number, seed: string): Matrix64 {
  const { uniform } = createRandom(seed);
  return matrixOf(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => uniform() - 0.5),
  );
}

test('every orientation agrees with the triple loop to float64', async () => {
  const size = fc.integer({ min: 0, max: 40 });
  await fc.assert(
    fc.asyncProperty(
      size,
      size,
      size,
      fc.boolean(),
      fc.boolean(),
      async (m, n, k, transposeA, transposeB) => {
        const [a, b] = [randomMatrix(m, k, 'a'), randomMatrix(k, n, 'b')];
        const expected = multiplyPlainly(a, b);
        const actual = await gemm.multiply(transposeA ? transpose(a) : a, transposeB ? transpose(b) : b, {
          transposeA,
          transposeB,
        });
        expect([actual.rows, actual.columns]).toEqual([m, n]);
        for (const [i, value] of actual.data.entries())
          expect(Math.abs(value - expected.data[i]!)).toBeLessThan(1e-13);
      },
    ),
    { numRuns: 60 },
  );
});

test('float32 stays float32 and a preallocated view is written in place', async () => {
  const a = matrixOf(1, 2, Float32Array.of(1, 2));
  const b = matrixOf(2, 1, Float32Array.of(3, 4));
  const memory = new Float32Array(3);
  const out = matrixOf(1, 1, memory.subarray(1, 2));
  expect(await gemm.multiply(a, b, { out })).toBe(out);
  expect([...memory]).toEqual([0, 11, 0]);
});

test('a product is added to what is there, or subtracted from it', async () => {
  const [a, b] = [randomMatrix(5, 7, 'a'), randomMatrix(7, 3, 'b')];
  const product = multiplyPlainly(a, b);
  for (const [update, sign] of [
    ['add', 1],
    ['subtract', -1],
  ] as const) {
    const out = randomMatrix(5, 3, 'c');
    const expected = out.data.map((value, i) => value + sign * product.data[i]!);
    await gemm.multiply(a, b, { out, update });
    for (const [i, value] of out.data.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-14);
  }
  await expect(gemm.multiply(a, b, { update: 'add' })).rejects.toThrow('a matrix to update');
  const out = randomMatrix(5, 3, 'c');
  const empty = await gemm.multiply(zeros(5, 0), zeros(0, 3), { out, update: 'subtract' });
  expect(empty.data).toEqual(randomMatrix(5, 3, 'c').data);
});

test('inner products of long vectors do not lose digits', async () => {
  const [chunks, count] = [40, 3];
  const { uniform } = createRandom('inner');
  const stack = Float32Array.from({ length: chunks * count * INNER_CHUNK }, () => 1 + uniform());
  const vector = Float32Array.from({ length: chunks * INNER_CHUNK }, () => 1 + uniform());
  const expected = new Float64Array(count);
  for (let chunk = 0; chunk < chunks; chunk++)
    for (let i = 0; i < count; i++)
      for (let at = 0; at < INNER_CHUNK; at++)
        expected[i]! += stack[(chunk * count + i) * INNER_CHUNK + at]! * vector[chunk * INNER_CHUNK + at]!;
  const sums = await gemm.innerProducts(stack, count, vector);
  for (const [i, sum] of sums.entries()) expect(Math.abs(sum / expected[i]! - 1)).toBeLessThan(1e-7);
  await expect(gemm.innerProducts(stack, count + 1, vector)).rejects.toThrow('for 4 vectors');
});

test('onnxruntime-node copies no large result', async () => {
  const large = randomMatrix(100, 100, 'large');
  const square = await gemm.multiply(large, large);
  const expected = multiplyPlainly(large, large);
  for (const [i, value] of square.data.entries())
    expect(Math.abs(value - expected.data[i]!)).toBeLessThan(1e-13);
  expect(gemm.copiedRuns).toBe(0);
});

test('shapes and types that do not fit are refused', async () => {
  const a = zeros(2, 3);
  await expect(gemm.multiply(a, a)).rejects.toThrow('a product of 2 × 3 and 2 × 3');
  await expect(gemm.multiply(a, zeros(3, 1), { out: zeros(1, 1) })).rejects.toThrow('its place is 1 × 1');
  const single = matrixOf<Float32Array | Float64Array>(3, 1, new Float32Array(3));
  await expect(gemm.multiply<Float32Array | Float64Array>(a, single)).rejects.toThrow('float32 and float64');
});
