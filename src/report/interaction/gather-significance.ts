// What was tested of a run, as the report takes it.

import { adjustOverPairs, type ConditionSummary, summariseConditions } from '../../statistics/pair-tests.ts';
import { pairsOf } from '../../studies/plan.ts';
import type { Study } from '../../studies/schema.ts';
import type { DirectionTests } from '../../studies/significance/test-files.ts';
import { isTested, readStudyTests } from '../../studies/significance.ts';

/** Tests of all pairs of a run. */
export interface SignificanceReport {
  readonly alpha: number;
  /** Coverage of the intervals: 1 − alpha. */
  readonly level: number;
  readonly draws: number;
  readonly seed: number;
  /** What splits keep together. */
  readonly groupBy: string;
  readonly pairs: readonly PairSignificance[];
}

export interface PairSignificance {
  readonly models: readonly [string, string];
  /** By seat order and direction. */
  readonly directions: readonly DirectionTests[];
  /** Of the mean over directions; p adjusted over model pairs. */
  readonly conditions: readonly ConditionSummary[];
  /** Of each direction; p adjusted over the directions of all pairs. */
  readonly byDirection: readonly (readonly ConditionSummary[])[];
}

/**
 * @returns undefined for a study without tests, or whose tests are not all made
 * @throws CorruptFile naming a damaged file
 */
export async function gatherSignificance(run: string, study: Study): Promise<SignificanceReport | undefined> {
  const models = pairsOf(study);
  if (!study.significance || !isTested(run, models)) return undefined;
  const { alpha, draws, seed } = study.significance;
  return reportTests(await readStudyTests(run, models), models, {
    ...{ alpha, draws, seed },
    groupBy: study.synchrony.groupBy,
  });
}

/** Summaries with adjusted p-values, from the tests of every pair's directions. */
export function reportTests(
  pairs: readonly (readonly DirectionTests[])[],
  models: readonly (readonly [string, string])[],
  settings: Pick<SignificanceReport, 'alpha' | 'draws' | 'seed' | 'groupBy'>,
): SignificanceReport {
  const level = 1 - settings.alpha;
  const of = (directions: readonly DirectionTests[]) =>
    summariseConditions(
      directions.map(({ conditions }) => conditions),
      level,
    );
  const combined = adjustOverPairs(pairs.map(of));
  const single = adjustOverPairs(pairs.flat().map((one) => of([one])));
  let next = 0;
  return {
    ...settings,
    level,
    pairs: pairs.map((directions, i) => ({
      models: models[i]!,
      directions,
      conditions: combined[i]!,
      byDirection: directions.map(() => single[next++]!),
    })),
  };
}
