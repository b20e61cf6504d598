// Random numbers that depend on a name alone. Every random choice of a study (sampling a token, splitting the
// groups, drawing a scenario) has its own named stream, so that no choice depends on what ran before it.

import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { at } from './lookup.ts';

/** A stream of random numbers. */
export interface Random {
  /** A double in [0, 1), with all 53 bits random. */
  uniform(): number;
  /** A whole number in 0 … n−1, equally likely to within n·2⁻⁵³. Throws RangeError unless 1 ≤ n ≤ 2³². */
  integer(n: number): number;
  /** A shuffled copy, every order equally likely. */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * One of some items, every one equally likely. It takes one number of the stream.
 *
 * @throws RangeError if there are none
 */
export function pick<T>(random: Random, items: readonly T[]): T {
  return at(items, random.integer(items.length));
}

/**
 * The stream that belongs to a seed. The same seed gives the same numbers on every machine and in every version.
 *
 * @param seed any text; what it is for: `split 3 of llama+mistral`
 * @returns a stream of its own, at its beginning; its `integer` throws RangeError unless 1 ≤ n ≤ 2³²
 */
export function createRandom(seed: string): Random {
  const digest = createHash('sha256').update(seed).digest();
  const words = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  const generator = xoroshiro128plusFromState(words);
  const uniform = (): number => {
    // The top 53 of 64 bits: 27 from one draw and 26 from the next.
    const high = generator.next() >>> 5;
    const low = generator.next() >>> 6;
    return (high * 2 ** 26 + low) * 2 ** -53;
  };
  const integer = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new RangeError(`integer(${n}): n must be a whole number from 1 to 2^32`);
    return Math.floor(uniform() * n);
  };
  const shuffle = <T>(items: readonly T[]): T[] => {
    const copy = [...items];
    for (let last = copy.length - 1; last > 0; last--) {
      const other = integer(last + 1);
      [copy[last], copy[other]] = [at(copy, other), at(copy, last)];
    }
    return copy;
  };
  return { uniform, integer, shuffle };
}
