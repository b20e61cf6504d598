// The words in which models are told who they are: a style with a wording of its own, built in or a researcher's.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { z } from 'zod';
import { BadInput } from '../errors.ts';
import type { StyleName } from './style-names.ts';
import type { PromptRole } from './styles/style.ts';
import { checkWords, type Leave, type Render } from './styles.ts';

/** Where the built-in wordings lie; the same relative place in `src/` and in `dist/`. */
const FOLDER = new URL('../../prompts/', import.meta.url);

/** The style that a study is played in unless it names another: the one in which models talk best (docs/talk.md). */
export const DEFAULT_STYLE: StyleName = 'chat';

/** A style and its words, as a manifest keeps them. */
export interface PromptsData {
  readonly style: StyleName;
  /** `built-in`, or the name of the file that holds the words. */
  readonly wording: string;
  /** The words, checked. */
  readonly words: Readonly<Record<string, unknown>>;
}

export interface Prompts extends PromptsData {
  /** Of style and words; hex. */
  readonly sha256: string;
  /** Of all that decides what one role is given, and how it is heard; hex. */
  readonly hashOf: (role: PromptRole) => string;
  readonly leave: Leave;
  /** How much of what a model says is heard. */
  readonly reply: 'first-line' | 'whole';
  readonly render: Render;
}

const hash = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Prompts of a style in the words of `content`, or what is wrong with these. */
export function checkPrompts(
  style: StyleName,
  wording: string,
  content: unknown,
): { readonly prompts: Prompts } | { readonly issues: readonly z.core.$ZodIssue[] } {
  const result = checkWords(style, content);
  if ('issues' in result) return result;
  const { checked } = result;
  const { words, leave, reply } = checked;
  const hashOf = (role: PromptRole) => {
    if (role === 'agent' || role === 'mental-states')
      return hash([style, leave, reply, words['agent'], role === 'agent' ? null : words[role]]);
    return hash([style, words[role]]);
  };
  return { prompts: { style, wording, sha256: hash([style, words]), hashOf, ...checked } };
}

/** The same for words that are known to be right: a manifest's, or those that come with interbrain. Throws BadInput. */
export function createPrompts({ style, wording, words }: PromptsData): Prompts {
  const result = checkPrompts(style, wording, words);
  if ('prompts' in result) return result.prompts;
  const issues = result.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new BadInput(wording, `${issues.join('; ')}; run the study again, which writes its words anew`);
}

/** Where the words of a style are that come with interbrain. */
export function builtInFile(style: StyleName): string {
  return fileURLToPath(new URL(`${style}.yaml`, FOLDER));
}

/** Prompts in words that come with interbrain. */
export function promptsFrom(file: string, style: StyleName, wording: string): Prompts {
  return createPrompts({ style, wording, words: parse(readFileSync(file, 'utf8')) });
}

const known = new Map<StyleName, Prompts>();

/** Prompts of a style in the words that come with interbrain. */
export function builtInPrompts(style: StyleName): Prompts {
  const prompts = known.get(style) ?? promptsFrom(builtInFile(style), style, 'built-in');
  known.set(style, prompts);
  return prompts;
}
