// YAML text → Study. Every mistake is reported with its line and column, what is wrong and what is valid; all at once.

import { isScalar, visit, type YAMLError } from 'yaml';
import { BadInput } from '../errors.ts';
import { readText } from '../files/read-file.ts';
import { canBeAsked, type FileParts } from './checks/check.ts';
import { FILE_CHECKS } from './checks/table.ts';
import type { Study } from './schema.ts';
import {
  contentOf,
  type LocatedText,
  locateProblems,
  locateText,
  placeOfOffset,
} from './study-file/locate.ts';
import { error, mistakes, type Path, type Problem } from './study-file/problem.ts';
import { salvage, startsWith, touches } from './study-file/salvage.ts';

/** Bytes of the longest study file that is read. */
const LONGEST = 4_000_000;
const ADVICE =
  'name a study file (YAML); interbrain’s own examples lie in the folder examples of the package';

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
    throw new BadInput(where, `is not YAML: ${problem.message}; correct it there`);
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

/**
 * Reads a study's text and asks everything that it alone can answer.
 *
 * @param file the name that messages show
 * @throws BadInput if it is not YAML
 */
export function examineText(text: string, file: string): StudyFile {
  const source = locateText(text, file);
  const syntax = [...checkSyntax(source, text), ...checkKeys(source)];
  const { study, problems, damaged, original } = salvage(contentOf(source) ?? undefined);
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
 * @throws BadInput if there is no such file, or it is not YAML; FileFailure or CorruptFile if it cannot be read
 */
export async function loadStudyFile(file: string): Promise<StudyFile> {
  return examineText(await readText(file, { advice: ADVICE, mostBytes: LONGEST }), file);
}
