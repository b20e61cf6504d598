// What is done with vectors in inner loops. Sums are in float64 and taken from the first element to the last.

import type { Floats } from './matrix.ts';

/** Σ aᵢ·bᵢ of two vectors of one length. */
export function dot(a: Floats, b: Floats): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** to += factor · values, in place. */
export function addScaled(to: Floats, values: Floats, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * values[i]!;
}

/** to += values / divisor, in place: the sum of n such is a mean. */
export function addShare(to: Float64Array, values: Float64Array, divisor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += values[i]! / divisor;
}

/** to −= values, in place. */
export function subtract(to: Floats, values: Floats): void {
  for (let i = 0; i < to.length; i++) to[i]! -= values[i]!;
}

/** to /= divisor, in place. */
export function divide(to: Floats, divisor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! /= divisor;
}

/** to = max(to, values), in place and element by element; NaN where either is. */
export function raise(to: Float64Array, values: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = Math.max(to[i]!, values[i]!);
}

/**
 * The mean of vectors of one length, element by element.
 *
 * @throws RangeError for no vectors
 */
export function meanOf(vectors: readonly Float64Array[]): Float64Array {
  const [first] = vectors;
  if (!first) throw new RangeError('the mean of no vectors');
  const sum = new Float64Array(first.length);
  for (const vector of vectors) addScaled(sum, vector, 1);
  divide(sum, vectors.length);
  return sum;
}

/** a − b, as a new vector. */
export function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!);
}
