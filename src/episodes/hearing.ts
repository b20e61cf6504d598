// What the partner hears of a reply: the words that were said, without what models put around them. Each rule below puts
// right one habit, as far as it is certain, and leaves a note at the turn (docs/method.md §2).

import type { Reply } from '../models/language-model.ts';
import { generatedTokens } from '../models/reply-taker.ts';

/** What silence looks like to the partner. */
export const SILENCE = '...';

/** Who speaks, and to whom. */
export interface Speakers {
  readonly self: string;
  readonly partner: string;
}

export interface Heard {
  readonly text: string;
  /** What had to be put right, in the order in which it was. */
  readonly notes: readonly string[];
}

/** A habit of models, and what is left of a reply without it; the same text if it does not show. */
interface Rule {
  readonly note: string;
  readonly without: (text: string, speakers: Speakers) => string;
}

/** A text as it stands in a pattern. */
export const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const NAME = "\\p{Lu}[\\p{L}’'-]+";

/**
 * How a person may be named in front of a line: in full, by the first name, or with one of two names wrong. Case counts:
 * `Ada thinks:` is no name.
 */
function namesOf(name: string): string {
  const [first = name, ...rest] = name.split(' ');
  const last = rest.at(-1);
  const others = last === undefined ? '' : `|${NAME} ${escaped(last)}`;
  return `${escaped(name)}|${escaped(name.toUpperCase())}|${escaped(first)}(?: ${NAME})?${others}`;
}

/** `**Ada Brown (softly):** ` or `(Ada Brown) `; colon or brackets are what makes it a label. */
function label(names: string): string {
  return `(?:[([](?:${names})[)\\]]:?|[*_"“]*(?:${names})[*_]*(?: ?[([][^)\\]\\n]{1,40}[)\\]])?[*_]* ?[:：][*_]*)`;
}

const GENERIC = '[Aa]ssistant|AI|[Mm]e|[Mm]yself|[Rr]eply|[Rr]esponse|[Aa]nswer|[Nn]ext line';

