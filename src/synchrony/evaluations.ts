// Which rows are evaluated, and whether there are enough of them.

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { take } from '../numerics/lookup.ts';
import type { Split } from '../pairs/split.ts';
import type { Subset } from './options.ts';
import type { Evaluation, Problem } from './problem.ts';

/**
 * Refuses splits that nothing can be measured on.
 *
 * @throws BadInput for no splits; NotEnoughSamples for a side with fewer than two rows
 */
export function checkSplits(splits: readonly Split[]): void {
  if (splits.length === 0) throw new BadInput('splitSeeds', 'no split seeds; one or more are needed');
  for (const { seed, train, test } of splits)
    for (const [name, { length }] of Object.entries({ train, test }))
      if (length < 2)
        throw new NotEnoughSamples(`split seed ${seed}, ${name} set`, length, 2, 'take more samples');
}

/**
 * Makes sure that splits and groups fit the layers.
 *
 * @throws RangeError if they do not
 */
export function checkSamples(
  { source, targets, splits }: Pick<Problem, 'source' | 'targets' | 'splits'>,
  groups: readonly string[] | undefined,
): void {
  const last = splits.reduce(
    (most, { train, test }) => [...train, ...test].reduce((a, b) => Math.max(a, b), most),
    0,
  );
  for (const { samples } of [source, ...targets])
    if (last >= samples) throw new RangeError(`row ${last} of a matrix with ${samples} rows`);
  if (groups && groups.length !== source.samples)
    throw new RangeError(`groups of ${groups.length} samples, but there are ${source.samples}`);
}

/**
 * What is to be evaluated: for every split all its test rows, then the subsets'.
 *
 * @throws NotEnoughSamples for a subset with fewer than two test rows in a split
 */
export function evaluationsOf(splits: readonly Split[], subsets: readonly Subset[]): Evaluation[] {
  return splits.flatMap(({ seed, train, test }, split) =>
    [undefined, ...subsets].map((subset) => {
      const positions = test.flatMap((sample, i) => (!subset || subset.includes(sample, split) ? [i] : []));
      const rows = take(test, positions);
      if (rows.length < 2) {
        const where = `subset ${subset?.name}, test set of split seed ${seed}`;
        throw new NotEnoughSamples(where, rows.length, 2, 'take more samples or larger subsets');
      }
      const { weighting } = subset ?? {};
      return { split, train, test: rows, positions, ...(weighting && { weighting }) };
    }),
  );
}
