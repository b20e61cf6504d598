// Python's operators.

import { formatPercent } from './format.ts';
import { TemplateError } from './template-error.ts';
import { isNumber, refuseUndefined, Tuple, toIndex, typeName, type Value } from './values.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';

/** Digits of a whole number, and members of a list, beyond which a template has gone astray. */
const LARGEST = 1_000_000;

/** @throws TemplateError for values that the operator does not join */
export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value): Value {
  refuseUndefined(left);
  if (operator === '%' && typeof left === 'string') return formatPercent(left, right);
  refuseUndefined(right);
  if (isNumber(left) && isNumber(right)) {
    const [a, b] = [left, right].map((value) => (typeof value === 'boolean' ? BigInt(value) : value));
    if (typeof a === 'bigint' && typeof b === 'bigint') return whole(operator, a, b);
    return fraction(operator, Number(a), Number(b));
  }
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') return left + right;
    if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items]);
  }
  if (operator === '*') {
    const [sequence, times] = isNumber(left) ? [right, left] : [left, right];
    if (typeof times === 'bigint' || typeof times === 'boolean') return repeat(sequence, toIndex(times));
  }
  throw new TemplateError(
    `unsupported operand types for ${operator}: '${typeName(left)}' and '${typeName(right)}'`,
  );
}

function repeat(sequence: Value, times: number): Value {
  const count = Math.max(0, times);
  const size = typeof sequence === 'string' ? sequence.length : 1;
  if (count * size > 10 * LARGEST) throw new TemplateError('a text or list is repeated too often');
  if (typeof sequence === 'string') return sequence.repeat(count);
  const items = Array.isArray(sequence) ? sequence : sequence instanceof Tuple ? sequence.items : undefined;
  if (items === undefined) throw new TemplateError(`can't multiply '${typeName(sequence)}' by an int`);
  const all = Array.from({ length: count }, () => items).flat();
  return sequence instanceof Tuple ? new Tuple(all) : all;
}

function whole(operator: ArithmeticOperator, a: bigint, b: bigint): bigint | number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return fraction('/', Number(a), Number(b));
    case '**':
      if (b < 0n) return fraction('**', Number(a), Number(b));
      if (b * BigInt(a.toString(2).length) > 64_000n) throw new TemplateError('a power is too large');
      return a ** b;
    case '//':
    case '%': {
      if (b === 0n) throw new TemplateError('integer division or modulo by zero');
      const rest = ((a % b) + b) % b;
      return operator === '%' ? rest : (a - rest) / b;
    }
  }
}

function fraction(operator: ArithmeticOperator, a: number, b: number): number {
  if (b === 0 && ['/', '//', '%'].includes(operator)) throw new TemplateError('division by zero');
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor((a - modulo(a, b)) / b + 0.5);
    case '%':
      return modulo(a, b);
    case '**':
      if ((a < 0 && !Number.isInteger(b)) || (a === 0 && b < 0))
        throw new TemplateError('this power is no real number');
      return a ** b;
  }
}

/** With the sign of the divisor. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}
