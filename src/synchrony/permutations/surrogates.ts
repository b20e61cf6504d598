// Whose target states stand in place of an interaction's own: those of the same scenario with other characters, in the
// same round. Whole interactions are exchanged, not single rows, because the rows of a dialogue resemble one another:
// rows that are permuted each by itself spread less than independent dialogues do, and every p would be too small.
//
// Where dialogues differ in length, a row goes on to the next interaction in line that has a row in its place. That
// makes every arrangement a permutation of the rows, so that SS_tot stays what it is.

import { BadInput, NotEnoughSamples } from '../../errors.ts';
import { at, entryOf, take } from '../../numerics/lookup.ts';
import { createRandom, type Random } from '../../numerics/random.ts';

/** Where every sample comes from: (samples) each. */
export interface SurrogateRows {
  readonly interactions: readonly string[];
  /** What surrogate partners have in common: scenarios. An interaction lies in one block. */
  readonly blocks: readonly string[];
  /** Place in the dialogue that surrogate rows share: the round. */
  readonly positions: readonly number[];
  /** Which run of the interaction: its simulation seed. All the same by default. */
  readonly repetitions?: readonly (number | string)[];
}

export interface SurrogateOptions {
  /** Arrangements of either kind; 1000 by default. */
  readonly surrogates?: number;
  /** Decides the arrangements; 0 by default. */
  readonly seed?: number;
  /**
   * Further interactions that take part in the draws, with their blocks: measurements that name the same ones have the
   * same arrangements, so that their means are one arrangement's too.
   */
  readonly members?: ReadonlyMap<string, string>;
}

/**
 * Arrangements of the test rows. Replicate 0 is the observed one. Then there are `surrogates` in which every row has
 * the target of another interaction, and as many in which a block's interactions are exchanged at random, with an
 * interaction's own among the possible partners.
 */
export interface Surrogates {
  readonly surrogates: number;
  /** 1 + 2 · surrogates */
  readonly replicates: number;
  readonly splits: readonly SurrogateSplit[];
}

export interface SurrogateSplit {
  /** Positions among the split's test rows of those that can be exchanged, ascending. The others take no part. */
  readonly rows: readonly number[];
  /** (replicates, rows.length): indices into `rows`, each once per replicate. */
  readonly partners: Uint32Array;
}

/** Rows of one block that can stand in for one another: the interactions' rows in the same place. */
interface Place {
  readonly block: number;
  /** By the interaction's number within the block, the index into `rows`, or −1. */
  readonly rowOf: Int32Array;
}

/**
 * Draws surrogates, the same for all splits: an interaction that is held out in two splits has the same partner in
 * both, as far as that one is held out in both.
 *
 * A row whose place no other interaction of its block has takes no part. With splits by interaction there may be many,
 * since few of a scenario's interactions are held out; splits by scenario hold them out together.
 *
 * @throws NotEnoughSamples if fewer than two rows of a split can be exchanged; BadInput for an interaction in two
 *   blocks
 */
export function createSurrogates(
  { interactions, blocks, positions, repetitions }: SurrogateRows,
  splits: readonly { readonly test: readonly number[] }[],
  { surrogates = 1000, seed = 0, members: others = new Map() }: SurrogateOptions = {},
): Surrogates {
  if (!Number.isInteger(surrogates) || surrogates < 1)
    throw new BadInput('surrogates', `${surrogates} is no number of surrogates; 1 or more is valid`);
  const members = membersOf(interactions, blocks, splits, others);
  const names = [...members.keys()];
  const placed = splits.map(({ test }, split) => {
    const keyOf = (sample: number) => `${positions[sample]}/${repetitions?.[sample] ?? ''}`;
    const keys = test.map((sample) => [at(blocks, sample), keyOf(sample)] as const);
    const found = findPlaces(take(interactions, test), keys, names, members);
    if (found.rows.length < 2)
      throw new NotEnoughSamples(
        `pseudo-dyads, split ${split}: rows with a surrogate partner`,
        found.rows.length,
        2,
        'hold out several interactions of a scenario, as splits by scenario do, or record more',
      );
    return found;
  });
  const replicates = 1 + 2 * surrogates;
  const drawn = placed.map(({ rows, places }) => ({
    rows,
    places,
    partners: new Uint32Array(replicates * rows.length),
  }));
  const random = createRandom(`surrogates/${seed}`);
  for (let replicate = 0; replicate < replicates; replicate++) {
    const next = [...members.values()].map((block) => arrange(block.length, replicate, surrogates, random));
    for (const { rows, places, partners } of drawn)
      fillPartners(places, next, partners.subarray(replicate * rows.length, (replicate + 1) * rows.length));
  }
  return { surrogates, replicates, splits: drawn.map(({ rows, partners }) => ({ rows, partners })) };
}

