// Methods of str. Positions and lengths are counted in code points.

import { Bound } from './calls.ts';
import { TemplateError } from './template-error.ts';
import { type CallArguments, iterate, length, Tuple, typeName, type Value } from './values.ts';

type StringMethod = (of: string, args: CallArguments) => Value;

/** What Python's strip takes for white space. */
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

export function strip(
  text: string,
  characters: string | undefined,
  sides: 'both' | 'left' | 'right',
): string {
  const inside = (point: string) =>
    characters === undefined ? new RegExp(`^${SPACE}$`, 'u').test(point) : characters.includes(point);
  const points = [...text];
  let start = 0;
  let end = points.length;
  if (sides !== 'right') while (start < end && inside(points[start] ?? '')) start += 1;
  if (sides !== 'left') while (end > start && inside(points[end - 1] ?? '')) end -= 1;
  return points.slice(start, end).join('');
}

const stripping =
  (name: string, sides: 'both' | 'left' | 'right'): StringMethod =>
  (of, args) => {
    const characters = new Bound(name, args, ['chars']).optionalText('chars');
    return strip(of, characters === undefined ? undefined : characters, sides);
  };

/** Letters that have a case, as Python knows them. */
const CASED = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u;

/** The first letter of each word large and the others small, where a word is what letters with a case make. */
export function title(text: string): string {
  let inWord = false;
  let result = '';
  for (const point of text) {
    result += inWord ? point.toLowerCase() : titleCase(point);
    inWord = CASED.test(point);
  }
  return result;
}

/** As toUpperCase, but a letter that becomes two has the second one small; digraphs have a form of their own. */
function titleCase(point: string): string {
  const digraph = ['Ǆ', 'ǆ', 'ǅ', 'Ǉ', 'ǉ', 'ǈ', 'Ǌ', 'ǌ', 'ǋ', 'Ǳ', 'ǳ', 'ǲ'].indexOf(point);
  if (digraph >= 0) return ['ǅ', 'ǈ', 'ǋ', 'ǲ'][Math.floor(digraph / 3)] ?? point;
  const code = point.codePointAt(0) ?? 0;
  // Greek letters with an iota below have it beside them as capitals, but not in a title.
  if (code >= 0x1f80 && code <= 0x1faf) return String.fromCodePoint(code | 8);
  if ([0x1fb3, 0x1fc3, 0x1ff3].includes(code)) return String.fromCodePoint(code + 9);
  const [first = '', ...rest] = point.toUpperCase();
  return first === 'ʼ' ? first + rest.join('') : first + rest.join('').toLowerCase();
}

export function capitalize(text: string): string {
  const [first = '', ...rest] = text;
  return titleCase(first) + rest.join('').toLowerCase();
}

/** Start and end of a search, which may be counted from the end. */
function range(of: string, bound: Bound): { points: string[]; start: number; end: number } {
  const points = [...of];
  const place = (name: string, preset: number) => {
    const value = bound.optionalIndex(name) ?? preset;
    return Math.max(0, value < 0 ? value + points.length : value);
  };
  const end = Math.min(points.length, place('end', points.length));
  return { points, start: place('start', 0), end };
}

const finding =
  (name: string, { last, must }: { last: boolean; must: boolean }): StringMethod =>
  (of, args) => {
    const bound = new Bound(name, args, ['sub', 'start', 'end']);
    const sub = bound.text('sub');
    const { points, start, end } = range(of, bound);
    const text = points.slice(start, end).join('');
    const at = start > points.length ? -1 : last ? text.lastIndexOf(sub) : text.indexOf(sub);
    if (at >= 0 && start <= end) return BigInt(start + length(text.slice(0, at)));
    if (must) throw new TemplateError('substring not found');
    return -1n;
  };

const affix =
  (name: string, fits: (text: string, part: string) => boolean): StringMethod =>
  (of, args) => {
    const bound = new Bound(name, args, ['prefix', 'start', 'end']);
    const given = bound.get('prefix');
    const { points, start, end } = range(of, bound);
    const text = points.slice(start, end).join('');
    const parts = given instanceof Tuple ? given.items : [given];
    return parts.some((part) => {
      if (typeof part !== 'string')
        throw new TemplateError(`${name} first arg must be str, not ${typeName(part)}`);
      return start <= points.length && fits(text, part);
    });
  };

