// The profiled restricted likelihood of a mixed model with crossed random intercepts, from inner products alone: rows are gone
// through once. The factor with most levels has a diagonal block and is eliminated first, so that an evaluation costs as
// much as the levels of the others cubed.

import { BadInput } from '../errors.ts';
import { at, entryOf } from '../numerics/lookup.ts';

/** What is to be fitted. */
export interface MixedModelData {
  /** (n) */
  readonly y: readonly number[];
  /** Columns by name, (n) each; an intercept among them if there is to be one. */
  readonly fixed: Readonly<Record<string, readonly number[]>>;
  /** Grouping factors by name: for every row the name of its level. Each has a random intercept. */
  readonly random: Readonly<Record<string, readonly string[]>>;
}

/** A grouping factor. */
export interface Factor {
  readonly name: string;
  readonly levels: number;
}

/** Inner products of the columns of Z, X and y. */
export interface CrossProducts {
  readonly n: number;
  /** In the order in which the data name them. */
  readonly factors: readonly Factor[];
  /** Place among all levels where each factor's begin, with the largest factor's first. */
  readonly offsets: readonly number[];
  /** Of the factor whose levels come first. */
  readonly largest: number;
  /** All levels together. */
  readonly levels: number;
  /** (levels): rows of each. */
  readonly counts: Float64Array;
  /** Rows that two levels of different factors share: by level, the others with the number of rows. */
  readonly shared: readonly ReadonlyMap<number, number>[];
  /** (levels, columns + 1): ZᵀX and Zᵀy. */
  readonly zx: readonly Float64Array[];
  /** (columns + 1, columns + 1): [X y]ᵀ[X y]. */
  readonly xx: readonly Float64Array[];
}

/** The likelihood at some θ. */
export interface Profile {
  readonly deviance: number;
  readonly beta: Float64Array;
  /** σ². */
  readonly variance: number;
  /** (p, p): covariance of β over σ². */
  readonly unscaled: Float64Array;
  /** Of what the deviance is made besides σ²: log |ΛᵀZᵀZΛ + I| + log |Rₓ|² */
  readonly logDeterminants: number;
  /** Penalised residual sum of squares. */
  readonly residual: number;
}

export function crossProducts({ y, fixed, random }: MixedModelData): CrossProducts {
  const columns = [...Object.values(fixed), y];
  const names = Object.keys(random);
  const indices = names.map((name) => indexOf(random[name] ?? []));
  const sizes = indices.map(({ size }) => size);
  const { largest, offsets, levels } = placesOf(sizes);
  const counts = new Float64Array(levels);
  const shared = Array.from({ length: levels }, () => new Map<number, number>());
  const zx = Array.from({ length: levels }, () => new Float64Array(columns.length));
  const xx = columns.map(() => new Float64Array(columns.length));
  for (let row = 0; row < y.length; row++) {
    const values = columns.map((column) => at(column, row));
    for (const [i, a] of values.entries()) addShare(at(xx, i), values, a);
    const own = indices.map(({ of }, k) => at(offsets, k) + at(of, row));
    for (const level of own) {
      counts[level] = at(counts, level) + 1;
      addShare(at(zx, level), values, 1);
      const beside = at(shared, level);
      for (const other of own) if (other !== level) beside.set(other, (beside.get(other) ?? 0) + 1);
    }
  }
  const factors = names.map((name, k) => ({ name, levels: at(sizes, k) }));
  return { n: y.length, factors, offsets, largest, levels, counts, shared, zx, xx };
}

/** Adds values, each times a factor. */
function addShare(to: Float64Array, values: readonly number[], factor: number): void {
  for (const [i, value] of values.entries()) to[i] = at(to, i) + factor * value;
}

/** The largest factor's levels first, then the others' in their order. */
function placesOf(sizes: readonly number[]) {
  const largest = sizes.indexOf(Math.max(0, ...sizes));
  const order = [largest, ...sizes.keys()].filter((k, i, all) => k >= 0 && all.indexOf(k) === i);
  const offsets = sizes.map(() => 0);
  let levels = 0;
  for (const k of order) {
    offsets[k] = levels;
    levels += at(sizes, k);
  }
  return { largest, offsets, levels };
}

function indexOf(names: readonly string[]): { readonly of: number[]; readonly size: number } {
  const index = new Map([...new Set(names)].map((name, i) => [name, i]));
  return { of: names.map((name) => entryOf(index, name)), size: index.size };
}

/**
 * The restricted likelihood at θ, profiled over β and σ².
 *
 * @param theta σₖ/σ of each factor
 * @throws BadInput for columns of X that depend on one another
 */
export function profile(products: CrossProducts, theta: readonly number[]): Profile {
  const { n, factors, offsets, levels, xx } = products;
  const scale = new Float64Array(levels);
  for (const [k, { levels: size }] of factors.entries())
    scale.fill(at(theta, k), at(offsets, k), at(offsets, k) + size);
  const { logDeterminant, reduced } = eliminate(products, scale);
  const p = xx.length - 1;
  // [X y]ᵀV⁻¹[X y], V the covariance over σ².
  const factor = choleskyOf(reduced.slice(0, p).map((row) => row.slice(0, p)));
  const right = reduced.slice(0, p).map((row) => at(row, p));
  const { solution: beta, squares } = solveWith(factor, right);
  const residual = at(at(reduced, p), p) - squares;
  const variance = residual / (n - p);
  const logX = factor.reduce((sum, row, i) => sum + 2 * Math.log(at(row, i)), 0);
  const logDeterminants = logDeterminant + logX;
  const deviance = logDeterminants + (n - p) * (1 + Math.log(2 * Math.PI * variance));
  const unscaled = inverseOf(factor);
  return { deviance, beta, variance, unscaled, logDeterminants, residual };
}

