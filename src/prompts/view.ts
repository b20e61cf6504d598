// What one agent may know, as data. Everything that a prompt says comes from here, so what is not in a view
// cannot leak.

import { type Encounter, fullName, type Relationship } from '../scenarios/schema.ts';
import { readableBy } from '../scenarios/tagged-text.ts';

/** A participant as another one sees it. Fields that the relationship hides are absent. */
export interface Profile {
  readonly name: string;
  readonly age?: number;
  readonly gender?: string;
  readonly occupation?: string;
  readonly pronouns?: string;
  readonly publicInfo?: string;
  readonly personality?: string;
  readonly secret?: string;
}

/** All that one agent knows before the first word. */
export interface AgentView {
  readonly seat: 'A' | 'B';
  readonly situation: string;
  /** The agent's own background, in full. */
  readonly self: Profile;
  /** The partner's background as far as the relationship shows it; never the secret. */
  readonly partner: Profile;
  readonly goal: string;
}

type Field = Exclude<keyof Profile, 'name'>;
const OUTSIDE: readonly Field[] = ['age', 'gender', 'occupation', 'pronouns', 'publicInfo'];
const INSIDE: readonly Field[] = [...OUTSIDE, 'personality'];

/** Which fields of the partner's profile a relationship shows, besides the name (docs/method.md §2). */
export const VISIBLE_FIELDS: Readonly<Record<Relationship, readonly Field[]>> = {
  stranger: [],
  'know-by-name': [],
  acquaintance: OUTSIDE,
  friend: INSIDE,
  romantic: INSIDE,
  family: INSIDE,
};

/** What the agent in `seat` knows of an encounter (docs/method.md §2, paper §3.1). */
export function viewOf(encounter: Encounter, seat: 'A' | 'B'): AgentView {
  const { scenario, characters } = encounter;
  const [own, other] = seat === 'A' ? characters : [characters[1], characters[0]];
  const { age, gender, occupation, pronouns, publicInfo, personality, secret } = own;
  const shown = VISIBLE_FIELDS[scenario.relationship].map((field) => [field, other[field]] as const);
  return {
    seat,
    situation: readableBy(scenario.situation, seat),
    self: { name: fullName(own), age, gender, occupation, pronouns, publicInfo, personality, secret },
    partner: { name: fullName(other), ...Object.fromEntries(shown) },
    goal: readableBy(scenario.goals[seat === 'A' ? 0 : 1], seat),
  };
}
