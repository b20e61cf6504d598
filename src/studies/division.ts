// How a study's settings divide samples into training and test.

import type { Division } from '../pairs/division.ts';
import type { SynchronySettings } from './schema.ts';

/** What decides how samples are divided, but for their number. */
export type DividingSettings = Pick<SynchronySettings, 'test' | 'splitSeeds' | 'folds' | 'repeats'>;

/** @param samples how many there are to be in every split */
export function divisionOf(
  { test, splitSeeds, folds, repeats }: DividingSettings,
  samples: number | 'all',
): Division {
  const seeds = repeats === undefined ? splitSeeds : Array.from({ length: repeats }, (_, seed) => seed);
  return { samples, testFraction: test, splitSeeds: seeds, folds };
}

/** A study's number of samples, or all where there are fewer. */
export function countWithin(count: number | 'all', samples: readonly unknown[]): number | 'all' {
  return count === 'all' || count > samples.length ? 'all' : count;
}

/** What decides the rows of a measure and how they are divided, besides the recordings. */
export function rowSettings(
  settings: DividingSettings & Pick<SynchronySettings, 'groupBy' | 'drop' | 'samples'>,
): unknown[] {
  const { groupBy, drop, samples } = settings;
  const { testFraction, splitSeeds, folds } = divisionOf(settings, 'all');
  return [
    ...[testFraction, splitSeeds, groupBy, samples],
    ...(drop === undefined ? [] : [drop]),
    ...(folds === undefined ? [] : [{ folds }]),
  ];
}
