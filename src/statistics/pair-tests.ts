// From the replicates of a model pair's directions to what is said of the pair: the mean over directions has the mean of
// their replicates, since every draw takes the same interactions in all of them. And from all pairs to p-values that
// keep the false discovery rate.

import type { Condition } from '../conditions/condition.ts';
import { at, first } from '../numerics/lookup.ts';
import { type Interval, intervalOf, type Jackknife, meanJackknife } from '../synchrony/intervals/interval.ts';
import { permutationP, summariseNull } from '../synchrony/permutations/null-distribution.ts';
import { inflationOf } from '../synchrony/permutations/refit-inflation.ts';
import type { ConditionTests, StrangerReplicates } from './condition-tests.ts';
import { benjaminiHochberg } from './false-discovery.ts';
import { isUntested, type Untested } from './untested.ts';

export { isUntested } from './untested.ts';

/** Replicates are kept with nine decimals. */
const TOLERANCE = 1e-8;

/** SyncR² against strangers of the same scenario, or against other conversations of the same interaction. */
export interface StrangerTest {
  /** SyncR² on the rows that have such a partner. */
  readonly observed: number;
  readonly mean: number;
  readonly standardDeviation: number;
  readonly z: number | null;
  /**
   * By how much SyncR² would have to exceed its mean under exchanges for p to be 0.05: the smallest difference that these
   * data could show, before any adjustment.
   */
  readonly detectable: number;
  /** One-sided. */
  readonly p: number;
  /** Benjamini–Hochberg over model pairs. */
  readonly adjustedP: number;
  /** SyncR² with strangers, draw by draw. */
  readonly surrogates: readonly number[];
  /** Fewest and most rows that take part in a split. */
  readonly rows: readonly [number, number];
}

/** The interactive condition against another. */
export interface ConditionDifference {
  /** SyncR² of the interactive condition, fitted and tested on the rows that the other one has too. */
  readonly interactive: number;
  /** That minus the other's. */
  readonly difference: number;
  readonly interval: Interval | Untested;
  /** By how much permutations and interval are widened for maps fitted anew; 1 or more. */
  readonly widened: number;
  /** Two-sided. */
  readonly p: number;
  /** Benjamini–Hochberg over model pairs. */
  readonly adjustedP: number;
  /** Fewest interactions whose labels could be swapped in a direction. */
  readonly interactions: number;
  readonly permutations: number;
  readonly exact: boolean;
}

/** One condition of a model pair, or of one direction. */
export interface ConditionSummary {
  readonly condition: Condition;
  /** Mean over directions, on the interactive condition's splits. */
  readonly syncR2: number;
  readonly interval: Interval | Untested;
  readonly testSamples: readonly [number, number];
  /** Most interactions that a direction holds out. */
  readonly interactions: number;
  readonly strangers: StrangerTest | Untested;
  /** The comparison with the interactive condition; absent for that condition itself. */
  readonly against?: ConditionDifference | Untested;
  /** The interactive condition against exchanges of conversations within interactions, of a condition that takes targets there. */
  readonly exchanged?: StrangerTest | Untested;
}

/** What all directions have; where one has none, why. */
function allTested<T extends object>(found: readonly (T | Untested)[]): readonly T[] | Untested {
  const tested: T[] = [];
  for (const one of found) {
    if (isUntested(one)) return one;
    tested.push(one);
  }
  return tested;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function meanLists(lists: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(first(lists), (_, i) => meanOf(lists.map((list) => at(list, i))));
}

const range = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];

/**
 * Summarises conditions over directions. A test that one direction does not have, the pair does not have.
 *
 * @param directions of one model pair, with the same conditions; one alone gives that direction's summary
 */
export function summariseConditions(
  directions: readonly (readonly ConditionTests[])[],
  level: number,
): ConditionSummary[] {
  const conditions = first(directions);
  const of = (condition: Condition) =>
    directions.flatMap((tests) => tests.filter((test) => test.condition === condition));
  return conditions.map(({ condition }) => {
    const own = of(condition);
    return {
      condition,
      syncR2: meanOf(own.map(({ syncR2 }) => syncR2)),
      interval: intervalFor(
        own.map(({ jackknife }) => jackknife),
        level,
        0,
      ),
      testSamples: range(own.flatMap(({ testSamples }) => testSamples)),
      interactions: Math.max(...own.map(({ interactions }) => interactions)),
      strangers: exchangeFor(own.map(({ strangers }) => strangers)),
      ...(first(own).against && { against: againstFor(own, level) }),
      ...(first(own).exchanged && {
        exchanged: exchangeFor(own.flatMap(({ exchanged }) => exchanged ?? [])),
      }),
    };
  });
}

