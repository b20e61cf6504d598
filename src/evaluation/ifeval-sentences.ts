// How many sentences a text has, as the Punkt method counts them (Kiss & Strunk, Unsupervised Multilingual Sentence
// Boundary Detection, Computational Linguistics 2006), which IFEval's published checkers use with English settings
// trained on newspapers. The rules are theirs; the lists of words are our own, instead of what was counted in those
// newspapers. test/ifeval-verdicts.test.ts says how near it is.

import { SPACE } from './ifeval-text.ts';

const list = (words: string) => new Set(words.trim().split(/\s+/));

/** Abbreviations that are written with a full stop, which is left out here. */
const ABBREVIATIONS = list(`
  mr mrs ms messrs dr prof st sr jr gen col lt maj adm sen rep reps inc corp co cos ltd bros
  jan feb aug sept sep oct nov dec tues wed fri
  ala ariz calif colo conn fla ga ill kan ky mich minn nev okla ore pa tenn va vt wash wis
  vs v ft yr mg ph.d`);

/** `J.K.` and `p.m.` are abbreviations; these were not among those that the newspapers taught. */
const PAIR = /^\p{L}(?:\.\p{L})+$/u;
const NO_ABBREVIATIONS = list('p.s p.p.s i.e e.g b.c m.d b.a m.a b.s m.s e.u s.d');

/** Letters that were abbreviations in the newspapers; the others are a person's initials, or label a line. */
const LETTERS = /^[c-hk-np-tvw]$/;

/** Words with which a sentence begins often enough to tell that an abbreviation before them has ended one. */
const STARTERS = list(`
  the this these it he we they i there but if in so when while since although though however both many most some
  even instead indeed thus yet meanwhile moreover`);

const NOT_WORD = '?!)";}\\]*:@\'({\\[';
/** A full stop, ? or ! with a mark or another word behind it. */
const CANDIDATE = new RegExp(`[.?!](?=([${NOT_WORD}])|[${SPACE}]+([^${SPACE}]+))`, 'gu');
const DOTS = '-{2,}|\\.{2,}|(?:\\.\\s){2,}\\.';
/** Runs of dots and dashes; words; single marks. */
const TOKEN = new RegExp(
  `${DOTS}|(?=[^("\`{\\[:;&#*@)}\\]\\-,])[^${SPACE}]+?(?=[${SPACE}]|$|[${NOT_WORD}]|${DOTS}|,(?=$|[${SPACE}${NOT_WORD}]|${DOTS}))|[^${SPACE}]`,
  'gu',
);
const CLOSING = /^["')\]}]+?(?:\s+|(?=--)|$)/;
const NUMBER = /^-?[.,]?\d[\d,.-]*\.?$/;
const INITIAL = /^\p{L}\.$/u;

/** @param stem in small letters, without the full stop */
function isAbbreviation(stem: string): boolean {
  return [stem, stem.slice(stem.lastIndexOf('-') + 1)].some(
    (word) =>
      ABBREVIATIONS.has(word) || LETTERS.test(word) || (PAIR.test(word) && !NO_ABBREVIATIONS.has(word)),
  );
}

/**
 * Whether a sentence ends with this token, given the one behind it. A letter that opens a line, as in `B. Methods`,
 * is a label and stands alone; elsewhere it belongs to the name that follows.
 */
function endsSentence(token: string, next: string | undefined, opensLine: boolean): boolean {
  if (token === '.' || token === '?' || token === '!') return true;
  if (!token.endsWith('.')) return false;
  const dots = token.endsWith('..');
  const initial = INITIAL.test(token);
  const usual = !dots && !isAbbreviation(token.slice(0, -1).toLowerCase());
  if (next === undefined) return usual;
  const small = /^\p{Ll}/u.test(next);
  const mark = /^[;:,.!?]$/.test(next);
  const capital = /^\p{Lu}/u.test(next);
  const starter = capital && STARTERS.has(next.toLowerCase().replace(/['’].*/, ''));
  if (!usual && !initial) return starter;
  if (NUMBER.test(token)) return usual && !small && !mark;
  if (initial) return usual && !small && !mark && (opensLine || starter || !capital);
  return usual;
}

/** Whether a sentence ends within a stretch of text, before its last token. */
function holdsEnd(context: string, opensLine: boolean): boolean {
  const tokens = [...context.matchAll(TOKEN)].map(([token]) => token);
  return tokens.slice(0, -1).some((token, i) => endsSentence(token, tokens[i + 1], opensLine));
}

/** Where sentences end and the next one begins. Of several candidates in one word only the last one counts. */
function boundaries(text: string): { readonly end: number; readonly next: number }[] {
  const candidates = new Map<number, RegExpExecArray>();
  for (const match of text.matchAll(CANDIDATE)) {
    let begin = match.index;
    while (begin > 0 && !/\s/u.test(text.charAt(begin - 1))) begin--;
    candidates.set(begin, match);
  }
  return [...candidates].flatMap(([begin, match]) => {
    const [, mark, word] = match;
    const context = `${text.slice(begin, match.index + 1)}${mark ?? ` ${word}`}`;
    if (!holdsEnd(context, /(?:^|\n)[^\S\n]*$/.test(text.slice(0, begin)))) return [];
    const end = match.index + 1;
    return [{ end, next: word === undefined ? end : text.indexOf(word, end) }];
  });
}

/** The sentences of a text. Closing quotes and brackets belong to the sentence that they close. */
export function sentencesOf(text: string): string[] {
  const slices: string[] = [];
  let begin = 0;
  for (const { end, next } of boundaries(text)) {
    slices.push(text.slice(begin, end));
    begin = next;
  }
  slices.push(text.slice(begin));
  const sentences: string[] = [];
  for (const slice of slices) {
    const closing = sentences.length > 0 ? CLOSING.exec(slice)?.[0] : undefined;
    const rest = slice.slice(closing?.length ?? 0);
    if (closing !== undefined) sentences[sentences.length - 1] += closing.trimEnd();
    if (rest.trim() !== '') sentences.push(rest.trim());
  }
  return sentences;
}
