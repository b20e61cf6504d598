// All eigenvalues and eigenvectors of a small symmetric matrix: Householder's reduction to a tridiagonal one and implicit QL,
// as in EISPACK's tred2 and tql2 (Bowdler, Martin, Reinsch & Wilkinson 1968). Vectors lie in rows, so that every inner loop
// walks along memory.

import type { Matrix64 } from './matrix.ts';
import { zeros } from './matrix.ts';

export interface SymmetricEigen {
  /** (n), descending. */
  readonly values: Float64Array;
  /** (n, n): row i is the unit vector that belongs to value i. */
  readonly vectors: Matrix64;
}

/** What the reduction leaves: the diagonal, what stands beside it, and the rotations so far, a vector per row. */
interface Tridiagonal {
  readonly order: number;
  readonly diagonal: Float64Array;
  /** Of row i, to the left of its diagonal. */
  readonly beside: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * The eigenvalues of a symmetric matrix, largest first, and their vectors. It takes some 9 n³ operations of one core.
 *
 * @param a (n, n), symmetric, float64; left as it is
 */
export function symmetricEigen(a: Matrix64): SymmetricEigen {
  if (a.rows !== a.columns) throw new RangeError(`a matrix of ${a.rows} × ${a.columns} is not square`);
  const reduced = tridiagonalise(a);
  accumulate(reduced);
  diagonalise(reduced);
  return sorted(reduced);
}

function tridiagonalise({ rows: n, data }: Matrix64): Tridiagonal {
  const [v, d, e] = [data.slice(), new Float64Array(n), new Float64Array(n)];
  for (let j = 0; j < n; j++) d[j] = v[j * n + n - 1]!;
  for (let i = n - 1; i > 0; i--) {
    let [scale, h] = [0, 0];
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]!);
    if (scale === 0) {
      e[i] = d[i - 1]!;
      for (let j = 0; j < i; j++) {
        d[j] = v[j * n + i - 1]!;
        v[j * n + i] = 0;
        v[i * n + j] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k]! /= scale;
        h += d[k]! ** 2;
      }
      const f = d[i - 1]!;
      const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= f * g;
      d[i - 1] = f - g;
      reflect(v, d, e, { n, i, h });
    }
    d[i] = h;
  }
  return { order: n, diagonal: d, beside: e, vectors: v };
}

/** Applies a reflection to the leading i rows and columns. */
function reflect(
  v: Float64Array,
  d: Float64Array,
  e: Float64Array,
  { n, i, h }: { readonly n: number; readonly i: number; readonly h: number },
): void {
  e.fill(0, 0, i);
  for (let j = 0; j < i; j++) {
    const f = d[j]!;
    v[i * n + j] = f;
    let g = e[j]! + v[j * n + j]! * f;
    for (let k = j + 1; k < i; k++) {
      const value = v[j * n + k]!;
      g += value * d[k]!;
      e[k]! += value * f;
    }
    e[j] = g;
  }
  let sum = 0;
  for (let j = 0; j < i; j++) {
    e[j]! /= h;
    sum += e[j]! * d[j]!;
  }
  const half = sum / (h + h);
  for (let j = 0; j < i; j++) e[j]! -= half * d[j]!;
  for (let j = 0; j < i; j++) {
    const [f, g] = [d[j]!, e[j]!];
    for (let k = j; k < i; k++) v[j * n + k]! -= f * e[k]! + g * d[k]!;
    d[j] = v[j * n + i - 1]!;
    v[j * n + i] = 0;
  }
}

/** Multiplies the reflections. */
function accumulate({ order: n, diagonal: d, beside: e, vectors: v }: Tridiagonal): void {
  for (let i = 0; i < n - 1; i++) {
    v[i * n + n - 1] = v[i * n + i]!;
    v[i * n + i] = 1;
    const next = (i + 1) * n;
    const h = d[i + 1]!;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = v[next + k]! / h;
      for (let j = 0; j <= i; j++) {
        let g = 0;
        for (let k = 0; k <= i; k++) g += v[next + k]! * v[j * n + k]!;
        for (let k = 0; k <= i; k++) v[j * n + k]! -= g * d[k]!;
      }
    }
    v.fill(0, next, next + i + 1);
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[j * n + n - 1]!;
    v[j * n + n - 1] = 0;
  }
  v[n * n - 1] = 1;
  e.copyWithin(0, 1);
  e[n - 1] = 0;
}

/** Turns the tridiagonal matrix into a diagonal one, eigenvalue by eigenvalue. */
function diagonalise(matrix: Tridiagonal): void {
  const { order: n, diagonal: d, beside: e } = matrix;
  let [shift, size] = [0, 0];
  for (let l = 0; l < n; l++) {
    size = Math.max(size, Math.abs(d[l]!) + Math.abs(e[l]!));
    let m = l;
    while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * size) m++;
    while (m > l && Math.abs(e[l]!) > Number.EPSILON * size) shift += sweep(matrix, l, m);
    d[l]! += shift;
    e[l] = 0;
  }
}

/** One implicit QL step between rows l and m; returns by how much the rest of the diagonal was shifted. */
function sweep({ order: n, diagonal: d, beside: e, vectors: v }: Tridiagonal, l: number, m: number): number {
  const g = d[l]!;
  const quotient = (d[l + 1]! - g) / (2 * e[l]!);
  const root = quotient < 0 ? -Math.hypot(quotient, 1) : Math.hypot(quotient, 1);
  d[l] = e[l]! / (quotient + root);
  d[l + 1] = e[l]! * (quotient + root);
  const [next, shift] = [d[l + 1]!, g - d[l]!];
  for (let i = l + 2; i < n; i++) d[i]! -= shift;
  const beyond = e[l + 1]!;
  let [p, c, c2, c3, s, s2] = [d[m]!, 1, 1, 1, 0, 0];
  for (let i = m - 1; i >= l; i--) {
    [c3, c2, s2] = [c2, c, s];
    const [ce, cp] = [c * e[i]!, c * p];
    const r = Math.hypot(p, e[i]!);
    e[i + 1] = s * r;
    s = e[i]! / r;
    c = p / r;
    p = c * d[i]! - s * ce;
    d[i + 1] = cp + s * (c * ce + s * d[i]!);
    rotate(v, i * n, n, c, s);
  }
  p = (-s * s2 * c3 * beyond * e[l]!) / next;
  e[l] = s * p;
  d[l] = c * p;
  return shift;
}

/** Turns the vector at `from` and the next one. */
function rotate(v: Float64Array, from: number, n: number, c: number, s: number): void {
  for (let k = from, below = from + n; k < from + n; k++, below++) {
    const [upper, lower] = [v[k]!, v[below]!];
    v[below] = s * upper + c * lower;
    v[k] = c * upper - s * lower;
  }
}

function sorted({ order: n, diagonal, vectors }: Tridiagonal): SymmetricEigen {
  const order = [...diagonal.keys()].sort((a, b) => diagonal[b]! - diagonal[a]!);
  const out = zeros(n, n);
  for (const [row, from] of order.entries())
    out.data.set(vectors.subarray(from * n, (from + 1) * n), row * n);
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors: out };
}