const splitting =
  (name: string, fromRight: boolean): StringMethod =>
  (of, args) => {
    const bound = new Bound(name, args, ['sep', 'maxsplit']);
    const most = bound.index('maxsplit', -1);
    const separator = bound.optionalText('sep');
    if (separator === '') throw new TemplateError('empty separator');
    const limit = most < 0 ? Number.POSITIVE_INFINITY : most;
    if (separator === undefined) return splitWords(of, limit, fromRight);
    const parts = of.split(separator);
    if (parts.length <= limit + 1) return parts;
    return fromRight
      ? [parts.slice(0, parts.length - limit).join(separator), ...parts.slice(parts.length - limit)]
      : [...parts.slice(0, limit), parts.slice(limit).join(separator)];
  };

/** Words between white space; what is beyond the limit stays as it is, but for the blanks on the side of the words. */
function splitWords(text: string, limit: number, fromRight: boolean): string[] {
  const words: string[] = [];
  const [side, other] = fromRight ? (['right', 'left'] as const) : (['left', 'right'] as const);
  const word = new RegExp(fromRight ? `(?:(?!${SPACE})[^])+$` : `^(?:(?!${SPACE})[^])+`, 'u');
  let rest = strip(text, undefined, side);
  while (rest !== '' && words.length < limit) {
    const [found = ''] = word.exec(rest) ?? [];
    words.push(found);
    rest = strip(fromRight ? rest.slice(0, -found.length) : rest.slice(found.length), undefined, side);
  }
  // Where the limit was reached, the blanks on the other side stay.
  if (rest !== '') words.push(words.length < limit ? strip(rest, undefined, other) : rest);
  return fromRight ? words.reverse() : words;
}

function replace(of: string, args: CallArguments): string {
  const bound = new Bound('replace', args, ['old', 'new', 'count']);
  return replaceText(of, bound.text('old'), bound.text('new'), bound.index('count', -1));
}

/** @param count how many at most; below 0 for all */
export function replaceText(text: string, old: string, by: string, count: number): string {
  if (count < 0)
    return old === '' ? by + [...text].map((point) => point + by).join('') : text.replaceAll(old, () => by);
  const parts = old === '' ? ['', ...text] : text.split(old);
  if (parts.length <= count + 1 && old !== '') return parts.join(by);
  const head = parts.slice(0, count + 1).join(by);
  const tail = parts.slice(count + 1);
  if (old !== '') return [head, ...tail].join(old);
  return head + tail.join('') + (parts.length <= count ? by : '');
}

const padding =
  (name: string, pad: (text: string, room: number, fill: string) => string): StringMethod =>
  (of, args) => {
    const bound = new Bound(name, args, ['width', 'fillchar']);
    const fill = bound.text('fillchar', ' ');
    if (length(fill) !== 1) throw new TemplateError('The fill character must be exactly one character long');
    const room = bound.index('width') - length(of);
    return room > 0 ? pad(of, room, fill) : of;
  };

/** As str.center: of an odd room, the larger part is on the left if the width is odd. */
export function center(text: string, room: number, fill: string): string {
  const width = length(text) + room;
  const left = Math.floor(room / 2) + (room & width & 1);
  return fill.repeat(left) + text + fill.repeat(room - left);
}

function zfill(of: string, args: CallArguments): string {
  const room = new Bound('zfill', args, ['width']).index('width') - length(of);
  if (room <= 0) return of;
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(of) ?? [];
  return sign + '0'.repeat(room) + rest;
}

const parting =
  (name: string, fromRight: boolean): StringMethod =>
  (of, args) => {
    const sep = new Bound(name, args, ['sep']).text('sep');
    if (sep === '') throw new TemplateError('empty separator');
    const at = fromRight ? of.lastIndexOf(sep) : of.indexOf(sep);
    if (at < 0) return new Tuple(fromRight ? ['', '', of] : [of, '', '']);
    return new Tuple([of.slice(0, at), sep, of.slice(at + sep.length)]);
  };

const ONE_END = '[\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029]';
/** What ends a line, for Python. */
export const LINE_END = new RegExp(`\\r\\n|${ONE_END}`, 'g');

function splitlines(of: string, args: CallArguments): string[] {
  const keep = new Bound('splitlines', args, ['keepends']).flag('keepends', false);
  const lines: string[] = [];
  let from = 0;
  for (const { 0: end, index } of of.matchAll(LINE_END)) {
    lines.push(of.slice(from, keep ? index + end.length : index));
    from = index + end.length;
  }
  if (from < of.length) lines.push(of.slice(from));
  return lines;
}

