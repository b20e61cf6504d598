// Names of conditions: the only place where one is read.

import { z } from 'zod';
import { BadInput } from '../errors.ts';
import { PLAYED } from '../recordings/layout.ts';
import type { ConditionTraits } from './kind.ts';
import { CONDITIONS } from './table.ts';

const NAMES = new RegExp(`^(${CONDITIONS.map(({ pattern }) => pattern).join('|')})$`);

/** The names that a study file may give, for messages: `interactive, …, lag-1 (or lag-2, …)`. */
export const CONDITION_FORMS = CONDITIONS.map(({ listed }) => listed).join(', ');

function unknownCondition(text: unknown): string {
  return `there is no condition "${text}"; conditions are ${CONDITION_FORMS}`;
}

/** For the keys of files that name a condition. */
export const conditionSchema = z
  .string()
  .regex(NAMES, { error: ({ input }) => unknownCondition(input) })
  .brand<'Condition'>();

/** The name of a condition of the table. What else a library's user measures may have any label. */
export type Condition = z.infer<typeof conditionSchema>;

/** Whether a label is the name of a condition. */
export function isCondition(label: string): label is Condition {
  return NAMES.test(label);
}

/**
 * Reads the name of a condition.
 *
 * @throws BadInput for a name that is none, saying which there are
 */
export function parseCondition(text: string): Condition {
  if (isCondition(text)) return text;
  throw new BadInput('condition', unknownCondition(text));
}

/** Its row of the table. */
export function traitsOf(condition: Condition): ConditionTraits {
  return CONDITIONS[placeOf(condition)]!.traitsOf(condition);
}

/** Index of its row in the table. */
export function placeOf(condition: Condition): number {
  return CONDITIONS.findIndex(({ pattern }) => new RegExp(`^(${pattern})$`).test(condition));
}

/** What the two agents had in mind while they talked; all other conditions are compared with it. */
export const INTERACTIVE = parseCondition(PLAYED);

/** Sources are the states of somebody who reads and takes no part, and nothing more is known of the reader. */
export const PASSIVE = parseCondition('passive');

/**
 * How many rounds later a condition takes the partner's turn, if that is all in which it differs from the interactive
 * one, for which it is 0.
 *
 * @returns undefined for the other conditions
 */
export function lagOf(condition: Condition): number | undefined {
  const { reader, selection, lag = 0 } = traitsOf(condition);
  return reader === undefined && selection === undefined ? lag : undefined;
}
