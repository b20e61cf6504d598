// Text as IFEval's published checkers see it. They are written in Python, so what is a word, white space, a line or a
// capital letter is meant as Python means it; where JavaScript differs, it is spelled out here.

/** White space by Python's `str.isspace`, for use inside a character class. */
export const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
/** What `\w` is in Python: letters, numbers of any kind and the underscore, but no combining marks. */
export const WORD = '\\p{L}\\p{N}_';
/** Where a line begins and ends: lines end at `\n` alone. */
export const LINE_START = '(?<![^\\n])';
export const LINE_END = '(?![^\\n])';

const OUTER_SPACE = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'gu');
const SPACES = new RegExp(`[${SPACE}]+`, 'u');

/** A text without the white space at its ends, as Python's `str.strip` leaves it. */
export function strip(text: string): string {
  return text.replace(OUTER_SPACE, '');
}

/** A text without any of these characters at its ends. */
export function stripCharacters(text: string, characters: string): string {
  const letters = [...text];
  const first = letters.findIndex((letter) => !characters.includes(letter));
  const last = letters.findLastIndex((letter) => !characters.includes(letter));
  return first < 0 ? '' : letters.slice(first, last + 1).join('');
}

/** The parts of a text between white space. */
export function splitAtSpaces(text: string): string[] {
  return text.split(SPACES).filter((part) => part !== '');
}

export function countMatches(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

/** A text as a pattern that matches nothing but it. */
export function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** The place between a word character and something else: `\b`, which JavaScript knows for ASCII only. */
export const WORD_BOUNDARY = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`;

const WORDS = new RegExp(`[${WORD}]+`, 'gu');

/** The runs of word characters in a text: `don't` is two words. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(WORDS)].map(([word]) => word);
}

/** Whether a text has letters with a case and all of them are capitals. */
export function isUpper(text: string): boolean {
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);
}

/** Whether a text has letters with a case and none of them is a capital. */
export function isLower(text: string): boolean {
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
}

/** What stands alone in the Penn Treebank's way of cutting a text into tokens. */
const SEPARATE = /\.{2,}|--|[;@#$%&?!*()[\]{}<>"`«»“”‘’„]|[:,](?=\D|$)|''/g;
/** Endings that are tokens of their own. Single quotes at a word's end are too. */
const ENDINGS = /(?<=[^' ])('s|'m|'d|'ll|'re|'ve|n't|')(?= |$)/gi;
/** `'A` at the beginning of a quotation of one letter. */
const OPENING = new RegExp(`'(?!re|ve|ll|m|t|s|d|n)(?=[${WORD}](?![${WORD}]))`, 'giu');
/** Two words in one, cut after so many letters. */
const JOINED: readonly (readonly [RegExp, number])[] = [
  [/\b(?:cannot|gimme|gonna|gotta|lemme|wanna)\b/gi, 3],
  [/(?<= |^)'t(?:is|was)\b/gi, 2],
];

/**
 * Tokens in capital letters, of those that NLTK's word_tokenize makes: a hyphenated word is one, `IT'S` and `DON'T`
 * are two, and so is `CANNOT`. Full stops are not cut off: no token is a capital one because of them.
 */
export function capitalTokens(text: string): string[] {
  let spaced = ` ${text.replace(OPENING, "' ")} `.replace(SEPARATE, ' $& ').replace(/\s+/g, ' ');
  // Twice: `I'd've` has two of them.
  for (let pass = 0; pass < 2; pass++) spaced = spaced.replace(ENDINGS, ' $1');
  for (const [word, letters] of JOINED)
    spaced = spaced.replace(word, (whole) => `${whole.slice(0, letters)} ${whole.slice(letters)}`);
  return splitAtSpaces(spaced).filter(isUpper);
}
