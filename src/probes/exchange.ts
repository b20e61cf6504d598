// Whether what a probe says of an interaction fits that interaction's own words better than others': the named words of
// whole interactions are exchanged among those that a split holds out, each turn with the same turn of another, and the
// probes stay as they were fitted. What a probe knows of the turn's place alone is in every exchange.

import { at, entryOf } from '../numerics/lookup.ts';
import type { Matrix64 } from '../numerics/matrix.ts';
import { createRandom } from '../numerics/random.ts';
import { permutationP } from '../synchrony/permutations/null-distribution.ts';
import type { ProbeReading } from './probe-layer.ts';

/** What the probe of one split says of its test rows. */
export interface ExchangeRows extends ProbeReading {
  /** The group of every row. */
  readonly groups: readonly string[];
  /** Which turn of its group a row is; rows of two groups with the same one are exchanged. */
  readonly moments: readonly string[];
}

/**
 * One-sided p of the mean divergence over splits under exchanges of groups. An exchange is drawn over all groups that any
 * split holds out, and a split follows it to the next group of its own: so every exchange is equally likely in every
 * split, and splits that share groups move together. A moment counts as often as it has rows, whichever of them find a
 * partner.
 *
 * @param draws random exchanges
 */
export function exchangeP(
  splits: readonly ExchangeRows[],
  draws: number,
): { readonly p: number; readonly permutations: number } {
  const groups = [...new Set(splits.flatMap((split) => split.groups))].sort();
  const tables = splits.map((split) => tableOf(split, groups));
  const statistic = (next: readonly number[]) =>
    tables.reduce((sum, table) => sum + meanUnder(table, next), 0) / tables.length;
  const own = groups.map((_, g) => g);
  const { shuffle } = createRandom('exchange of named words');
  const values = Float64Array.from({ length: draws }, () => statistic(shuffle(own)));
  return { p: permutationP({ observed: statistic(own), values }, { tail: 'less' }), permutations: draws };
}

/** The divergences of one split, moment by moment. */
interface Table {
  /** Whether the split holds a group out. */
  readonly holds: readonly boolean[];
  readonly moments: readonly {
    /** Share of the rows. */
    readonly weight: number;
    /** The groups that have it, and their places among these. */
    readonly groups: readonly number[];
    readonly placeOf: ReadonlyMap<number, number>;
    /** Of the words of the one group from what is said of the other: (said of, words of). */
    readonly divergences: Float64Array;
  }[];
}

function tableOf({ groups, moments, p, logQ }: ExchangeRows, names: readonly string[]): Table {
  const index = new Map(names.map((name, i) => [name, i]));
  const rowsOf = new Map<string, number[]>();
  for (const [row, moment] of moments.entries()) rowsOf.set(moment, [...(rowsOf.get(moment) ?? []), row]);
  // A turn that one group alone has cannot be exchanged.
  const exchangeable = [...rowsOf.values()].filter(({ length }) => length > 1);
  const total = exchangeable.reduce((sum, { length }) => sum + length, 0);
  const held = new Set(groups);
  return {
    holds: names.map((name) => held.has(name)),
    moments: exchangeable.map((rows) => {
      const own = rows.map((row) => entryOf(index, at(groups, row)));
      return {
        ...{ weight: rows.length / total, groups: own },
        placeOf: new Map(own.map((group, place) => [group, place])),
        divergences: Float64Array.from(
          rows.flatMap((said) => rows.map((words) => divergence(p, words, logQ, said))),
        ),
      };
    }),
  };
}

/** Of the words of one row from what is said of another. */
function divergence(p: Matrix64, words: number, logQ: Matrix64, said: number): number {
  const labels = p.columns;
  let sum = 0;
  for (let k = 0; k < labels; k++) {
    const share = at(p.data, words * labels + k);
    if (share > 0) sum += share * (Math.log(share) - at(logQ.data, said * labels + k));
  }
  return sum;
}

/** Mean divergence if every group has the words of the next one. */
function meanUnder({ holds, moments }: Table, next: readonly number[]): number {
  const partner = next.map((_, group) => {
    let other = at(next, group);
    while (!holds[other] && other !== group) other = at(next, other);
    return other;
  });
  let [sum, weights] = [0, 0];
  for (const { weight, groups, placeOf, divergences } of moments) {
    let [own, count] = [0, 0];
    for (const [place, group] of groups.entries()) {
      const other = placeOf.get(at(partner, group));
      if (other === undefined) continue;
      own += at(divergences, place * groups.length + other);
      count++;
    }
    if (count === 0) continue;
    sum += (weight * own) / count;
    weights += weight;
  }
  return sum / weights;
}
