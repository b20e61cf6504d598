import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gemm, openGemm } from './gemm.ts';
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

test('shapes and types that do not fit are refused', async () => {
  const a = zeros(2, 3);
  await expect(gemm.multiply(a, a)).rejects.toThrow('a product of 2 × 3 and 2 × 3');
  await expect(gemm.multiply(a, zeros(3, 1), { out: zeros(1, 1) })).rejects.toThrow('its place is 1 × 1');
  const single = matrixOf<Float32Array | Float64Array>(3, 1, new Float32Array(3));
  await expect(gemm.multiply<Float32Array | Float64Array>(a, single)).rejects.toThrow('float32 and float64');
});
