import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix64, matrixOf } from './matrix.ts';
import { createRandom } from './random.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

function symmetric(n: number, value: (i: number, j: number) => number): Matrix64 {
  const data = Float64Array.from({ length: n * n }, (_, k) =>
    value(Math.min(Math.floor(k / n), k % n), Math.max(Math.floor(k / n), k % n)),
  );
  return matrixOf(n, n, data);
}

const row = ({ columns, data }: Matrix64, i: number) => data.subarray(i * columns, (i + 1) * columns);
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

/** A v = λ v and VVᵀ = I, relative to the largest value. */
function check(a: Matrix64): void {
  const before = a.data.slice();
  const { values, vectors } = symmetricEigen(a);
  expect(a.data).toEqual(before);
  const size = Math.max(...values.map(Math.abs), 1e-300);
  for (let i = 0; i < a.rows; i++) {
    const vector = row(vectors, i);
    if (i > 0) expect(values[i - 1]).toBeGreaterThanOrEqual(values[i] ?? Number.NaN);
    for (let j = 0; j < a.rows; j++) {
      const error = dot(row(a, j), vector) - (values[i] ?? Number.NaN) * (vector[j] ?? Number.NaN);
      expect(Math.abs(error) / size).toBeLessThan(1e-13 * a.rows);
      expect(dot(vector, row(vectors, j))).toBeCloseTo(i === j ? 1 : 0, 12);
    }
  }
}

describe('eigenvalues and vectors of a symmetric matrix', () => {
  it('satisfy what they are, for any matrix', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 14 }), fc.integer(), fc.boolean(), (n, seed, whole) => {
        const { uniform } = createRandom(`eigen/${seed}`);
        const values = Array.from({ length: n * n }, () =>
          whole ? Math.floor(4 * uniform()) - 1 : uniform() - 0.5,
        );
        check(symmetric(n, (i, j) => values[i * n + j] ?? 0));
      }),
    );
  });

  it('do so where values are equal, zero or far apart', () => {
    check(symmetric(6, () => 0));
    check(symmetric(6, (i, j) => (i === j ? 3 : 0)));
    check(symmetric(7, () => 1));
    check(symmetric(9, (i, j) => (i === j ? 10 ** (8 - 2 * i) : 1e-3)));
  });

  it('are those of the second difference in closed form', () => {
    const n = 60;
    const { values } = symmetricEigen(symmetric(n, (i, j) => (i === j ? 2 : j - i === 1 ? -1 : 0)));
    for (let k = 1; k <= n; k++)
      expect(values[n - k]).toBeCloseTo(2 - 2 * Math.cos((k * Math.PI) / (n + 1)), 12);
  });
});
