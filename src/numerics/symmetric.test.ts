import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gemm, openGemm } from './gemm.ts';
import { type Matrix64, matrixOf } from './matrix.ts';
import { createRandom } from './random.ts';
import {
  addToDiagonal,
  copySymmetric,
  multiplyVector,
  type SymmetricBlocks,
  symmetricZeros,
  toSymmetricBlocks,
  updateGram,
} from './symmetric.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm();
});
afterAll(() => gemm.close());

function randomMatrix(rows: number, columns: number, seed: string): Matrix64 {
  const { uniform } = createRandom(seed);
  const values = Float64Array.from({ length: rows * columns }, () => uniform() - 0.5);
  return matrixOf(rows, columns, values);
}

/** Element (i, j) with i ≤ j. */
function elementOf({ columns }: SymmetricBlocks, i: number, j: number): number {
  const { begin, values } = columns.find(({ end }) => j < end)!;
  return values.data[i * values.columns + j - begin]!;
}

test.each([
  [7, 3],
  [8, 4],
  [5, 512],
])('a Gram matrix of order %i in blocks of %i, and what it makes of a vector', async (order, block) => {
  const [f, g] = [randomMatrix(order, 6, 'f'), randomMatrix(order, 2, 'g')];
  const full = await gemm.multiply(f, f, { transposeB: true });
  await gemm.multiply(g, g, { transposeB: true, out: full, update: 'subtract' });
  for (let i = 0; i < order; i++) full.data[i * order + i]! += 0.5;
  const blocks = symmetricZeros(order, block);
  await updateGram(blocks, f, 'add', gemm);
  await updateGram(blocks, g, 'subtract', gemm);
  addToDiagonal(blocks, 0.5);
  const copy = copySymmetric(blocks, symmetricZeros(order, block));
  const cut = toSymmetricBlocks(full, block);
  for (let j = 0; j < order; j++)
    for (let i = 0; i <= j; i++)
      for (const matrix of [blocks, copy, cut])
        expect(elementOf(matrix, i, j)).toBeCloseTo(full.data[i * order + j]!, 14);
  const v = randomMatrix(order, 1, 'v');
  const [expected, actual] = [await gemm.multiply(full, v), await multiplyVector(blocks, v, gemm)];
  for (const [i, value] of actual.data.entries()) expect(value).toBeCloseTo(expected.data[i]!, 14);
});
