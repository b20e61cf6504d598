// Confidence intervals from bootstrap replicates: percentile, and bias-corrected and accelerated (BCa; Efron &
// Tibshirani, An Introduction to the Bootstrap, §14.3). Conventions where the book leaves a choice are SciPy's.

import { at } from '../../numerics/lookup.ts';

/** What a bootstrap says of one number. */
export interface BootstrapInterval {
  /** The number itself. */
  readonly estimate: number;
  /** Standard deviation of the draws, n − 1 below. */
  readonly standardError: number;
  /** Lower and upper end. */
  readonly percentile: readonly [number, number];
  /** Lower and upper end; null where BCa is not defined, which is when all draws lie on one side of the estimate. */
  readonly bca: readonly [number, number] | null;
}

/** The numbers that an interval is made of. */
export interface Replicates {
  readonly estimate: number;
  /** One per bootstrap draw. */
  readonly draws: Float64Array;
  /** One per group: the number without that group. */
  readonly leaveOneOut: Float64Array;
}

/**
 * Percentile and BCa interval.
 *
 * @param level coverage between 0 and 1
 * @throws RangeError for a level outside, or no draws
 */
export function intervalOf(
  { estimate, draws, leaveOneOut }: Replicates,
  level: number = 0.95,
): BootstrapInterval {
  if (!(level > 0 && level < 1)) throw new RangeError(`a coverage of ${level}`);
  if (draws.length === 0) throw new RangeError('no bootstrap draws');
  const sorted = draws.toSorted();
  const tail = (1 - level) / 2;
  const adjusted = adjustLevels(biasOf(sorted, estimate), accelerationOf(leaveOneOut), tail);
  return {
    estimate,
    standardError: standardDeviation(draws),
    percentile: [quantile(sorted, tail), quantile(sorted, 1 - tail)],
    bca: adjusted && [quantile(sorted, adjusted[0]), quantile(sorted, adjusted[1])],
  };
}

/**
 * z₀: where the estimate stands among the draws, on the normal scale. Draws equal to it count half; with few groups
 * some draws take every group once, and a product of matrices need not round them as it rounded the estimate.
 */
function biasOf(draws: Float64Array, estimate: number): number {
  const rounding = 1e-12 * Math.abs(estimate);
  const equal = draws.filter((draw) => Math.abs(draw - estimate) <= rounding).length;
  const below = draws.filter((draw) => draw < estimate - rounding).length;
  return normalQuantile((below + equal / 2) / draws.length);
}

/** a, from the skewness of the leave-one-out values; 0 where they are all the same. */
function accelerationOf(values: Float64Array): number {
  const mean = meanOf(values);
  let [squares, cubes] = [0, 0];
  for (const value of values) {
    squares += (mean - value) ** 2;
    cubes += (mean - value) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** The shares of draws below the two ends of the BCa interval. */
function adjustLevels(bias: number, acceleration: number, tail: number): [number, number] | null {
  if (!Number.isFinite(bias)) return null;
  const shares = [tail, 1 - tail].map((share) => {
    const z = bias + normalQuantile(share);
    const stretch = 1 - acceleration * z;
    // Past the pole the transformation turns round, and the ends would change places.
    return stretch > 0 ? normalCdf(bias + z / stretch) : Number.NaN;
  });
  return shares.some(Number.isNaN) ? null : (shares as [number, number]);
}

/** Quantile of sorted values, linear between neighbours as NumPy's default is. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.min(Math.floor(place), sorted.length - 1);
  const above = Math.min(below + 1, sorted.length - 1);
  return at(sorted, below) + (place - below) * (at(sorted, above) - at(sorted, below));
}

function standardDeviation(values: Float64Array): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** About the first value, so that the mean of equal values is that value to the last bit. */
function meanOf(values: Float64Array): number {
  const first = values[0] ?? Number.NaN;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

/**
 * Φ(x), by its series about 0 (Marsaglia, Evaluating the Normal Distribution, 2004), to an absolute 1e-15: as a
 * share of draws that is enough, also in the tails. NaN for NaN.
 */
export function normalCdf(x: number): number {
  // The series would never settle.
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 9) return x > 0 ? 1 : 0;
  let [sum, previous, term] = [x, Number.NaN, x];
  for (let odd = 3; sum !== previous; odd += 2) {
    previous = sum;
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

/** Φ⁻¹(p), by bisection; −∞ for 0 and ∞ for 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  let [low, high] = [-9, 9];
  // Halved until the two are neighbours in float64.
  for (let middle = 0; middle > low && middle < high; middle = (low + high) / 2)
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  return (low + high) / 2;
}
