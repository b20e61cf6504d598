// Test rows by relationship, cut to equal size (docs/method.md §7, paper Appendix G): R² and its noise depend on how many rows
// there are, so a relationship that is frequent would otherwise differ from a rare one by that alone.

import { createRandom } from '../numerics/random.ts';
import { RELATIONSHIPS, type Relationship, type ScenarioSet } from '../scenarios/schema.ts';
import type { Subset, SubsetResult } from '../synchrony/options.ts';

/** Of Sotopia's scenarios those in which the relationship varies while the situation does not; others fix it. */
export const SOTOPIA_SOURCES: readonly string[] = ['social_iqa', 'social_chemistry', 'normbank'];

/** The scenarios whose relationships are compared: Sotopia's everyday ones, and all of any other set. */
export function comparedScenarios({ name, scenarios }: Pick<ScenarioSet, 'name' | 'scenarios'>) {
  return name === 'sotopia' ? scenarios.filter(({ source }) => SOTOPIA_SOURCES.includes(source)) : scenarios;
}

export interface PartOptions {
  /** How often the parts are drawn. */
  readonly draws: number;
  /** A relationship with fewer test rows in some split is left out. */
  readonly smallest: number;
}

export interface RelationshipParts {
  /** From the most distant to the closest. */
  readonly relationships: readonly Relationship[];
  /** Rows of each part, per split. */
  readonly size: readonly number[];
  /** Draw by draw, and in each draw one per relationship. */
  readonly subsets: readonly Subset[];
  readonly leftOut: readonly LeftOutRelationship[];
}

export interface LeftOutRelationship {
  readonly relationship: Relationship;
  /** Test rows that there are, per split. */
  readonly testSamples: readonly number[];
}

/**
 * Draws the parts. Which rows are drawn depends on the split seed, the draw and the relationship, and on nothing else.
 *
 * @param relationships of every sample; undefined for one that is not compared
 * @returns no subsets if fewer than two relationships have enough rows
 */
export function relationshipParts(
  relationships: readonly (Relationship | undefined)[],
  splits: readonly { readonly seed: number; readonly test: readonly number[] }[],
  { draws, smallest }: PartOptions,
): RelationshipParts {
  const rowsOf = (which: Relationship) =>
    splits.map(({ test }) => test.filter((row) => relationships[row] === which));
  const present = RELATIONSHIPS.map((relationship) => ({ relationship, rows: rowsOf(relationship) })).filter(
    ({ relationship }) => relationships.includes(relationship),
  );
  const enough = present.filter(({ rows }) => rows.every(({ length }) => length >= Math.max(2, smallest)));
  const leftOut = present
    .filter((one) => !enough.includes(one))
    .map(({ relationship, rows }) => ({ relationship, testSamples: rows.map(({ length }) => length) }));
  if (enough.length < 2) {
    const alone = enough.map(({ relationship, rows }) => ({
      relationship,
      testSamples: rows.map(({ length }) => length),
    }));
    return { relationships: [], size: [], subsets: [], leftOut: [...leftOut, ...alone] };
  }
  const size = splits.map((_, s) => Math.min(...enough.map(({ rows }) => rows[s]!.length)));
  const subsets = Array.from({ length: draws }, (_, draw) =>
    enough.map(({ relationship, rows }): Subset => {
      const drawn = rows.map((own, s) => {
        const { shuffle } = createRandom(`relationship/${splits[s]!.seed}/${draw}/${relationship}`);
        return new Set(shuffle(own).slice(0, size[s]));
      });
      return { name: `${relationship}, draw ${draw + 1}`, includes: (row, s) => drawn[s]!.has(row) };
    }),
  ).flat();
  return { relationships: enough.map(({ relationship }) => relationship), size, subsets, leftOut };
}

/** One relationship's synchrony. */
export interface RelationshipSynchrony {
  readonly relationship: Relationship;
  /** Mean over draws. */
  readonly value: number;
  /** Over split seeds: the root mean square of the draws' standard errors. */
  readonly standardError: number;
  /** SyncR² of each draw. */
  readonly draws: readonly number[];
  /** Mean R² over draws and split seeds of every layer pair, the mean over the map: no maximum is taken. */
  readonly meanR2: number;
}

/** SyncR² of each relationship from the measured subsets of `relationshipParts`, in their order. */
export function relationshipSynchrony(
  { relationships }: Pick<RelationshipParts, 'relationships'>,
  measured: readonly Pick<SubsetResult, 'syncR2' | 'meanR2'>[],
): RelationshipSynchrony[] {
  return relationships.map((relationship, i) => {
    const draws = measured.filter((_, m) => m % relationships.length === i);
    const mean = (value: (draw: (typeof draws)[number]) => number) =>
      draws.reduce((sum, draw) => sum + value(draw), 0) / draws.length;
    return {
      relationship,
      value: mean(({ syncR2 }) => syncR2.value),
      standardError: Math.sqrt(mean(({ syncR2 }) => syncR2.standardError ** 2)),
      draws: draws.map(({ syncR2 }) => syncR2.value),
      meanR2: mean(({ meanR2 }) => meanR2.reduce((sum, value) => sum + value, 0) / meanR2.length),
    };
  });
}
