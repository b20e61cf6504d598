// Control of the false discovery rate over many tests (Benjamini & Hochberg, 1995).

import { BadInput } from '../errors.ts';

/**
 * Benjamini–Hochberg adjusted p-values: a test is a discovery at rate q if its adjusted p is at most q. Valid for
 * independent tests, and for positively dependent ones, such as model pairs that share a model.
 *
 * @param p (tests), 0 … 1 each, in any order; none gives none
 * @returns (tests), in the same order, never below p itself
 * @throws BadInput for a p outside 0 … 1 or NaN
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const wrong = p.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong !== -1)
    throw new BadInput(`p[${wrong}]`, `${p[wrong]} is no p-value; leave out tests that could not be made`);
  const descending = [...p.entries()].sort(([, a], [, b]) => b - a);
  const adjusted = new Array<number>(p.length);
  let least = 1;
  for (const [place, [test, value]] of descending.entries()) {
    least = Math.min(least, (value * p.length) / (p.length - place));
    adjusted[test] = least;
  }
  return adjusted;
}
