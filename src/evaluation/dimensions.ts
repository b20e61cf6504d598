// What is scored: the seven dimensions of docs/method.md §8 in our own words, and those that a study names itself.

import { z } from 'zod';
import type { AgentScores, Dimension } from './types.ts';

/** The seven with their ranges, and what the judge is told of each (docs/method.md §8, paper Appendix A.4). */
export const SEVEN_DIMENSIONS: readonly Dimension[] = [
  {
    name: 'believability',
    low: 0,
    high: 10,
    description:
      'How much the agent talks as this very person would: natural, in keeping with age, work and temper, without repeating itself or speaking for the other. 10 is a person one would not doubt.',
  },
  {
    name: 'relationship',
    low: -5,
    high: 5,
    description:
      'What the talk did to the bond between the two, seen from this agent, standing and reputation included. Negative: it was harmed; 0: as before; 5: much closer.',
  },
  {
    name: 'knowledge',
    low: 0,
    high: 10,
    description:
      'How much that is new and of use to it the agent found out. 0: nothing; 10: all that there was to learn, and it matters.',
  },
  {
    name: 'secret',
    low: -10,
    high: 0,
    description:
      'Whether the agent kept what it had to keep to itself, its secret and hidden intentions. 0: nothing came out, or there was nothing to hide; −10: all of it did.',
  },
  {
    name: 'social_rules',
    low: -10,
    high: 0,
    description:
      'Whether the agent broke customs or laws: insults, threats, lies that harm, ignoring how people treat each other. 0: none; −10: the gravest.',
  },
  {
    name: 'financial_and_material_benefits',
    low: -5,
    high: 5,
    description:
      'What the agent gained or lost in money or goods, soon or later. Negative: a loss; 0: neither; 5: a great gain.',
  },
  {
    name: 'goal',
    low: 0,
    high: 10,
    description:
      'How far the agent reached its own goal as it is written. 0: not at all, or further away; 10: completely.',
  },
];

/** Of a scale that anybody can judge on. */
const MOST_POINTS = 1000;

/** A dimension as a study file may give it. */
export const dimensionSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'a dimension’s name is made of a-z, 0-9 and "_" and begins with a letter'),
    low: z.number().min(-MOST_POINTS).max(MOST_POINTS),
    high: z.number().min(-MOST_POINTS).max(MOST_POINTS),
    description: z.string().min(1),
  })
  .refine(({ low, high }) => low < high, 'low should be below high');

/** Mean over an agent's dimensions (docs/method.md §8). */
export function overallScore({ scores }: AgentScores): number {
  const values = Object.values(scores);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** An agent's scores, if there is one for every dimension, in range, and no other; otherwise what is wrong. */
export function scoreProblems(
  agent: string,
  scores: Readonly<Record<string, unknown>>,
  dimensions: readonly Dimension[],
): string[] {
  const names = new Set(dimensions.map(({ name }) => name));
  const unknown = Object.keys(scores).filter((key) => !names.has(key));
  return [
    ...unknown.map((key) => `${agent} has a score for "${key.slice(0, 40)}", which is no dimension`),
    ...dimensions.flatMap(({ name, low, high }) => {
      if (!Object.hasOwn(scores, name)) return [`${agent} has no score for "${name}"`];
      const value = scores[name];
      if (typeof value !== 'number' || !Number.isFinite(value))
        return [`${agent}'s score for "${name}" is no number`];
      return value < low || value > high
        ? [`${agent}'s score for "${name}" is ${value}, outside ${low} to ${high}`]
        : [];
    }),
  ];
}
