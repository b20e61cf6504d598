// A chat template, rendered as Jinja2 renders it in the sandbox of transformers: with the values, methods and filters of
// Python. What Jinja has and this has not is refused by its name, and never passed over.

import type { Expression, MacroNode, Statement, Target } from './ast.ts';
import { applyFilter, Budget, call, evaluate, type Frame, toArguments } from './evaluate.ts';
import { checkMember, createGlobals } from './globals.ts';
import { Loop } from './loop.ts';
import { parseTemplate } from './parser.ts';
import { Scope } from './scope.ts';
import type { Day } from './strftime.ts';
import { TemplateError } from './template-error.ts';
import { str } from './text.ts';
import {
  type CallArguments,
  Callable,
  iterate,
  Namespace,
  Tuple,
  toValue,
  truthy,
  Undefined,
  type Value,
} from './values.ts';

/** UTF-16 units beyond which a rendering has gone astray. */
const LONGEST = 20_000_000;

/** What a round of a loop costs, in steps. */
const ROUND = 4;

/** Statements end early at a `break` or `continue`. */
type Ending = 'break' | 'continue' | undefined;

export class Template {
  readonly #statements: readonly Statement[];

  /** @throws TemplateError for what is no template, or uses what we do not have */
  constructor(source: string) {
    this.#statements = parseTemplate(source);
  }

  /**
   * @param variables plain values
   * @param today the date that `strftime_now` gives
   * @throws TemplateError where the template raises one, or Python would
   */
  render(variables: Readonly<Record<string, unknown>>, today: Day): string {
    const globals = new Scope();
    for (const [name, value] of createGlobals(today)) globals.set(name, value);
    const scope = new Scope(globals);
    for (const [name, value] of Object.entries(variables)) scope.set(name, toValue(value));
    const rendering = new Rendering({ scope, budget: new Budget() }, new Output());
    rendering.run(this.#statements);
    return rendering.output.text;
  }
}

class Output {
  #parts: string[] = [];
  #length = 0;

  add(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length > LONGEST) throw new TemplateError('the template writes too long a text');
  }

  get text(): string {
    return this.#parts.join('');
  }
}

class Rendering {
  readonly frame: Frame;
  readonly output: Output;

  constructor(frame: Frame, output: Output) {
    this.frame = frame;
    this.output = output;
  }

