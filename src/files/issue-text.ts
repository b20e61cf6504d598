// What is wrong with a value in somebody's file, in words: the value itself and what is valid.

import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  string: 'text',
  array: 'a list, such as [a, b]',
  tuple: 'a list, such as [a, b]',
  object: 'settings, such as { key: value }',
  record: 'entries, such as { name: value }',
};

/** Longer values are cut. */
const LONGEST = 60;

/** As it stands in a message: `"yes"`, `0.5`, `[1, 2]`. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** What stands at a path; undefined if nothing does. */
function valueIn(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? Object.getOwnPropertyDescriptor(value, step)?.value
        : undefined,
    root,
  );
}

/**
 * The first mistake that a schema finds, with its place.
 *
 * @param root the whole value that was checked
 * @returns `agent_goals.1: is missing; expected text`
 */
export function firstIssue({ issues }: z.ZodError, root: unknown, whole: string): string {
  const [issue] = issues;
  if (!issue) return `${whole}: is not valid`;
  const where = issue.path.map(String).join('.') || whole;
  const value = valueIn(root, issue.path);
  return `${where}: ${value === undefined ? 'is missing; ' : ''}${issueText(issue, value)}`;
}

/**
 * @param value what stands there; undefined if nothing does
 * @returns `is 0; expected 1 or more`
 */
export function issueText(issue: Issue, value: unknown): string {
  const expected = expectation(issue);
  if (expected === undefined)
    return issue.message.replace(/^Invalid input: /, '').replace(/^Invalid option: /, '');
  return value === undefined ? `expected ${expected}` : `is ${shown(value)}; expected ${expected}`;
}

function expectation(issue: Issue): string | undefined {
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return issue.message.replace(/^Invalid (input|option): expected /, '');
  if (issue.code === 'too_small')
    return sized(issue.origin, issue.minimum, issue.inclusive === false ? 'more than' : 'or more');
  if (issue.code === 'too_big')
    return sized(issue.origin, issue.maximum, issue.inclusive === false ? 'less than' : 'or less');
  return undefined;
}

/** `1 or more`, `more than 0`, `2 or more entries`. */
function sized(origin: string, limit: number | bigint, bound: string): string {
  const of = origin === 'array' || origin === 'tuple' ? ' entries' : origin === 'string' ? ' characters' : '';
  return bound.startsWith('or') ? `${limit} ${bound}${of}` : `${bound} ${limit}${of}`;
}
