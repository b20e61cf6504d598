// Expressions of a template, by the precedence of jinja2.parser.

import type { Arguments, Comparison, Expression } from './ast.ts';
import { FILTERS, OTHER_FILTERS } from './filters.ts';
import type { Token } from './lexer.ts';
import { TemplateError } from './template-error.ts';
import { OTHER_TESTS, TESTS } from './tests.ts';

const NO_ARGUMENTS: Arguments = { positional: [], named: [], list: null, dict: null };
const CONSTANTS = new Map<string, boolean | null>([
  ...([
    ['true', true],
    ['True', true],
    ['false', false],
    ['False', false],
  ] as const),
  ...([
    ['none', null],
    ['None', null],
  ] as const),
]);
const COMPARISONS: readonly string[] = ['==', '!=', '<', '<=', '>', '>='];
const isComparison = (operator: string): operator is Comparison => COMPARISONS.includes(operator);

export class ExpressionParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  /** How often the filter `safe` was met. */
  safe = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  // ---------------------------------------------------------------- tokens

  next(): Token | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token;
  }

  get #current(): Token | undefined {
    return this.#tokens[this.#at];
  }

  expect(type: 'end'): void {
    const token = this.next();
    if (token?.type !== type) throw new TemplateError(`unexpected ${shown(token)}`);
  }

  peekEnd(): boolean {
    return this.#current?.type === 'end';
  }

  peekOperator(value: string): boolean {
    return this.#current?.type === 'operator' && this.#current.value === value;
  }

  peekKeyword(value: string): boolean {
    return this.#current?.type === 'name' && this.#current.value === value;
  }

  skip(operator: string): boolean {
    if (!this.peekOperator(operator)) return false;
    this.#at += 1;
    return true;
  }

  skipKeyword(keyword: string): boolean {
    if (!this.peekKeyword(keyword)) return false;
    this.#at += 1;
    return true;
  }

  operator(value: string): void {
    if (!this.skip(value)) throw new TemplateError(`${value} expected, but found ${shown(this.#current)}`);
  }

  keyword(value: string): void {
    if (!this.skipKeyword(value))
      throw new TemplateError(`${value} expected, but found ${shown(this.#current)}`);
  }

  name(): string {
    const token = this.next();
    if (token?.type !== 'name') throw new TemplateError(`a name expected, but found ${shown(token)}`);
    return token.value;
  }

  // ---------------------------------------------------------------- expressions

  /**
   * An expression, or several with commas between them, which are a tuple.
   *
   * @param conditions whether `a if b else c` may stand there: not in the head of a loop or a condition
   */
  tuple(conditions: boolean, until: readonly string[] = []): Expression {
    const items: Expression[] = [];
    let tuple = false;
    while (!this.#endsTuple(until)) {
      items.push(conditions ? this.expression() : this.#or());
      if (!this.skip(',')) break;
      tuple = true;
    }
    const [first] = items;
    if (first === undefined)
      throw new TemplateError(`an expression expected, but found ${shown(this.#current)}`);
    return tuple ? { type: 'tuple', items } : first;
  }

  #endsTuple(until: readonly string[]): boolean {
    return this.peekEnd() || this.peekOperator(')') || until.some((name) => this.peekKeyword(name));
  }

  expression(): Expression {
    let value = this.#or();
    while (this.skipKeyword('if')) {
      const condition = this.#or();
      const otherwise = this.skipKeyword('else') ? this.expression() : null;
      value = { type: 'conditional', condition, value, otherwise };
    }
    return value;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.skipKeyword('or')) left = { type: 'binary', operator: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.skipKeyword('and')) left = { type: 'binary', operator: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    return this.skipKeyword('not') ? { type: 'unary', operator: 'not', of: this.#not() } : this.#compare();
  }

  #compare(): Expression {
    const first = this.#sum();
    const rest: { operator: Comparison; with: Expression }[] = [];
    for (;;) {
      const operator = this.#comparison();
      if (operator === undefined) break;
      rest.push({ operator, with: this.#sum() });
    }
    return rest.length === 0 ? first : { type: 'compare', first, rest };
  }

  #comparison(): Comparison | undefined {
    const token = this.#current;
    if (token?.type === 'operator' && isComparison(token.value)) {
      this.#at += 1;
      return token.value;
    }
    if (this.skipKeyword('in')) return 'in';
    const after = this.#tokens[this.#at + 1];
    if (this.peekKeyword('not') && after?.type === 'name' && after.value === 'in') {
      this.#at += 2;
      return 'not in';
    }
    return undefined;
  }

  #sum(): Expression {
    let left = this.#concat();
    for (;;) {
      const operator = this.skip('+') ? '+' : this.skip('-') ? '-' : undefined;
      if (operator === undefined) return left;
      left = { type: 'binary', operator, left, right: this.#concat() };
    }
  }

  #concat(): Expression {
    const first = this.#product();
    const parts = [first];
    while (this.skip('~')) parts.push(this.#product());
    return parts.length === 1 ? first : { type: 'concat', parts };
  }

  #product(): Expression {
    let left = this.#power();
    for (;;) {
      const operator = (['*', '/', '//', '%'] as const).find((one) => this.skip(one));
      if (operator === undefined) return left;
      left = { type: 'binary', operator, left, right: this.#power() };
    }
  }

  #power(): Expression {
    let left = this.#unary(true);
    while (this.skip('**')) left = { type: 'binary', operator: '**', left, right: this.#unary(true) };
    return left;
  }

  #unary(filters: boolean): Expression {
    const operator = this.skip('-') ? '-' : this.skip('+') ? '+' : undefined;
    const inner: Expression =
      operator === undefined ? this.#primary() : { type: 'unary', operator, of: this.#unary(false) };
    const value = this.#postfix(inner);
    return filters ? this.filters(value) : value;
  }

  #primary(): Expression {
    const token = this.next();
    if (token?.type === 'name') {
      if (token.value === 'self') throw new TemplateError('self is not supported in chat templates');
      const constant = CONSTANTS.get(token.value);
      return constant === undefined
        ? { type: 'name', name: token.value }
        : { type: 'constant', value: constant };
    }
    if (token?.type === 'string') return { type: 'constant', value: this.#moreStrings(token.value) };
    if (token?.type === 'integer' || token?.type === 'float') return { type: 'constant', value: token.value };
    if (token?.type === 'operator') {
      if (token.value === '(') return this.#parenthesis();
      if (token.value === '[') return { type: 'list', items: this.#items(']') };
      if (token.value === '{') return this.#dict();
    }
    throw new TemplateError(`unexpected ${shown(token)}`);
  }

  /** Strings that follow one another are one. */
  #moreStrings(first: string): string {
    let text = first;
    for (let token = this.#current; token?.type === 'string'; token = this.#current) {
      text += token.value;
      this.#at += 1;
    }
    return text;
  }

  #parenthesis(): Expression {
    if (this.skip(')')) return { type: 'tuple', items: [] };
    const value = this.tuple(true);
    this.operator(')');
    return value;
  }

  #items(end: string): Expression[] {
    const items: Expression[] = [];
    while (!this.skip(end)) {
      if (items.length > 0) this.operator(',');
      if (this.skip(end)) break;
      items.push(this.expression());
    }
    return items;
  }

  #dict(): Expression {
    const entries: [Expression, Expression][] = [];
    while (!this.skip('}')) {
      if (entries.length > 0) this.operator(',');
      if (this.skip('}')) break;
      const key = this.expression();
      this.operator(':');
      entries.push([key, this.expression()]);
    }
    return { type: 'dict', entries };
  }

  // ---------------------------------------------------------------- what follows an expression

  #postfix(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.skip('.')) value = this.#attribute(value);
      else if (this.skip('[')) value = this.#subscript(value);
      else if (this.peekOperator('(')) value = { type: 'call', callee: value, args: this.#arguments() };
      else return value;
    }
  }

  #attribute(of: Expression): Expression {
    const token = this.next();
    if (token?.type === 'name') return { type: 'attribute', of, name: token.value };
    if (token?.type === 'integer') return { type: 'item', of, key: { type: 'constant', value: token.value } };
    throw new TemplateError(`a name or number expected after the dot, but found ${shown(token)}`);
  }

  #subscript(of: Expression): Expression {
    const bounds: (Expression | null)[] = [null];
    let slice = false;
    while (!this.skip(']')) {
      if (this.skip(':')) {
        slice = true;
        bounds.push(null);
      } else if (bounds.at(-1) === null) bounds[bounds.length - 1] = this.expression();
      else throw new TemplateError(`unexpected ${shown(this.#current)} in a subscript`);
    }
    const [start = null, stop = null, step = null] = bounds;
    if (slice && bounds.length <= 3) return { type: 'slice', of, start, stop, step };
    if (start === null || slice) throw new TemplateError('a subscript is empty, or has too many parts');
    return { type: 'item', of, key: start };
  }

  #arguments(): Arguments {
    this.operator('(');
    const positional: Expression[] = [];
    const named: [string, Expression][] = [];
    let list: Expression | null = null;
    let dict: Expression | null = null;
    for (let first = true; !this.skip(')'); first = false) {
      if (!first) this.operator(',');
      if (this.skip(')')) break;
      const after = this.#tokens[this.#at + 1];
      if (this.skip('*')) list = this.expression();
      else if (this.skip('**')) dict = this.expression();
      else if (this.#current?.type === 'name' && after?.type === 'operator' && after.value === '=') {
        const name = this.name();
        this.operator('=');
        named.push([name, this.expression()]);
      } else positional.push(this.expression());
    }
    return { positional, named, list, dict };
  }

  /** Filters, tests and calls behind a value; those of a filter block have none, and begin without a bar. */
  filters(start: Expression, bare?: false): Expression;
  filters(start: null, bare?: boolean): Expression;
  filters(start: Expression | null, bare = false): Expression {
    let value = start;
    for (let first = bare; ; first = false) {
      if (first || this.skip('|')) value = this.#filter(value);
      else if (value !== null && this.skipKeyword('is')) value = this.#test(value);
      else if (value !== null && this.peekOperator('('))
        value = { type: 'call', callee: value, args: this.#arguments() };
      else if (value !== null) return value;
      else throw new TemplateError(`a filter expected, but found ${shown(this.#current)}`);
    }
  }

  #filter(of: Expression | null): Expression {
    const name = this.#dotted();
    if (name === 'safe') this.safe += 1;
    if (!Object.hasOwn(FILTERS, name))
      throw new TemplateError(
        OTHER_FILTERS.includes(name)
          ? `the filter ${name} is not supported in chat templates`
          : `there is no filter ${name}`,
      );
    return { type: 'filter', of, name, args: this.peekOperator('(') ? this.#arguments() : NO_ARGUMENTS };
  }

  #test(of: Expression): Expression {
    const negated = this.skipKeyword('not');
    const name = this.#dotted();
    if (!Object.hasOwn(TESTS, name))
      throw new TemplateError(
        OTHER_TESTS.includes(name)
          ? `the test ${name} is not supported in chat templates`
          : `there is no test ${name}`,
      );
    const test: Expression = { type: 'test', of, name, args: this.#testArguments() };
    return negated ? { type: 'unary', operator: 'not', of: test } : test;
  }

  #testArguments(): Arguments {
    if (this.peekOperator('(')) return this.#arguments();
    const token = this.#current;
    const begins =
      token?.type === 'string' ||
      token?.type === 'integer' ||
      token?.type === 'float' ||
      (token?.type === 'operator' && '[{'.includes(token.value)) ||
      (token?.type === 'name' && !['else', 'or', 'and'].includes(token.value));
    if (!begins) return NO_ARGUMENTS;
    if (this.peekKeyword('is')) throw new TemplateError('tests with is cannot be chained');
    return { ...NO_ARGUMENTS, positional: [this.#postfix(this.#primary())] };
  }

  #dotted(): string {
    let name = this.name();
    while (this.skip('.')) name += `.${this.name()}`;
    return name;
  }
}

function shown(token: Token | undefined): string {
  if (token === undefined) return 'the end of the template';
  if (token.type === 'end') return token.value === 'block' ? '%}' : '}}';
  return String(token.value);
}
