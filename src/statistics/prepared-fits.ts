// What the tests of a model pair are made on, and which interactions it holds out: draws are made over those of all its
// directions together, so that the mean over directions has replicates too.

import type { Condition } from '../conditions/condition.ts';
import { at } from '../numerics/lookup.ts';
import type { LayerSource } from '../pairs/layers.ts';
import type { Split } from '../pairs/split.ts';
import type { TrainTest } from '../synchrony/problem.ts';
import type { Untested } from './untested.ts';

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
  /**
   * The interactive condition's targets on the same rows, where this condition has fewer: what it is compared with, since
   * more rows alone would make a difference. Absent where both have all rows.
   */
  readonly matched?: LayerSource;
  /** Whether it can be compared with the interactive condition; if not, why. */
  readonly compared: true | Untested;
}

/** Conditions with the same rows of X and the same splits: they share their fits. */
export interface PreparedFits {
  readonly source: LayerSource;
  readonly splits: readonly (TrainTest & Pick<Split, 'trainGroupSizes'>)[];
  readonly conditions: readonly PreparedCondition[];
}

/** What a model pair holds out anywhere, so that all its directions draw alike. */
export interface HeldOutMembers {
  /** Scenario of every interaction. */
  readonly interactions: ReadonlyMap<string, string>;
  /** Interaction of every conversation, as `conversationName` names it. */
  readonly conversations: ReadonlyMap<string, string>;
}

/** One simulation seed of an interaction. */
export function conversationName(interaction: string, seed: number | string): string {
  return `${interaction}/${seed}`;
}

/**
 * Which interactions a model pair holds out, in all of its directions together.
 *
 * @param directions of the pair, each the batches of fits that it takes
 */
export function heldOutMembers(directions: readonly (readonly PreparedFits[])[]): HeldOutMembers {
  const [interactions, conversations] = [new Map<string, string>(), new Map<string, string>()];
  for (const { splits, conditions } of directions.flat())
    for (const { names } of conditions)
      for (const { test } of splits)
        for (const row of test) {
          const interaction = at(names.interactions, row);
          interactions.set(interaction, at(names.scenarios, row));
          conversations.set(conversationName(interaction, at(names.seeds, row)), interaction);
        }
  return { interactions, conversations };
}
