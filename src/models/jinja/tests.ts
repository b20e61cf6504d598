// Jinja's tests: what stands behind `is`.

import { TemplateError } from './template-error.ts';
import { str } from './text.ts';
import {
  Callable,
  compare,
  contains,
  equal,
  Generator,
  isDict,
  isNumber,
  Namespace,
  Range,
  Tuple,
  Undefined,
  type Value,
  View,
} from './values.ts';

type Test = (value: Value, other: Value | undefined) => boolean;

const needed = (other: Value | undefined): Value => {
  if (other === undefined) throw new TemplateError('a test needs something to compare with');
  return other;
};
const alone =
  (test: (value: Value) => boolean): Test =>
  (value, other) => {
    if (other !== undefined) throw new TemplateError('a test is given something that it does not ask for');
    return test(value);
  };
const isSequence = (value: Value) =>
  typeof value === 'string' ||
  Array.isArray(value) ||
  value instanceof Tuple ||
  value instanceof Range ||
  value instanceof Undefined ||
  isDict(value);
const eq: Test = (value, other) => equal(value, needed(other));
const ne: Test = (value, other) => !equal(value, needed(other));
const lt: Test = (value, other) => compare(value, needed(other)) < 0;
const le: Test = (value, other) => compare(value, needed(other)) <= 0;
const gt: Test = (value, other) => compare(value, needed(other)) > 0;
const ge: Test = (value, other) => compare(value, needed(other)) >= 0;

function remainder(value: Value, by: Value): bigint {
  if (typeof value !== 'bigint' || typeof by !== 'bigint' || by === 0n)
    throw new TemplateError('odd, even and divisibleby are for whole numbers');
  return ((value % by) + by) % by;
}

/** Every test by its name. */
export const TESTS: Readonly<Record<string, Test>> = {
  defined: alone((value) => !(value instanceof Undefined)),
  undefined: alone((value) => value instanceof Undefined),
  none: alone((value) => value === null),
  boolean: alone((value) => typeof value === 'boolean'),
  true: alone((value) => value === true),
  false: alone((value) => value === false),
  integer: alone((value) => typeof value === 'bigint'),
  float: alone((value) => typeof value === 'number'),
  number: alone(isNumber),
  string: alone((value) => typeof value === 'string'),
  mapping: alone(isDict),
  sequence: alone(isSequence),
  iterable: alone((value) => isSequence(value) || value instanceof View || value instanceof Generator),
  callable: alone((value) => value instanceof Callable),
  lower: alone((value) => caseOf(value) === 'lower'),
  upper: alone((value) => caseOf(value) === 'upper'),
  odd: alone((value) => remainder(value, 2n) === 1n),
  even: alone((value) => remainder(value, 2n) === 0n),
  divisibleby: (value, other) => remainder(value, needed(other)) === 0n,
  sameas: (value, other) => same(value, needed(other)),
  in: (value, other) => contains(needed(other), value),
  ...{ eq, equalto: eq, '==': eq, ne, '!=': ne },
  ...{ lt, lessthan: lt, le, gt, greaterthan: gt, ge },
};

/** Tests of Jinja's that we have not. */
export const OTHER_TESTS = ['escaped', 'filter', 'test'];

function caseOf(value: Value): 'lower' | 'upper' | undefined {
  const text = str(value);
  if (text.toLowerCase() === text.toUpperCase()) return undefined;
  if (text === text.toLowerCase()) return 'lower';
  return text === text.toUpperCase() ? 'upper' : undefined;
}

/** Python's `is`, where it does not depend on how Python keeps its values. */
function same(value: Value, other: Value): boolean {
  const single = (one: Value) => one === null || typeof one === 'boolean';
  if (single(value) || single(other)) return value === other;
  if (value instanceof Namespace || other instanceof Namespace) return value === other;
  throw new TemplateError('sameas is supported for none, true and false alone');
}
