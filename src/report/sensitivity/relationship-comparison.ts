// Which relationships are compared over which pairs of models: the same pairs for all of them, since a mean over
// whichever pairs have a relationship would compare pairs as well. And whether SyncR² rises with how near people are.

import { RELATIONSHIPS, type Relationship } from '../../scenarios/schema.ts';
import { type PageTrend, pageTrend } from '../../statistics/page-trend.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import type { PairPart, Value } from './parts.ts';

/** One pair's SyncR² by relationship, of those that all its directions have. */
export interface PairRelationships {
  readonly pair: string;
  readonly values: ReadonlyMap<Relationship, Value>;
}

export interface Comparison {
  /** From the most distant to the closest. */
  readonly relationships: readonly Relationship[];
  /** Pairs that have all of these. */
  readonly pairs: readonly PairRelationships[];
  /** Pairs that lack some, and which. */
  readonly leftOut: readonly { readonly pair: string; readonly lacks: readonly Relationship[] }[];
  /** Relationships that some pair has and that are not compared. */
  readonly notCompared: readonly Relationship[];
  /** Undefined with one pair, or fewer than three relationships. */
  readonly trend: PageTrend | undefined;
}

/** Means over directions. */
export function relationshipsOf(pairs: readonly PairPart<'relationships'>[]): PairRelationships[] {
  return pairs.map(({ name, directions }) => {
    const values = new Map<Relationship, Value>();
    for (const relationship of RELATIONSHIPS) {
      const own = directions.flatMap(({ result }) =>
        result.relationships.filter((one) => one.relationship === relationship),
      );
      if (own.length === directions.length) values.set(relationship, combineDirections(own));
    }
    return { pair: name, values };
  });
}

/**
 * The relationships that are compared: those with the most numbers when every pair that lacks one is left out; of equally
 * many, more relationships. Nothing of it looks at the numbers themselves.
 *
 * @returns undefined if no pair has two of them
 */
export function compareRelationships(all: readonly PairRelationships[]): Comparison | undefined {
  const present = RELATIONSHIPS.filter((one) => all.some(({ values }) => values.has(one)));
  const have = (set: readonly Relationship[]) =>
    all.filter(({ values }) => set.every((one) => values.has(one)));
  let best: { readonly set: readonly Relationship[]; readonly cells: number } = { set: [], cells: 0 };
  for (const set of setsOf(present)) {
    const cells = set.length * have(set).length;
    if (cells > best.cells || (cells === best.cells && set.length > best.set.length)) best = { set, cells };
  }
  const relationships = best.set;
  if (best.cells === 0) return undefined;
  const pairs = have(relationships);
  const lacking = (values: PairRelationships['values']) => relationships.filter((one) => !values.has(one));
  return {
    ...{ relationships, pairs },
    leftOut: all
      .filter((one) => !pairs.includes(one))
      .map(({ pair, values }) => ({ pair, lacks: lacking(values) })),
    notCompared: present.filter((one) => !relationships.includes(one)),
    trend: trendOf(relationships, pairs),
  };
}

/** All sets of two and more. */
function setsOf(present: readonly Relationship[]): Relationship[][] {
  const sets = Array.from({ length: 2 ** present.length }, (_, bits) =>
    present.filter((_, i) => bits & (1 << i)),
  );
  return sets.filter(({ length }) => length >= 2);
}

function trendOf(
  relationships: readonly Relationship[],
  pairs: readonly PairRelationships[],
): PageTrend | undefined {
  if (relationships.length < 3 || pairs.length < 2) return undefined;
  return pageTrend(pairs.map(({ values }) => relationships.flatMap((one) => values.get(one)?.value ?? [])));
}
