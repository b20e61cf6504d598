// Expressions of a template and what they are.

import { arithmetic } from './arithmetic.ts';
import type { Arguments, Comparison, Expression } from './ast.ts';
import { FILTERS } from './filters.ts';
import { notCallable } from './globals.ts';
import { attribute, item, slice } from './members.ts';
import type { Scope } from './scope.ts';
import { TemplateError } from './template-error.ts';
import { TESTS } from './tests.ts';
import { str } from './text.ts';
import {
  type CallArguments,
  Callable,
  compare,
  contains,
  dictKey,
  equal,
  isDict,
  isNumber,
  iterate,
  refuseUndefined,
  Tuple,
  truthy,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** Operations that one rendering may take: a template of a real model takes thousands. */
const MOST_STEPS = 2_000_000;

/** How deep macros and loops may call themselves. */
const DEEPEST = 100;

/** UTF-16 units of a text, or members of a list, beyond which a template has gone astray. */
const LONGEST = 10_000_000;

/** Counts the work of one rendering, since a template is somebody else's program. */
export class Budget {
  #steps = 0;
  #depth = 0;

  /** What a macro or a loop gives that may call itself. Throws TemplateError for one that does so too often. */
  deeper<T>(work: () => T): T {
    if (this.#depth >= DEEPEST) throw new TemplateError('macros or loops call themselves too deeply');
    this.#depth += 1;
    try {
      return work();
    } finally {
      this.#depth -= 1;
    }
  }

  /** Throws TemplateError for a template that does not come to an end. */
  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > MOST_STEPS)
      throw new TemplateError('the template takes too much work, as one that does not end would');
  }
}

/** What evaluating needs besides names: the work done so far, and the text of a filter block. */
export interface Frame {
  readonly scope: Scope;
  readonly budget: Budget;
}

/** @throws TemplateError for what cannot be computed */
export function evaluate(node: Expression, frame: Frame): Value {
  const value = evaluateNode(node, frame);
  const size = typeof value === 'string' || Array.isArray(value) ? value.length : 0;
  if (size > LONGEST) throw new TemplateError('the template makes too long a text or list');
  // Long values cost what they are long.
  frame.budget.step(1 + size / 64);
  return value;
}

function evaluateNode(node: Expression, frame: Frame): Value {
  const of = (inner: Expression) => evaluate(inner, frame);
  switch (node.type) {
    case 'constant':
      return node.value;
    case 'name':
      return frame.scope.get(node.name);
    case 'list':
      return node.items.map(of);
    case 'tuple':
      return new Tuple(node.items.map(of));
    case 'dict':
      return new Map(node.entries.map(([key, value]) => [dictKey(of(key)), of(value)]));
    case 'unary':
      return unary(node.operator, of(node.of));
    case 'binary':
      return binary(node, of);
    case 'concat':
      return node.parts.map((part) => str(of(part))).join('');
    case 'compare':
      return comparison(node, of);
    case 'conditional':
      if (truthy(of(node.condition))) return of(node.value);
      return node.otherwise === null
        ? new Undefined('the inline if-expression evaluated to false and no else section was defined; it')
        : of(node.otherwise);
    case 'attribute':
      return attribute(of(node.of), node.name);
    case 'item':
      return item(of(node.of), of(node.key));
    case 'slice': {
      const bound = (inner: Expression | null) => (inner === null ? null : of(inner));
      return slice(of(node.of), bound(node.start), bound(node.stop), bound(node.step));
    }
    case 'call':
      return call(of(node.callee), toArguments(node.args, frame));
    case 'filter':
      return applyFilter(node, node.of === null ? null : of(node.of), frame);
    case 'test': {
      const { list, named } = toArguments(node.args, frame);
      const test = Object.hasOwn(TESTS, node.name) ? TESTS[node.name] : undefined;
      if (test === undefined || list.length > 1 || named.size > 0)
        throw new TemplateError(`the test ${node.name} cannot be used so`);
      return test(of(node.of), list[0]);
    }
  }
}

/** A filter, or several one after another, of a value. */
export function applyFilter(
  node: Extract<Expression, { type: 'filter' }>,
  value: Value,
  frame: Frame,
): Value {
  const filter = Object.hasOwn(FILTERS, node.name) ? FILTERS[node.name] : undefined;
  if (filter === undefined) throw new TemplateError(`there is no filter ${node.name}`);
  return filter(value, toArguments(node.args, frame));
}

export function call(callee: Value, args: CallArguments): Value {
  refuseUndefined(callee);
  if (!(callee instanceof Callable)) throw notCallable(callee);
  return callee.call(args);
}

export function toArguments(args: Arguments, frame: Frame): CallArguments {
  const list = args.positional.map((one) => evaluate(one, frame));
  const named = new Map<string, Value>();
  for (const [name, value] of args.named) named.set(name, evaluate(value, frame));
  if (args.list !== null) list.push(...iterate(evaluate(args.list, frame)));
  const more = args.dict === null ? undefined : evaluate(args.dict, frame);
  if (more !== undefined) {
    if (!isDict(more)) throw new TemplateError(`argument after ** must be a mapping, not ${typeName(more)}`);
    for (const [key, value] of more) named.set(str(key), value);
  }
  return { list, named };
}

function unary(operator: '-' | '+' | 'not', value: Value): Value {
  if (operator === 'not') return !truthy(value);
  refuseUndefined(value);
  if (!isNumber(value))
    throw new TemplateError(`bad operand type for unary ${operator}: '${typeName(value)}'`);
  const number = typeof value === 'boolean' ? BigInt(value) : value;
  return operator === '-' ? -number : number;
}

function binary(
  { operator, left, right }: Extract<Expression, { type: 'binary' }>,
  of: (node: Expression) => Value,
): Value {
  const first = of(left);
  if (operator === 'and') return truthy(first) ? of(right) : first;
  if (operator === 'or') return truthy(first) ? first : of(right);
  return arithmetic(operator, first, of(right));
}

/** `a < b < c` is `a < b and b < c`. */
function comparison(
  { first, rest }: Extract<Expression, { type: 'compare' }>,
  of: (node: Expression) => Value,
): boolean {
  let left = of(first);
  for (const { operator, with: node } of rest) {
    const right = of(node);
    if (!holds(operator, left, right)) return false;
    left = right;
  }
  return true;
}

function holds(operator: Comparison, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case '<':
      return compare(left, right) < 0;
    case '<=':
      return compare(left, right) <= 0;
    case '>':
      return compare(left, right) > 0;
    case '>=':
      return compare(left, right) >= 0;
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
  }
}
