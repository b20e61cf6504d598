// The 25 kinds of instruction of IFEval (Zhou et al., Instruction-Following Evaluation for Large Language Models, 2023)
// and whether a response follows them. Each checker does what the published one does, which is not always what the
// instruction says: a divider of three asterisks is found in one of six, and a keyword is found inside a longer word.

import { z } from 'zod';
import type { DetectLanguage } from './ifeval-language.ts';
import { sentencesOf } from './ifeval-sentences.ts';
import {
  capitalTokens,
  countMatches,
  isLower,
  isUpper,
  LINE_END,
  LINE_START,
  literally,
  SPACE,
  splitAtSpaces,
  strip,
  stripCharacters,
  WORD_BOUNDARY,
  wordsOf,
} from './ifeval-text.ts';

/** Whether a response follows an instruction. */
export type Check = (response: string, detectLanguage: DetectLanguage) => boolean;

interface InstructionType {
  /** Checks the arguments and gives the checker for them. Throws ZodError. */
  make(args: unknown): Check;
}

/** A kind of instruction from the shape of its arguments; those that the data does not set may be there as null. */
function instruction<T extends z.ZodRawShape>(
  shape: T,
  check: (args: z.infer<z.ZodObject<T>>, response: string, detectLanguage: DetectLanguage) => boolean,
): InstructionType {
  const schema = z.object(shape);
  return {
    make(args) {
      const checked = schema.parse(args);
      return (response, detectLanguage) => check(checked, response, detectLanguage);
    },
  };
}

const count = z.int().min(0);
const relation = z.enum(['less than', 'at least']);
const holds = (found: number, how: z.infer<typeof relation>, wanted: number) =>
  how === 'less than' ? found < wanted : found >= wanted;

/** A text without a letter counts as being in the right language. */
const isIn = (language: string, response: string, detectLanguage: DetectLanguage) =>
  (detectLanguage(response) ?? language) === language;

const isBlank = (text: string) => strip(text) === '';
const between = (pattern: string) => new RegExp(pattern, 'gu');
const anyCase = (pattern: string) => new RegExp(pattern, 'giu');

function highlights(response: string): number {
  const single = [...response.matchAll(/\*[^\n*]*\*/g)].filter(
    ([match]) => !isBlank(stripCharacters(match, '*')),
  );
  const double = [...response.matchAll(/\*\*([^\n*]*)\*\*/g)].filter(([, inner = '']) => !isBlank(inner));
  return single.length + double.length;
}

const STAR_BULLET = between(`${LINE_START}[${SPACE}]*\\*[^*][^\\n]*${LINE_END}`);
const DASH_BULLET = between(`${LINE_START}[${SPACE}]*-[^\\n]*${LINE_END}`);
const DIVIDER = new RegExp(`[${SPACE}]?\\*\\*\\*[${SPACE}]?`, 'u');

/** Parts between dividers; undefined if one between two dividers is empty. Empty ones at either end do not count. */
function partsBetween(response: string, divider: RegExp | string): string[] | undefined {
  const parts = response.split(divider);
  if (parts.slice(1, -1).some(isBlank)) return undefined;
  return parts.filter((part) => !isBlank(part));
}

