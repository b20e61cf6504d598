// How ill-conditioned a ridge problem is: the ratio of the largest to the smallest eigenvalue of XᵀX + λI. It is
// reported beside every result, because a float32 solve of the same problem loses about as many digits.

import type { Cholesky } from '../numerics/cholesky.ts';
import type { Gemm } from '../numerics/gemm.ts';
import { type Matrix64, zeros } from '../numerics/matrix.ts';
import { createRandom } from '../numerics/random.ts';

/** Relative change of the estimate at which an iteration stops. */
const TOLERANCE = 1e-4;
const MAX_STEPS = 100;

/** The extreme eigenvalues of a symmetric positive definite matrix, estimated. */
export interface EigenvalueRange {
  /** Never above the largest eigenvalue, up to rounding. */
  readonly largest: number;
  /** Never below the smallest eigenvalue, up to rounding. */
  readonly smallest: number;
}

/**
 * Extreme eigenvalues by power iteration with A and with A⁻¹. Rayleigh quotients approach an extreme eigenvalue
 * from inside the spectrum, so the ratio of the two is a lower bound of the condition number; where the eigenvalues
 * next to the extreme ones lie close to them the bound may be some percent low, which an order of magnitude, all
 * that the number is for, does not show.
 *
 * @param a (n, n), symmetric positive definite, float64
 * @param factor the factorisation of `a`
 */
export async function estimateEigenvalues(
  a: Matrix64,
  factor: Cholesky,
  gemm: Gemm,
): Promise<EigenvalueRange> {
  const largest = await iterate(a.rows, (v) => gemm.multiply(a, v));
  const inverse = await iterate(a.rows, (v) => factor.solve({ ...v, data: v.data.slice() }));
  return { largest, smallest: 1 / inverse };
}

/** The largest eigenvalue of a linear map, by power iteration from a fixed start. */
async function iterate(n: number, apply: (v: Matrix64) => Promise<Matrix64>): Promise<number> {
  const v = zeros(n, 1);
  const { uniform } = createRandom('power iteration');
  for (let i = 0; i < n; i++) v.data[i] = uniform() - 0.5;
  normalise(v.data);
  let estimate = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { data } = await apply(v);
    const quotient = dot(v.data, data);
    const settled = Math.abs(quotient - estimate) <= TOLERANCE * quotient;
    estimate = quotient;
    if (settled) break;
    v.data.set(data);
    normalise(v.data);
  }
  return estimate;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function normalise(v: Float64Array): void {
  const length = Math.sqrt(dot(v, v));
  for (let i = 0; i < v.length; i++) v[i]! /= length;
}
