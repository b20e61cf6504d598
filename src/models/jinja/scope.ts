// Names and their values: a loop, a macro and a block have names of their own and see those around them.

import { Undefined, type Value } from './values.ts';

export class Scope {
  readonly #values = new Map<string, Value>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get(name: string): Value {
    const found = this.#values.get(name);
    if (found !== undefined) return found;
    return this.#outer === undefined ? new Undefined(`'${name}'`) : this.#outer.get(name);
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }
}
