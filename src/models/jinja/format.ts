// Python's two ways to put values into a text: `%` and `str.format`. Of both, what templates use; the rest is refused.

import { TemplateError } from './template-error.ts';
import { float, repr, str } from './text.ts';
import { type CallArguments, isDict, isNumber, length, Tuple, typeName, type Value } from './values.ts';

const DIRECTIVE = /%(?:\(([^)]*)\))?([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g;

/** `text % values` */
export function formatPercent(text: string, values: Value): string {
  const items = values instanceof Tuple ? [...values.items] : [values];
  let used = 0;
  const result = text.replace(
    DIRECTIVE,
    (
      whole,
      key: string | undefined,
      flags: string,
      width: string,
      precision: string | undefined,
      kind: string,
    ) => {
      if (kind === '%') return '%';
      let value: Value | undefined;
      if (key !== undefined) value = isDict(values) ? values.get(key) : undefined;
      else value = items[used++];
      if (value === undefined) throw new TemplateError(`there is no value for ${whole}`);
      return pad(directive(value, kind, precision, flags), Number(width), flags);
    },
  );
  if (/%/.test(text.replace(DIRECTIVE, '')))
    throw new TemplateError(`a % in ${JSON.stringify(text)} is incomplete`);
  const all = values instanceof Tuple ? used === items.length : used > 0 || isDict(values);
  if (!all) throw new TemplateError('not all arguments converted during string formatting');
  return result;
}

function directive(value: Value, kind: string, precision: string | undefined, flags: string): string {
  if (kind === 's' || kind === 'r') {
    const text = kind === 's' ? str(value) : repr(value);
    return precision === undefined ? text : [...text].slice(0, Number(precision)).join('');
  }
  if (!isNumber(value))
    throw new TemplateError(`%${kind} format: a number is required, not ${typeName(value)}`);
  const sign = (text: string) =>
    text.startsWith('-') ? text : flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
  const whole = BigInt(typeof value === 'number' ? Math.trunc(value) : value);
  if (precision !== undefined && kind !== 'f')
    throw new TemplateError(`%.${precision}${kind} is not supported`);
  if (kind === 'd' || kind === 'i' || kind === 'u') return sign(String(whole));
  if (kind === 'f') return sign(Number(value).toFixed(Number(precision ?? 6)));
  if ((kind === 'x' || kind === 'X' || kind === 'o') && typeof value !== 'number' && !flags.includes('#')) {
    const digits = whole.toString(kind === 'o' ? 8 : 16);
    return sign(kind === 'X' ? digits.toUpperCase() : digits);
  }
  throw new TemplateError(`%${kind} is not supported in chat templates`);
}

function pad(text: string, width: number, flags: string): string {
  const room = width - length(text);
  if (room <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(room);
  if (!flags.includes('0')) return ' '.repeat(room) + text;
  const [, sign = '', rest = ''] = /^([-+ ]?)(.*)$/s.exec(text) ?? [];
  return sign + '0'.repeat(room) + rest;
}

const FIELD = /\{\{|\}\}|\{([^{}!:]*)(?:!([rs]))?(?::([^{}]*))?\}/g;
const SPEC = /^(?:(.)?([<>^]))?([-+ ]?)(0?)(\d*)(,?)(?:\.(\d+))?([sdf]?)$/su;

/** How fields like `{0.name[key]}` find what they name. */
export interface Lookup {
  readonly attribute: (of: Value, name: string) => Value;
  readonly item: (of: Value, key: Value) => Value;
}

/** `text.format(…)` */
export function formatBraces(text: string, args: CallArguments, { attribute, item }: Lookup): string {
  let next = 0;
  if (/[{}]/.test(text.replace(FIELD, '')))
    throw new TemplateError(`a brace in ${JSON.stringify(text)} has no partner`);
  return text.replace(FIELD, (whole, field?: string, conversion?: string, spec?: string) => {
    if (whole === '{{' || whole === '}}') return whole.slice(0, 1);
    const [, name = '', path = ''] = /^([^.[]*)(.*)$/s.exec(field ?? '') ?? [];
    const position = name === '' ? next++ : /^\d+$/.test(name) ? Number(name) : undefined;
    let value = position === undefined ? args.named.get(name) : args.list[position];
    if (value === undefined) throw new TemplateError(`format() has no value for ${whole}`);
    for (const [, member, key] of path.matchAll(/\.([^.[]+)|\[([^\]]*)\]/g))
      value =
        member !== undefined
          ? attribute(value, member)
          : item(value, /^\d+$/.test(key ?? '') ? BigInt(key ?? '') : (key ?? ''));
    if (conversion !== undefined) value = conversion === 'r' ? repr(value) : str(value);
    return formatSpec(value, spec ?? '');
  });
}

function formatSpec(value: Value, spec: string): string {
  if (spec === '') return str(value);
  const match = SPEC.exec(spec);
  if (match === null)
    throw new TemplateError(`the format ${JSON.stringify(spec)} is not supported in chat templates`);
  const [, given, side, sign = '', zero, width = '', comma, precision, kind = ''] = match;
  const number = isNumber(value) && typeof value !== 'boolean';
  if (
    !number &&
    (sign !== '' || zero !== '' || comma !== '' || (kind !== '' && kind !== 's') || typeof value !== 'string')
  )
    throw new TemplateError(`the format ${JSON.stringify(spec)} does not fit ${typeName(value)}`);
  const text = number
    ? numberText(value, { kind, precision, comma: comma !== '', sign })
    : clip(str(value), precision);
  const room = Number(width) - length(text);
  if (room <= 0) return text;
  const fill = given ?? (zero === '' ? ' ' : '0');
  if (zero !== '' && side === undefined) return pad(text, Number(width), '0');
  const place = side ?? (number ? '>' : '<');
  if (place === '<') return text + fill.repeat(room);
  if (place === '>') return fill.repeat(room) + text;
  const left = Math.floor(room / 2);
  return fill.repeat(left) + text + fill.repeat(room - left);
}

const clip = (text: string, precision: string | undefined) =>
  precision === undefined ? text : [...text].slice(0, Number(precision)).join('');

function numberText(
  value: bigint | number,
  {
    kind,
    precision,
    comma,
    sign,
  }: { kind: string; precision: string | undefined; comma: boolean; sign: string },
): string {
  if (
    kind === 's' ||
    (kind === 'd' && typeof value === 'number') ||
    (precision !== undefined && kind !== 'f')
  )
    throw new TemplateError(`the format of ${repr(value)} is not supported in chat templates`);
  let text =
    kind === 'f'
      ? Number(value).toFixed(Number(precision ?? 6))
      : typeof value === 'bigint'
        ? String(value)
        : float(value);
  if (comma)
    text = text.replace(
      /^(-?)(\d+)/,
      (_, minus: string, digits: string) => minus + digits.replace(/\B(?=(\d{3})+$)/g, ','),
    );
  return text.startsWith('-') || sign === '-' ? text : sign + text;
}
