// Attributes, items and slices, as Jinja's sandbox looks them up: an attribute is sought before an item of that name, and
// what would change a value is refused.

import { formatBraces } from './format.ts';
import { isUnsafe, methodOf } from './methods.ts';
import { TemplateError } from './template-error.ts';
import {
  Callable,
  dictKey,
  isDict,
  Namespace,
  Range,
  refuseUndefined,
  Tuple,
  toIndex,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

const missing = (of: Value, name: string) =>
  new Undefined(`'${typeName(of)}' object has no attribute '${name}'; it`);

/** `of.name` */
export function attribute(of: Value, name: string): Value {
  refuseUndefined(of);
  // Printed it is nothing, as in the sandbox; whoever asks something of it is refused.
  if (name.startsWith('__') || isUnsafe(of, name))
    return new Undefined(`access to attribute '${name}' of '${typeName(of)}' is unsafe; it`);
  if (typeof of === 'string' && name === 'format')
    return new Callable('str.format', (args) => formatBraces(of, args, { attribute, item }));
  const members =
    of instanceof Namespace || of instanceof Callable ? of.members : isDict(of) ? of : undefined;
  const found = methodOf(of, name) ?? members?.get(name);
  return found === undefined ? missing(of, name) : found;
}

/** `of[key]` */
export function item(of: Value, key: Value): Value {
  refuseUndefined(of);
  if (isDict(of)) {
    const found = of.get(dictKey(key));
    if (found !== undefined) return found;
  } else if (typeof key !== 'string') {
    const found = element(of, key);
    if (found !== undefined) return found;
  }
  if (typeof key !== 'string') return new Undefined(`'${typeName(of)}' object has no element; it`);
  return attribute(of, key);
}

function element(of: Value, key: Value): Value | undefined {
  const items = sequence(of);
  if (items === undefined || !(typeof key === 'bigint' || typeof key === 'boolean')) return undefined;
  return items.at(Number(key));
}

function sequence(of: Value): readonly Value[] | undefined {
  if (typeof of === 'string') return [...of];
  if (Array.isArray(of)) return of;
  return of instanceof Tuple || of instanceof Range ? of.items : undefined;
}

/** `of[start:stop:step]` */
export function slice(of: Value, start: Value, stop: Value, step: Value): Value {
  refuseUndefined(of);
  const items = sequence(of);
  // What has no parts is not there, for Jinja.
  if (items === undefined) return new Undefined(`a slice of '${typeName(of)}'`);
  const bound = (value: Value) => (value === null ? undefined : toIndex(value));
  const picked = positions(items.length, bound(start), bound(stop), bound(step) ?? 1).flatMap((i) => {
    const found = items[i];
    return found === undefined ? [] : [found];
  });
  if (typeof of === 'string') return picked.join('');
  if (of instanceof Range) throw new TemplateError('a slice of a range is not supported in chat templates');
  return of instanceof Tuple ? new Tuple(picked) : picked;
}

function positions(
  size: number,
  start: number | undefined,
  stop: number | undefined,
  step: number,
): number[] {
  if (step === 0) throw new TemplateError('slice step cannot be zero');
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (value: number) => Math.min(high, Math.max(low, value < 0 ? value + size : value));
  const from = start === undefined ? (step > 0 ? low : high) : clamp(start);
  const to = stop === undefined ? (step > 0 ? high : low) : clamp(stop);
  const found: number[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) found.push(i);
  return found;
}
