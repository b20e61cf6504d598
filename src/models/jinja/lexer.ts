// A template as text and tokens: jinja2.lexer with trim_blocks and lstrip_blocks, as transformers sets it up.

import { TemplateError } from './template-error.ts';

export type Token =
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'name'; readonly value: string }
  | { readonly type: 'operator'; readonly value: string }
  | { readonly type: 'begin' | 'end'; readonly value: 'block' | 'variable' };

const OPERATORS = /^(?:\/\/|\*\*|==|!=|>=|<=|[-+*/%~<>=()[\]{}|.,:;])/;
const FLOAT = /^(?:\d+_)*\d+(?:\.(?:\d+_)*\d+(?:e[+-]?(?:\d+_)*\d+)?|e[+-]?(?:\d+_)*\d+)/i;
const INTEGER = /^(?:0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*)/i;
const NAME = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/u;
const STRING = /^(?:'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)")/;
const OPENING = /\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})|\{%[-+]?|\{\{[-+]?|\{#[-+]?/g;
const RAW_END = /\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)/g;
const COMMENT_END = /(?:\+#\}|-#\}\s*|#\}\n?)/g;
const ENDS = { block: /^(?:\+%\}|-%\}\s*|%\}\n?)/, variable: /^(?:-\}\}\s*|\}\})/ } as const;
const PAIRS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** @throws TemplateError for what is no template */
export function tokenize(source: string): Token[] {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  /** Whether what was read last ends a line, so that blanks before a tag are its own. */
  #lineStarts = true;

  constructor(source: string) {
    this.#source = source.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  }

  run(): Token[] {
    for (;;) {
      OPENING.lastIndex = this.#at;
      const match = OPENING.exec(this.#source);
      if (match === null) break;
      const [opening] = match;
      const before = this.#source.slice(this.#at, match.index);
      this.#at = match.index + opening.length;
      const sign = /^..([-+]?)/.exec(opening)?.[1] ?? '';
      this.#text(this.#stripped(before, sign, opening.startsWith('{{')));
      this.#lineStarts = opening.endsWith('\n');
      if (opening.length > 3) this.#raw();
      else if (opening.startsWith('{#')) this.#comment();
      else this.#code(opening.startsWith('{{') ? 'variable' : 'block');
    }
    this.#text(this.#source.slice(this.#at));
    return this.#tokens;
  }

  #text(value: string): void {
    if (value !== '') this.#tokens.push({ type: 'text', value });
  }

  /** The text before a tag, less the blanks that belong to the tag. */
  #stripped(text: string, sign: string, variable: boolean): string {
    if (sign === '-') return text.replace(/\s+$/u, '');
    if (sign === '+' || variable) return text;
    const line = text.lastIndexOf('\n') + 1;
    const alone = (line > 0 || this.#lineStarts) && /^\s+$/u.test(text.slice(line));
    return alone ? text.slice(0, line) : text;
  }

  #raw(): void {
    RAW_END.lastIndex = this.#at;
    const match = RAW_END.exec(this.#source);
    if (match === null) throw new TemplateError('a raw block is never closed');
    this.#text(this.#stripped(this.#source.slice(this.#at, match.index), match[1] ?? '', false));
    this.#skip(match);
  }

  #comment(): void {
    COMMENT_END.lastIndex = this.#at;
    const match = COMMENT_END.exec(this.#source);
    if (match === null) throw new TemplateError('a comment is never closed');
    this.#skip(match);
  }

  #skip(match: RegExpExecArray): void {
    this.#at = match.index + match[0].length;
    this.#lineStarts = match[0].endsWith('\n');
  }

  #code(kind: 'block' | 'variable'): void {
    this.#tokens.push({ type: 'begin', value: kind });
    const open: string[] = [];
    for (;;) {
      const rest = this.#source.slice(this.#at, this.#at + 4096);
      if (rest === '') throw new TemplateError(`a ${kind === 'block' ? '{%' : '{{'} is never closed`);
      const end = open.length === 0 ? ENDS[kind].exec(rest) : null;
      if (end !== null) {
        this.#at += end[0].length;
        // The white space that the tag takes with it may be long.
        if (/^-/.test(end[0])) this.#at += /^\s*/u.exec(this.#source.slice(this.#at))?.[0].length ?? 0;
        this.#lineStarts = this.#source[this.#at - 1] === '\n';
        this.#tokens.push({ type: 'end', value: kind });
        return;
      }
      const blank = /^\s+/u.exec(rest);
      if (blank !== null) this.#at += blank[0].length;
      else this.#token(open);
    }
  }

  #token(open: string[]): void {
    const rest = this.#source.slice(this.#at);
    const [text, token] = readToken(rest);
    this.#at += text.length;
    this.#tokens.push(token);
    if (token.type !== 'operator') return;
    const closing = PAIRS[token.value];
    if (closing !== undefined) open.push(closing);
    else if (')]}'.includes(token.value) && open.pop() !== token.value)
      throw new TemplateError(`unexpected ${token.value}`);
  }
}

function readToken(rest: string): readonly [string, Token] {
  const float = FLOAT.exec(rest);
  if (float) return [float[0], { type: 'float', value: Number(float[0].replaceAll('_', '')) }];
  const integer = INTEGER.exec(rest);
  if (integer) return [integer[0], { type: 'integer', value: BigInt(integer[0].replaceAll('_', '')) }];
  const name = NAME.exec(rest);
  if (name) return [name[0], { type: 'name', value: name[0] }];
  const string = STRING.exec(rest);
  if (string) return [string[0], { type: 'string', value: unescaped(string[1] ?? string[2] ?? '') }];
  const operator = OPERATORS.exec(rest);
  if (operator) return [operator[0], { type: 'operator', value: operator[0] }];
  throw new TemplateError(`unexpected character ${JSON.stringify([...rest][0] ?? '')}`);
}

const SIMPLE: Readonly<Record<string, string>> = {
  ...{ '\\': '\\', "'": "'", '"': '"', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  '\n': '',
};
const ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g;

/** A string literal as Python reads it; an unknown escape stays as it is. */
function unescaped(text: string): string {
  return text.replace(
    ESCAPE,
    (whole, octal?: string, x?: string, u?: string, long?: string, one?: string) => {
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const hex = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (one === 'x' || one === 'u' || one === 'U' || one === 'N')
        throw new TemplateError(`the escape ${whole} in a string is not complete, or has a name`);
      return one !== undefined && Object.hasOwn(SIMPLE, one) ? (SIMPLE[one] ?? whole) : whole;
    },
  );
}