  /** The same with names of its own, and an output of its own if it is given one. */
  #inner(output = this.output): Rendering {
    const frame = { ...this.frame, scope: new Scope(this.frame.scope) };
    return new Rendering(frame, output);
  }

  #of(node: Expression): Value {
    return evaluate(node, this.frame);
  }

  run(statements: readonly Statement[]): Ending {
    for (const statement of statements) {
      this.frame.budget.step();
      const ending = this.#statement(statement);
      if (ending !== undefined) return ending;
    }
    return undefined;
  }

  #statement(node: Statement): Ending {
    switch (node.type) {
      case 'text':
        this.output.add(node.text);
        return undefined;
      case 'output':
        this.output.add(str(this.#of(node.value)));
        return undefined;
      case 'if':
        return this.run(truthy(this.#of(node.condition)) ? node.then : node.otherwise);
      case 'for':
        this.#for(node, this.#of(node.over), 0);
        return undefined;
      case 'set':
        this.#assign(node.target, this.#of(node.value));
        return undefined;
      case 'set block': {
        const text = this.#captured(node.body);
        this.#assign(node.target, node.filter === null ? text : this.#filtered(node.filter, text));
        return undefined;
      }
      case 'macro':
        this.frame.scope.set(node.macro.name, this.#macro(node.macro));
        return undefined;
      case 'call block':
        this.output.add(this.#callBlock(node));
        return undefined;
      case 'filter block':
        this.output.add(str(this.#filtered(node.filter, this.#captured(node.body))));
        return undefined;
      case 'with': {
        const inner = this.#inner();
        for (const [target, value] of node.values) inner.#assign(target, this.#of(value));
        return inner.run(node.body);
      }
      case 'scope':
        return this.#inner().run(node.body);
      case 'break':
      case 'continue':
        return node.type;
    }
  }

  #captured(body: readonly Statement[]): string {
    const inner = this.#inner(new Output());
    inner.run(body);
    return inner.output.text;
  }

  /** Filters of which the innermost has no value yet. */
  #filtered(node: Expression, text: string): Value {
    if (node.type !== 'filter') throw new TemplateError('a block can only be filtered');
    const value = node.of === null ? text : this.#filtered(node.of, text);
    return applyFilter(node, value, this.frame);
  }

  #assign(target: Target, value: Value): void {
    if (target.type === 'name') this.frame.scope.set(target.name, value);
    else if (target.type === 'member') {
      const namespace = this.frame.scope.get(target.namespace);
      if (!(namespace instanceof Namespace))
        throw new TemplateError('cannot assign attribute on non-namespace object');
      namespace.members.set(checkMember(target.name), value);
    } else {
      const items = iterate(value);
      if (items.length !== target.items.length)
        throw new TemplateError(
          `${target.items.length} values to unpack expected, but there are ${items.length}`,
        );
      for (const [i, one] of target.items.entries()) this.#assign(one, items[i] ?? null);
    }
  }

  #for(node: Extract<Statement, { type: 'for' }>, over: Value, depth: number): void {
    const { target, filter, recursive, body, otherwise } = node;
    const items = iterate(over).filter((one) => {
      if (filter === null) return true;
      const inner = this.#inner();
      inner.#assign(target, one);
      return truthy(inner.#of(filter));
    });
    const recurse = ({ list }: CallArguments) => {
      const inner = this.#inner(new Output());
      this.frame.budget.deeper(() =>
        inner.#for(node, list[0] ?? new Undefined('what loop() goes through'), depth + 1),
      );
      return inner.output.text;
    };
    const loop = new Loop(items, depth, recursive ? recurse : undefined);
    for (const [i, one] of items.entries()) {
      this.frame.budget.step(ROUND);
      const inner = this.#inner();
      inner.frame.scope.set('loop', loop.at(i));
      inner.#assign(target, one);
      if (inner.run(body) === 'break') break;
    }
    if (items.length === 0) this.#inner().run(otherwise);
  }

  #callBlock({ call: node, caller }: Extract<Statement, { type: 'call block' }>): string {
    if (node.type !== 'call') throw new TemplateError('a call block must call something');
    const { list, named } = toArguments(node.args, this.frame);
    const args = { list, named: new Map(named).set('caller', this.#macro(caller)) };
    return str(call(this.#of(node.callee), args));
  }

  #macro(node: MacroNode): Callable {
    const uses = (name: string) =>
      JSON.stringify(node.body, stringOfBigInt).includes(`{"type":"name","name":"${name}"}`);
    const takes = { caller: uses('caller'), varargs: uses('varargs'), kwargs: uses('kwargs') };
    const parameters = new Tuple(node.parameters.map(({ name }) => name));
    const members = new Map<string, Value>([
      ...([
        ['name', node.name],
        ['arguments', parameters],
        ['caller', takes.caller],
      ] as const),
      ...([
        ['catch_kwargs', takes.kwargs],
        ['catch_varargs', takes.varargs],
      ] as const),
    ]);
    return new Callable(`macro ${node.name}`, (args) => this.#invoke(node, args, takes), members);
  }

  #invoke(
    node: MacroNode,
    { list, named }: CallArguments,
    takes: { readonly caller: boolean; readonly varargs: boolean; readonly kwargs: boolean },
  ): string {
    const inner = this.#inner(new Output());
    const { scope } = inner.frame;
    const rest = new Map(named);
    const names = node.parameters.map(({ name }) => name);
    for (const [i, { name, preset }] of node.parameters.entries()) {
      const value = i < list.length ? list[i] : rest.get(name);
      if (i < list.length && rest.has(name)) throw new TemplateError(`macro ${node.name} got ${name} twice`);
      rest.delete(name);
      if (value !== undefined) scope.set(name, value);
      else
        scope.set(
          name,
          preset === null ? new Undefined(`parameter '${name}' was not provided; it`) : inner.#of(preset),
        );
    }
    if (takes.caller && !names.includes('caller'))
      scope.set('caller', rest.get('caller') ?? new Undefined('No caller defined'));
    if (takes.caller) rest.delete('caller');
    if (takes.kwargs) scope.set('kwargs', new Map<Value, Value>(rest));
    else if (rest.size > 0)
      throw new TemplateError(`macro ${node.name} takes no keyword argument ${[...rest.keys()].join(', ')}`);
    if (takes.varargs) scope.set('varargs', new Tuple(list.slice(names.length)));
    else if (list.length > names.length)
      throw new TemplateError(`macro ${node.name} takes not more than ${names.length} arguments`);
    this.frame.budget.deeper(() => inner.run(node.body));
    return inner.output.text;
  }
}

const stringOfBigInt = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
