// Training and test, again and again: the paper's draws of whole groups, or folds of which each is held out once
// (docs/method.md §4).

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { createRandom } from '../numerics/random.ts';
import { type Sample, sourceName } from './align.ts';
import { gatherGroups, type Split, type SplitOptions, splitSamples, takeGroups } from './split.ts';

/** How samples are divided. */
export interface Division {
  /** Training and test samples together in every split, or all that there are. Paper §4.1: 6500. */
  readonly samples: number | 'all';
  /** Share that a draw holds out; folds hold out one fold. Paper §4.1: 0.2. */
  readonly testFraction: number;
  /** One draw per seed, or one division into folds per seed. */
  readonly splitSeeds: readonly number[];
  /** In place of draws: so many folds, each held out once per seed. */
  readonly folds?: number | undefined;
}

type Grouped = readonly { readonly group: string }[];

/**
 * The splits of some samples: one per seed, or with folds one per seed and fold, seed by seed.
 *
 * @throws NotEnoughSamples for fewer groups than folds; else as `splitSamples`
 */
export function divideSamples(samples: Grouped, division: Division): Split[] {
  const { splitSeeds, folds, ...options } = division;
  if (folds === undefined) return splitSeeds.map((seed) => splitSamples(samples, { ...options, seed }));
  return splitSeeds.flatMap((seed) => foldSamples(samples, { ...options, seed }, folds));
}

/**
 * Every fold held out once. Groups are shuffled by the seed, as for a draw, and dealt one after another to the fold that
 * is smallest so far; with a number of samples the last group is cut so that the count is exact.
 */
function foldSamples(
  samples: Grouped,
  { seed, samples: wanted }: Omit<SplitOptions, 'testFraction'>,
  folds: number,
): Split[] {
  if (!Number.isInteger(folds) || folds < 2)
    throw new BadInput('folds', `${folds} folds; a whole number of 2 or more is valid`);
  const shuffled = createRandom(`split/${seed}`).shuffle(gatherGroups(samples));
  const total = wanted === 'all' ? samples.length : wanted;
  if (total > samples.length)
    throw new NotEnoughSamples('folds', samples.length, total, 'take samples: all, or record more');
  const { names, sizes, members } = takeGroups(shuffled, total, true);
  if (names.length < folds)
    throw new NotEnoughSamples(`${folds} folds, groups`, names.length, folds, 'take fewer folds');
  const dealt = deal(names, sizes, members, folds);
  return dealt.map(({ rows, groups }, fold) => {
    const others = dealt.filter((_, other) => other !== fold);
    return {
      seed,
      fold,
      train: others.flatMap((one) => one.rows),
      test: rows,
      trainGroups: others.flatMap((one) => one.groups),
      trainGroupSizes: others.flatMap((one) => one.sizes),
      testGroups: groups,
    };
  });
}

interface Fold {
  readonly rows: number[];
  readonly groups: string[];
  readonly sizes: number[];
}

function deal(
  names: readonly string[],
  sizes: readonly number[],
  members: readonly number[],
  count: number,
): Fold[] {
  const folds = Array.from({ length: count }, (): Fold => ({ rows: [], groups: [], sizes: [] }));
  let begin = 0;
  for (const [i, name] of names.entries()) {
    const size = sizes[i] ?? 0;
    const smallest = folds.reduce((best, fold) => (fold.rows.length < best.rows.length ? fold : best));
    smallest.rows.push(...members.slice(begin, begin + size));
    smallest.groups.push(name);
    smallest.sizes.push(size);
    begin += size;
  }
  return folds;
}

/** A split of other samples: without names of groups. */
type AlikeSplit = Pick<Split, 'train' | 'test'> & Required<Pick<Split, 'trainGroupSizes'>>;

/**
 * The samples whose source states a split of other samples trains on, and those that it tests.
 *
 * @param divided the samples that are split
 * @param samples those that are to be divided alike; what has no counterpart is left out
 */
export function divideAlike(
  { train, test }: Pick<Split, 'train' | 'test'>,
  divided: readonly Sample[],
  samples: readonly Sample[],
): AlikeSplit {
  const rowOf = new Map(samples.map((sample, row) => [sourceName(sample), row]));
  const part = (rows: readonly number[]) =>
    rows.flatMap((row) => {
      const sample = divided[row];
      const own = sample && rowOf.get(sourceName(sample));
      return own === undefined ? [] : [own];
    });
  const trained = part(train);
  return {
    train: trained,
    test: part(test),
    trainGroupSizes: runLengths(trained.map((row) => samples[row]?.group)),
  };
}

/** How often each value comes one after another: rows are in the order of their groups. */
function runLengths(values: readonly unknown[]): number[] {
  const begins = values.flatMap((value, i) => (i === 0 || value !== values[i - 1] ? [i] : []));
  return begins.map((begin, i) => (begins[i + 1] ?? values.length) - begin);
}
