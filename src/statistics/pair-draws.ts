// What is drawn for the tests of a model pair. It is planned for all of its directions together, from the names of what
// is held out, so that the mean over directions has replicates too.

import type { Condition } from '../conditions/condition.ts';
import { at, entryOf, take } from '../numerics/lookup.ts';
import type { LayerSource } from '../pairs/layers.ts';
import { createResampling, type Resampling } from '../synchrony/intervals/resampling.ts';
import type { TrainTest } from '../synchrony/problem.ts';
import { attemptNow, isUntested, type Untested } from './untested.ts';

/** Where every sample comes from: (samples) each. */
export interface SampleNames {
  readonly interactions: readonly string[];
  readonly scenarios: readonly string[];
  /** The target's round. */
  readonly rounds: readonly number[];
  /** Simulation seeds. */
  readonly seeds: readonly (number | string)[];
  /** What splits keep together. */
  readonly groups: readonly string[];
}

/** One condition of one direction, ready to be fitted. */
export interface PreparedCondition {
  readonly condition: Condition;
  readonly target: LayerSource;
  readonly names: SampleNames;
  /** Whether it can be compared with the interactive condition; if not, why. */
  readonly compared: true | Untested;
}

/** Conditions with the same rows of X and the same splits: they share their fits. */
export interface PreparedFits {
  readonly source: LayerSource;
  readonly splits: readonly TrainTest[];
  readonly conditions: readonly PreparedCondition[];
}

/** What is drawn for all directions of a model pair together. */
export interface PairDraws {
  /** Of all splits, those of every condition behind one another; none if there is nothing to resample. */
  readonly resampling: Resampling | Untested;
  /** Where each condition's splits begin among them. */
  readonly splitOffsets: ReadonlyMap<string, number>;
  /** Scenario of every interaction that is held out anywhere. */
  readonly members: ReadonlyMap<string, string>;
}

/** One condition among those of a model pair: direction, batch of fits, and its place there, 0-based. */
export interface UnitPlace {
  readonly direction: number;
  readonly batch: number;
  readonly condition: number;
}

const unitKey = ({ direction, batch, condition }: UnitPlace) => `${direction}/${batch}/${condition}`;

/**
 * Plans what is drawn for the tests of a model pair, from the names of what is held out alone.
 *
 * @param directions of the pair, each the batches of fits that it takes
 */
export function planDraws(
  directions: readonly (readonly PreparedFits[])[],
  { draws, seed }: { readonly draws: number; readonly seed: number },
): PairDraws {
  const testGroups: string[][] = [];
  const splitOffsets = new Map<string, number>();
  const members = new Map<string, string>();
  for (const [d, batches] of directions.entries())
    for (const [b, { splits, conditions }] of batches.entries())
      for (const [c, { names }] of conditions.entries()) {
        splitOffsets.set(unitKey({ direction: d, batch: b, condition: c }), testGroups.length);
        for (const { test } of splits) {
          testGroups.push(take(names.groups, test));
          for (const row of test) members.set(at(names.interactions, row), at(names.scenarios, row));
        }
      }
  return {
    resampling: attemptNow(() => createResampling(testGroups, { draws, seed })),
    splitOffsets,
    members,
  };
}

/** One condition's part of what is drawn, with its `splits` splits. */
export function resamplingOf(
  { resampling, splitOffsets }: PairDraws,
  place: UnitPlace,
  splits: number,
): Resampling | Untested {
  if (isUntested(resampling)) return resampling;
  const offset = entryOf(splitOffsets, unitKey(place));
  return { ...resampling, splits: resampling.splits.slice(offset, offset + splits) };
}
