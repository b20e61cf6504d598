// What is decoded from an agent's states: whose named states, of which turn, as distributions over the words.

import type { Episode, MentalState, Seat } from '../episodes/types.ts';
import { at } from '../numerics/lookup.ts';
import { type Matrix64, zeros } from '../numerics/matrix.ts';
import type { Sample, StateRef } from '../pairs/align.ts';
import type { OpenRecording } from '../pairs/open.ts';
import { ACTIONS, EMOTIONS } from '../prompts/mental-states.ts';

/** Which of the two words an agent names. */
export type ProbeKind = 'emotion' | 'action';

/** Whose, and when: the agent's own that follow the state, or the partner's before or after it. */
export type ProbeRelation = 'self' | 'partner-previous' | 'partner-next';

export const PROBE_KINDS: readonly ProbeKind[] = ['emotion', 'action'];
export const PROBE_RELATIONS: readonly ProbeRelation[] = ['self', 'partner-previous', 'partner-next'];

/** The words of a kind, in the order of all distributions. */
export const PROBE_LABELS = { emotion: EMOTIONS, action: ACTIONS } as const;

/** A recording with what its agents named. */
export interface NamedRecording extends Pick<OpenRecording, 'group' | 'rounds' | 'states'> {
  readonly turns: Episode['turns'];
  /** Whose conversation it is; without it, nothing is compared with the text or with other seeds. */
  readonly head?: Pick<Episode, 'interaction' | 'seed' | 'scenario' | 'relationship' | 'characterIds'>;
}

/** The states of one seat, one row per turn. */
export function statesOfSeat(recordings: readonly NamedRecording[], seat: Seat): Sample[] {
  return recordings.flatMap(({ group, rounds }, recording) =>
    Array.from({ length: rounds[seat] }, (_, i) => {
      const state: StateRef = { recording, seat, round: i + 1 };
      return { group, source: state, target: state };
    }),
  );
}

/** Distributions that belong to some of the rows. */
export interface ProbeTarget {
  readonly kind: ProbeKind;
  readonly relation: ProbeRelation;
  /** Row numbers of the states. */
  readonly rows: readonly number[];
  /** The group of each of these rows, which must not be divided between training and test. */
  readonly groups: readonly string[];
  /** (rows, labels), float64 */
  readonly distributions: Matrix64;
}

/**
 * The distributions that go with the states of a seat. Where the turn in question does not exist, or its reply did not
 * name a word, the state has none.
 *
 * @param states of `statesOfSeat`
 */
export function probeTarget(
  recordings: readonly NamedRecording[],
  states: readonly Sample[],
  kind: ProbeKind,
  relation: ProbeRelation,
): ProbeTarget {
  const named = recordings.map(({ turns }) => statesByTurn(turns));
  const found = states.flatMap(({ group, source }, row) => {
    const { seat, round } = turnOf(source, relation);
    const word = at(named, source.recording).get(`${round}${seat}`)?.[kind];
    return word ? [{ row, group, probabilities: word.probabilities }] : [];
  });
  const labels = PROBE_LABELS[kind].length;
  const distributions = zeros(found.length, labels);
  for (const [i, { probabilities }] of found.entries()) distributions.data.set(probabilities, i * labels);
  return {
    kind,
    relation,
    rows: found.map(({ row }) => row),
    groups: found.map(({ group }) => group),
    distributions,
  };
}

/** The turn that a state is related to: B answers A in the same round, A answers B in the next. */
function turnOf({ seat, round }: StateRef, relation: ProbeRelation): { seat: Seat; round: number } {
  if (relation === 'self') return { seat, round };
  const next = relation === 'partner-next';
  if (seat === 'A') return { seat: 'B', round: next ? round : round - 1 };
  return { seat: 'A', round: next ? round + 1 : round };
}

function statesByTurn(turns: Episode['turns']): Map<string, MentalState> {
  return new Map(
    turns.flatMap(({ round, seat, mentalState }) => (mentalState ? [[`${round}${seat}`, mentalState]] : [])),
  );
}

/** How often the replies of a seat did not follow the format. */
export interface FormatFailures {
  readonly turns: number;
  readonly failed: number;
  /** failed / turns; 0 if there are none. */
  readonly rate: number;
  /** How often each failure occurred: `no emotion`, `no action`, `no words`, and combinations. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Mean share of the probability that stood on the words, over the turns that named one; null without any. */
  readonly mass: Readonly<Record<ProbeKind, number | null>>;
}

/** Counts the failures of a seat. */
export function formatFailures(
  recordings: readonly Pick<NamedRecording, 'turns'>[],
  seat: Seat,
): FormatFailures {
  const states = recordings.flatMap(({ turns }) =>
    turns.flatMap((turn) => (turn.seat === seat && turn.mentalState ? [turn.mentalState] : [])),
  );
  const reasons: Record<string, number> = {};
  for (const { failure } of states) if (failure) reasons[failure] = (reasons[failure] ?? 0) + 1;
  const failed = Object.values(reasons).reduce((sum, count) => sum + count, 0);
  const massOf = (kind: ProbeKind) => {
    const masses = states.flatMap(({ [kind]: word }) => (word ? [word.mass] : []));
    return masses.length > 0 ? masses.reduce((sum, mass) => sum + mass, 0) / masses.length : null;
  };
  return {
    turns: states.length,
    failed,
    rate: states.length > 0 ? failed / states.length : 0,
    reasons: Object.fromEntries(Object.entries(reasons).sort()),
    mass: { emotion: massOf('emotion'), action: massOf('action') },
  };
}
