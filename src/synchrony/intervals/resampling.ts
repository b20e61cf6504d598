// Which interactions a bootstrap draw takes, and how often. One draw is made for all split seeds together: an
// interaction that is held out in two splits is drawn equally often in both, or the splits would seem to be
// independent. The leave-one-out samples that BCa needs are weights of the same kind, so everything that is
// computed for a draw is computed for them by the same code.

import { NotEnoughSamples } from '../../errors.ts';
import { at, entryOf } from '../../numerics/lookup.ts';
import { type Matrix64, zeros } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';

export interface ResamplingOptions {
  /** How many bootstrap draws; 1000 by default. */
  readonly draws?: number;
  /** Decides the draws and nothing else; 0 by default. */
  readonly seed?: number;
}

/**
 * Multiplicities of test groups. A replicate is the sample itself (replicate 0), then one of the `draws`, then the
 * sample without one of the groups.
 */
export interface Resampling {
  readonly draws: number;
  /** Names of the groups with a test row in some split, sorted. */
  readonly groups: readonly string[];
  /** 1 + draws + groups.length */
  readonly replicates: number;
  readonly splits: readonly ResampledSplit[];
}

/** One split's part of a resampling. */
export interface ResampledSplit {
  /** For every test row its column in `weights`. */
  readonly groupOfRow: readonly number[];
  /** (replicates, groups of this split), float64 whole numbers. */
  readonly weights: Matrix64;
}

/**
 * Draws as many groups as there are, with replacement, again and again. A draw that leaves some split without a
 * test row is drawn anew, since R² of nothing is not defined; with one split that cannot happen.
 *
 * @param testGroups per split, the group of every test row
 * @throws NotEnoughSamples if a split has fewer than two test groups
 */
export function createResampling(
  testGroups: readonly (readonly string[])[],
  { draws = 1000, seed = 0 }: ResamplingOptions = {},
): Resampling {
  if (!Number.isInteger(draws) || draws < 1) throw new RangeError(`${draws} bootstrap draws`);
  const groups = namesIn(testGroups);
  const present = testGroups.map((rows) => new Set(rows));
  const { integer } = createRandom(`bootstrap/${seed}`);
  const draw = (): Map<string, number> => {
    const counts = new Map<string, number>();
    for (let i = 0; i < groups.length; i++) {
      const name = at(groups, integer(groups.length));
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return present.every((names) => [...counts.keys()].some((name) => names.has(name))) ? counts : draw();
  };
  checkGroups(present);
  return resamplingOf(
    testGroups,
    Array.from({ length: draws }, () => draw()),
  );
}

/**
 * A resampling with given draws.
 *
 * @param draws for every draw how often it takes each group; a group that is not named is not taken
 * @throws NotEnoughSamples if a split has fewer than two test groups, so that none can be left out
 */
export function resamplingOf(
  testGroups: readonly (readonly string[])[],
  draws: readonly ReadonlyMap<string, number>[],
): Resampling {
  checkGroups(testGroups.map((rows) => new Set(rows)));
  const groups = namesIn(testGroups);
  const replicates = 1 + draws.length + groups.length;
  const splits = testGroups.map((rows) => {
    const names = namesIn([rows]);
    const index = new Map(names.map((name, i) => [name, i]));
    const weights = zeros(replicates, names.length);
    for (const [column, name] of names.entries()) {
      const set = (replicate: number, times: number) => {
        weights.data[replicate * names.length + column] = times;
      };
      set(0, 1);
      for (const [d, counts] of draws.entries()) set(1 + d, counts.get(name) ?? 0);
      for (const [g, left] of groups.entries()) set(1 + draws.length + g, left === name ? 0 : 1);
    }
    return { groupOfRow: rows.map((name) => entryOf(index, name)), weights };
  });
  return { draws: draws.length, groups, replicates, splits };
}

/** Sorted, so that the draws do not depend on the order of the rows. */
function namesIn(testGroups: readonly (readonly string[])[]): string[] {
  return [...new Set(testGroups.flat())].sort();
}

function checkGroups(present: readonly ReadonlySet<string>[]): void {
  for (const [split, { size }] of present.entries())
    if (size < 2)
      throw new NotEnoughSamples(
        `bootstrap, split ${split}: interactions held out`,
        size,
        2,
        'hold out more, or measure without a bootstrap',
      );
}
