// Python's json.dumps, as the filter tojson of transformers calls it.

import type { Bound } from './calls.ts';
import { TemplateError } from './template-error.ts';
import { float } from './text.ts';
import { isDict, iterate, Tuple, toIndex, truthy, typeName, type Value } from './values.ts';

interface Layout {
  readonly ascii: boolean;
  readonly sortKeys: boolean;
  /** What a level is indented by; undefined for one line. */
  readonly indent: string | undefined;
  readonly between: string;
  readonly behindKey: string;
}

/** @throws TemplateError for what JSON has no form for */
export function toJson(value: Value, options: Bound): string {
  const given = options.get('indent', null);
  const indent = given === null ? undefined : typeof given === 'string' ? given : ' '.repeat(toIndex(given));
  const separators = options.get('separators', null);
  const [between, behindKey] =
    separators === null ? [indent === undefined ? ', ' : ',', ': '] : iterate(separators);
  if (typeof between !== 'string' || typeof behindKey !== 'string')
    throw new TemplateError('separators must be two texts');
  const layout = {
    ascii: truthy(options.get('ensure_ascii', false)),
    sortKeys: truthy(options.get('sort_keys', false)),
    ...{ indent, between, behindKey },
  };
  return write(value, layout, '\n');
}

function write(value: Value, layout: Layout, line: string): string {
  if (typeof value === 'string') return quote(value, layout.ascii);
  if (typeof value === 'boolean' || typeof value === 'bigint' || value === null) return String(value);
  if (typeof value === 'number') return number(value);
  const inner = layout.indent === undefined ? '' : line + layout.indent;
  const outer = layout.indent === undefined ? '' : line;
  const next = line + (layout.indent ?? '');
  const parts = (all: readonly string[], open: string, close: string) =>
    all.length === 0 ? open + close : open + inner + all.join(layout.between + inner) + outer + close;
  if (Array.isArray(value) || value instanceof Tuple)
    return parts(
      iterate(value).map((one) => write(one, layout, next)),
      '[',
      ']',
    );
  if (isDict(value)) {
    const entries = [...value].map(([key, member]) => [keyText(key), member] as const);
    if (layout.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    const written = entries.map(
      ([key, member]) => quote(key, layout.ascii) + layout.behindKey + write(member, layout, next),
    );
    return parts(written, '{', '}');
  }
  throw new TemplateError(`Object of type ${typeName(value)} is not JSON serializable`);
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number') return number(key);
  if (typeof key === 'bigint' || typeof key === 'boolean' || key === null) return String(key);
  throw new TemplateError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return float(value);
}

const SHORT: Readonly<Record<string, string>> = {
  ...{ '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f', '\b': '\\b' },
};

const CONTROLS = '\\0-\\x1f';
const SPECIAL = new RegExp(`["\\\\${CONTROLS}]`, 'g');

function quote(text: string, ascii: boolean): string {
  const escaped = (unit: string) =>
    (Object.hasOwn(SHORT, unit) ? SHORT[unit] : undefined) ??
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replace(ascii ? /["\\]|[^ -~]/g : SPECIAL, escaped)}"`;
}