/** The first word of a paragraph, up to its first mark, in small letters. */
function firstWord(paragraph: string): string {
  const [start = ''] = splitAtSpaces(paragraph);
  const [word = ''] = start
    .replace(/^'+/, '')
    .replace(/^"+/, '')
    .split(/[.,?!'"]/);
  return word.toLowerCase();
}

/** Paragraphs between empty lines; blank ones do not count, but they take their place in the order. */
function paragraphStarts(response: string, wanted: number, nth: number, word: string): boolean {
  const paragraphs = response.split('\n\n');
  if (paragraphs.filter((paragraph) => !isBlank(paragraph)).length !== wanted) return false;
  const paragraph = paragraphs[nth - 1];
  return nth <= wanted && paragraph !== undefined && !isBlank(paragraph) && firstWord(paragraph) === word;
}

/** \x60p. s.\x60 and so on; any other marker as it is written. */
function postscript(marker: string): RegExp {
  if (marker === 'P.P.S') return anyCase(`p\\.[${SPACE}]?p\\.[${SPACE}]?s`);
  if (marker === 'P.S.') return anyCase(`p\\.[${SPACE}]?s\\.`);
  return anyCase(literally(marker));
}

/** Whether Python would read a response as JSON: NaN and the infinities are numbers there. */
function isJson(response: string): boolean {
  const opened = ['```json', '```Json', '```JSON', '```'].reduce(
    (text, fence) => (text.startsWith(fence) ? text.slice(fence.length) : text),
    strip(response),
  );
  const text = strip(opened.endsWith('```') ? opened.slice(0, -3) : opened);
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/gs, (part) =>
    part.startsWith('"') ? part : '0',
  );
  try {
    JSON.parse(plain);
    return true;
  } catch {
    return false;
  }
}

/** A title in double angle brackets, on one line and not empty. */
const hasTitle = (response: string) =>
  [...response.matchAll(/<<[^\n]+>>/g)].some(
    ([title]) => !isBlank(title.replace(/^<+/, '').replace(/>+$/, '')),
  );

const ANSWERS = ['My answer is yes.', 'My answer is no.', 'My answer is maybe.'];

/** All kinds of instruction, by the id that the data gives them. */
export const INSTRUCTIONS: Readonly<Record<string, InstructionType>> = {
  'change_case:capital_word_frequency': instruction(
    { capital_frequency: count, capital_relation: relation },
    ({ capital_frequency, capital_relation }, response) =>
      holds(capitalTokens(response).length, capital_relation, capital_frequency),
  ),
  'change_case:english_capital': instruction(
    {},
    (_, response, detectLanguage) => isUpper(response) && isIn('en', response, detectLanguage),
  ),
  'change_case:english_lowercase': instruction(
    {},
    (_, response, detectLanguage) => isLower(response) && isIn('en', response, detectLanguage),
  ),
  'combination:repeat_prompt': instruction({ prompt_to_repeat: z.string().min(1) }, (args, response) =>
    strip(response).toLowerCase().startsWith(strip(args.prompt_to_repeat).toLowerCase()),
  ),
  'combination:two_responses': instruction({}, (_, response) => {
    const [one, other, ...more] = partsBetween(response, '******') ?? [];
    if (one === undefined || other === undefined || more.length > 0) return false;
    return strip(one) !== strip(other);
  }),
  'detectable_content:number_placeholders': instruction(
    { num_placeholders: count },
    (args, response) => countMatches(response, /\[[^\n]*?\]/g) >= args.num_placeholders,
  ),
  'detectable_content:postscript': instruction(
    { postscript_marker: z.string().trim().min(1) },
    (args, response) => postscript(args.postscript_marker).test(response),
  ),
  'detectable_format:constrained_response': instruction({}, (_, response) =>
    ANSWERS.some((answer) => response.includes(answer)),
  ),
  'detectable_format:json_format': instruction({}, (_, response) => isJson(response)),
  'detectable_format:multiple_sections': instruction(
    { section_spliter: z.string().trim().min(1), num_sections: count },
    (args, response) => {
      const heading = between(`[${SPACE}]?${literally(args.section_spliter)}[${SPACE}]?\\p{Nd}+[${SPACE}]?`);
      return countMatches(response, heading) >= args.num_sections;
    },
  ),
  'detectable_format:number_bullet_lists': instruction(
    { num_bullets: count },
    (args, response) =>
      countMatches(response, STAR_BULLET) + countMatches(response, DASH_BULLET) === args.num_bullets,
  ),
  'detectable_format:number_highlighted_sections': instruction(
    { num_highlights: count },
    (args, response) => highlights(response) >= args.num_highlights,
  ),
  'detectable_format:title': instruction({}, (_, response) => hasTitle(response)),
  'keywords:existence': instruction({ keywords: z.array(z.string()).min(1) }, (args, response) =>
    args.keywords.every((keyword) => anyCase(literally(keyword)).test(response)),
  ),
  'keywords:forbidden_words': instruction({ forbidden_words: z.array(z.string()).min(1) }, (args, response) =>
    args.forbidden_words.every(
      (word) => !anyCase(WORD_BOUNDARY + literally(word) + WORD_BOUNDARY).test(response),
    ),
  ),
  'keywords:frequency': instruction(
    { keyword: z.string().trim().min(1), frequency: count, relation },
    (args, response) =>
      holds(countMatches(response, anyCase(literally(args.keyword))), args.relation, args.frequency),
  ),
  'keywords:letter_frequency': instruction(
    { letter: z.string().min(1), let_frequency: count, let_relation: relation },
    (args, response) => {
      const found = response.toLowerCase().split(args.letter.toLowerCase()).length - 1;
      return holds(found, args.let_relation, args.let_frequency);
    },
  ),
  'language:response_language': instruction(
    { language: z.string().min(2) },
    (args, response, detectLanguage) => isIn(args.language, response, detectLanguage),
  ),
  'length_constraints:nth_paragraph_first_word': instruction(
    { num_paragraphs: count, nth_paragraph: z.int().min(1), first_word: z.string().min(1) },
    (args, response) =>
      paragraphStarts(response, args.num_paragraphs, args.nth_paragraph, args.first_word.toLowerCase()),
  ),
  'length_constraints:number_paragraphs': instruction(
    { num_paragraphs: count },
    (args, response) => partsBetween(response, DIVIDER)?.length === args.num_paragraphs,
  ),
  'length_constraints:number_sentences': instruction({ num_sentences: count, relation }, (args, response) =>
    holds(sentencesOf(response).length, args.relation, args.num_sentences),
  ),
  'length_constraints:number_words': instruction({ num_words: count, relation }, (args, response) =>
    holds(wordsOf(response).length, args.relation, args.num_words),
  ),
  'punctuation:no_comma': instruction({}, (_, response) => !response.includes(',')),
  'startend:end_checker': instruction({ end_phrase: z.string().trim().min(1) }, (args, response) =>
    stripCharacters(strip(response), '"').toLowerCase().endsWith(args.end_phrase.toLowerCase()),
  ),
  'startend:quotation': instruction({}, (_, response) => /^".*"$/s.test(strip(response))),
};
