// The words that a study's models are given: a style with its built-in wording, or a researcher's own file.

import { basename } from 'node:path';
import { BadInput } from '../errors.ts';
import { issueText } from '../files/issue-text.ts';
import { readText } from '../files/read-file.ts';
import { builtInPrompts, checkPrompts, type Prompts } from '../prompts/prompts.ts';
import type { StyleName } from '../prompts/style-names.ts';
import { locate } from './scenarios.ts';
import type { Study } from './schema.ts';
import { contentOf, locateProblems, locateText, placeOfOffset } from './study-file/locate.ts';
import { valueAt } from './study-file/messages.ts';
import { error, mistakes } from './study-file/problem.ts';

/** Bytes of the longest wording that is read. */
const LONGEST = 4_000_000;

/**
 * Reads a wording of one's own: a YAML file that says what the built-in one of the style says (`interbrain prompts`
 * prints it).
 *
 * @throws BadInput with a line for every mistake: `mine.yaml:7:3 agent.user: …`
 */
export async function readPrompts(file: string, style: StyleName): Promise<Prompts> {
  const advice = `name a wording; interbrain prompts ${style} prints one to begin with`;
  const text = await readText(file, { advice, mostBytes: LONGEST });
  const source = locateText(text, file);
  const [wrong] = source.document.errors;
  if (wrong)
    throw new BadInput(
      placeOfOffset(source, wrong.pos[0]),
      `is not YAML: ${wrong.message}; correct it there`,
    );
  const content = contentOf(source);
  if (content === null)
    throw new BadInput(file, `is empty; interbrain prompts ${style} prints a wording to begin with`);
  const result = checkPrompts(style, basename(file), content);
  if ('prompts' in result) return result.prompts;
  const problems = result.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => error([...issue.path, key], `a wording of style ${style} has no such key`))
      : error(issue.path, issueText(issue, valueAt(content, issue.path))),
  );
  throw mistakes(locateProblems(source, problems));
}

/** @throws BadInput for a wording that cannot be used */
export async function readStudyPrompts(key: Study['prompts'], folder: string): Promise<Prompts> {
  if (typeof key === 'string') return builtInPrompts(key);
  return readPrompts(locate(key.wording, folder), key.style);
}
