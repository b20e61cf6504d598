// YAML text → Study. Every mistake is reported with its line and column, what is wrong and what is valid.

import { readFile } from 'node:fs/promises';
import { distance } from 'fastest-levenshtein';
import { isAlias, isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { INTERACTIVE } from '../conditions/condition.ts';
import { tooFewRounds } from '../conditions/samples.ts';
import { BadInput } from '../errors.ts';
import { MODEL_FORMS } from '../models/sources.ts';
import { type Families, familiesByModel } from '../statistics/families.ts';
import { namesWithValues } from './ability-settings.ts';
import { issueText } from './issue-text.ts';
import { type Study, studySchema, TEST_SETTINGS } from './schema.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

interface Located {
  readonly file: string;
  readonly lines: LineCounter;
  readonly root: Node | null;
}

/** `pairs`, 1 → `pairs[1]`. */
function spell(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}

/** The node at a path, or the deepest one above it; for a key, where the key stands. */
function nodeAt(root: Node | null, path: Path, key?: string): Node | null {
  let node = root;
  for (const step of path) {
    const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
    if (!next || typeof next !== 'object' || isAlias(next)) return node;
    node = next as Node;
  }
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => String(item.key) === key);
    if (pair?.key && typeof pair.key === 'object') return pair.key as Node;
  }
  return node;
}

function where(source: Located, path: Path, key?: string): string {
  const offset = nodeAt(source.root, path, key)?.range?.[0] ?? 0;
  const { line, col } = source.lines.linePos(offset);
  const name = spell(key === undefined ? path : [...path, key]);
  return `${source.file}:${line}:${col}${name && ` ${name}`}`;
}

/** "; did you mean …?" or nothing. */
export function guess(word: string, valid: readonly string[]): string {
  const best = valid.toSorted((a, b) => distance(word, a) - distance(word, b))[0];
  return best !== undefined && distance(word, best) <= Math.max(2, word.length / 3)
    ? `; did you mean ${best}?`
    : '';
}

/** What stands at a path in the file. */
function valueAt(root: Node | null, path: Path): unknown {
  let value: unknown = root?.toJSON();
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return value;
}

/** The objects that a schema may be: itself, or what an option, a default or a transformation leads to. */
function shapesOf(schema: unknown): Readonly<Record<PropertyKey, unknown>>[] {
  const { shape, def } = (schema ?? {}) as { shape?: Record<PropertyKey, unknown>; def?: SchemaDefinition };
  if (shape) return [shape];
  return [...(def?.options ?? []), def?.innerType, def?.out].flatMap((inner) =>
    inner ? shapesOf(inner) : [],
  );
}

interface SchemaDefinition {
  readonly options?: readonly unknown[];
  readonly innerType?: unknown;
  /** Of a pipe. */
  readonly out?: unknown;
}

/** The keys that the schema knows at a path. */
function validKeys(path: Path): string[] {
  let shapes = shapesOf(studySchema);
  for (const step of path) shapes = shapes.flatMap((shape) => shapesOf(shape[step]));
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
}