/** Whether there is text and all of it is of a kind; or, of letters with a case, whether they all have the one. */
const all =
  (name: string, kind: RegExp): StringMethod =>
  (of, args) => {
    new Bound(name, args, []);
    return of !== '' && [...of].every((point) => kind.test(point));
  };
const cased =
  (name: string, other: RegExp): StringMethod =>
  (of, args) => {
    new Bound(name, args, []);
    return CASED.test(of) && !other.test(of);
  };
const changing =
  (name: string, change: (text: string) => string): StringMethod =>
  (of, args) => {
    new Bound(name, args, []);
    return change(of);
  };

/** `separator.join(items)` */
function join(of: string, args: CallArguments): string {
  const items = iterate(new Bound('join', args, ['iterable']).get('iterable'));
  const texts = items.map((item, i) => {
    if (typeof item === 'string') return item;
    throw new TemplateError(`sequence item ${i}: expected str instance, ${typeName(item)} found`);
  });
  return texts.join(of);
}

function count(of: string, args: CallArguments): bigint {
  const bound = new Bound('count', args, ['sub', 'start', 'end']);
  const { points, start, end } = range(of, bound);
  const sub = bound.text('sub');
  if (start > points.length) return 0n;
  const text = points.slice(start, end);
  return BigInt(sub === '' ? text.length + 1 : text.join('').split(sub).length - 1);
}

const swap = (point: string) => (point === point.toLowerCase() ? point.toUpperCase() : point.toLowerCase());

export const stringMethods: Readonly<Record<string, StringMethod>> = {
  strip: stripping('strip', 'both'),
  lstrip: stripping('lstrip', 'left'),
  rstrip: stripping('rstrip', 'right'),
  split: splitting('split', false),
  rsplit: splitting('rsplit', true),
  splitlines,
  startswith: affix('startswith', (text, part) => text.startsWith(part)),
  endswith: affix('endswith', (text, part) => text.endsWith(part)),
  find: finding('find', { last: false, must: false }),
  rfind: finding('rfind', { last: true, must: false }),
  index: finding('index', { last: false, must: true }),
  rindex: finding('rindex', { last: true, must: true }),
  count,
  replace,
  join,
  upper: changing('upper', (text) => text.toUpperCase()),
  lower: changing('lower', (text) => text.toLowerCase()),
  title: changing('title', title),
  capitalize: changing('capitalize', capitalize),
  swapcase: changing('swapcase', (text) => [...text].map(swap).join('')),
  ljust: padding('ljust', (text, room, fill) => text + fill.repeat(room)),
  rjust: padding('rjust', (text, room, fill) => fill.repeat(room) + text),
  center: padding('center', center),
  zfill,
  partition: parting('partition', false),
  rpartition: parting('rpartition', true),
  removeprefix: (of, args) => {
    const part = new Bound('removeprefix', args, ['prefix']).text('prefix');
    return of.startsWith(part) ? of.slice(part.length) : of;
  },
  removesuffix: (of, args) => {
    const part = new Bound('removesuffix', args, ['suffix']).text('suffix');
    return part !== '' && of.endsWith(part) ? of.slice(0, -part.length) : of;
  },
  expandtabs: (of, args) => {
    const size = new Bound('expandtabs', args, ['tabsize']).index('tabsize', 8);
    let column = 0;
    return [...of]
      .map((point) => {
        const room = size > 0 ? size - (column % size) : 0;
        column = point === '\n' || point === '\r' ? 0 : column + (point === '\t' ? room : 1);
        return point === '\t' ? ' '.repeat(room) : point;
      })
      .join('');
  },
  isspace: all('isspace', new RegExp(SPACE, 'u')),
  isdigit: all('isdigit', /[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468]/u),
  isdecimal: all('isdecimal', /\p{Nd}/u),
  isnumeric: all('isnumeric', /\p{N}/u),
  isalpha: all('isalpha', /\p{L}/u),
  isalnum: all('isalnum', /[\p{L}\p{N}]/u),
  isascii: (of, args) => {
    new Bound('isascii', args, []);
    return [...of].every((point) => point <= '\x7f');
  },
  isupper: cased('isupper', /[\p{Lowercase}\p{Lt}]/u),
  islower: cased('islower', /[\p{Uppercase}\p{Lt}]/u),
  istitle: (of, args) => {
    new Bound('istitle', args, []);
    return CASED.test(of) && of === title(of);
  },
};
