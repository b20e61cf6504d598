// Jinja's filters, and `tojson` as transformers has it. Those that a chat template has no use for are refused by name.

import { arithmetic } from './arithmetic.ts';
import { Bound } from './calls.ts';
import { formatPercent } from './format.ts';
import { toJson } from './json.ts';
import { attribute, item } from './members.ts';
import { capitalize, center, LINE_END, replaceText, strip } from './string-methods.ts';
import { TemplateError } from './template-error.ts';
import { TESTS } from './tests.ts';
import { str } from './text.ts';
import {
  type CallArguments,
  compare,
  dictKey,
  equal,
  Generator,
  isDict,
  isNumber,
  iterate,
  length,
  refuseUndefined,
  Tuple,
  toIndex,
  truthy,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

type Filter = (value: Value, args: CallArguments) => Value;

/** A filter of text: what it gets becomes text. */
const ofText =
  (name: string, change: (text: string) => string): Filter =>
  (value, args) => {
    new Bound(name, args, []);
    return change(str(value));
  };
const generator = (items: readonly Value[]) => new Generator(items);

/** `a.b.0` of each item; whole numbers are positions. */
function attributeOf(path: Value): (value: Value) => Value {
  if ((typeof path !== 'string' && typeof path !== 'bigint') || String(path).includes(','))
    throw new TemplateError('one attribute must be named');
  const parts = String(path).split('.');
  return (value) =>
    parts.reduce((of: Value, part) => item(of, /^\d+$/.test(part) ? BigInt(part) : part), value);
}

const small = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);

/** How sort, unique, min, max and groupby see an item. */
function keyOf(bound: Bound): (value: Value) => Value {
  const path = bound.get('attribute', null);
  const get = path === null ? (value: Value) => value : attributeOf(path);
  return bound.flag('case_sensitive', false) ? get : (value) => small(get(value));
}

function sorted(values: readonly Value[], key: (value: Value) => Value, reverse: boolean): Value[] {
  const keyed = values.map((value) => [key(value), value] as const);
  // Equal ones stay in their order, also backwards.
  keyed.sort(([a], [b]) => (reverse ? compare(b, a) : compare(a, b)));
  return keyed.map(([, value]) => value);
}

function extreme(name: string, better: (difference: number) => boolean): Filter {
  return (value, args) => {
    const key = keyOf(new Bound(name, args, ['case_sensitive', 'attribute']));
    const [first, ...rest] = iterate(value);
    if (first === undefined) return new Undefined('No aggregated item, sequence was empty.');
    return rest.reduce((best: Value, one) => (better(compare(key(one), key(best))) ? one : best), first);
  };
}

/** select, reject, selectattr, rejectattr: a test of each item, or of an attribute; truth where none is named. */
function selecting(keep: boolean, byAttribute: boolean): Filter {
  return (value, { list, named }) => {
    if (named.size > 0) throw new TemplateError('select and reject have no named arguments');
    const rest = byAttribute ? list.slice(1) : list;
    const get = byAttribute ? attributeOf(list[0] ?? null) : (one: Value) => one;
    const [name, other, ...more] = rest;
    if (more.length > 0) throw new TemplateError('a test has one argument at most');
    const test =
      name === undefined
        ? undefined
        : typeof name === 'string' && Object.hasOwn(TESTS, name)
          ? TESTS[name]
          : null;
    if (test === null) throw new TemplateError(`there is no test ${str(name ?? null)}`);
    return generator(
      iterate(value).filter(
        (one) => (test === undefined ? truthy(get(one)) : test(get(one), other)) === keep,
      ),
    );
  };
}

function map(value: Value, args: CallArguments): Value {
  const [name, ...list] = args.list;
  if (name === undefined) {
    const bound = new Bound('map', args, ['attribute', 'default']);
    const get = attributeOf(bound.get('attribute'));
    const preset = bound.has('default') ? bound.get('default') : undefined;
    return generator(
      iterate(value).map((one) => {
        const found = get(one);
        return found instanceof Undefined && preset !== undefined ? preset : found;
      }),
    );
  }
  const filter = typeof name === 'string' && Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (filter === undefined) throw new TemplateError(`there is no filter ${str(name)}`);
  return generator(iterate(value).map((one) => filter(one, { list, named: args.named })));
}

