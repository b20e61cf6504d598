import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { type Matrix64, matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { meanR2, r2PerDimension } from './r2.ts';
import { centreSplit, fitConditionedRidge, fitRidge, predict } from './ridge.ts';

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

const range = (begin: number, end: number) => Array.from({ length: end - begin }, (_, i) => begin + i);

/** Centred rows 0 … train − 1 and the rest. */
const split = (matrix: Matrix64, train: number) =>
  centreSplit(matrix, range(0, train), range(train, matrix.rows));

test.each([
  [30, 12, 'primal'],
  [12, 12, 'primal'],
  [11, 12, 'dual'],
  [5, 12, 'dual'],
] as const)('the normal equations hold with %i rows of %i dimensions', async (rows, size, form) => {
  const lambda = 0.3;
  const x = split(randomMatrix(rows + 4, size, 'x'), rows);
  const ridge = await fitRidge(x, lambda, gemm);
  expect(ridge.form).toBe(form);
  const predicted = await predict(ridge, x.train, gemm);
  // With Y = X, X_te − Ŷ = λ·X_te·(XᵀX + λI)⁻¹, so (X_te − Ŷ)·(XᵀX + λI) = λ·X_te.
  const residual = matrixOf(
    4,
    size,
    x.test.data.map((value, i) => value - predicted.data[i]!),
  );
  const gram = await gemm.multiply(x.train, x.train, { transposeA: true });
  for (let i = 0; i < size; i++) gram.data[i * size + i]! += lambda;
  const back = await gemm.multiply(residual, gram);
  for (const [i, value] of back.data.entries()) expect(value).toBeCloseTo(lambda * x.test.data[i]!, 12);
});

test('an exact linear relation is found, intercept and all', async () => {
  const x = randomMatrix(60, 6, 'x');
  const y = matrixOf(60, 2, new Float64Array(120));
  for (let row = 0; row < 60; row++) {
    y.data[2 * row] = 1e6 + 3 * x.data[6 * row]!;
    y.data[2 * row + 1] = x.data[6 * row + 5]! - x.data[6 * row + 1]!;
  }
  const targets = split(y, 40);
  const exact = await predict(await fitRidge(split(x, 40), 0, gemm), targets.train, gemm);
  expect(meanR2(targets.test, exact)).toBeGreaterThan(1 - 1e-12);
  const shrunk = await predict(await fitRidge(split(x, 40), 100, gemm), targets.train, gemm);
  expect(meanR2(targets.test, shrunk)).toBeLessThan(0.2);
});

test('a constant column is predicted to the last bit, whatever the constant', async () => {
  const y = randomMatrix(30, 3, 'y');
  for (let row = 0; row < 30; row++) {
    y.data[3 * row] = 0.1;
    y.data[3 * row + 2] = 1e17 / 3;
  }
  const targets = split(y, 20);
  const ridge = await fitRidge(split(randomMatrix(30, 5, 'x'), 20), 0.1, gemm);
  const r2 = r2PerDimension(targets.test, await predict(ridge, targets.train, gemm));
  expect([r2[0], r2[2]]).toEqual([1, 1]);
  expect(r2[1]).toBeLessThan(1);
});

test('a source of constants predicts the training mean', async () => {
  const x = matrixOf(10, 2, new Float64Array(20).fill(7));
  const ridge = await fitConditionedRidge(split(x, 6), 0.1, gemm);
  const predicted = await predict(ridge, split(randomMatrix(10, 3, 'y'), 6).train, gemm);
  expect([...predicted.data]).toEqual(new Array(12).fill(0));
  expect(ridge.conditionNumber).toBeCloseTo(1, 12);
});

test('λ that does not work is refused', async () => {
  const [wide, narrow] = [split(randomMatrix(10, 20, 'x'), 8), split(randomMatrix(40, 5, 'x'), 30)];
  await expect(fitRidge(narrow, -1, gemm)).rejects.toThrow('lambda: -1');
  await expect(fitRidge(narrow, Number.NaN, gemm)).rejects.toThrow('lambda: NaN');
  await expect(fitRidge(wide, 0, gemm)).rejects.toThrow('more training rows');
  const doubled = randomMatrix(40, 4, 'x');
  for (let row = 0; row < 40; row++) doubled.data[4 * row + 3] = 0;
  await expect(fitRidge(split(doubled, 30), 0, gemm)).rejects.toThrow('singular in float64');
});

test('R² of constant test columns: 1 if exact, 0 if not', () => {
  const actual = matrixOf(3, 3, Float64Array.of(0.1, 0.1, 1, 0.1, 0.1, 2, 0.1, 0.1, 3));
  const predicted = matrixOf(3, 3, Float64Array.of(0.1, 0.1, 2, 0.1, 0.1 + 1e-15, 2, 0.1, 0.1, 2));
  expect([...r2PerDimension(actual, predicted)]).toEqual([1, 0, 0]);
  expect(meanR2(actual, predicted)).toBeCloseTo(1 / 3, 15);
  expect(() => meanR2(actual, matrixOf(3, 1, new Float64Array(3)))).toThrow('3 × 3 targets');
});
