// Linear probes on soft labels: q = softmax(W·x + b), fitted so that the mean Kullback–Leibler divergence of a given
// distribution p from q is smallest, with W penalised and b free. With p at corners this is multinomial logistic
// regression; the entropy of p, which the divergence has besides the cross-entropy, does not depend on the fit.

import type { Gemm } from '../numerics/gemm.ts';
import { at } from '../numerics/lookup.ts';
import { type Matrix64, matrixOf, zeros } from '../numerics/matrix.ts';
import { addScaled, dot } from '../numerics/vectors.ts';
import { type MinimiseOptions, type Minimum, minimise } from './lbfgs.ts';

/** A fitted probe. */
export interface Probe {
  /** W: (labels, D), float64 */
  readonly weights: Matrix64;
  /** b: (labels), float64; sums to 0 */
  readonly bias: Float64Array;
  readonly search: Pick<Minimum, 'iterations' | 'converged'>;
}

export interface ProbeFitOptions extends MinimiseOptions {
  /** λ of mean KL + λ/2·‖W‖². */
  readonly l2: number;
  /** Weights and bias at which the search begins; zeros by default. */
  readonly start?: Probe | undefined;
}

/**
 * Fits a probe.
 *
 * @param x (n, D), float64; standardised, or the penalty weighs unlike dimensions alike
 * @param p (n, labels), float64; every row sums to 1
 */
export async function fitProbe(
  x: Matrix64,
  p: Matrix64,
  { l2, start, ...search }: ProbeFitOptions,
  gemm: Gemm,
): Promise<Probe> {
  const [labels, size] = [p.columns, x.columns];
  const q = zeros(x.rows, labels);
  const gradient = new Float64Array(labels * (size + 1));
  const parts = (all: Float64Array) => ({
    weights: matrixOf(labels, size, all.subarray(0, labels * size)),
    bias: all.subarray(labels * size),
  });
  const own = parts(gradient);
  const first = new Float64Array(gradient.length);
  if (start) {
    first.set(start.weights.data);
    first.set(start.bias, labels * size);
  }
  const found = await minimise(
    async (point) => {
      const { weights, bias } = parts(point);
      await scores(x, weights, bias, q, gemm);
      const loss = crossEntropyAndResidual(q, p);
      await gemm.multiply(q, x, { transposeA: true, out: own.weights });
      own.bias.fill(0);
      for (let begin = 0; begin < q.data.length; begin += labels)
        addScaled(own.bias, q.data.subarray(begin, begin + labels), 1);
      addScaled(own.weights.data, weights.data, l2);
      const square = dot(weights.data, weights.data);
      return { value: loss + (l2 / 2) * square, gradient };
    },
    first,
    search,
  );
  const { iterations, converged } = found;
  return { ...parts(found.point), search: { iterations, converged } };
}

/**
 * What a probe says of some states.
 *
 * @param x (n, D), float64, standardised as in the fit
 * @returns logarithms of the probabilities, (n, labels)
 */
export async function probeLogProbabilities(x: Matrix64, probe: Probe, gemm: Gemm): Promise<Matrix64> {
  const q = zeros(x.rows, probe.bias.length);
  await scores(x, probe.weights, probe.bias, q, gemm);
  for (let begin = 0; begin < q.data.length; begin += q.columns) {
    const row = q.data.subarray(begin, begin + q.columns);
    const normaliser = logSumExp(row);
    q.data.set(
      row.map((score) => score - normaliser),
      begin,
    );
  }
  return q;
}

/**
 * Mean Kullback–Leibler divergence of distributions p from q, in nats; labels with p = 0 add nothing.
 *
 * @param p (n, labels)
 * @param logQ logarithms of q, (n, labels), or (1, labels) for the same q everywhere
 */
export function meanDivergence(p: Matrix64, logQ: Matrix64): number {
  let sum = 0;
  for (const [i, share] of p.data.entries())
    if (share > 0) sum += share * (Math.log(share) - at(logQ.data, i % logQ.data.length));
  return sum / p.rows;
}

/** The divergence of every row, (n); see `meanDivergence`. */
export function rowDivergences(p: Matrix64, logQ: Matrix64): Float64Array {
  const rows = new Float64Array(p.rows);
  for (const [i, share] of p.data.entries()) {
    const row = Math.floor(i / p.columns);
    if (share > 0) rows[row]! += share * (Math.log(share) - at(logQ.data, i % logQ.data.length));
  }
  return rows;
}

/**
 * Logarithm of the mean distribution, (1, labels): what is predicted by who knows nothing of the states. A label that
 * never has any probability gets the smallest there is, so that a divergence stays finite.
 */
export function logMean(p: Matrix64): Matrix64 {
  const mean = zeros(1, p.columns);
  for (const [i, share] of p.data.entries()) {
    const label = i % p.columns;
    mean.data[label] = at(mean.data, label) + share / p.rows;
  }
  for (const [k, share] of mean.data.entries()) mean.data[k] = Math.log(Math.max(share, Number.MIN_VALUE));
  return mean;
}

/** x·Wᵀ + 1·bᵀ, into `out`. */
async function scores(
  x: Matrix64,
  weights: Matrix64,
  bias: Float64Array,
  out: Matrix64,
  gemm: Gemm,
): Promise<void> {
  for (let at = 0; at < out.data.length; at += out.columns) out.data.set(bias, at);
  await gemm.multiply(x, weights, { transposeB: true, out, update: 'add' });
}

/** Mean cross-entropy of p and softmax(z); z becomes (softmax(z) − p)/n, which is its gradient. */
function crossEntropyAndResidual(z: Matrix64, p: Matrix64): number {
  let loss = 0;
  for (let begin = 0; begin < z.data.length; begin += z.columns) {
    const row = z.data.subarray(begin, begin + z.columns);
    const normaliser = logSumExp(row);
    for (let k = 0; k < row.length; k++) {
      const share = p.data[begin + k]!;
      const score = row[k]!;
      loss += share * (normaliser - score);
      row[k] = (Math.exp(score - normaliser) - share) / z.rows;
    }
  }
  return loss / z.rows;
}

function logSumExp(row: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of row) most = Math.max(most, value);
  let sum = 0;
  for (const value of row) sum += Math.exp(value - most);
  return most + Math.log(sum);
}
