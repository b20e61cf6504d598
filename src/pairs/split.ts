// Training and test samples, with no group on both sides: two episodes of one interaction resemble each other
// far more than two of different ones, and a map that has seen the one would seem to predict the other.

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { createRandom } from '../numerics/random.ts';

export interface SplitOptions {
  /** Split seed; it decides the order of the groups and nothing else. */
  readonly seed: number;
  /** Training and test samples together, or all that there are. Paper §4.1: 6500. */
  readonly samples: number | 'all';
  /** Share of the samples that is held out. Paper §4.1: 0.2. */
  readonly testFraction: number;
}

/** Which samples are trained on and which are held out. */
export interface Split {
  readonly seed: number;
  /** Which of the seed's folds is held out, 0-based; absent for a draw. */
  readonly fold?: number;
  /** Indices into the list of samples, group by group. */
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** Names of the groups with a training sample, in the order in which they were drawn. */
  readonly trainGroups: readonly string[];
  /** How many training samples each training group has: `train` is in the groups' order. Cross-validation needs it. */
  readonly trainGroupSizes?: readonly number[];
  readonly testGroups: readonly string[];
}

interface Group {
  readonly name: string;
  readonly members: readonly number[];
}

/**
 * Splits samples by group (docs/method.md §4, paper §4.1). The groups are shuffled; the test set takes whole groups until
 * it is full, then the training set does, and the last group of each is cut so that the counts are exact. What is
 * cut off a test group is dropped, never trained on. With `samples: 'all'` nothing is cut or dropped: the test
 * set takes whole groups until it holds at least its share, and the training set takes all the rest, which is
 * one group at least.
 *
 * The split depends on the seed, the groups' names and the samples' order within each group; in what order the
 * groups come does not matter.
 *
 * @throws NotEnoughSamples saying how many there are and how many are needed; BadInput for a count or a share
 *   that leaves one of the two sets empty
 */
export function splitSamples(samples: readonly { readonly group: string }[], options: SplitOptions): Split {
  const { seed, testFraction } = options;
  const total = options.samples === 'all' ? samples.length : options.samples;
  const exact = options.samples !== 'all';
  const share = Math.round(total * testFraction);
  const testCount = exact ? share : Math.max(1, share);
  checkCounts(total, testCount, options);
  const groups = createRandom(`split/${seed}`).shuffle(gatherGroups(samples));
  // Where nothing is cut, a huge group must not take the test set's place and the training set's.
  const test = takeGroups(exact ? groups : groups.slice(0, -1), testCount, exact);
  const rest = groups.slice(test.names.length);
  const train = takeGroups(rest, exact ? total - testCount : samples.length, exact);
  const have = test.members.length + train.members.length;
  if (exact && have < total) throw notEnough(samples.length, have, total, groups.length);
  if (groups.length < 2) throw new NotEnoughSamples('test set', 0, 1, groupAdvice(groups.length));
  return {
    seed,
    train: train.members,
    test: test.members,
    trainGroups: train.names,
    trainGroupSizes: train.sizes,
    testGroups: test.names,
  };
}

/** Groups by name, in an order that does not depend on the samples'. */
export function gatherGroups(samples: readonly { readonly group: string }[]): Group[] {
  const members = new Map<string, number[]>();
  for (const [index, { group }] of samples.entries()) {
    const list = members.get(group);
    if (list) list.push(index);
    else members.set(group, [index]);
  }
  return [...members]
    .map(([name, indices]) => ({ name, members: indices }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Groups from the front until there are `count` members, or no groups are left. */
export function takeGroups(
  groups: readonly Group[],
  count: number,
  cut: boolean,
): { names: string[]; sizes: number[]; members: number[] } {
  const names: string[] = [];
  const sizes: number[] = [];
  const members: number[] = [];
  for (const group of groups) {
    if (members.length >= count) break;
    names.push(group.name);
    const taken = cut ? group.members.slice(0, count - members.length) : group.members;
    sizes.push(taken.length);
    members.push(...taken);
  }
  return { names, sizes, members };
}

function checkCounts(total: number, testCount: number, { samples, testFraction }: SplitOptions): void {
  if (!(testFraction > 0 && testFraction < 1))
    throw new BadInput('test', `${testFraction} is no share of the samples; between 0 and 1 is valid`);
  if (samples === 'all') {
    if (total < 2) throw new NotEnoughSamples('split', total, 2, 'record more episodes');
    return;
  }
  if (!Number.isInteger(samples) || testCount < 1 || testCount >= samples) {
    const parts = `a test share of ${testFraction} of ${samples} samples is ${testCount}`;
    throw new BadInput('samples', `${parts}; both sets need whole samples, at least one each`);
  }
}

function notEnough(there: number, have: number, need: number, groups: number): NotEnoughSamples {
  const dropped =
    there > have ? ` (${there - have} of ${there} are left over where a test group was cut)` : '';
  const advice = `take samples: all or at most ${have}, or record more seeds or interactions`;
  if (groups < 2) return new NotEnoughSamples('split', have, need, groupAdvice(groups));
  return new NotEnoughSamples(`split${dropped}`, have, need, advice);
}

function groupAdvice(groups: number): string {
  const have = groups === 1 ? 'there is one group' : `there are ${groups} groups`;
  return `${have}, and training and test take at least one each; record more interactions, or group more finely`;
}
