// How Python prints.

import { TemplateError } from './template-error.ts';
import {
  Callable,
  type Dict,
  isDict,
  Namespace,
  Range,
  Tuple,
  Undefined,
  type Value,
  View,
} from './values.ts';

/** `str(value)`. */
export function str(value: Value): string {
  if (typeof value === 'string') return value;
  return value instanceof Undefined ? '' : repr(value);
}

/** `repr(value)`. Throws TemplateError for what prints an address. */
export function repr(value: Value): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return float(value);
  if (value === null) return 'None';
  if (value instanceof Undefined) return 'Undefined';
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (value instanceof Tuple) {
    const [only] = value.items;
    return value.items.length === 1 && only !== undefined
      ? `(${repr(only)},)`
      : `(${value.items.map(repr).join(', ')})`;
  }
  if (isDict(value)) return dict(value);
  if (value instanceof View) return `${value.kind}([${value.items.map(repr).join(', ')}])`;
  if (value instanceof Range) return value.text;
  if (value instanceof Namespace) return `<Namespace ${dict(new Map(value.members))}>`;
  const what = value instanceof Callable ? value.name : 'a generator';
  throw new TemplateError(`${what} is printed, and not what it gives`);
}

function dict(value: Dict): string {
  return `{${[...value].map(([key, member]) => `${repr(key)}: ${repr(member)}`).join(', ')}}`;
}

/** The shortest digits that give the number, in Python's form. */
export function float(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? '-' : '+';
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = exponent < 0 && value !== 0 ? plain(value, exponent) : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

function plain(value: number, exponent: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(Math.min(100, 20 - exponent)).replace(/0+$/, '') : text;
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** A string literal that gives the text. */
export function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let quoted = '';
  for (const point of text) {
    if (point === mark) quoted += `\\${point}`;
    else if (Object.hasOwn(ESCAPES, point)) quoted += ESCAPES[point];
    else quoted += isPrintable(point) ? point : escaped(point);
  }
  return mark + quoted + mark;
}

const isPrintable = (point: string) => point === ' ' || !/[\p{C}\p{Z}]/u.test(point);

function escaped(point: string): string {
  const code = point.codePointAt(0) ?? 0;
  const hex = (width: number) => code.toString(16).padStart(width, '0');
  if (code < 0x100) return `\\x${hex(2)}`;
  return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