function join(value: Value, args: CallArguments): string {
  const bound = new Bound('join', args, ['d', 'attribute']);
  const path = bound.get('attribute', null);
  const get = path === null ? (one: Value) => one : attributeOf(path);
  return iterate(value)
    .map((one) => str(get(one)))
    .join(str(bound.get('d', '')));
}

function toInt(value: Value, args: CallArguments): Value {
  const bound = new Bound('int', args, ['default', 'base']);
  const preset = bound.get('default', 0n);
  if (bound.index('base', 10) !== 10) throw new TemplateError('int() is supported to the base 10 alone');
  if (isNumber(value))
    return Number.isFinite(Number(value))
      ? BigInt(typeof value === 'number' ? Math.trunc(value) : value)
      : preset;
  if (typeof value !== 'string') return preset;
  const text = strip(value, undefined, 'both');
  if (/^[+-]?\d+(_\d+)*$/.test(text)) return BigInt(text.replaceAll('_', '').replace(/^\+/, ''));
  const number = numberOf(text);
  return number === undefined || !Number.isFinite(number) ? preset : BigInt(Math.trunc(number));
}

function numberOf(text: string): number | undefined {
  const number = /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+)?$/i.test(text);
  if (number) return Number(text.replaceAll('_', ''));
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (!special) return undefined;
  if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function toFloat(value: Value, args: CallArguments): Value {
  const preset = new Bound('float', args, ['default']).get('default', 0);
  if (isNumber(value)) return Number(value);
  return (typeof value === 'string' ? numberOf(strip(value, undefined, 'both')) : undefined) ?? preset;
}

function round(value: Value, args: CallArguments): Value {
  const bound = new Bound('round', args, ['precision', 'method']);
  const [precision, method] = [bound.index('precision', 0), bound.text('method', 'common')];
  if (!isNumber(value)) throw new TemplateError(`round() is for numbers, not ${typeName(value)}`);
  const number = Number(value);
  if (precision < 0 || !['common', 'ceil', 'floor'].includes(method))
    throw new TemplateError('round() is supported for common, ceil and floor, and no precision below 0');
  const power = 10 ** precision;
  if (method !== 'common')
    return (method === 'ceil' ? Math.ceil(number * power) : Math.floor(number * power)) / power;
  if (typeof value !== 'number') return BigInt(value);
  const [down, up] = [Math.floor(number * power) / power, Math.ceil(number * power) / power];
  const exact = number * power - Math.floor(number * power) === 0.5;
  if (exact && precision === 0) return Math.floor(number) % 2 === 0 ? down : up;
  return Number(number.toFixed(Math.min(100, precision)));
}

function indent(value: Value, args: CallArguments): string {
  const bound = new Bound('indent', args, ['width', 'first', 'blank']);
  const width = bound.get('width', 4n);
  const by = typeof width === 'string' ? width : ' '.repeat(toIndex(width));
  const lines = `${str(value)}\n`.split(LINE_END).slice(0, -1);
  const blank = bound.flag('blank', false);
  const [first = '', ...rest] = lines;
  const text = [first, ...rest.map((line) => (blank || line !== '' ? by + line : line))].join('\n');
  return bound.flag('first', false) ? by + text : text;
}

function truncate(value: Value, args: CallArguments): string {
  const bound = new Bound('truncate', args, ['length', 'killwords', 'end', 'leeway']);
  const points = [...str(value)];
  const [most, end] = [bound.index('length', 255), bound.text('end', '...')];
  if (most < length(end)) throw new TemplateError(`expected length >= ${length(end)}, got ${most}`);
  if (points.length <= most + bound.index('leeway', 5)) return points.join('');
  const head = points.slice(0, most - length(end)).join('');
  if (bound.flag('killwords', false)) return head + end;
  const at = head.lastIndexOf(' ');
  return (at < 0 ? head : head.slice(0, at)) + end;
}

