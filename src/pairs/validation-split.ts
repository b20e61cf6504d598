// A split within a split: some of the training groups held out, for a choice that the test rows must not make.

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { at } from '../numerics/lookup.ts';
import { createRandom } from '../numerics/random.ts';
import type { Split } from './split.ts';

/**
 * Holds out whole groups of a split's training rows, in an order drawn from its seed, until they are `share` of the
 * rows; one group at least stays on either side.
 *
 * @returns training rows without those groups, and as `test` the rows of those groups
 * @throws NotEnoughSamples for a single training group; BadInput for a share that leaves a side empty, or a split that
 *   does not say where its groups end
 */
export function validationSplit(split: Split, share: number): Split {
  const { seed, train, trainGroups, trainGroupSizes } = split;
  if (!(share > 0 && share < 1))
    throw new BadInput('validation', `${share} is no share of the training rows; between 0 and 1 is valid`);
  if (!trainGroupSizes)
    throw new BadInput(`split seed ${seed}`, 'holding out training groups needs to know where they end');
  if (trainGroups.length < 2)
    throw new NotEnoughSamples(
      `split seed ${seed}, training groups to hold one out of`,
      trainGroups.length,
      2,
      'record more interactions, or group more finely',
    );
  const groups = groupsOf(split, trainGroupSizes);
  const order = createRandom(`validation/${seed}`).shuffle(groups);
  const wanted = Math.max(1, Math.round(train.length * share));
  const held = new Set<TrainGroup>();
  let rows = 0;
  for (const group of order.slice(0, -1)) {
    if (rows >= wanted) break;
    held.add(group);
    rows += group.rows.length;
  }
  const [kept, out] = [groups.filter((one) => !held.has(one)), groups.filter((one) => held.has(one))];
  return {
    seed,
    train: kept.flatMap((group) => group.rows),
    test: out.flatMap((group) => group.rows),
    trainGroups: kept.map(({ name }) => name),
    trainGroupSizes: kept.map((group) => group.rows.length),
    testGroups: out.map(({ name }) => name),
  };
}

interface TrainGroup {
  readonly name: string;
  readonly rows: readonly number[];
}

/** Training rows group by group, as the split has them. */
function groupsOf({ train, trainGroups }: Split, sizes: readonly number[]): TrainGroup[] {
  let begin = 0;
  return trainGroups.map((name, i) => {
    const rows = train.slice(begin, begin + at(sizes, i));
    begin += rows.length;
    return { name, rows };
  });
}