/** Interval of the mean over directions. */
function intervalFor(
  jackknives: readonly (Jackknife | Untested)[],
  level: number,
  least?: number,
): Interval | Untested {
  const all = allTested(jackknives);
  return isUntested(all) ? all : intervalOf(meanJackknife(all), level, least);
}

function widen(jackknife: Jackknife | Untested, factor: number): Jackknife | Untested {
  if (isUntested(jackknife)) return jackknife;
  return { ...jackknife, influences: jackknife.influences.map((one) => factor * one) };
}

/** What a twentieth of the values reach. */
function upperTail(values: Float64Array): number {
  return at(values.toSorted(), Math.min(values.length - 1, Math.floor(0.95 * values.length)));
}

function exchangeFor(own: readonly (StrangerReplicates | Untested)[]): StrangerTest | Untested {
  const tests = allTested(own);
  if (isUntested(tests)) return tests;
  const observed = meanOf(tests.map((test) => test.observed));
  const surrogates = meanLists(tests.map((test) => test.surrogates));
  const exchanges = meanLists(tests.map((test) => test.exchanges));
  const p = permutationP({ observed, values: exchanges }, { tolerance: TOLERANCE });
  return {
    observed,
    ...summariseNull({ observed, values: surrogates }),
    detectable: upperTail(exchanges) - summariseNull({ observed, values: exchanges }).mean,
    ...{ p, adjustedP: p },
    surrogates: [...surrogates],
    rows: range(tests.flatMap((test) => test.rows)),
  };
}

function againstFor(own: readonly ConditionTests[], level: number): ConditionDifference | Untested {
  const tests = allTested(own.flatMap(({ against }) => against ?? []));
  if (isUntested(tests)) return tests;
  const difference = meanOf(tests.map(({ first, second }) => first - second));
  const widened = inflationOf(tests.map(({ refits }) => refits));
  const values = meanLists(tests.map((test) => test.values)).map((value) => widened * value);
  const p = permutationP({ observed: difference, values }, { tail: 'two-sided', tolerance: TOLERANCE });
  return {
    interactive: meanOf(tests.map(({ first }) => first)),
    difference,
    interval: intervalFor(
      tests.map(({ jackknife }) => widen(jackknife, widened)),
      level,
    ),
    widened,
    ...{ p, adjustedP: p },
    interactions: Math.min(...tests.map(({ interactions }) => interactions)),
    permutations: values.length,
    exact: tests.every(({ exact }) => exact),
  };
}

/**
 * Adjusts p over units (model pairs, or directions): the test against strangers of each condition is one family over the
 * units, and so is the comparison of the interactive condition with each other one.
 *
 * @param units summaries of each
 */
export function adjustOverPairs(units: readonly (readonly ConditionSummary[])[]): ConditionSummary[][] {
  const adjusted = new Map<string, number>();
  const kinds = ['strangers', 'against', 'exchanged'] as const;
  const conditions = new Set(units.flatMap((summaries) => summaries.map(({ condition }) => condition)));
  for (const kind of kinds)
    for (const condition of conditions) {
      const family = units.flatMap((summaries, unit) =>
        summaries.flatMap((summary) => {
          const test = summary.condition === condition ? summary[kind] : undefined;
          return test && !isUntested(test) ? [{ key: `${kind}/${condition}/${unit}`, p: test.p }] : [];
        }),
      );
      const values = benjaminiHochberg(family.map(({ p }) => p));
      for (const [i, value] of values.entries()) adjusted.set(at(family, i).key, value);
    }
  return units.map((summaries, unit) =>
    summaries.map((summary) => {
      const of = <T extends StrangerTest | ConditionDifference>(kind: string, test: T): T => ({
        ...test,
        adjustedP: adjusted.get(`${kind}/${summary.condition}/${unit}`) ?? test.p,
      });
      const { strangers, against, exchanged } = summary;
      return {
        ...summary,
        strangers: isUntested(strangers) ? strangers : of('strangers', strangers),
        ...(against && { against: isUntested(against) ? against : of('against', against) }),
        ...(exchanged && { exchanged: isUntested(exchanged) ? exchanged : of('exchanged', exchanged) }),
      };
    }),
  );
}