function dictsort(value: Value, args: CallArguments): Value[] {
  const bound = new Bound('dictsort', args, ['case_sensitive', 'by', 'reverse']);
  if (!isDict(value)) throw new TemplateError(`dictsort is for dicts, not ${typeName(value)}`);
  const place = { key: 0, value: 1 }[bound.text('by', 'key')];
  if (place === undefined) throw new TemplateError('You can only sort by either "key" or "value"');
  const see = bound.flag('case_sensitive', false) ? (one: Value) => one : small;
  const key = (pair: Value) => see((pair instanceof Tuple ? pair.items[place] : undefined) ?? null);
  const pairs = [...value].map((pair) => new Tuple(pair));
  return sorted(pairs, key, bound.flag('reverse', false));
}

function groupby(value: Value, args: CallArguments): Value[] {
  const bound = new Bound('groupby', args, ['attribute', 'default', 'case_sensitive']);
  const preset = bound.has('default') ? bound.get('default') : undefined;
  const raw = attributeOf(bound.get('attribute'));
  const get = (one: Value) => {
    const found = raw(one);
    return found instanceof Undefined && preset !== undefined ? preset : found;
  };
  const see = bound.flag('case_sensitive', false) ? get : (one: Value) => small(get(one));
  const groups: { key: Value; shown: Value; items: Value[] }[] = [];
  for (const one of sorted(iterate(value), see, false)) {
    const last = groups.at(-1);
    if (last !== undefined && equal(last.key, see(one))) last.items.push(one);
    else groups.push({ key: see(one), shown: get(one), items: [one] });
  }
  return groups.map(({ shown, items }) => new Tuple([shown, items]));
}

function unique(value: Value, args: CallArguments): Value {
  const key = keyOf(new Bound('unique', args, ['case_sensitive', 'attribute']));
  const seen: Value[] = [];
  return generator(
    iterate(value).filter((one) => {
      const found = dictKey(key(one));
      if (seen.some((other) => equal(other, found))) return false;
      seen.push(found);
      return true;
    }),
  );
}

function batch(value: Value, args: CallArguments): Value {
  const bound = new Bound('batch', args, ['linecount', 'fill_with']);
  const [size, fill] = [bound.index('linecount'), bound.get('fill_with', null)];
  if (size < 1) throw new TemplateError('batch() needs a size above 0');
  const items = iterate(value);
  const lines: Value[][] = [];
  for (let i = 0; i < items.length; i += size) lines.push(items.slice(i, i + size));
  const last = lines.at(-1);
  if (fill !== null && last !== undefined) while (last.length < size) last.push(fill);
  return generator(lines);
}

function summed(value: Value, args: CallArguments): Value {
  const bound = new Bound('sum', args, ['attribute', 'start']);
  const path = bound.get('attribute', null);
  const get = path === null ? (one: Value) => one : attributeOf(path);
  return iterate(value).reduce((sum: Value, one) => arithmetic('+', sum, get(one)), bound.get('start', 0n));
}

function reversed(value: Value, args: CallArguments): Value {
  new Bound('reverse', args, []);
  const items = iterate(value).toReversed();
  return typeof value === 'string' ? items.map(str).join('') : generator(items);
}

function first(value: Value, args: CallArguments): Value {
  new Bound('first', args, []);
  const [found] = value instanceof Generator ? value.take(() => true) : iterate(value);
  return found === undefined ? new Undefined('No first item, sequence was empty.') : found;
}

function last(value: Value, args: CallArguments): Value {
  new Bound('last', args, []);
  const found = iterate(value).at(-1);
  return found === undefined ? new Undefined('No last item, sequence was empty.') : found;
}

function preset(value: Value, args: CallArguments): Value {
  const bound = new Bound('default', args, ['default_value', 'boolean']);
  const missing = value instanceof Undefined || (bound.flag('boolean', false) && !truthy(value));
  return missing ? bound.get('default_value', '') : value;
}

