// Where in a YAML or JSON text something stands: a path of keys → line and column.

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { BadInput, messageOf } from '../../errors.ts';
import { type LocatedProblem, type Path, type Problem, spell } from './problem.ts';

/** A text that has been parsed, with what it takes to find places in it. */
export interface LocatedText {
  /** The name that messages show. */
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document;
}

/** How often one anchor may be repeated, which keeps a small file from becoming a huge one. */
const MOST_ALIASES = 100;

/**
 * Parses YAML, of which JSON is a part. Mistakes are in `document.errors`.
 *
 * @throws BadInput for a text that is nested so deep that it cannot be followed
 */
export function locateText(text: string, file: string): LocatedText {
  const lines = new LineCounter();
  try {
    return { file, lines, document: parseDocument(text, { lineCounter: lines, prettyErrors: false }) };
  } catch (cause) {
    throw new BadInput(file, `cannot be followed: ${messageOf(cause)}; write it with fewer levels`, {
      cause,
    });
  }
}

/**
 * What a text says, as plain values.
 *
 * @throws BadInput for an alias that stands for nothing, for itself or for too much, with its place
 */
export function contentOf(source: LocatedText): unknown {
  try {
    const content: unknown = source.document.toJS({ maxAliasCount: MOST_ALIASES });
    if (isEndless(content))
      throw new RangeError('an alias stands within what it stands for, or levels are too many');
    return content;
  } catch (cause) {
    const message = messageOf(cause).replace(/\.$/, '');
    const advice = 'write it out in place of the alias';
    throw new BadInput(placeOfAlias(source), `is not YAML that can be followed: ${message}; ${advice}`, {
      cause,
    });
  }
}

/** Of the first alias that stands for nothing, or else the last one. */
function placeOfAlias(source: LocatedText): string {
  let place = `${source.file}:1:1`;
  visit(source.document, (_, node) => {
    if (isPair(node) || !isAlias(node)) return undefined;
    place = placeOfOffset(source, node.range?.[0] ?? 0);
    return node.resolve(source.document) === undefined ? visit.BREAK : undefined;
  });
  return place;
}

/** Whether a value cannot be walked through to its end. */
function isEndless(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}

/** The node at a path, or the deepest one above it, which may be an alias; for a key, where the key stands. */
function nodeAt(root: unknown, path: Path, key?: string): Node | undefined {
  let node = isNode(root) ? root : undefined;
  for (const step of path) {
    const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
    if (!isNode(next)) return node;
    node = next;
  }
  return key === undefined ? node : (keyOf(node, key) ?? node);
}

function keyOf(node: Node | undefined, key: string): Node | undefined {
  if (!isMap(node)) return undefined;
  const keys = node.items.map((item) => item.key).filter((own) => isNode(own));
  return keys.find((own) => isScalar(own) && String(own.value) === key);
}

/** `study.yaml:7:5`. */
export function placeOfOffset({ file, lines }: LocatedText, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}`;
}

function offsetOf({ document }: LocatedText, path: Path, key?: string): number {
  return nodeAt(document.contents, path, key)?.range?.[0] ?? 0;
}

/** `scenarios.json:7:5`: where the value at a path stands, or what is above it. */
export function placeOf(text: LocatedText, path: Path): string {
  return placeOfOffset(text, offsetOf(text, path));
}

/** Problems with their places, in the order of the file; those of other places after them. */
export function locateProblems(text: LocatedText, problems: readonly Problem[]): LocatedProblem[] {
  const located = problems.map((problem) => {
    const { path, key, named, place } = problem;
    if (place !== undefined)
      return { offset: Number.POSITIVE_INFINITY, problem: { ...problem, where: place } };
    const offset = problem.offset ?? offsetOf(text, path, key);
    const name = spell(named ?? (key === undefined ? path : [...path, key]));
    return { offset, problem: { ...problem, where: `${placeOfOffset(text, offset)}${name && ` ${name}`}` } };
  });
  return located.toSorted((a, b) => compare(a.offset, b.offset)).map(({ problem }) => problem);
}

function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
