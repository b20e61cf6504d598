// Which state is paired with which. A pairing in time is a list of samples and nothing more, so a control (a lag,
// a reader in place of a speaker, a stranger's states) is another list, and all that follows stays as it is.

import type { Seat } from '../episodes/types.ts';

/** Source → target, by seat. */
export type Direction = 'A->B' | 'B->A';

export const DIRECTIONS: readonly Direction[] = ['A->B', 'B->A'];

/** One agent's state in one round, at every layer. */
export interface StateRef {
  /** Index into the list of recordings. */
  readonly recording: number;
  readonly seat: Seat;
  /** Round of the episode, counted from 1. */
  readonly round: number;
}

/** One row of X and the row of Y that goes with it. */
export interface Sample {
  /** What must not be divided between training and test. */
  readonly group: string;
  readonly source: StateRef;
  readonly target: StateRef;
}

/** What a condition could not pair, though the states are there. */
export interface LeftOut {
  readonly samples: number;
  /** Episodes of which no sample is left. */
  readonly episodes: number;
  /** Why, as a sentence without its full stop. */
  readonly reason: string;
}

/** What of a recording it takes to pair its states. */
export interface Alignable {
  readonly group: string;
  /** How many rounds each seat spoke in. */
  readonly rounds: Readonly<Record<Seat, number>>;
  /** Turns that give no samples, as `turnKey` names them; none if absent. */
  readonly dropped?: ReadonlySet<string>;
}

/** A turn of an episode: `A3`. */
export function turnKey({ seat, round }: { readonly seat: Seat; readonly round: number }): string {
  return `${seat}${round}`;
}

/** The same for samples of one direction whose source is the same state: `4/3`. */
export function sourceName({ source: { recording, round } }: Sample): string {
  return `${recording}/${round}`;
}

/** The seats, and how many rounds later the target speaks next: B answers A in the same round, A answers B in the next. */
const SEATS_OF = {
  'A->B': { source: 'A', target: 'B', shift: 0 },
  'B->A': { source: 'B', target: 'A', shift: 1 },
} as const;

/**
 * Temporally aligned samples (docs/method.md §3, paper §3.2): A→B pairs (h_t^A, h_t^B), B→A pairs (h_t^B, h_{t+1}^A). Where
 * an agent left early, the states that exist are paired and the others are not. Neither are turns that are dropped.
 *
 * @param lag how many rounds later than its answer the target is taken; 0 is the interactive condition
 * @returns samples in the order of the recordings, then of the rounds
 * @throws RangeError for a lag that is no whole number from 0 on
 */
export function alignPairs(recordings: readonly Alignable[], direction: Direction, lag = 0): Sample[] {
  if (!Number.isInteger(lag) || lag < 0) throw new RangeError(`a lag of ${lag} rounds`);
  const { source, target, shift } = SEATS_OF[direction];
  return recordings.flatMap(({ group, rounds, dropped }, recording) => {
    const length = Math.max(0, Math.min(rounds[source], rounds[target] - shift - lag));
    const samples = Array.from({ length }, (_, i) => ({
      group,
      source: { recording, seat: source, round: i + 1 },
      target: { recording, seat: target, round: i + 1 + shift + lag },
    }));
    if (dropped === undefined || dropped.size === 0) return samples;
    return samples.filter((one) => !dropped.has(turnKey(one.source)) && !dropped.has(turnKey(one.target)));
  });
}
