// How ill-conditioned a ridge problem is: the ratio of the largest to the smallest eigenvalue of XᵀX + λI. It is
// reported beside every result, because a float32 solve of the same problem loses about as many digits.

import type { Cholesky } from '../../numerics/cholesky.ts';
import { type Matrix64, zeros } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { divide, dot } from '../../numerics/vectors.ts';

/** Relative change of the estimate at which the iteration stops. */
const TOLERANCE = 1e-4;

/** The smallest eigenvalue of a factorised matrix, estimated from above. */
export async function smallestEigenvalue(factor: Cholesky): Promise<number> {
  const solve = (v: Matrix64) => factor.solve({ ...v, data: v.data.slice() });
  return 1 / (await largestEigenvalue(factor.order, solve));
}

/**
 * The largest eigenvalue of a symmetric positive definite map, from below since Ritz values approach it from inside the
 * spectrum (so that a ratio of two such estimates is a lower bound of the condition number), by Lanczos iteration from a fixed start
 * (Golub & Van Loan, §10.1; without reorthogonalisation, which the largest Ritz value does not need). Large maps
 * get few steps, since each reads the whole matrix: where the eigenvalues next to the largest lie close to it, the
 * bound is then a quarter low at worst, which an order of magnitude, all that the number is for, does not show.
 *
 * @param order n
 * @param apply v ↦ A·v for (n, 1); it must not change v
 */
export async function largestEigenvalue(
  order: number,
  apply: (v: Matrix64) => Promise<Matrix64>,
): Promise<number> {
  const steps = Math.min(order, order <= 1024 ? 60 : 10);
  let [before, v] = [zeros(order, 1), startVector(order)];
  const [diagonal, beside]: [number[], number[]] = [[], []];
  let estimate = 0;
  for (let step = 0; step < steps; step++) {
    const next = { ...v, data: (await apply(v)).data.slice() };
    const alpha = dot(v.data, next.data);
    const beta = beside.at(-1) ?? 0;
    for (let i = 0; i < order; i++) next.data[i]! -= alpha * v.data[i]! + beta * before.data[i]!;
    diagonal.push(alpha);
    const ritz = largestOfTridiagonal(diagonal, beside);
    const norm = Math.sqrt(dot(next.data, next.data));
    const settled = step > 1 && ritz - estimate <= TOLERANCE * ritz;
    estimate = Math.max(estimate, ritz);
    // A vanishing remainder: the start vector has no part in any other eigenvector.
    if (settled || norm <= 1e-14 * ritz) break;
    beside.push(norm);
    divide(next.data, norm);
    [before, v] = [v, next];
  }
  return estimate;
}

function startVector(order: number): Matrix64 {
  const v = zeros(order, 1);
  const { uniform } = createRandom('power iteration');
  for (let i = 0; i < order; i++) v.data[i] = uniform() - 0.5;
  const length = Math.sqrt(dot(v.data, v.data));
  divide(v.data, length);
  return v;
}

/** The largest eigenvalue of a symmetric tridiagonal matrix, by bisection on Sturm's count. */
function largestOfTridiagonal(diagonal: readonly number[], beside: readonly number[]): number {
  const radius = (i: number) => Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0);
  let low = Math.max(...diagonal);
  let high = Math.max(...diagonal.map((value, i) => value + (diagonal.length > 1 ? radius(i) : 0)));
  for (let i = 0; i < 60 && high - low > 1e-14 * Math.abs(high); i++) {
    const middle = (low + high) / 2;
    if (allBelow(diagonal, beside, middle)) high = middle;
    else low = middle;
  }
  return low;
}

/** Whether all eigenvalues are below a bound: then every pivot of T − bound·I is negative. */
function allBelow(diagonal: readonly number[], beside: readonly number[], bound: number): boolean {
  let pivot = -1;
  for (const [i, value] of diagonal.entries()) {
    const before = beside[i - 1] ?? 0;
    pivot = value - bound - (i === 0 ? 0 : before ** 2 / pivot);
    if (!(pivot < 0)) return false;
  }
  return true;
}
