// Methods of Python's values that a template may call. One that Python has and we have not is refused by name; those that
// would change a value the sandbox of transformers refuses too.

import { Bound } from './calls.ts';
import { stringMethods } from './string-methods.ts';
import { TemplateError } from './template-error.ts';
import {
  type CallArguments,
  Callable,
  dictKey,
  equal,
  isDict,
  isNumber,
  iterate,
  Range,
  Tuple,
  typeName,
  type Value,
  View,
} from './values.ts';

/** Methods that Python has besides: those of the second list change the value. */
const OTHERS: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  str: [['encode', 'translate', 'maketrans', 'format_map', 'casefold', 'isidentifier', 'isprintable'], []],
  list: [['copy'], ['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort']],
  dict: [
    ['copy', 'fromkeys'],
    ['clear', 'pop', 'popitem', 'setdefault', 'update'],
  ],
  tuple: [[], []],
  int: [
    [
      'bit_length',
      'bit_count',
      'conjugate',
      'denominator',
      'from_bytes',
      'imag',
      'is_integer',
      'numerator',
      'real',
      'to_bytes',
      'as_integer_ratio',
    ],
    [],
  ],
  float: [['as_integer_ratio', 'conjugate', 'fromhex', 'hex', 'imag', 'is_integer', 'real'], []],
};

/** The method of that name; undefined if Python has none. Throws TemplateError for one that cannot be used. */
export function methodOf(of: Value, name: string): Value | undefined {
  const method = find(of, name);
  if (method !== undefined) return new Callable(`${typeName(of)}.${name}`, method);
  if (othersOf(of)[0].includes(name))
    throw new TemplateError(`${typeName(of)}.${name} is not supported in chat templates`);
  return undefined;
}

/** Whether a method of that name would change the value. */
export function isUnsafe(of: Value, name: string): boolean {
  return othersOf(of)[1].includes(name);
}

function othersOf(of: Value): readonly [readonly string[], readonly string[]] {
  const type = typeof of === 'boolean' ? 'int' : typeName(of);
  return (Object.hasOwn(OTHERS, type) ? OTHERS[type] : undefined) ?? [[], []];
}

function find(of: Value, name: string): ((args: CallArguments) => Value) | undefined {
  if (typeof of === 'string') {
    const method = Object.hasOwn(stringMethods, name) ? stringMethods[name] : undefined;
    return method && ((args) => method(of, args));
  }
  if (isDict(of)) return dictMethod(of, name);
  if (Array.isArray(of) || of instanceof Tuple || of instanceof Range) return sequenceMethod(of, name);
  return undefined;
}

function dictMethod(of: Map<Value, Value>, name: string): ((args: CallArguments) => Value) | undefined {
  const view = (kind: string, items: () => Value[]) => (args: CallArguments) => {
    new Bound(name, args, []);
    return new View(kind, items());
  };
  switch (name) {
    case 'items':
      return view('dict_items', () => [...of].map((pair) => new Tuple(pair)));
    case 'keys':
      return view('dict_keys', () => [...of.keys()]);
    case 'values':
      return view('dict_values', () => [...of.values()]);
    case 'get':
      return (args) => {
        const bound = new Bound('get', args, ['key', 'default']);
        const found = of.get(dictKey(bound.get('key')));
        return found === undefined ? bound.get('default', null) : found;
      };
    default:
      return undefined;
  }
}

function sequenceMethod(of: Value, name: string): ((args: CallArguments) => Value) | undefined {
  const one = (args: CallArguments) => new Bound(name, args, ['value']).get('value');
  if (name === 'count') return (args) => BigInt(iterate(of).filter((item) => equal(item, one(args))).length);
  if (name !== 'index') return undefined;
  return (args) => {
    const value = one(args);
    const at = iterate(of).findIndex((item) => equal(item, value));
    if (at < 0)
      throw new TemplateError(`${isNumber(value) ? String(value) : 'the value'} is not in the list`);
    return BigInt(at);
  };
}