function withoutLabel(text: string, names: string): string {
  if (!/[:：([]/.test(text)) return text;
  const match = new RegExp(`^\\s*${label(names)}\\s*`, 'u').exec(text);
  if (!match) return text;
  // A quotation mark that the label swallowed belongs to the words behind it.
  const quote = /^\s*["“]/.exec(match[0]) ? '"' : '';
  return quote + text.slice(match[0].length);
}

/** Thoughts between tags; all before a closing tag, and all behind an opening one that nothing closes. */
function withoutThoughts(text: string): string {
  const tag = '(?:think|thinking|thought|reasoning)';
  return text
    .replace(new RegExp(`<${tag}>[\\s\\S]*?</${tag}>`, 'giu'), '')
    .replace(new RegExp(`^[\\s\\S]*</${tag}>`, 'iu'), '')
    .replace(new RegExp(`<${tag}>[\\s\\S]*$`, 'iu'), '');
}

/** The reply up to where the partner's line begins: on a line of its own, or behind a sentence. */
function withoutPartnersLine(text: string, { self, partner }: Speakers): string {
  // A label has a colon or a bracket.
  if (!/[:：([]/.test(text)) return text;
  const names = `${namesOf(partner)}|${namesOf(self)}`;
  const next = new RegExp(`(?:\\n\\s*|[.!?…"”*)]\\s+)(?=${label(names)})`, 'u').exec(text);
  if (!next || text.slice(0, next.index).trim() === '') return text;
  return text.slice(0, next.index + (/^[^\n\s]/.test(next[0]) ? 1 : 0));
}

/** `*smiles*` by itself, `[nods]`, and `(quietly)` before the first word. */
function withoutDirections(text: string): string {
  const place = '(?<=^|[.!?…,"”]\\s*|\\n\\s*)';
  const end = '(?=\\s*(?:$|\\n|["“\\p{Lu}¿¡]))';
  return text
    .replace(/^\s*(?:\([\p{Ll}][^()\n]*\)\s*)+/u, '')
    .replace(/^\s*\([^()]+\)\s*$/u, '')
    .replace(/\[[\p{L}][^[\]\n]*\](?! ?:)/gu, '')
    .replace(new RegExp(`${place}([*_])[\\p{L}][^*_\\n]*\\1${end}`, 'gu'), '')
    .replace(/[^\S\n]{2,}/g, ' ');
}

/** Fences, headings, list marks, bold and stressed words. */
function withoutMarkdown(text: string): string {
  return text
    .replace(/^\s*```.*$/gmu, '')
    .replace(/^[^\S\n]*(?:#{1,6}|>|[-•*])[^\S\n]+/gmu, '')
    .replace(/(\*\*|__)(?=\S)([\s\S]*?\S)\1/gu, '$2')
    .replace(/(?<![\p{L}\p{N}*])\*(?=\S)([^*\n]*\S)\*(?![\p{L}\p{N}*])/gu, '$1')
    .replace(/`([^`\n]+)`/gu, '$1');
}

const SPEAKS =
  'says|said|replies|replied|asks|asked|answers|answered|responds|responded|adds|added|writes|whispers|exclaims';

/** `Ada says out loud, "Hello."`, and `"Hello." Ada smiles.`: the first words that are spoken, alone. */
function withoutNarrator(text: string, { self, partner }: Speakers): string {
  // Most replies quote nobody, and the patterns are costly to make.
  if (!/["“]/.test(text)) return text;
  const names = `${namesOf(self)}|${namesOf(partner)}|[Hh]e|[Ss]he|[Tt]hey`;
  const told = `^(?:${names})(?: \\p{Ll}+){0,6}? (?:${SPEAKS})[^"“”.!?]{0,60}[,:]\\s*["“]([^"“”]+)["”]?$`;
  const around = `^["“]([^"“”]+[.,!?…])["”] (?:${names})\\b`;
  const words = new RegExp(told, 'u').exec(text)?.[1] ?? new RegExp(around, 'u').exec(text)?.[1];
  return words?.replace(/,$/, '.') ?? text;
}

const OPEN = '"“«„';
const CLOSE = '"”»“';

/** Quotation marks around the whole; one that was opened and not closed, or closed and not opened. */
function withoutQuotes(text: string): string {
  const trimmed = text.trim();
  const marks = [...trimmed].filter((mark) => (OPEN + CLOSE).includes(mark)).length;
  const [opens, closes] = [OPEN.includes(trimmed.charAt(0)), CLOSE.includes(trimmed.at(-1) ?? ' ')];
  if (opens && closes && marks === 2) return trimmed.slice(1, -1);
  if (marks !== 1 || trimmed.length < 2) return text;
  if (opens) return trimmed.slice(1);
  return closes ? trimmed.slice(0, -1) : text;
}

const asOneLine = (text: string) => text.trim().replace(/\s*[\r\n\v\f\u0085\u2028\u2029]+\s*/g, ' ');

/** In the order in which they are applied. */
const RULES: readonly Rule[] = [
  { note: 'left out its thoughts', without: withoutThoughts },
  { note: 'left out stage directions', without: withoutDirections },
  { note: 'repeated its own name', without: (text, { self }) => withoutLabel(text, namesOf(self)) },
  { note: 'put a label in front', without: (text) => withoutLabel(text, GENERIC) },
  {
    note: 'put its partner’s name in front',
    without: (text, { partner }) => withoutLabel(text, namesOf(partner)),
  },
  { note: 'cut where it spoke on for its partner', without: withoutPartnersLine },
  { note: 'left out markdown', without: withoutMarkdown },
  { note: 'left out who says it', without: withoutNarrator },
  { note: 'left out quotation marks', without: withoutQuotes },
  { note: 'joined its lines', without: asOneLine },
];

/** The reply as the partner hears it, in one line, and what had to be put right. */
export function hear(
  reply: Pick<Reply, 'text' | 'finish' | 'tokens' | 'counted'>,
  speakers: Speakers,
): Heard {
  const found = new Set<string>();
  let text = reply.text.trim();
  // One habit may hide another: a name behind a stage direction, or twice.
  for (const { note, without } of [...RULES, ...RULES]) {
    const rest = without(text, speakers).trim();
    if (rest !== text) found.add(note);
    text = rest;
  }
  const notes = [...found];
  if (reply.finish === 'length') notes.push(`cut at ${generatedTokens(reply)} tokens`);
  if (text !== '') return { text, notes };
  return { text: SILENCE, notes: [...notes, 'empty reply'] };
}
