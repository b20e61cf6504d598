// Satterthwaite's degrees of freedom of the fixed effects: 2 v² / gᵀAg, v an effect's variance, g its gradient by θ and σ, and
// A the covariance of these, twice the inverse of the Hessian of the deviance; derivatives by central differences. As
// lmerTest does (Kuznetsova, Brockhoff & Christensen 2017, §2.2). A factor without variance does not count.

import { at } from '../numerics/lookup.ts';
import { type Matrix64, zeros } from '../numerics/matrix.ts';
import { symmetricEigen } from '../numerics/symmetric-eigen.ts';
import { type CrossProducts, devianceAt, profile } from './mixed-model-profile.ts';

/** Relative step of a difference: of the fourth root of the rounding for second derivatives. */
const STEP = 1e-4;

/** @returns one number per fixed effect */
export function satterthwaite(products: CrossProducts, theta: readonly number[], sigma: number): number[] {
  const free = [...theta.keys()].filter((k) => at(theta, k) > 0);
  const place = [...free.map((k) => at(theta, k)), sigma];
  const full = (x: readonly number[]) => {
    const own = theta.slice();
    for (const [i, k] of free.entries()) own[k] = at(x, i);
    return { theta: own, sigma: at(x, x.length - 1) };
  };
  const deviance = (x: readonly number[]) => devianceAt(products, full(x).theta, full(x).sigma);
  const variances = (x: readonly number[]) => {
    const { unscaled, beta } = profile(products, full(x).theta);
    return Array.from(beta, (_, j) => full(x).sigma ** 2 * at(unscaled, j * beta.length + j));
  };
  const covariance = twiceInverse(hessian(deviance, place));
  const steps = place.map((value) => STEP * Math.abs(value));
  const moved = (i: number, by: number) => place.map((value, j) => (j === i ? value + by : value));
  const slopes = place.map((_, i) => {
    const [up, down] = [variances(moved(i, at(steps, i))), variances(moved(i, -at(steps, i)))];
    return up.map((value, j) => (value - at(down, j)) / (2 * at(steps, i)));
  });
  return variances(place).map((variance, j) => {
    let of = 0;
    for (const [a, own] of slopes.entries())
      for (const [b, other] of slopes.entries())
        of += at(own, j) * at(other, j) * at(covariance.data, a * place.length + b);
    return (2 * variance ** 2) / of;
  });
}

function hessian(value: (x: readonly number[]) => number, place: readonly number[]): Matrix64 {
  const size = place.length;
  const steps = place.map((one) => 10 * STEP * Math.abs(one));
  const moved = (...by: readonly (readonly [index: number, sign: number])[]) => {
    const x = place.slice();
    for (const [i, sign] of by) x[i] = at(x, i) + sign * at(steps, i);
    return value(x);
  };
  const found = zeros(size, size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      found.data[i * size + j] =
        i === j
          ? (moved([i, 1]) - 2 * moved() + moved([i, -1])) / at(steps, i) ** 2
          : (moved([i, 1], [j, 1]) -
              moved([i, 1], [j, -1]) -
              moved([i, -1], [j, 1]) +
              moved([i, -1], [j, -1])) /
            (4 * at(steps, i) * at(steps, j));
  return found;
}

/** Twice the inverse over the directions in which the deviance is curved. */
function twiceInverse(curvature: Matrix64): Matrix64 {
  const { values, vectors } = symmetricEigen(curvature);
  const size = curvature.rows;
  const inverse = zeros(size, size);
  const least = 1e-8 * Math.max(...values);
  for (const [k, value] of values.entries()) {
    if (!(value > least)) continue;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        inverse.data[i * size + j] =
          at(inverse.data, i * size + j) +
          (2 * at(vectors.data, k * size + i) * at(vectors.data, k * size + j)) / value;
  }
  return inverse;
}