function count(value: Value, args: CallArguments): Value {
  new Bound('length', args, []);
  return BigInt(length(value));
}

function items(value: Value, args: CallArguments): Value {
  new Bound('items', args, []);
  if (value instanceof Undefined) return generator([]);
  if (!isDict(value)) throw new TemplateError('Can only get item pairs from a mapping.');
  return generator([...value].map((pair) => new Tuple(pair)));
}

/** Every filter by its name. */
export const FILTERS: Readonly<Record<string, Filter>> = {
  abs: (value, args) => {
    new Bound('abs', args, []);
    if (typeof value === 'number') return Math.abs(value);
    if (!isNumber(value)) throw new TemplateError(`bad operand type for abs(): '${typeName(value)}'`);
    const whole = BigInt(value);
    return whole < 0n ? -whole : whole;
  },
  attr: (value, args) => {
    const name = new Bound('attr', args, ['name']).text('name');
    const found = attribute(value, name);
    // An item of that name is none.
    return isDict(value) && value.has(name) && found === value.get(name) ? new Undefined(name) : found;
  },
  batch,
  capitalize: ofText('capitalize', capitalize),
  center: (value, args) => {
    const text = str(value);
    const room = new Bound('center', args, ['width']).index('width', 80) - length(text);
    return room > 0 ? center(text, room, ' ') : text;
  },
  default: preset,
  d: preset,
  dictsort,
  first,
  float: toFloat,
  format: (value, { list, named }) =>
    formatPercent(str(value), named.size > 0 ? new Map<Value, Value>(named) : new Tuple(list)),
  groupby,
  indent,
  int: toInt,
  items,
  join,
  last,
  length: count,
  count,
  list: (value, args) => {
    new Bound('list', args, []);
    return [...iterate(value)];
  },
  lower: ofText('lower', (text) => text.toLowerCase()),
  map,
  max: extreme('max', (difference) => difference > 0),
  min: extreme('min', (difference) => difference < 0),
  reject: selecting(false, false),
  rejectattr: selecting(false, true),
  replace: (value, args) => {
    const bound = new Bound('replace', args, ['old', 'new', 'count']);
    const most = bound.optionalIndex('count') ?? -1;
    return replaceText(str(value), str(bound.get('old')), str(bound.get('new')), most);
  },
  reverse: reversed,
  round,
  // Without escaping it changes nothing but the type.
  safe: ofText('safe', (text) => text),
  select: selecting(true, false),
  selectattr: selecting(true, true),
  sort: (value, args) => {
    const bound = new Bound('sort', args, ['reverse', 'case_sensitive', 'attribute']);
    return sorted(iterate(value), keyOf(bound), bound.flag('reverse', false));
  },
  string: ofText('string', (text) => text),
  sum: summed,
  title: ofText('title', (text) => titleFilter(text)),
  tojson: (value, args) => {
    refuseUndefined(value);
    return toJson(value, new Bound('tojson', args, ['ensure_ascii', 'indent', 'separators', 'sort_keys']));
  },
  trim: (value, args) => strip(str(value), new Bound('trim', args, ['chars']).optionalText('chars'), 'both'),
  truncate,
  unique,
  upper: ofText('upper', (text) => text.toUpperCase()),
  wordcount: (value, args) => {
    new Bound('wordcount', args, []);
    return BigInt((str(value).match(/[\p{L}\p{N}_]+/gu) ?? []).length);
  },
};

/** Jinja's own `title`, which is not Python's: words begin behind white space, hyphens and brackets. */
function titleFilter(text: string): string {
  return text
    .split(/([-\s({[<]+)/u)
    .map((word) => {
      const [first = '', ...rest] = word;
      return first.toUpperCase() + rest.join('').toLowerCase();
    })
    .join('');
}

/** Filters of Jinja's that we have not. */
export const OTHER_FILTERS = [
  ...['e', 'escape', 'filesizeformat', 'forceescape', 'pprint', 'random', 'slice', 'striptags'],
  ...['urlencode', 'urlize', 'wordwrap', 'xmlattr'],
];
