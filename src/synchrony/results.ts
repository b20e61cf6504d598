// From scores to results: averages over split seeds, SyncR², and the other penalties beside the first.

import { BadInput } from '../errors.ts';
import { at } from '../numerics/lookup.ts';
import type { Split } from '../pairs/split.ts';
import type { Scores } from './problem.ts';
import { averageSeeds, summariseSyncR2 } from './sync-r2.ts';
import type { Lambda, MeasureId, RidgeVariant, SplitRecord, SyncR2 } from './types.ts';

/** How the results of this measure are marked. */
export const RIDGE: MeasureId<'ridge'> = { name: 'ridge', version: 4 };

/** The paper's λ (§4.2). */
const PAPER_LAMBDA = 0.1;

/**
 * The penalties to measure, the result's own first: the first number of the list, or the paper's if there is none.
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
  const own = ownLambda(list);
  return [own, ...list.filter((value) => value !== own)];
}

/** The penalty of the result itself; others are its variants. */
export function ownLambda(lambda: Lambda | readonly Lambda[]): number {
  return [lambda].flat().find((value) => value !== 'cv') ?? PAPER_LAMBDA;
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

export function recordSplit({ seed, train, test, trainGroups, testGroups }: Split): SplitRecord {
  return { seed, trainSamples: train.length, testSamples: test.length, testGroups, trainGroups };
}
