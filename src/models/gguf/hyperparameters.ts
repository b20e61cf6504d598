// The settings of a model in a GGUF file's metadata, `<architecture>.<name>`. Each is asked for by name, and what nobody
// has asked for is told at the end: a setting that is passed over may change what the model computes.

import { ModelMismatch } from '../../errors.ts';
import type { Metadata, MetadataValue } from './header.ts';

export class Hyperparameters {
  readonly #path: string;
  readonly #metadata: Metadata;
  readonly #prefix: string;
  readonly #asked = new Set<string>();

  constructor(path: string, metadata: Metadata, architecture: string) {
    this.#path = path;
    this.#metadata = metadata;
    this.#prefix = `${architecture}.`;
  }

  /** A number, one for all layers. Throws ModelMismatch if it is there and no number, or differs between layers. */
  number(name: string): number | undefined {
    const found = this.value(name);
    if (found === undefined) return undefined;
    const values = Array.isArray(found) ? [...new Set<MetadataValue>(found)] : [found];
    const [value, ...others] = values;
    if (others.length > 0)
      throw this.mismatch(
        `${this.#prefix}${name} differs between layers (${values.join(', ')}), which is not computed`,
      );
    if (typeof value !== 'number')
      throw this.mismatch(
        `${this.#prefix}${name} is ${JSON.stringify(String(value))}, and should be a number`,
      );
    return value;
  }

  /** A number that must be there. */
  needed(name: string): number {
    const value = this.number(name);
    if (value === undefined) throw this.mismatch(`its metadata lacks ${this.#prefix}${name}`);
    return value;
  }

  /** A setting as it is. */
  value(name: string): MetadataValue | undefined {
    this.#asked.add(this.#prefix + name);
    return this.#metadata.get(this.#prefix + name);
  }

  /** Throws ModelMismatch for a setting that was not asked for and is not off. */
  refuseRest(): void {
    for (const [key, value] of this.#metadata)
      if (key.startsWith(this.#prefix) && !this.#asked.has(key) && value !== 0 && value !== false)
        throw this.mismatch(
          `its metadata sets ${key}, which interbrain does not know how to compute; only models with settings that are computed exactly can be run`,
        );
  }

  mismatch(message: string): ModelMismatch {
    return new ModelMismatch(this.#path, message);
  }
}
