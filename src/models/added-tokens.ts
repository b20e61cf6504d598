// Where the added tokens of a text are, as the tokenizers library of Python finds them. @huggingface/tokenizers 0.2.0 has
// a way of its own: it does not know `single_word`, and takes any part of a text that reads like an added token for one.
//
// Tokens that are not normalised are sought in the text as it is, and those that are in the normalised text of what lies
// between; of several that begin at the same place the longest is taken.

import type { AddedToken } from './special-tokens.ts';

/** An added token with its id. */
export interface NumberedToken extends AddedToken {
  readonly id: number;
}

/** A part of a text: an added token, or what lies between. */
export type Piece = { readonly id: number } | { readonly text: string; readonly first: boolean };

interface Node {
  readonly next: Map<string, Node>;
  token?: NumberedToken;
}

/** Finds added tokens in texts. */
export class AddedTokens {
  readonly #raw: Node;
  readonly #normalized: Node;
  readonly #normalize: (text: string) => string;

  constructor(tokens: readonly NumberedToken[], normalize: (text: string) => string) {
    this.#normalize = normalize;
    this.#raw = trie(tokens.filter(({ normalized }) => !normalized).map((one) => [one.content, one]));
    this.#normalized = trie(
      tokens.filter(({ normalized }) => normalized).map((one) => [normalize(one.content), one]),
    );
  }

  /** The parts of a text, in order; those between the tokens are normalised, and `first` begins the text. */
  split(text: string): Piece[] {
    return find(this.#raw, text).flatMap((piece) => {
      if ('id' in piece) return [piece];
      const inner = find(this.#normalized, this.#normalize(piece.text));
      return inner.map((part) => ('id' in part ? part : { ...part, first: piece.first && part.first }));
    });
  }
}

function trie(entries: readonly (readonly [string, NumberedToken])[]): Node {
  const root: Node = { next: new Map() };
  for (const [content, token] of entries) {
    if (content === '') continue;
    let node = root;
    for (const unit of content.split('')) {
      const next: Node = node.next.get(unit) ?? { next: new Map() };
      node.next.set(unit, next);
      node = next;
    }
    node.token ??= token;
  }
  return root;
}

/** The longest token that begins at `start`, and where it ends. */
function longest(root: Node, text: string, start: number): { token: NumberedToken; end: number } | undefined {
  let node: Node | undefined = root;
  let found: { token: NumberedToken; end: number } | undefined;
  for (let i = start; node !== undefined; i++) {
    if (node.token !== undefined) found = { token: node.token, end: i };
    node = i < text.length ? node.next.get(text.charAt(i)) : undefined;
  }
  return found;
}

function find(root: Node, text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  const between = (end: number) => {
    if (end > from) pieces.push({ text: text.slice(from, end), first: from === 0 });
  };
  for (let start = 0; start < text.length; ) {
    const match = longest(root, text, start);
    if (match === undefined) {
      start += 1;
      continue;
    }
    const { token } = match;
    let { end } = match;
    const next = end;
    if (!token.single_word || standsAlone(text, start, end)) {
      if (token.lstrip) start = Math.max(from, text.slice(0, start).replace(/\p{White_Space}+$/u, '').length);
      if (token.rstrip) end = text.length - text.slice(end).replace(/^\p{White_Space}+/u, '').length;
      between(start);
      pieces.push({ id: token.id });
      from = end;
    }
    start = Math.max(next, from);
  }
  between(text.length);
  return pieces;
}

/** What Rust's regular expressions take for a letter of a word. */
const WORD = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]';
const ENDS = new RegExp(`${WORD}$`, 'u');
const BEGINS = new RegExp(`^${WORD}`, 'u');

function standsAlone(text: string, start: number, end: number): boolean {
  return !ENDS.test(text.slice(0, start)) && !BEGINS.test(text.slice(end));
}