/** −2 log restricted likelihood at θ and σ, profiled over β alone. */
export function devianceAt(products: CrossProducts, theta: readonly number[], sigma: number): number {
  const { logDeterminants, residual } = profile(products, theta);
  const df = products.n - (products.xx.length - 1);
  return logDeterminants + df * Math.log(2 * Math.PI * sigma ** 2) + residual / sigma ** 2;
}

/** What is left of inner products while levels are taken out. */
interface Elimination {
  /** (levels, levels) of ΛᵀZᵀZΛ + I, of the factors but the largest. */
  readonly block: readonly Float64Array[];
  /** (levels, columns) of ΛᵀZᵀ[X y]. */
  readonly side: readonly Float64Array[];
  /** (columns, columns) of [X y]ᵀ[X y]. */
  readonly reduced: readonly Float64Array[];
}

/** Takes the random effects out: what is left of [X y]ᵀ[X y], and log |ΛᵀZᵀZΛ + I|. */
function eliminate(products: CrossProducts, scale: Float64Array) {
  const first = products.factors[products.largest]?.levels ?? 0;
  const left = startOf(products, scale, first);
  let logDeterminant = 0;
  for (let level = 0; level < first; level++) logDeterminant += takeOut(products, scale, level, first, left);
  const factor = choleskyOf(left.block);
  for (const [i, row] of factor.entries()) logDeterminant += 2 * Math.log(at(row, i));
  const half = products.xx.map((_, column) =>
    forward(
      factor,
      left.side.map((row) => at(row, column)),
    ),
  );
  for (const [r, row] of left.reduced.entries())
    for (const [c, value] of row.entries())
      row[c] = value - at(half, r).reduce((sum, one, i) => sum + one * at(at(half, c), i), 0);
  return { logDeterminant, reduced: left.reduced };
}

function startOf(
  { levels, counts, shared, zx, xx }: CrossProducts,
  scale: Float64Array,
  first: number,
): Elimination {
  const others = Array.from({ length: levels - first }, (_, i) => first + i);
  return {
    block: others.map((level, i) => {
      const row = new Float64Array(others.length);
      for (const [other, rows] of at(shared, level))
        if (other >= first) row[other - first] = at(scale, level) * at(scale, other) * rows;
      row[i] = at(scale, level) ** 2 * at(counts, level) + 1;
      return row;
    }),
    side: others.map((level) => at(zx, level).map((value) => value * at(scale, level))),
    reduced: xx.map((row) => row.slice()),
  };
}

/** Takes one level of the largest factor out, which shares rows with none of its own; returns the log of its pivot. */
function takeOut(
  { counts, shared, zx }: CrossProducts,
  scale: Float64Array,
  level: number,
  first: number,
  { block, side, reduced }: Elimination,
): number {
  const pivot = at(scale, level) ** 2 * at(counts, level) + 1;
  const own = at(zx, level).map((value) => value * at(scale, level));
  const others = [...at(shared, level)].map(
    ([other, rows]) => [other - first, at(scale, level) * at(scale, other) * rows] as const,
  );
  for (const [i, a] of others) {
    const [row, beside] = [at(block, i), at(side, i)];
    for (const [j, b] of others) row[j] = at(row, j) - (a * b) / pivot;
    for (const [c, value] of own.entries()) beside[c] = at(beside, c) - (a * value) / pivot;
  }
  for (const [r, a] of own.entries()) {
    const row = at(reduced, r);
    for (const [c, b] of own.entries()) row[c] = at(row, c) - (a * b) / pivot;
  }
  return Math.log(pivot);
}

/** Lower factor of a small positive definite matrix. */
function choleskyOf(a: readonly Float64Array[]): Float64Array[] {
  const lower = a.map((row) => new Float64Array(row.length));
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j <= i; j++) {
      let sum = at(at(a, i), j);
      for (let k = 0; k < j; k++) sum -= at(at(lower, i), k) * at(at(lower, j), k);
      if (i !== j) at(lower, i)[j] = sum / at(at(lower, j), j);
      else if (sum > 1e-12 * at(at(a, i), i)) at(lower, i)[i] = Math.sqrt(sum);
      else throw new BadInput('fixed effects', `column ${i} depends on the others; leave it out`);
    }
  return lower;
}

function forward(lower: readonly Float64Array[], b: readonly number[]): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i] = at(x, i) - at(at(lower, i), k) * at(x, k);
    x[i] = at(x, i) / at(at(lower, i), i);
  }
  return x;
}

function backward(lower: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i] = at(x, i) - at(at(lower, k), i) * at(x, k);
    x[i] = at(x, i) / at(at(lower, i), i);
  }
  return x;
}

function solveWith(lower: readonly Float64Array[], b: readonly number[]) {
  const half = forward(lower, b);
  const squares = half.reduce((sum, value) => sum + value ** 2, 0);
  return { solution: backward(lower, half), squares };
}

function inverseOf(lower: readonly Float64Array[]): Float64Array {
  const p = lower.length;
  const inverse = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    const unit = Array.from({ length: p }, (_, i) => Number(i === j));
    for (const [i, value] of solveWith(lower, unit).solution.entries()) inverse[i * p + j] = value;
  }
  return inverse;
}
