// Memory that is used again and again under a name: first touch of fresh memory costs more than a small product.

import type { Floats } from './matrix.ts';

/** Memory by name. What a name had is there until it is asked for again. */
export class Buffers {
  readonly #float32 = new Map<string, Float32Array>();
  readonly #float64 = new Map<string, Float64Array>();

  readonly float32 = (name: string, length: number): Float32Array =>
    reuse(this.#float32, name, length, (size) => new Float32Array(size));

  readonly float64 = (name: string, length: number): Float64Array =>
    reuse(this.#float64, name, length, (size) => new Float64Array(size));
}

function reuse<T extends Floats>(
  known: Map<string, T>,
  name: string,
  length: number,
  make: (length: number) => T,
): T {
  const old = known.get(name);
  if (old && old.length >= length) return old.subarray(0, length) as T;
  // Given up first, so that both are never there at once.
  known.delete(name);
  const buffer = make(length);
  known.set(name, buffer);
  return buffer;
}
