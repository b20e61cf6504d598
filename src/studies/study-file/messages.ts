// What the schema has against a study file, in words: for every mistake its place, what is wrong and what is valid.

import type { z } from 'zod';
import { issueText } from '../../files/issue-text.ts';
import { MODEL_FORMS } from '../../models/sources.ts';
import { TEST_SETTINGS } from '../schema.ts';
import { guess } from './guess.ts';
import { error, type Path, type Problem } from './problem.ts';
import { validKeys } from './valid-keys.ts';

export type Issue = z.core.$ZodIssue;
type UnionIssue = Extract<Issue, { readonly code: 'invalid_union' }>;

/** More unknown keys at one place are not told. */
const MOST_KEYS = 100;

/** What a value that has several forms may be, where the schema alone does not say it well. */
const FORMS: Readonly<Record<string, string>> = {
  models: `should be ${MODEL_FORMS}`,
  scenarios: 'should be embedded, { sotopia: FOLDER OR ADDRESS } or { path: FILE }',
  abilities:
    'should be run, { data: FILE OR ADDRESS, limit: N }, or values like { MODEL: 0.44, source: WHERE FROM }',
};

/** What stands at a path. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** The same issue, told from where the whole begins. */
function inside(issue: Issue, path: Path): Issue {
  return { ...issue, path: [...path, ...issue.path] };
}

/**
 * Every mistake that an issue is about.
 *
 * @param root the whole that was checked
 */
export function describeIssue(root: unknown, issue: Issue): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, MOST_KEYS).map((key) => unknownKey(path, key));
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message;
    return [error(path.slice(0, -1), message, { key: String(path.at(-1)) })];
  }
  if (issue.code === 'invalid_union') {
    const meant = meantAlternative(root, issue);
    if (meant) return meant.flatMap((inner) => describeIssue(root, inside(inner, path)));
    const form = FORMS[String(path[0])];
    if (form !== undefined) return [error(path, form)];
  }
  return [error(path, issueText(issue, valueAt(root, path)))];
}

function unknownKey(path: Path, key: string): Problem {
  if (path[0] === 'abilities' && path.length > 1) {
    const settings = TEST_SETTINGS.join(', ');
    return error(path, `neither a setting of the test (${settings}) nor a model with a number`, { key });
  }
  const valid = validKeys(path);
  const known = valid.length > 0 ? `; keys here are ${valid.join(', ')}` : '';
  return error(path, `unknown key${guess(key, valid)}${known}`, { key });
}

/**
 * Of a value with several forms, what is wrong with it in the form that was meant; undefined if none can be told.
 * A form is meant whose own keys are there, otherwise one in which something inside is wrong.
 */
function meantAlternative(root: unknown, issue: UnionIssue): readonly Issue[] | undefined {
  const isInner = ({ path, code }: Issue) => path.length > 0 || code === 'unrecognized_keys';
  const isMissing = (inner: Issue) =>
    inner.code === 'invalid_type' && valueAt(root, [...issue.path, ...inner.path]) === undefined;
  const [key] = issue.path;
  if (key === 'abilities') return meantAbility(issue);
  const candidates = issue.errors.filter((issues) => issues.some(isInner));
  const whole = candidates.filter((issues) => !issues.some(isMissing));
  if (key === 'models' || key === 'scenarios') return whole.length === 1 ? whole[0] : undefined;
  return whole[0] ?? candidates[0];
}

/** Settings of a test if all keys are known there, otherwise values by model. */
function meantAbility({ errors: [, settings = [], values = []] }: UnionIssue): readonly Issue[] | undefined {
  const meant = settings.some(({ code }) => code === 'unrecognized_keys') ? values : settings;
  const inner = meant.filter(({ path }) => path.length > 0);
  return inner.length > 0 ? inner : undefined;
}
