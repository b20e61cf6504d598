// What was tested of a run, as the report takes it.

import { adjustOverPairs, type ConditionSummary, summariseConditions } from '../../statistics/pair-tests.ts';
import type { DirectionTests } from '../../studies/significance/test-files.ts';
import { SIGNIFICANCE } from '../../studies/stages/significance.ts';
import { completePair, type ModelNames, samePair } from '../shared.ts';
import type { ReportSource } from '../source.ts';

/** Tests of all pairs of a run of which every direction is tested. */
export interface SignificanceReport {
  readonly alpha: number;
  /** Coverage of the intervals: 1 − alpha. */
  readonly level: number;
  readonly pairs: readonly PairSignificance[];
}

export interface PairSignificance {
  readonly models: ModelNames;
  /** By seat order and direction. */
  readonly directions: readonly TestedDirection[];
  /** Of the mean over directions; p adjusted over model pairs. */
  readonly conditions: readonly ConditionSummary[];
}

/** One direction's tests, and what they come to by themselves; p adjusted over the directions of all pairs. */
export interface TestedDirection {
  readonly tests: DirectionTests;
  readonly summaries: readonly ConditionSummary[];
}

/** @returns undefined if no pair is tested in all its directions */
export async function gatherSignificance(source: ReportSource): Promise<SignificanceReport | undefined> {
  const { significance } = source.study;
  const { current } = await source.results(SIGNIFICANCE);
  if (!significance) return undefined;
  const tested = source.pairs.flatMap((models) => {
    const own = current.filter(({ task }) => samePair(task.pair, models));
    const directions = completePair(
      models,
      own.map(({ task, result }) => ({ models: task.order.names, result })),
    );
    return directions.length === 0 ? [] : [{ models, directions: directions.map(({ result }) => result) }];
  });
  return tested.length === 0 ? undefined : summariseTests(tested, significance.alpha);
}

/** Summaries with adjusted p-values, from the tests of every pair's directions. */
export function summariseTests(
  pairs: readonly { readonly models: ModelNames; readonly directions: readonly DirectionTests[] }[],
  alpha: number,
): SignificanceReport {
  const level = 1 - alpha;
  const of = (directions: readonly DirectionTests[]) =>
    summariseConditions(
      directions.map(({ conditions }) => conditions),
      level,
    );
  const combined = adjustOverPairs(pairs.map(({ directions }) => of(directions)));
  const single = adjustOverPairs(pairs.flatMap(({ directions }) => directions.map((one) => of([one]))));
  const next = single.values();
  return {
    alpha,
    level,
    pairs: pairs.map(({ models, directions }, i) => ({
      models,
      directions: directions.map((tests) => ({ tests, summaries: next.next().value ?? [] })),
      conditions: combined[i] ?? [],
    })),
  };
}
