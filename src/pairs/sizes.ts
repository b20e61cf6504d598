// How many samples splits can have: the largest number that one list of samples allows, and the one that several allow
// together, so that what is measured on each of them is measured on as many rows (docs/method.md §4).

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { type Division, divideSamples } from './division.ts';
import type { Split } from './split.ts';

/** Samples of one measure; nothing but their groups matters. */
export type Grouped = readonly { readonly group: string }[];

/** How samples are split. */
export type SizeOptions = Omit<Division, 'samples'>;

/** R² takes as many rows on either side of a split. */
const FEWEST_ROWS = 2;

/** Sizes that are tried one by one; after them larger steps are taken. */
const PATIENCE = 64;

/** The splits of a size; or how many samples there are for it, if they are too few. */
export function trySplits(samples: Grouped, options: SizeOptions, size: number | 'all'): Split[] | number {
  try {
    const splits = divideSamples(samples, { ...options, samples: size });
    const sides = splits.flatMap((split) => [split.train.length, split.test.length]);
    return Math.min(...sides) < FEWEST_ROWS ? samples.length : splits;
  } catch (error) {
    if (error instanceof NotEnoughSamples) return error.have;
    // So few are wanted that one side has none.
    if (error instanceof BadInput) return 0;
    throw error;
  }
}

/** The largest size, up to one, that every split can have; 0 for none. What is cut off is less than a group. */
export function largestSize(samples: Grouped, options: SizeOptions, most: number): number {
  for (let size = most, tries = 0; size > 0; tries++) {
    const found = trySplits(samples, options, size);
    if (typeof found !== 'number') return size;
    size = tries < PATIENCE ? size - 1 : Math.min(size - 1, found);
  }
  return 0;
}

/**
 * The largest size that every split of every list can have. Lists that cannot be split at any size do not count: what
 * is wrong with them is told where they are measured.
 *
 * @returns undefined if no list can be split, or no size serves all
 */
export function commonSize(lists: readonly Grouped[], options: SizeOptions): number | undefined {
  const usable = lists
    .filter((samples) => largestSize(samples, options, samples.length) > 0)
    .sort((a, b) => a.length - b.length);
  let size = usable[0]?.length ?? 0;
  // A smaller size moves the cut, so a list that had the larger one need not have it.
  for (let before = Number.POSITIVE_INFINITY; size < before && size > 0; ) {
    before = size;
    for (const samples of usable)
      if (!surelyHas(samples, options, size)) size = largestSize(samples, options, size);
  }
  return size > 0 ? size : undefined;
}

/** Whether any split has the size, since less than a group is cut off. */
function surelyHas(samples: Grouped, { testFraction, folds }: SizeOptions, size: number): boolean {
  if (folds !== undefined) return false;
  const held = Math.round(size * testFraction);
  const sizes = new Map<string, number>();
  for (const { group } of samples) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const largest = [...sizes.values()].reduce((a, b) => Math.max(a, b), 0);
  return (
    Math.min(held, size - held) >= FEWEST_ROWS && sizes.size >= 2 && size + largest - 1 <= samples.length
  );
}
