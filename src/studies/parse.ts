// YAML text → Study. Every mistake is reported with its line and column, what is wrong and what is valid; all at once.

import { readFile } from 'node:fs/promises';
import { isAlias, isPair, isScalar, visit, type YAMLError } from 'yaml';
import { BadInput } from '../errors.ts';
import { canBeAsked, type FileParts } from './checks/check.ts';
import { FILE_CHECKS } from './checks/table.ts';
import type { Study } from './schema.ts';
import { type LocatedText, locateProblems, locateText, placeOfOffset } from './study-file/locate.ts';
import { error, mistakes, type Path, type Problem } from './study-file/problem.ts';
import { salvage, startsWith, touches } from './study-file/salvage.ts';

/** How often one anchor may be repeated, which keeps a small file from becoming a huge study. */
const MOST_ALIASES = 100;

/** A study file as it was read, with everything that its text alone says. */
export interface StudyFile {
  readonly file: string;
  readonly text: string;
  readonly source: LocatedText;
  /** Undefined if too much is wrong for anything else to be checked. */
  readonly parts: FileParts | undefined;
  /** Mistakes and warnings; places in lists are those of the file. */
  readonly problems: readonly Problem[];
  /** Place in the file of a place in the study. */
  readonly original: (path: Path) => Path;
}

/** A key that stands twice is told with the other mistakes; anything else leaves no study to look at. */
function checkSyntax(source: LocatedText, text: string): Problem[] {
  const isDouble = ({ code }: YAMLError) => code === 'DUPLICATE_KEY';
  const { errors } = source.document;
  const problem = errors.find((one) => !isDouble(one));
  if (problem) {
    const where = placeOfOffset(source, problem.pos[0]);
    throw new BadInput(where, `is not YAML: ${problem.message}`);
  }
  return errors.map(({ pos: [offset] }) => {
    const [key = ''] = /^[^\n:]*/.exec(text.slice(offset)) ?? [];
    return error([], 'this key stands twice in the same settings; keep one of them', {
      named: [key],
      offset,
    });
  });
}

/** JavaScript has its own meaning for this name, and a key of it would be lost without a word. */
function checkKeys(source: LocatedText): Problem[] {
  const problems: Problem[] = [];
  visit(source.document, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__')
        problems.push(error([], '__proto__ is no valid name; choose another', { offset: key.range?.[0] }));
    },
  });
  return problems;
}

function contentOf(source: LocatedText): unknown {
  try {
    // An empty file holds nothing, rather than null.
    return source.document.toJS({ maxAliasCount: MOST_ALIASES }) ?? undefined;
  } catch (cause) {
    let place = `${source.file}:1:1`;
    visit(source.document, (_, node) => {
      if (isPair(node) || !isAlias(node)) return undefined;
      place = placeOfOffset(source, node.range?.[0] ?? 0);
      const known = node.resolve(source.document) !== undefined;
      return known ? undefined : visit.BREAK;
    });
    const message = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
    throw new BadInput(
      place,
      `is not YAML that can be followed: ${message}; write it out in place of the alias`,
      {
        cause,
      },
    );
  }
}

/**
 * Reads a study's text and asks everything that it alone can answer.
 *
 * @param file the name that messages show
 * @throws BadInput if it is not YAML
 */
export function examineText(text: string, file: string): StudyFile {
  const source = locateText(text, file);
  const syntax = [...checkSyntax(source, text), ...checkKeys(source)];
  const { study, problems, damaged, original } = salvage(contentOf(source));
  const parts = study && {
    study,
    isDamaged: (path: Path) => damaged.some((place) => touches(place, path)),
    isLost: (path: Path) => damaged.some((place) => startsWith(path, place)),
  };
  const found = parts
    ? FILE_CHECKS.filter((check) => canBeAsked(check, parts)).flatMap((check) => check.find(parts))
    : [];
  const all = [...syntax, ...problems, ...atOriginal(found, original)];
  return { file, text, source, parts, problems: all, original };
}

/** Problems of a study with the places that its file has for them. */
export function atOriginal(problems: readonly Problem[], original: (path: Path) => Path): Problem[] {
  return problems.map((problem) => ({
    ...problem,
    path: original(problem.path),
    named: problem.named && original(problem.named),
  }));
}

/**
 * Reads a study from its text. Of what the study names nothing is looked at.
 *
 * @param file the name that messages show
 * @throws BadInput with a line for every mistake: `file:line:col key: what is wrong; what is valid`
 */
export function parseStudy(text: string, file: string): Study {
  const { source, parts, problems } = examineText(text, file);
  const errors = problems.filter(({ level }) => level === 'error');
  if (errors.length > 0 || !parts) throw mistakes(locateProblems(source, errors));
  return parts.study;
}

/**
 * Reads a study file and asks everything that it alone can answer.
 *
 * @throws BadInput if the file cannot be read or is not YAML
 */
export async function loadStudyFile(file: string): Promise<StudyFile> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const what = error.code === 'ENOENT' ? 'no such file' : `cannot be read (${error.code})`;
    throw new BadInput(file, `${what}; name a study file such as examples/first-study.yaml`, {
      cause: error,
    });
  });
  return examineText(text, file);
}