/** Held-out interactions by block, all sorted, so that the draws do not depend on the order of the rows. */
function membersOf(
  interactions: readonly string[],
  blocks: readonly string[],
  splits: readonly { readonly test: readonly number[] }[],
  others: ReadonlyMap<string, string>,
): Map<string, string[]> {
  const blockOf = new Map<string, string>(others);
  for (const { test } of splits)
    for (const sample of test) {
      const [interaction, block] = [at(interactions, sample), at(blocks, sample)];
      const known = blockOf.get(interaction) ?? block;
      if (known !== block)
        throw new BadInput('blocks', `interaction ${interaction} lies in ${known} and in ${block}`);
      blockOf.set(interaction, block);
    }
  const members = new Map<string, string[]>([...blockOf.values()].sort().map((block) => [block, []]));
  for (const interaction of [...blockOf.keys()].sort())
    entryOf(members, entryOf(blockOf, interaction)).push(interaction);
  return members;
}

/** Places with rows of two interactions at least, and the rows in them. */
function findPlaces(
  interactions: readonly string[],
  keys: readonly (readonly [block: string, key: string])[],
  blocks: readonly string[],
  members: ReadonlyMap<string, readonly string[]>,
): { rows: number[]; places: Place[] } {
  const places = new Map<string, { block: number; rows: Map<number, number> }>();
  const blockNumber = new Map(blocks.map((name, i) => [name, i]));
  const memberNumber = new Map([...members.values()].flatMap((block) => block.map((name, i) => [name, i])));
  const occurrences = new Map<string, number>();
  for (const [row, interaction] of interactions.entries()) {
    const [block, key] = at(keys, row);
    // Rows of one interaction that share everything are told apart by their order.
    const own = JSON.stringify([interaction, key]);
    const occurrence = occurrences.get(own) ?? 0;
    occurrences.set(own, occurrence + 1);
    const name = JSON.stringify([block, key, occurrence]);
    const place = places.get(name) ?? { block: entryOf(blockNumber, block), rows: new Map() };
    place.rows.set(entryOf(memberNumber, interaction), row);
    places.set(name, place);
  }
  const shared = [...places.values()].filter((place) => place.rows.size > 1);
  const rows = shared.flatMap((place) => [...place.rows.values()]).sort((a, b) => a - b);
  const indexOf = new Map(rows.map((row, i) => [row, i]));
  return {
    rows,
    places: shared.map(({ block, rows: byMember }) => {
      const rowOf = new Int32Array(entryOf(members, at(blocks, block)).length).fill(-1);
      for (const [member, row] of byMember) rowOf[member] = entryOf(indexOf, row);
      return { block, rowOf };
    }),
  };
}

/** Whose target each of a block's interactions gets. */
function arrange(count: number, replicate: number, surrogates: number, { shuffle }: Random): number[] {
  const own = Array.from({ length: count }, (_, i) => i);
  if (replicate === 0) return own;
  const order = shuffle(own);
  if (replicate > surrogates) return order;
  // One cycle through all of them: no interaction keeps its own, nor does any part of them that has a place.
  const next = new Array<number>(count);
  for (const [i, member] of order.entries()) next[member] = at(order, (i + 1) % count);
  return next;
}

/** Every row's partner: the next in line with a row in the same place. */
function fillPartners(places: readonly Place[], next: readonly number[][], partners: Uint32Array): void {
  for (const { block, rowOf } of places) {
    const following = at(next, block);
    for (const [member, row] of rowOf.entries()) {
      if (row === -1) continue;
      let partner = member;
      let partnerRow = -1;
      while (partnerRow === -1) {
        partner = at(following, partner);
        partnerRow = at(rowOf, partner);
      }
      partners[row] = partnerRow;
    }
  }
}
