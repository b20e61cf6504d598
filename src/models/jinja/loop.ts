// `loop`: where a for loop is.

import { Bound } from './calls.ts';
import { TemplateError } from './template-error.ts';
import { type CallArguments, Callable, equal, Tuple, Undefined, type Value } from './values.ts';

/** The loop variable of every round. */
export class Loop {
  readonly #items: readonly Value[];
  readonly #depth: number;
  readonly #recurse: ((args: CallArguments) => Value) | undefined;
  #changed: Value | undefined;

  /** @param recurse what `loop(items)` does; undefined for a loop that is not recursive */
  constructor(items: readonly Value[], depth: number, recurse?: (args: CallArguments) => Value) {
    this.#items = items;
    this.#depth = depth;
    this.#recurse = recurse;
  }

  at(i: number): Callable {
    const items = this.#items;
    const count = items.length;
    const neighbour = (place: number, what: string) => {
      const found = place < 0 ? undefined : items[place];
      return found === undefined ? new Undefined(`there is no ${what} item; it`) : found;
    };
    const members = new Map<string, Value>([
      ['index', BigInt(i + 1)],
      ['index0', BigInt(i)],
      ['revindex', BigInt(count - i)],
      ['revindex0', BigInt(count - i - 1)],
      ['first', i === 0],
      ['last', i === count - 1],
      ['length', BigInt(count)],
      ['depth', BigInt(this.#depth + 1)],
      ['depth0', BigInt(this.#depth)],
      ['previtem', neighbour(i - 1, 'previous')],
      ['nextitem', neighbour(i + 1, 'next')],
      ['cycle', new Callable('loop.cycle', (args) => cycle(i, args))],
      ['changed', new Callable('loop.changed', (args) => this.#isNew(args))],
    ]);
    const refuse = () => {
      throw new TemplateError("The loop must have the 'recursive' marker to be called recursively.");
    };
    return new Callable('loop', this.#recurse ?? refuse, members);
  }

  #isNew({ list }: CallArguments): boolean {
    const value = new Tuple(list);
    const changed = this.#changed === undefined || !equal(this.#changed, value);
    this.#changed = value;
    return changed;
  }
}

function cycle(i: number, { list, named }: CallArguments): Value {
  new Bound('cycle', { list: [], named }, []);
  const found = list[i % list.length];
  if (found === undefined) throw new TemplateError('no items for cycling given');
  return found;
}
