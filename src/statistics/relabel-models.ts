// Permutations of models, for statistics over model pairs. Pairs share models, so they are not independent, and their
// values must not be shuffled one by one: a relabelling moves rows and columns of the pair matrix together, each model's
// pair with itself included (QAP: Hubert & Schultz, 1976; Mantel, 1967).

import { BadInput } from '../errors.ts';
import { at, entryOf } from '../numerics/lookup.ts';
import { createRandom } from '../numerics/random.ts';

export type ModelPairNames = readonly [string, string];

export interface RelabelOptions {
  /** A model only takes the label of one of the same kind; every model is of one kind by default. */
  readonly kindOf?: (model: string) => string;
  /** Random relabellings where there are too many models to take all; 10,000 by default. */
  readonly permutations?: number;
  /** Decides the random relabellings; 0 by default. */
  readonly seed?: number;
}

/** Relabellings besides the observed one. */
export interface Relabellings {
  /** (pairs): pair i takes the value of pair `orders[k][i]`. */
  readonly orders: readonly Int32Array[];
  readonly models: number;
  /** Whether they are all that there are. */
  readonly exact: boolean;
}

/** Up to so many models all relabellings are tried: 7! are 5040. */
const EXACT_MODELS = 7;

/** Names a pair whichever model stands first. */
export function unorderedKey([a, b]: ModelPairNames): string {
  return JSON.stringify(a < b ? [a, b] : [b, a]);
}

/**
 * The relabellings of models that turn the given pairs into the same pairs: with all pairs of some models, every
 * permutation of these. All of them for up to 7 models, and random ones beyond.
 *
 * @param pairs unordered, each once
 * @throws BadInput for a pair that stands twice or a number of permutations below 1
 */
export function relabelModels(
  pairs: readonly ModelPairNames[],
  { kindOf = () => '', permutations = 10_000, seed = 0 }: RelabelOptions = {},
): Relabellings {
  if (!Number.isInteger(permutations) || permutations < 1)
    throw new BadInput('permutations', `${permutations} is no number of permutations; 1 or more is valid`);
  const places = new Map(pairs.map((pair, place) => [unorderedKey(pair), place]));
  if (places.size < pairs.length)
    throw new BadInput('pairs', `${pairs.length} pairs, of which ${places.size} differ; name each pair once`);
  const models = [...new Set(pairs.flat())];
  const kinds = models.map(kindOf);
  const orderOf = (labels: readonly number[]) => orderUnder(labels, models, pairs, places);
  const orders: Int32Array[] = [];
  const exact = models.length <= EXACT_MODELS;
  if (exact) {
    for (const labels of permutationsOf(kinds)) {
      const order = orderOf(labels);
      if (order) orders.push(order);
    }
    // The first one keeps every label.
    return { orders: orders.slice(1), models: models.length, exact };
  }
  const { shuffle } = createRandom(`relabel models/${seed}`);
  // Pairs that are not all pairs of their models have fewer relabellings, which chance seldom finds.
  for (let tried = 0; orders.length < permutations && tried < 20 * permutations; tried++) {
    const order = orderOf(shuffledWithin(kinds, shuffle));
    if (order) orders.push(order);
  }
  return { orders, models: models.length, exact };
}

/** The index of the pair from which each pair gets its value; undefined if some pair becomes one that is not there. */
function orderUnder(
  labels: readonly number[],
  models: readonly string[],
  pairs: readonly ModelPairNames[],
  places: ReadonlyMap<string, number>,
): Int32Array | undefined {
  const renamed = new Map(models.map((model, i) => [model, at(models, at(labels, i))]));
  const order = pairs.map(([a, b]) => places.get(unorderedKey([entryOf(renamed, a), entryOf(renamed, b)])));
  return order.every((place) => place !== undefined) ? Int32Array.from(order) : undefined;
}

/** All permutations of 0 … n−1 that keep the kinds, in lexicographic order, so that the identity is the first. */
function* permutationsOf(kinds: readonly string[], taken: readonly number[] = []): Generator<number[]> {
  if (taken.length === kinds.length) {
    yield [...taken];
    return;
  }
  for (const [label, kind] of kinds.entries())
    if (kind === kinds[taken.length] && !taken.includes(label))
      yield* permutationsOf(kinds, [...taken, label]);
}

function shuffledWithin(kinds: readonly string[], shuffle: (items: readonly number[]) => number[]): number[] {
  const labels = new Array<number>(kinds.length);
  for (const kind of new Set(kinds)) {
    const own = kinds.flatMap((other, i) => (other === kind ? [i] : []));
    for (const [i, label] of shuffle(own).entries()) labels[at(own, i)] = label;
  }
  return labels;
}
