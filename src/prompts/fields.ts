// Texts with fields, `Your goal: {goal}`, which are filled from an agent's view and from nothing else.

import { z } from 'zod';
import { ACTIONS, EMOTIONS, listed } from './mental-states.ts';
import { describeProfile, sentence } from './profile.ts';
import type { AgentView, Profile } from './view.ts';

type Value = (view: AgentView) => string | number | undefined;

const ABOUT = ['age', 'gender', 'occupation', 'pronouns', 'publicInfo', 'personality'] as const;

function fieldsOf(who: 'self' | 'partner', keys: readonly Exclude<keyof Profile, 'name'>[]) {
  return keys.map((key): [string, Value] => [`${who}.${key}`, (view) => view[who][key]]);
}

/** Fields that always have a value. */
const CERTAIN: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['situation', ({ situation }) => situation],
  ['goal', ({ goal }) => sentence(goal)],
  ['self.name', ({ self }) => self.name],
  ['partner.name', ({ partner }) => partner.name],
  ['emotions', () => listed(EMOTIONS)],
  ['actions', () => listed(ACTIONS)],
]);

/** Fields that may be empty or hidden: of the partner, the relationship decides what a view holds. */
const UNCERTAIN: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['self.profile', ({ self }) => describeProfile(self)],
  ['partner.profile', ({ partner }) => describeProfile(partner)],
  ...fieldsOf('self', [...ABOUT, 'secret']),
  ...fieldsOf('partner', ABOUT),
]);

/** A field, or a brace that belongs to none. */
const FIELD = /\{([^{}]*)\}|[{}]/g;

function wrongWith(whole: string, inside: string | undefined): string | undefined {
  if (inside === undefined) return `has a "${whole}" that belongs to no field`;
  const [name = '', fallback] = inside.split('|');
  if (CERTAIN.has(name))
    return fallback === undefined ? undefined : `{${name}} is always known; leave out "|${fallback}"`;
  if (UNCERTAIN.has(name))
    return fallback?.trim()
      ? undefined
      : `{${name}} may be unknown; say what stands in its place, such as {${name}|Unknown.}`;
  const hidden = /^partner\.(secret|goal)$/.test(name)
    ? `no agent may know {${name}}`
    : `there is no field {${name}}`;
  const fields = [...CERTAIN.keys(), ...UNCERTAIN.keys()].join(', ');
  return `${hidden}; fields are ${fields}`;
}

/** What is wrong with the fields of a text; nothing if each can be filled from any view. */
export function fieldProblems(text: string): string[] {
  return [...text.matchAll(FIELD)].flatMap(([whole, inside]) => wrongWith(whole, inside) ?? []);
}

/** A text with fields, each of which can be filled from any view. */
export const fieldText = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    for (const message of fieldProblems(text)) context.addIssue({ code: 'custom', message });
  });

/** The text as one agent is given it. */
export function fill(text: string, view: AgentView): string {
  return text.replace(FIELD, (whole, inside: string | undefined) => {
    const [name = '', fallback] = inside?.split('|') ?? [];
    const value = (CERTAIN.get(name) ?? UNCERTAIN.get(name))?.(view);
    return String((value === '' ? undefined : value) ?? fallback ?? whole);
  });
}
