import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gemm, openGemm } from './gemm.ts';
import { factorLu, SingularMatrix } from './lu.ts';
import { type Matrix32, matrixOf } from './matrix.ts';
import { createRandom } from './random.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm();
});
afterAll(() => gemm.close());

function randomMatrix(rows: number, columns: number, seed: string): Matrix32 {
  const { uniform } = createRandom(seed);
  const values = Float32Array.from({ length: rows * columns }, () => uniform() - 0.5);
  return matrixOf(rows, columns, values);
}

const copyOf = ({ rows, columns, data }: Matrix32) => matrixOf(rows, columns, data.slice());

test.each([
  [1, 64],
  [5, 64],
  [40, 8],
  [43, 8],
  [200, 64],
])('A·X gives B back, order %i in blocks of %i', async (order, block) => {
  const a = randomMatrix(order, order, `a/${order}`);
  const before = a.data.slice();
  const b = randomMatrix(order, 7, `b/${order}`);
  const x = await (await factorLu(a, gemm, block)).solve(copyOf(b));
  expect(a.data).toEqual(before);
  const back = await gemm.multiply(a, x);
  // The residual of a solve with partial pivoting is of the order of rounding times |A||X|, whatever the condition.
  const scale = Math.max(...x.data.map(Math.abs)) * order * 2 ** -22;
  for (const [i, value] of back.data.entries()) expect(Math.abs(value - b.data[i]!)).toBeLessThan(scale);
});

test('rows are swapped where a pivot is zero: a permutation is undone exactly', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.string(), async (order, seed) => {
      const order0 = Array.from({ length: order }, (_, i) => i);
      const permutation = createRandom(seed).shuffle(order0);
      const a = matrixOf(order, order, new Float32Array(order * order));
      for (const [row, column] of permutation.entries()) a.data[row * order + column] = 1;
      const b = matrixOf(order, 1, Float32Array.from(permutation));
      const x = await (await factorLu(a, gemm, 4)).solve(b);
      expect([...x.data]).toEqual(order0);
    }),
  );
});

test('a singular matrix is refused, naming the pivot', async () => {
  const a = matrixOf(3, 3, Float32Array.of(1, 2, 3, 2, 4, 6, 1, 0, 1));
  await expect(factorLu(a, gemm)).rejects.toThrow(SingularMatrix);
  await expect(factorLu(a, gemm)).rejects.toThrow('pivot 2 is zero');
  await expect(factorLu(randomMatrix(3, 2, 'a'), gemm)).rejects.toThrow('3 × 2 is not square');
});
