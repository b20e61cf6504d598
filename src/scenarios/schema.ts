// The words of docs/method.md §1 as data: characters, scenarios with two private goals, interactions.

import { z } from 'zod';

/** Relationships from the most distant to the closest. `family` does not occur in Sotopia's 450 interactions. */
export const RELATIONSHIPS = [
  'stranger',
  'know-by-name',
  'acquaintance',
  'friend',
  'romantic',
  'family',
] as const;
export type Relationship = (typeof RELATIONSHIPS)[number];

/** `environment` is the judge. A part without a viewer is for everyone who may see the text at all. */
const viewer = z.enum(['A', 'B', 'environment']);

/** A piece of a scenario or goal text, with whom it is addressed to and which hint it is, if any. */
export const textPart = z.strictObject({
  text: z.string(),
  viewer: viewer.optional(),
  tag: z.enum(['extra_info', 'strategy_hint', 'clarification_hint']).optional(),
});
export type TextPart = z.infer<typeof textPart>;

/** What a program can check about one agent's goal in the embedded world. */
const goalRule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('price'),
    item: z.string(),
    role: z.enum(['buyer', 'seller']),
    /** The most that a buyer pays, or the least that a seller takes, in dollars. */
    limit: z.number(),
  }),
  z.strictObject({
    kind: z.literal('items'),
    /** All items that are shared out. */
    items: z.array(z.string()),
    /** What this agent must go home with. */
    must: z.string(),
  }),
  z.strictObject({
    /** `promise` is a choice between things that somebody undertakes to do. */
    kind: z.enum(['choice', 'promise']),
    /** Phrases that name the possible outcomes. */
    options: z.array(z.string()),
    /** Those of the options that meet this agent's goal, best first. */
    accept: z.array(z.string()),
  }),
]);
export type GoalRule = z.infer<typeof goalRule>;

export const character = z.strictObject({
  id: z.string().min(1),
  firstName: z.string().min(1),
  lastName: z.string(),
  age: z.number().int(),
  gender: z.string(),
  pronouns: z.string(),
  occupation: z.string(),
  publicInfo: z.string(),
  personality: z.string(),
  secret: z.string(),
});
export type Character = z.infer<typeof character>;

export const scenario = z.strictObject({
  id: z.string().min(1),
  codename: z.string(),
  /** Where the scenario comes from: `craigslist_bargains`, or the kind of an embedded one. */
  source: z.string(),
  situation: z.array(textPart),
  /** A's goal, B's goal. */
  goals: z.tuple([z.array(textPart), z.array(textPart)]),
  relationship: z.enum(RELATIONSHIPS),
  rules: z.tuple([goalRule, goalRule]).optional(),
});
export type Scenario = z.infer<typeof scenario>;

export const interaction = z.strictObject({
  id: z.string().min(1),
  scenario: z.string(),
  /** Ids of the characters in seats A and B. */
  characters: z.tuple([z.string(), z.string()]),
});
export type Interaction = z.infer<typeof interaction>;

/** A closed world: every id that an interaction names is in it. */
export const scenarioSet = z.strictObject({
  name: z.string(),
  characters: z.array(character),
  scenarios: z.array(scenario),
  interactions: z.array(interaction),
});
export type ScenarioSet = z.infer<typeof scenarioSet>;

/** An interaction with its ids looked up. */
export interface Encounter {
  readonly interaction: Interaction;
  readonly scenario: Scenario;
  readonly characters: readonly [Character, Character];
}

export function fullName(who: Character): string {
  return [who.firstName, who.lastName].filter(Boolean).join(' ');
}
