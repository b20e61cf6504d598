// Tails of Student's t and of F by the incomplete beta function, of the normal distribution by its continued fraction:
// to a relative 1e-12, also far out, where a p-value is more than "small". Beyond ten thousand
// degrees of freedom it is 1e-10.

/** ln √(2π) */
const HALF_LOG_2PI = 0.9189385332046727;

/** Coefficients of Stirling's series, B₂ₖ / (2k (2k − 1)). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** ln Γ(x) − ((x − ½) ln x − x + ½ ln 2π) for x ≥ 10. */
function stirlingRemainder(x: number): number {
  return STIRLING.reduceRight((sum, coefficient) => coefficient + sum / (x * x), 0) / x;
}

/** ln Γ(x), x > 0; small arguments are moved up to where Stirling's series holds. */
function logGamma(x: number): number {
  let [shifted, product] = [x, 1];
  for (; shifted < 10; shifted += 1) product *= shifted;
  const stirling = (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_2PI + stirlingRemainder(shifted);
  return stirling - Math.log(product);
}

/**
 * ln B(a, b), without the cancellation that ln Γ of large numbers would bring (Didonato & Morris, ACM TOMS 708).
 */
function logBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  if (large < 10) return logGamma(small) + logGamma(large) - logGamma(small + large);
  const total = small + large;
  const remainder = stirlingRemainder(large) - stirlingRemainder(total);
  const tail = (large - 0.5) * -Math.log1p(small / large);
  if (small < 10) return logGamma(small) + remainder + tail - small * Math.log(total) + small;
  const both = (small - 0.5) * Math.log(small / total) - 0.5 * Math.log(total) + HALF_LOG_2PI;
  return both + tail + stirlingRemainder(small) + remainder;
}

/**
 * The regularised incomplete beta function Iₓ(a, b), by its continued fraction (Lentz's method).
 *
 * @param x 0 … 1
 * @param y 1 − x, which the caller may know to more digits
 * @throws RangeError for a or b that is not positive
 */
export function incompleteBeta(x: number, a: number, b: number, y: number = 1 - x): number {
  if (!(a > 0 && b > 0)) throw new RangeError(`an incomplete beta function of ${a} and ${b}`);
  if (Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  // The fraction converges fast on this side of the mean alone.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(y, b, a, x);
  const logX = x > 0.5 ? Math.log1p(-y) : Math.log(x);
  const logY = y > 0.5 ? Math.log1p(-x) : Math.log(y);
  return (Math.exp(a * logX + b * logY - logBeta(a, b)) / a) * betaFraction(x, a, b);
}

function betaFraction(x: number, a: number, b: number): number {
  const nonZero = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / nonZero(1 + term * d);
      c = nonZero(1 + term / c);
      step = d * c;
      fraction *= step;
    }
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return fraction;
}

/**
 * P(|T| ≥ |t|) for Student's t.
 *
 * @param df degrees of freedom, above 0
 */
export function studentTwoSided(t: number, df: number): number {
  checkFreedom(df);
  if (Number.isNaN(t)) return Number.NaN;
  if (!Number.isFinite(t)) return 0;
  const square = t * t;
  return incompleteBeta(df / (df + square), df / 2, 0.5, square / (df + square));
}

/** P(T ≥ t) for Student's t. */
export function studentUpper(t: number, df: number): number {
  const half = studentTwoSided(t, df) / 2;
  return t >= 0 ? half : 1 - half;
}

/**
 * The t with P(|T| ≥ t) = p, by bisection.
 *
 * @param p above 0, at most 1
 */
export function studentCritical(p: number, df: number): number {
  checkFreedom(df);
  if (!(p > 0 && p <= 1)) throw new RangeError(`a two-sided p of ${p}; above 0 and at most 1 is valid`);
  let [low, high] = [0, 1];
  while (studentTwoSided(high, df) > p) [low, high] = [high, high * 2];
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2)
    if (studentTwoSided(middle, df) > p) low = middle;
    else high = middle;
  return (low + high) / 2;
}

/** P(F ≥ f) for the F distribution. */
export function fUpper(f: number, between: number, within: number): number {
  checkFreedom(between);
  checkFreedom(within);
  if (Number.isNaN(f)) return Number.NaN;
  if (f <= 0) return 1;
  if (!Number.isFinite(f)) return 0;
  const total = within + between * f;
  return incompleteBeta(within / total, within / 2, between / 2, (between * f) / total);
}

/** P(Z ≥ z) for the standard normal distribution. */
export function normalUpper(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  if (z < 2) return 1 - normalCdf(z);
  if (z > 39) return 0;
  // φ(z) / (z + 1/(z + 2/(z + 3/(z + …)))), from the far end.
  let below = z;
  for (let k = 400; k >= 1; k--) below = z + k / below;
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI) / below;
}

function checkFreedom(df: number): void {
  if (!(df > 0 && Number.isFinite(df))) throw new RangeError(`${df} degrees of freedom`);
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
