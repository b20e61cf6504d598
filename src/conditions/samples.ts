// The samples of a condition: lists that pair states, of the same type whatever the condition.

import { BadInput } from '../errors.ts';
import { alignPairs, type Direction, type LeftOut, type Sample } from '../pairs/align.ts';
import { type Condition, traitsOf } from './condition.ts';
import type { Played } from './kind.ts';

/** A condition's samples, and what it had to leave out of those that its recordings would give. */
export interface ConditionSamples {
  readonly samples: readonly Sample[];
  /** Absent if nothing was left out. */
  readonly leftOut?: LeftOut;
}

/**
 * The samples of any condition (docs/method.md §3). In a passive one, sources are rounds of the readings and targets rounds of
 * the recordings: both lists have the same order.
 *
 * @throws BadInput for a condition that leaves no samples
 */
export function samplesOf(
  recordings: readonly Played[],
  condition: Condition,
  direction: Direction,
): ConditionSamples {
  const { lag = 0, selection, fewestPairs = 1 } = traitsOf(condition);
  const aligned = alignPairs(recordings, direction, lag);
  const samples = selection ? selection.of(recordings, aligned) : aligned;
  if (samples.length === 0) {
    const needed = PAIRS[fewestPairs];
    const advice = 'play more rounds, or take a smaller lag';
    throw new BadInput(
      `condition ${condition}`,
      `no episode is long enough for ${needed} ${direction}; ${advice}`,
    );
  }
  if (!selection || samples.length === aligned.length) return { samples };
  const episodesOf = (list: readonly Sample[]) => new Set(list.map(({ source }) => source.recording)).size;
  const leftOut = {
    samples: aligned.length - samples.length,
    episodes: episodesOf(aligned) - episodesOf(samples),
    reason: selection.leftOut,
  };
  return { samples, leftOut };
}

/** The same for conditions with the same samples: those that differ in whose states the sources are alone. */
export function samplesName(condition: Condition): string {
  const { selection, lag = 0 } = traitsOf(condition);
  return selection ? condition : `lag ${lag}`;
}

const PAIRS = { 1: 'a pair', 2: 'two pairs' };

/**
 * Whether episodes of so many rounds have samples in both directions.
 *
 * @returns what is wrong and what to do, or undefined if nothing is
 */
export function tooFewRounds(condition: Condition, rounds: number): string | undefined {
  const { lag = 0, fewestPairs = 1, shorter } = traitsOf(condition);
  // A answers B a round later.
  const needed = 1 + lag + fewestPairs;
  if (rounds >= needed) return undefined;
  const pairs = fewestPairs === 1 ? 'no pairs' : 'no two pairs';
  const advice = shorter ? `${shorter(rounds)}, or set` : 'set';
  return `${condition} has ${pairs} of turns from B to A in ${rounds} rounds; ${advice} simulation.rounds to ${needed} or more`;
}
