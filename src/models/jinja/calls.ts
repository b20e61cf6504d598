// The arguments of functions, methods, filters and tests, by their Python names.

import { TemplateError } from './template-error.ts';
import { type CallArguments, toIndex, truthy, typeName, type Value } from './values.ts';

/** Arguments by name. Throws TemplateError for one that is not known, or too many. */
export class Bound {
  readonly #name: string;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(name: string, { list, named }: CallArguments, parameters: readonly string[]) {
    this.#name = name;
    const values = new Map<string, Value>();
    for (const [i, value] of list.entries()) {
      const parameter = parameters[i];
      if (parameter === undefined)
        throw new TemplateError(
          `${name}() takes ${parameters.length} arguments, but ${list.length} were given`,
        );
      values.set(parameter, value);
    }
    for (const [key, value] of named) {
      if (!parameters.includes(key)) throw new TemplateError(`${name}() has no argument ${key}`);
      if (values.has(key)) throw new TemplateError(`${name}() got ${key} twice`);
      values.set(key, value);
    }
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string, preset?: Value): Value {
    const value = this.#values.get(name) ?? (this.#values.has(name) ? null : preset);
    if (value === undefined) throw new TemplateError(`${this.#name}() needs the argument ${name}`);
    return value;
  }

  text(name: string, preset?: string): string {
    const value = this.get(name, preset);
    if (typeof value === 'string') return value;
    throw new TemplateError(`${this.#name}(): ${name} must be str, not ${typeName(value)}`);
  }

  /** A text, or undefined for None and for an argument that is not given. */
  optionalText(name: string): string | undefined {
    return this.get(name, null) === null ? undefined : this.text(name);
  }

  index(name: string, preset?: number): number {
    return toIndex(this.get(name, preset === undefined ? undefined : BigInt(preset)));
  }

  optionalIndex(name: string): number | undefined {
    return this.get(name, null) === null ? undefined : this.index(name);
  }

  flag(name: string, preset: boolean): boolean {
    return truthy(this.get(name, preset));
  }
}
