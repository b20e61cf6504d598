// What a case of the embedded small world is: a scenario together with what each side would say yes to, an ordered list
// of terms, best first. The same lists make the goals' texts, the checkable rules and the dialogues that the embedded
// models are trained on.

import type { GoalRule, Relationship } from './schema.ts';

export const KINDS = ['bargaining', 'sharing', 'choosing', 'favour', 'making-up', 'inviting'] as const;
export type Kind = (typeof KINDS)[number];

/** One possible outcome. */
export interface Terms {
  /** Equal keys are equal outcomes. */
  readonly key: string;
  /** How A says it, how B says it: a clause that stands after "I suggest that" or "Agreed,". */
  readonly clause: readonly [string, string];
}

export interface Case {
  readonly kind: Kind;
  /** What must differ between training and the embedded world. */
  readonly signature: string;
  readonly situation: string;
  readonly goals: readonly [string, string];
  readonly rules: readonly [GoalRule, GoalRule];
  readonly relationships: readonly Relationship[];
  /** What each side proposes, in turn; the last is as far as it goes. */
  readonly ladders: readonly [readonly Terms[], readonly Terms[]];
  /** Whether a side would rather take `offered` than go on to propose `next`. */
  readonly accepts: (seat: 0 | 1, offered: Terms, next: Terms) => boolean;
  /** How A comes to the matter. */
  readonly opening: string;
  /** Why a side does not take an offer. */
  readonly objections: readonly [readonly string[], readonly string[]];
}

function rank(ladder: readonly Terms[], terms: Terms): number {
  const found = ladder.findIndex((entry) => entry.key === terms.key);
  return found < 0 ? Number.POSITIVE_INFINITY : found;
}

/** For ladders of choices: take what is on one's own list and no worse than what one would say next. */
export function byRank(ladders: Case['ladders']): Case['accepts'] {
  return (seat, offered, next) => rank(ladders[seat], offered) <= rank(ladders[seat], next);
}
