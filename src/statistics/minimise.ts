// The least value of a function of a few variables (Nelder & Mead 1965), which needs no derivatives: a likelihood has one
// variance for each random effect, and its edge at 0 is no obstacle where the sign does not matter.

import { at } from '../numerics/lookup.ts';

/** How alike the corners are at the end. */
const TOLERANCE = 1e-10;

const MOST_STEPS = 2000;

/**
 * @param start a step of half its size, or 0.5, is tried in every direction
 * @returns the place of the least value found
 */
export function minimise(value: (x: readonly number[]) => number, start: readonly number[]): number[] {
  if (start.length === 0) return [];
  const corner = (x: readonly number[]) => ({ x, value: value(x) });
  const corners = [
    corner(start),
    ...start.map((own, i) => corner(start.map((one, j) => (j === i ? one + (0.5 * own || 0.5) : one)))),
  ];
  const sort = () => corners.sort((a, b) => a.value - b.value);
  for (let step = 0; step < MOST_STEPS; step++) {
    sort();
    const [best, worst] = [at(corners, 0), at(corners, corners.length - 1)];
    const spread = Math.max(...corners.flatMap(({ x }) => x.map((one, i) => Math.abs(one - at(best.x, i)))));
    if (worst.value - best.value < TOLERANCE && spread < 1e-6) break;
    const others = corners.slice(0, -1);
    const centre = start.map((_, i) => others.reduce((sum, { x }) => sum + at(x, i), 0) / others.length);
    const along = (share: number) =>
      corner(centre.map((middle, i) => middle + share * (at(worst.x, i) - middle)));
    const reflected = along(-1);
    if (reflected.value < best.value) {
      const further = along(-2);
      corners[corners.length - 1] = further.value < reflected.value ? further : reflected;
    } else if (reflected.value < at(others, others.length - 1).value) corners[corners.length - 1] = reflected;
    else {
      const nearer = along(reflected.value < worst.value ? -0.5 : 0.5);
      if (nearer.value < Math.min(reflected.value, worst.value)) corners[corners.length - 1] = nearer;
      else
        for (let i = 1; i < corners.length; i++)
          corners[i] = corner(at(corners, i).x.map((one, j) => (one + at(best.x, j)) / 2));
    }
  }
  sort();
  return [...at(corners, 0).x];
}
