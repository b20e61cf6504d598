// Sotopia marks who may read a passage with tags inside its texts. They are parsed once, here, into parts with
// an addressee; nothing later cuts text. A parser of HTML or XML would mend what is wrong with a tag, and show what it
// hides; so the few tags are looked for by themselves. Entities stay as they are written.

import { BadInput } from '../errors.ts';
import type { TextPart } from './schema.ts';

const HINTS = ['extra_info', 'strategy_hint', 'clarification_hint'] as const;
const VIEWERS: ReadonlyMap<string, NonNullable<TextPart['viewer']>> = new Map([
  ['agent_0', 'A'],
  ['agent_1', 'B'],
  ['environment', 'environment'],
]);
const TAGS = `tags are <p viewer="…">, <${HINTS.join('>, <')}>`;
const PLAIN = 'a < that is none is written with a blank behind it';

/** `<name key="value">`, `</name>` and `<name/>`, without a blank before the name. */
const TAG = /^<(\/?)([\p{L}_][\p{L}\p{N}_:.-]*)((?:\s+[^\s<>=/"']+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/u;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
/** What is meant as markup, well written or not: a name of ours, a closing tag, a comment, a declaration. */
const MEANT = new RegExp(`^<(?:[!?]|\\s*/|\\s*(?:p|${HINTS.join('|')})(?![\\p{L}\\p{N}_]))`, 'iu');

interface OpenTag {
  readonly name: string;
  readonly viewer?: NonNullable<TextPart['viewer']>;
  readonly tag?: NonNullable<TextPart['tag']>;
}

/** The beginning of a passage as a message quotes it. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function openTag(name: string, attributes: string, where: string): OpenTag {
  const given = [...attributes.matchAll(ATTRIBUTE)].map(
    ([, key = '', double, single]) => [key, double ?? single ?? ''] as const,
  );
  const hint = HINTS.find((known) => known === name);
  if (name !== 'p' && hint === undefined)
    throw new BadInput(where, `unknown tag <${name}>; ${TAGS}; text is written without angle brackets`);
  const allowed = name === 'p' ? ['viewer'] : [];
  const other = given.find(([key], i) => !allowed.includes(key) || i > 0);
  if (other)
    throw new BadInput(where, `<${name}> has ${other[0]} besides; ${TAGS}, with nothing else in them`);
  if (hint) return { name, tag: hint };
  const named = given[0]?.[1] ?? '';
  const viewer = VIEWERS.get(named);
  if (viewer) return { name, viewer };
  throw new BadInput(
    where,
    `<p viewer="${named}"> names no viewer; viewers are ${[...VIEWERS.keys()].join(', ')}`,
  );
}

/** Appends a passage to the part before it, if that is for the same reader. */
function append(parts: TextPart[], text: string, open: readonly OpenTag[]): void {
  if (text === '') return;
  const viewer = open.findLast((tag) => tag.viewer)?.viewer;
  const tag = open.findLast((candidate) => candidate.tag)?.tag;
  const last = parts.at(-1);
  if (last && last.viewer === viewer && last.tag === tag) last.text += text;
  else parts.push({ text, ...(viewer && { viewer }), ...(tag && { tag }) });
}

function close(name: string, open: OpenTag[], where: string): void {
  const last = open.pop();
  if (last === undefined)
    throw new BadInput(where, `</${name}> closes what is not open; ${TAGS}, each opened before it is closed`);
  if (last.name !== name)
    throw new BadInput(where, `<${last.name}> is not closed where it should be, before </${name}>`);
}

/**
 * Parses tagged text into parts, in order. Tags nest; the innermost hint names the part and the innermost
 * `<p viewer>` decides who may read it. Line breaks carry no meaning (docs/method.md §2). Any other `<` is text.
 *
 * @throws BadInput for a tag or viewer that is not known, a tag with a slip in it, one that is never opened or never
 * closed, and comments: to guess what it hides would be to leak it.
 */
export function parseTaggedText(text: string, where: string): TextPart[] {
  const parts: TextPart[] = [];
  const open: OpenTag[] = [];
  let from = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    const rest = text.slice(at, at + 1000);
    const [whole, closing, name, attributes = '', empty] = TAG.exec(rest) ?? [];
    if (whole === undefined || name === undefined) {
      if (!MEANT.test(rest)) continue;
      throw new BadInput(where, `${quoted(rest)} is no tag as it should be; ${TAGS}; ${PLAIN}`);
    }
    append(parts, text.slice(from, at), open);
    from = at + whole.length;
    if (closing === '/') close(name, open, where);
    else if (empty === '/') openTag(name, attributes, where);
    else open.push(openTag(name, attributes, where));
  }
  append(parts, text.slice(from), open);
  const [first] = open;
  if (first)
    throw new BadInput(
      where,
      `<${first.name}> is not closed where it should be; close it with </${first.name}>`,
    );
  return parts;
}

/** The text that one reader sees: parts for everyone and parts addressed to that reader, white space tidied. */
export function readableBy(parts: readonly TextPart[], reader: 'A' | 'B' | 'environment'): string {
  return parts
    .filter((part) => part.viewer === undefined || part.viewer === reader)
    .map((part) => part.text)
    .join('')
    .replace(/\s+/g, ' ')
    .replace(/\(\s+/g, '(')
    .trim();
}
