// Sotopia marks who may read a passage with tags inside its texts. They are parsed once, here, into parts with
// an addressee; nothing later cuts text.

import { Parser } from 'htmlparser2';
import { BadInput } from '../errors.ts';
import type { TextPart } from './schema.ts';

const HINTS = ['extra_info', 'strategy_hint', 'clarification_hint'] as const;
const VIEWERS: ReadonlyMap<string, NonNullable<TextPart['viewer']>> = new Map([
  ['agent_0', 'A'],
  ['agent_1', 'B'],
  ['environment', 'environment'],
]);

interface OpenTag {
  readonly name: string;
  readonly viewer?: NonNullable<TextPart['viewer']>;
  readonly tag?: NonNullable<TextPart['tag']>;
}

function openTag(name: string, attributes: Record<string, string>, where: string): OpenTag {
  if (name === 'p') {
    const named = attributes['viewer'] ?? '';
    const viewer = VIEWERS.get(named);
    if (viewer) return { name, viewer };
    throw new BadInput(
      where,
      `<p viewer="${named}"> names no viewer; viewers are ${[...VIEWERS.keys()].join(', ')}`,
    );
  }
  const hint = HINTS.find((known) => known === name);
  if (hint) return { name, tag: hint };
  throw new BadInput(where, `unknown tag <${name}>; tags are <p viewer="…">, <${HINTS.join('>, <')}>`);
}

/**
 * Parses tagged text into parts, in order. Tags nest; the innermost hint names the part and the innermost
 * `<p viewer>` decides who may read it. Line breaks carry no meaning (docs/method.md §2).
 *
 * @throws BadInput for a tag or viewer that is not known, or a tag that is never closed: to guess what it
 * hides would be to leak it.
 */
export function parseTaggedText(text: string, where: string): TextPart[] {
  const parts: TextPart[] = [];
  const open: OpenTag[] = [];
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        open.push(openTag(name, attributes, where));
      },
      ontext(piece) {
        const viewer = open.findLast((tag) => tag.viewer)?.viewer;
        const tag = open.findLast((candidate) => candidate.tag)?.tag;
        const last = parts.at(-1);
        if (last && last.viewer === viewer && last.tag === tag) last.text += piece;
        else parts.push({ text: piece, ...(viewer && { viewer }), ...(tag && { tag }) });
      },
      onclosetag(name, implied) {
        const closed = open.pop();
        if (implied || closed?.name !== name) {
          throw new BadInput(where, `<${closed?.name ?? name}> is not closed where it should be`);
        }
      },
    },
    // XML mode: no HTML rules about which tag ends which; entities stay as they are written.
    { xmlMode: true, decodeEntities: false },
  );
  parser.end(text);
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
