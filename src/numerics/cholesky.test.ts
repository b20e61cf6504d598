import { afterAll, beforeAll, expect, test } from 'vitest';
import { factorCholesky, NotPositiveDefinite } from './cholesky.ts';
import { type Gemm, openGemm } from './gemm.ts';
import { type Matrix64, matrixOf, zeros } from './matrix.ts';
import { createRandom } from './random.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm();
});
afterAll(() => gemm.close());

function randomMatrix(rows: number, columns: number, seed: string): Matrix64 {
  const { uniform } = createRandom(seed);
  return matrixOf(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => uniform() - 0.5),
  );
}

/** RᵀR + I: symmetric, with every eigenvalue at least 1. */
async function definiteMatrix(n: number): Promise<Matrix64> {
  const r = randomMatrix(n, n, `definite ${n}`);
  const a = await gemm.multiply(r, r, { transposeA: true });
  for (let i = 0; i < n; i++) a.data[i * n + i]! += 1;
  return a;
}

/** Orders below, at and above the block, with a last block of one row. */
test.each([
  [1, 256],
  [7, 256],
  [64, 16],
  [65, 16],
  [300, 256],
  [513, 256],
  [1100, 512],
])('A·solve(B) = B at order %i in blocks of %i', async (n, block) => {
  const a = await definiteMatrix(n);
  const before = a.data.slice();
  const b = randomMatrix(n, 3, 'right-hand side');
  const factor = await factorCholesky(a, gemm, block);
  const x = await factor.solve(matrixOf(n, 3, b.data.slice()));
  const back = await gemm.multiply(a, x);
  for (const [i, value] of back.data.entries()) expect(Math.abs(value - b.data[i]!)).toBeLessThan(1e-11);
  expect(a.data.every((value, i) => value === before[i])).toBe(true);
});

test('blocked and plain factorisations solve alike', async () => {
  const a = await definiteMatrix(200);
  const b = randomMatrix(200, 5, 'b');
  const solveIn = async (block: number) =>
    (await factorCholesky(a, gemm, block)).solve(matrixOf(200, 5, b.data.slice()));
  const [plain, blocked] = [await solveIn(256), await solveIn(32)];
  for (const [i, value] of plain.data.entries())
    expect(Math.abs(value - blocked.data[i]!)).toBeLessThan(1e-12);
});

test('what is not positive definite is refused, with the pivot', async () => {
  const a = await definiteMatrix(70);
  a.data[50 * 70 + 50] = -1;
  const failure = await factorCholesky(a, gemm, 16).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NotPositiveDefinite);
  expect((failure as NotPositiveDefinite).pivot).toBe(50);
  const nan = matrixOf(1, 1, Float64Array.of(Number.NaN));
  await expect(factorCholesky(nan, gemm)).rejects.toThrow('pivot 0 is NaN');
  await expect(factorCholesky(zeros(2, 3), gemm)).rejects.toThrow('not square');
});