/** For a union, the issues of the alternative that comes closest. */
function closest(issue: Issue): Issue | undefined {
  if (issue.code !== 'invalid_union') return undefined;
  const inside = issue.errors
    .flat()
    .find((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys');
  return inside && ({ ...inside, path: [...issue.path, ...inside.path] } as Issue);
}

/** Of settings for a test if all keys are known there, otherwise of values by model. */
function describeAbility(source: Located, issue: Issue & { readonly code: 'invalid_union' }): BadInput {
  const [, settings = [], values = []] = issue.errors;
  const meant = settings.some(({ code }) => code === 'unrecognized_keys') ? values : settings;
  const inner = meant.find(({ path }) => path.length > 0);
  if (inner) return describe(source, { ...inner, path: [...issue.path, ...inner.path] } as Issue);
  const forms =
    'run, { data: FILE OR ADDRESS, limit: N }, or values like { MODEL: 0.44, source: WHERE FROM }';
  return new BadInput(where(source, issue.path), `should be ${forms}`);
}

function describe(source: Located, issue: Issue): BadInput {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const valid = validKeys(issue.path);
    if (issue.path[0] === 'abilities' && issue.path.length > 1)
      return new BadInput(
        where(source, issue.path, key),
        `neither a setting of the test (${TEST_SETTINGS.join(', ')}) nor a model with a number`,
      );
    const known = valid.length > 0 ? `; keys here are ${valid.join(', ')}` : '';
    return new BadInput(where(source, issue.path, key), `unknown key${guess(key, valid)}${known}`);
  }
  if (issue.code === 'invalid_union' && issue.path[0] === 'abilities') return describeAbility(source, issue);
  if (issue.code === 'invalid_union') {
    // What is wrong in one key of a model's entry is not the entry's form.
    const value = issue.errors
      .flat()
      .find(({ code, path: [key] }) => (key === 'hub' && code === 'invalid_format') || key === 'dtype');
    if (value) return describe(source, { ...value, path: [...issue.path, ...value.path] } as Issue);
    const description = issue.path[0] === 'models' ? `should be ${MODEL_FORMS}` : undefined;
    const inner = closest(issue);
    if (description) return new BadInput(where(source, issue.path), description);
    if (inner) return describe(source, inner);
    if (issue.path[0] === 'scenarios') {
      return new BadInput(
        where(source, issue.path),
        'should be embedded, { sotopia: FOLDER OR ADDRESS } or { path: FILE }',
      );
    }
  }
  return new BadInput(where(source, issue.path), issueText(issue, valueAt(source.root, issue.path)));
}

/** What stands on the maps of the interactive condition, and on their exact solution. */
const ABOUT_INTERACTIVE = {
  significance: 'the other conditions are compared with',
  sensitivity: 'is about the maps of',
  relationships: 'is about the maps of',
};

/** There must be samples in both directions. */
function checkRounds(source: Located, { conditions, simulation: { rounds } }: Study): void {
  for (const [index, condition] of conditions.entries()) {
    const message = tooFewRounds(condition, rounds);
    if (message) throw new BadInput(where(source, ['conditions', index]), message);
  }
}

function checkNames(source: Located, study: Study): void {
  if (study.nonlinear && !study.conditions.includes(INTERACTIVE))
    throw new BadInput(
      where(source, ['nonlinear']),
      'networks stand beside the ridge maps of condition interactive; add it to the conditions',
    );
  checkRounds(source, study);
  for (const [key, about] of Object.entries(ABOUT_INTERACTIVE)) {
    if (!study[key as keyof Study]) continue;
    if (!study.conditions.includes(INTERACTIVE))
      throw new BadInput(where(source, [key]), `${about} condition interactive; add it to the conditions`);
    if (study.synchrony.solver !== 'exact')
      throw new BadInput(where(source, [key]), 'goes with synchrony.solver exact');
  }
  const models = Object.keys(study.models);
  checkFamilies(source, study.families ?? {}, models);
  if (study.correlation && !study.judge)
    throw new BadInput(
      where(source, ['correlation']),
      'synchrony is correlated with what a judge says; add judge: rule, or { url, model }',
    );
  if (study.correlation && !study.conditions.includes(INTERACTIVE))
    throw new BadInput(
      where(source, ['correlation']),
      'synchrony in condition interactive is correlated; add it to the conditions',
    );
  for (const [benchmark, name] of namesWithValues(study)) {
    if (models.includes(name)) continue;
    const message = `no model is called "${name}"${guess(name, models)}; models are ${models.join(', ')}`;
    throw new BadInput(where(source, ['abilities', benchmark], name), message);
  }
  if (study.pairs === 'all') return;
  for (const [index, pair] of study.pairs.entries()) {
    for (const [side, model] of pair.entries()) {
      if (models.includes(model)) continue;
      const message = `no model is called "${model}"; models are ${models.join(', ')}`;
      const place = where(source, ['pairs', index, side]).replace(/\[\d+\]$/, '');
      throw new BadInput(place, message);
    }
  }
}

function checkFamilies(source: Located, families: Families, models: readonly string[]): void {
  for (const [family, members] of Object.entries(families))
    for (const [index, model] of members.entries())
      if (!models.includes(model))
        throw new BadInput(
          where(source, ['families', family, index]).replace(/\[\d+\]$/, ''),
          `no model is called "${model}"${guess(model, models)}; models are ${models.join(', ')}`,
        );
  familiesByModel(families, where(source, ['families']));
}

/**
 * @param file the name that messages show
 * @throws BadInput with `file:line:column key: what is wrong; what is valid`
 */
export function parseStudy(text: string, file: string): Study {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0];
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new BadInput(`${file}:${line}:${col}`, `is not YAML: ${problem.message}`);
  }
  const source: Located = { file, lines, root: document.contents };
  const result = studySchema.safeParse(document.toJS());
  if (!result.success) throw describe(source, result.error.issues[0]!);
  checkNames(source, result.data);
  return result.data;
}

/** @throws BadInput if the file cannot be read or does not describe a study */
export async function readStudy(file: string): Promise<{ readonly study: Study; readonly text: string }> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const what = error.code === 'ENOENT' ? 'no such file' : `cannot be read (${error.code})`;
    throw new BadInput(file, `${what}; name a study file such as examples/first-study.yaml`, {
      cause: error,
    });
  });
  return { study: parseStudy(text, file), text };
}
