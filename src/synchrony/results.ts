// From scores to results: averages over split seeds, SyncR², and the other penalties beside the first.

import { BadInput } from '../errors.ts';
import { at, first } from '../numerics/lookup.ts';
import type { Split } from '../pairs/split.ts';
import type { Penalty, Scores } from './problem.ts';
import { averageSeeds, summariseSyncR2 } from './sync-r2.ts';
import type { Lambda, MeasureId, RidgeVariant, SplitRecord, SynchronyResult, SyncR2 } from './types.ts';

/** How the results of this measure are marked. */
export const RIDGE: MeasureId<'ridge'> = { name: 'ridge', version: 6 };

/**
 * The penalties to measure, the result's own first.
 *
 * @throws BadInput for an empty list, a penalty that is none, or one that stands twice
 */
export function lambdaList(lambda: Lambda | readonly Lambda[]): Lambda[] {
  const list = typeof lambda === 'object' ? [...lambda] : [lambda];
  if (list.length === 0) throw new BadInput('lambda', 'an empty list; numbers and cv are valid');
  for (const value of list)
    if (value !== 'cv' && !(value >= 0 && Number.isFinite(value)))
      throw new BadInput('lambda', `${value} is no ridge penalty; 0 or more is valid, or cv`);
  if (new Set(list).size < list.length) throw new BadInput('lambda', `${list.join(', ')}: one stands twice`);
  return list;
}

/**
 * The penalty of the result itself, the first; others are its variants.
 *
 * @throws BadInput as `lambdaList`
 */
export function ownLambda(lambda: Lambda | readonly Lambda[]): Lambda {
  return first(lambdaList(lambda));
}

/** R² of one target, one penalty and one kind of evaluation over all splits. */
export interface Averages {
  readonly r2: readonly Float64Array[];
  readonly meanR2: Float64Array;
  readonly syncR2: SyncR2;
}

/** @param r2 per split, each (sourceLayers, targetLayers) */
export function average(r2: readonly Float64Array[], sourceLayers: number, targetLayers: number): Averages {
  return { r2, meanR2: averageSeeds(r2), syncR2: summariseSyncR2(r2, sourceLayers, targetLayers) };
}

/**
 * The penalties after the first.
 *
 * @param averages of each penalty
 * @param chosen λ by split and source layer, where cross-validation chose
 */
export function variantsOf(
  lambdas: readonly Lambda[],
  averages: readonly Averages[],
  { conditionNumbers }: Scores,
  chosen: readonly (readonly number[])[],
): RidgeVariant[] {
  return lambdas.slice(1).map((lambda, i) => ({
    lambda,
    ...(lambda === 'cv' && { chosenLambdas: chosen }),
    ...at(averages, i + 1),
    conditionNumbers: at(conditionNumbers, i + 1),
  }));
}

/** The penalty that a result was made with, in every split and source layer. */
export function penaltyOf({
  lambda,
  chosenLambdas = [],
}: Pick<SynchronyResult, 'lambda' | 'chosenLambdas'>): Penalty {
  return lambda === 'cv' ? (split, layer) => at(at(chosenLambdas, split), layer) : () => lambda;
}

/** The seeds of some splits, each once, and how many folds each seed has if they are folds. */
export function seedsAndFolds(splits: readonly Pick<SplitRecord, 'seed' | 'fold'>[]): {
  readonly splitSeeds: number[];
  readonly folds?: number;
} {
  const splitSeeds = [...new Set(splits.map(({ seed }) => seed))];
  const folds = splits.filter(({ seed, fold }) => seed === splitSeeds[0] && fold !== undefined).length;
  return { splitSeeds, ...(folds > 0 && { folds }) };
}

export function recordSplit({ seed, fold, train, test, trainGroups, testGroups }: Split): SplitRecord {
  const counts = { trainSamples: train.length, testSamples: test.length };
  return { seed, ...(fold !== undefined && { fold }), ...counts, testGroups, trainGroups };
}
