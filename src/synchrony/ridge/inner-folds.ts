// Training groups in folds, for what is chosen or predicted inside the training rows (docs/method.md §5).

import { BadInput, NotEnoughSamples } from '../../errors.ts';
import { at } from '../../numerics/lookup.ts';
import type { Split } from '../../pairs/split.ts';

const FOLDS = 5;

/** Training rows fold by fold. */
export interface Folds {
  readonly rows: readonly number[];
  /** Where each fold begins in `rows`, and at last their number. */
  readonly bounds: readonly number[];
}

/** Whole groups in the order in which they were drawn, each to the fold that is smallest so far. */
export function foldRows(
  { train, trainGroupSizes }: Pick<Split, 'train' | 'trainGroupSizes'>,
  count = FOLDS,
): Folds {
  if (!trainGroupSizes)
    throw new BadInput('lambda: cv', 'cross-validation needs to know where its training groups end');
  if (trainGroupSizes.length < 2)
    throw new NotEnoughSamples(
      'lambda: cv, training groups of a split',
      trainGroupSizes.length,
      2,
      'give a λ',
    );
  const folds: number[][] = Array.from({ length: Math.min(count, trainGroupSizes.length) }, () => []);
  let begin = 0;
  for (const size of trainGroupSizes) {
    const smallest = folds.reduce((best, fold) => (fold.length < best.length ? fold : best));
    smallest.push(...train.slice(begin, begin + size));
    begin += size;
  }
  let end = 0;
  const bounds = folds.map(({ length }) => {
    end += length;
    return end;
  });
  return { rows: folds.flat(), bounds: [0, ...bounds] };
}

/** Where each fold begins and ends among the rows. */
export function foldsOf({ bounds }: Folds): { readonly begin: number; readonly end: number }[] {
  return bounds.slice(1).map((end, fold) => ({ begin: at(bounds, fold), end }));
}
