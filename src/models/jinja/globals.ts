// Functions that every template has: Jinja's, and those that transformers adds.

import { Bound } from './calls.ts';
import { type Day, strftime } from './strftime.ts';
import { TemplateError } from './template-error.ts';
import { str } from './text.ts';
import {
  type CallArguments,
  Callable,
  type Dict,
  dictKey,
  isDict,
  iterate,
  Namespace,
  Range,
  Tuple,
  toIndex,
  typeName,
  type Value,
} from './values.ts';

/** As in Jinja's sandbox. */
const LONGEST_RANGE = 100_000;

function range({ list, named }: CallArguments): Range {
  if (named.size > 0 || list.length < 1 || list.length > 3)
    throw new TemplateError('range() takes one to three whole numbers');
  const [a, b, c] = list.map((value) => BigInt(toIndex(value)));
  const [start, stop, step] = b === undefined ? [0n, a ?? 0n, 1n] : [a ?? 0n, b, c ?? 1n];
  if (step === 0n) throw new TemplateError('range() arg 3 must not be zero');
  const count = (stop - start + (step > 0n ? step - 1n : step + 1n)) / step;
  if (count > LONGEST_RANGE) throw new TemplateError(`a range of ${count} numbers is too long`);
  const items: bigint[] = [];
  for (let i = start; step > 0n ? i < stop : i > stop; i += step) items.push(i);
  return new Range(`range(${start}, ${stop}${step === 1n ? '' : `, ${step}`})`, items);
}

/** `dict(…)`: of another dict or of pairs, and of names. */
function dict({ list, named }: CallArguments): Dict {
  const [from, ...more] = list;
  if (more.length > 0) throw new TemplateError('dict() takes one dict at most');
  const made: Dict = new Map();
  if (from !== undefined && isDict(from)) for (const [key, value] of from) made.set(key, value);
  else if (from !== undefined)
    for (const pair of iterate(from)) {
      const [key, value, ...rest] = iterate(pair);
      if (key === undefined || value === undefined || rest.length > 0)
        throw new TemplateError('dict() takes pairs of a key and a value');
      made.set(dictKey(key), value);
    }
  for (const [name, value] of named) made.set(name, value);
  return made;
}

/** Throws TemplateError for a name that transformers does not let a namespace have. */
export function checkMember(name: Value): string {
  if (typeof name === 'string' && !name.startsWith('_')) return name;
  throw new TemplateError(`a namespace cannot have ${str(name)}`);
}

function namespace(args: CallArguments): Namespace {
  return new Namespace(new Map([...dict(args)].map(([name, value]) => [checkMember(name), value])));
}

/** Its items in turn, for ever. */
function cycler({ list, named }: CallArguments): Callable {
  if (list.length === 0 || named.size > 0) throw new TemplateError('at least one item has to be provided');
  let at = 0;
  const members = new Map<string, Value>();
  const show = () => members.set('current', list[at] ?? null);
  const next = () => {
    const value = list[at] ?? null;
    at = (at + 1) % list.length;
    show();
    return value;
  };
  const reset = () => {
    at = 0;
    show();
    return null;
  };
  members.set('next', new Callable('next', next));
  members.set('reset', new Callable('reset', reset));
  show();
  const refuse = () => {
    throw new TemplateError("'Cycler' object is not callable");
  };
  return new Callable('cycler', refuse, members);
}

/** Nothing when it is called first, then what joins. */
function joiner(args: CallArguments): Callable {
  const by = new Bound('joiner', args, ['sep']).text('sep', ', ');
  let used = false;
  return new Callable('joiner', () => {
    const text = used ? by : '';
    used = true;
    return text;
  });
}

/** The functions by their names; `today` is the date of every prompt. */
export function createGlobals(today: Day): ReadonlyMap<string, Value> {
  const functions: Readonly<Record<string, (args: CallArguments) => Value>> = {
    ...{ range, dict, namespace, cycler, joiner },
    raise_exception(args) {
      throw new TemplateError(str(new Bound('raise_exception', args, ['message']).get('message')));
    },
    strftime_now: (args) => strftime(new Bound('strftime_now', args, ['format']).text('format'), today),
    lipsum() {
      throw new TemplateError('lipsum is not supported in chat templates');
    },
  };
  return new Map(Object.entries(functions).map(([name, call]) => [name, new Callable(name, call)]));
}

/** What a call of something that is no function says. */
export function notCallable(value: Value): TemplateError {
  const what = value instanceof Tuple ? 'tuple' : typeName(value);
  return new TemplateError(`'${what}' object is not callable`);
}
