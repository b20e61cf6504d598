// Python's values in JavaScript's: int is bigint, float is number, str is string, None is null, dict is Map; and what
// Python does with all of them.

import { TemplateError } from './template-error.ts';

export type Value =
  | string
  | bigint
  | number
  | boolean
  | null
  | Undefined
  | Value[]
  | Tuple
  | Dict
  | View
  | Generator
  | Range
  | Namespace
  | Callable;

export type Dict = Map<Value, Value>;

/** Arguments of a call: those by position, and those by name. */
export interface CallArguments {
  readonly list: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** A name, an attribute or an item that is not there: nothing, but an error where something is asked of it. */
export class Undefined {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** What `keys()`, `values()` and `items()` of a dict give, which prints otherwise than a list. */
export class View {
  readonly kind: string;
  readonly items: readonly Value[];
  constructor(kind: string, items: readonly Value[]) {
    this.kind = kind;
    this.items = items;
  }
}

/** What some filters give: it can be gone through once. */
export class Generator {
  #items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.#items = items;
  }

  /** The next ones, up to the first that is looked for; all by default. */
  take(isLast: (item: Value) => boolean = () => false): readonly Value[] {
    const at = this.#items.findIndex(isLast);
    const taken = at < 0 ? this.#items : this.#items.slice(0, at + 1);
    this.#items = this.#items.slice(taken.length);
    return taken;
  }
}

export class Range {
  readonly text: string;
  readonly items: readonly bigint[];
  constructor(text: string, items: readonly bigint[]) {
    this.text = text;
    this.items = items;
  }
}

/** `namespace()`: the one thing that a template can change. */
export class Namespace {
  readonly members: Map<string, Value>;
  constructor(members: Map<string, Value>) {
    this.members = members;
  }
}

/** A macro, a method or a function. `members` are its attributes, as `loop` has them. */
export class Callable {
  readonly name: string;
  readonly call: (args: CallArguments) => Value;
  readonly members: ReadonlyMap<string, Value>;
  constructor(
    name: string,
    call: (args: CallArguments) => Value,
    members: ReadonlyMap<string, Value> = new Map(),
  ) {
    this.name = name;
    this.call = call;
    this.members = members;
  }
}

export const isDict = (value: Value): value is Dict => value instanceof Map;
export const isNumber = (value: Value): value is bigint | number | boolean =>
  typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';

/** What Python calls the type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof View) return value.kind;
  if (value instanceof Generator) return 'generator';
  if (value instanceof Range) return 'range';
  if (value instanceof Namespace) return 'Namespace';
  if (value instanceof Callable) return 'function';
  if (Array.isArray(value)) return 'list';
  if (isDict(value)) return 'dict';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'bigint') return 'int';
  return typeof value === 'number' ? 'float' : 'bool';
}

/** Throws what Jinja's Undefined throws when something is asked of it. */
export function refuseUndefined(value: Value): void {
  if (value instanceof Undefined) throw new TemplateError(`${value.what} is undefined`);
}

export function truthy(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (value instanceof Callable || value instanceof Namespace || value instanceof Generator) return true;
  if (typeof value === 'number' || typeof value === 'bigint')
    return Number(value) !== 0 || Number.isNaN(Number(value));
  if (typeof value === 'boolean') return value;
  return length(value) > 0;
}

/** The members of what can be gone through. */
export function iterate(value: Value): readonly Value[] {
  if (typeof value === 'string') return [...value];
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple || value instanceof View || value instanceof Range) return value.items;
  if (value instanceof Generator) return value.take();
  if (isDict(value)) return [...value.keys()];
  if (value instanceof Undefined) return [];
  throw new TemplateError(`'${typeName(value)}' object is not iterable`);
}

export function length(value: Value): number {
  if (typeof value === 'string') {
    let count = 0;
    for (const _ of value) count += 1;
    return count;
  }
  if (isDict(value)) return value.size;
  const none = value instanceof Callable || value instanceof Namespace || value instanceof Generator;
  if (isNumber(value) || value === null || none)
    throw new TemplateError(`object of type '${typeName(value)}' has no len()`);
  return iterate(value).length;
}

const numeric = (value: bigint | number | boolean) => (typeof value === 'boolean' ? BigInt(value) : value);

export function equal(a: Value, b: Value): boolean {
  // Numbers of different types are equal if they are the same number.
  if (isNumber(a) && isNumber(b)) return numeric(a) <= numeric(b) && numeric(a) >= numeric(b);
  if (a instanceof Undefined && b instanceof Undefined) return true;
  if (Array.isArray(a) && Array.isArray(b)) return equalItems(a, b);
  if (a instanceof Tuple && b instanceof Tuple) return equalItems(a.items, b.items);
  if (a instanceof Range && b instanceof Range) return equalItems(a.items, b.items);
  if (isDict(a) && isDict(b))
    return (
      a.size === b.size && [...a].every(([key, value]) => b.has(key) && equal(value, b.get(key) ?? null))
    );
  return a === b;
}

function equalItems(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((item, i) => equal(item, b[i] ?? null));
}

/** Below 0, 0 or above 0, as Python orders; NaN where neither is so. Throws TemplateError for what has no order. */
export function compare(a: Value, b: Value): number {
  refuseUndefined(a);
  refuseUndefined(b);
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [numeric(a), numeric(b)];
    return x < y ? -1 : x > y ? 1 : x <= y ? 0 : Number.NaN;
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const items = (value: Value) =>
    Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined;
  const [left, right] = [items(a), items(b)];
  if (left === undefined || right === undefined || typeName(a) !== typeName(b))
    throw new TemplateError(`'<' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
  for (const [i, item] of left.entries()) {
    const other = right[i];
    if (other === undefined) return 1;
    if (!equal(item, other)) return compare(item, other);
  }
  return left.length - right.length;
}

/** By code points, not by UTF-16 units. */
function compareText(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (const [i, point] of x.entries()) {
    const other = y[i];
    if (other === undefined) return 1;
    if (point !== other) return (point.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
  }
  return x.length - y.length;
}

export function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item);
    throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  }
  if (isDict(container)) return container.has(dictKey(item));
  const same = (member: Value) => equal(member, item);
  if (container instanceof Generator) return container.take(same).some(same);
  return iterate(container).some(same);
}

/** A value as the key of a dict: of equal numbers there is one. Throws TemplateError for what Python cannot hash. */
export function dictKey(key: Value): Value {
  if (typeof key === 'boolean') return BigInt(key);
  if (typeof key === 'number' && Number.isInteger(key)) return BigInt(key);
  if (key === null || typeof key === 'string' || isNumber(key)) return key;
  throw new TemplateError(`a key of type ${typeName(key)} is not supported in chat templates`);
}

/** A whole number of JavaScript's for positions and counts. */
export function toIndex(value: Value): number {
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  throw new TemplateError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/** A plain value of ours as Python has it. */
export function toValue(value: unknown): Value {
  if (value === undefined) return new Undefined('a value');
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint')
    return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toValue);
  if (value instanceof Callable) return value;
  if (typeof value === 'object')
    return new Map(Object.entries(value).map(([key, member]) => [key, toValue(member)]));
  throw new TemplateError(`a ${typeof value} cannot be given to a template`);
}
