// Two runs side by side: the settings in which they differ, and SyncR² of the pairs and conditions that both have. Whether a
// difference may be compared at all follows from what the numbers themselves were made with.

import { missingLines } from '../report/about/missing-lines.ts';
import { samePair } from '../report/shared.ts';
import type { ReportSource } from '../report/source.ts';
import { gatherMeasures, type Measures, type PairResult } from '../report/synchrony/measures.ts';
import type { Interval } from '../synchrony/intervals/interval.ts';
import type { Lambda } from '../synchrony/types.ts';
import { obstaclesOf } from './obstacles.ts';
import { type DifferentSetting, differentSettings } from './settings.ts';

/** SyncR² of a pair in one run. */
export interface ComparedValue {
  readonly value: number;
  /** Of the λ that a run's intervals are made with; null for others. */
  readonly interval: Interval | null;
}

/** A pair of models under a condition and a λ, in both runs. */
export interface ComparedPair {
  readonly models: readonly [string, string];
  readonly condition: string;
  /** One for each run; the same where both have it. */
  readonly lambdas: readonly [Lambda, Lambda];
  readonly values: readonly [ComparedValue, ComparedValue];
  /** The second less the first. */
  readonly difference: number;
  /** Why the difference does not say what the difference of the settings does; none if it does. */
  readonly obstacles: readonly string[];
}

export interface Comparison {
  readonly runs: readonly [string, string];
  readonly settings: readonly DifferentSetting[];
  readonly pairs: readonly ComparedPair[];
  /** What one run has and the other has not: `llama × mistral, passive`. */
  readonly only: readonly [readonly string[], readonly string[]];
  /** What of either study is not current, a line for each stage. */
  readonly missing: readonly [readonly string[], readonly string[]];
}

interface Side {
  readonly source: ReportSource;
  readonly measures: Measures;
}

async function openSide(source: ReportSource): Promise<Side> {
  return { source, measures: await gatherMeasures(source) };
}

const nameOf = ({ models, condition }: PairResult) => `${models.join(' × ')}, ${condition}`;

function counterpart({ measures }: Side, one: PairResult): PairResult | undefined {
  return measures.pairs.find(
    (other) => other.condition === one.condition && samePair(other.models, one.models),
  );
}

/** All λ of a pair, the one with intervals first. */
function lambdasOf(
  { measures: { orders } }: Side,
  pair: PairResult,
): ReadonlyMap<string, [Lambda, ComparedValue]> {
  const order = orders.find(
    ({ models, condition }) => condition === pair.condition && samePair(models, pair.models),
  );
  const own = order?.directions[0]?.lambda ?? 'cv';
  return new Map([
    [String(own), [own, { value: pair.value, interval: pair.interval }]],
    ...pair.others.map(({ lambda, value }): [string, [Lambda, ComparedValue]] => [
      String(lambda),
      [lambda, { value, interval: null }],
    ]),
  ]);
}

function comparePair(one: PairResult, other: PairResult, [a, b]: readonly [Side, Side]): ComparedPair[] {
  const [first, second] = [lambdasOf(a, one), lambdasOf(b, other)];
  const shared = [...first].flatMap(([name, own]) => {
    const found = second.get(name);
    return found ? [[own, found] as const] : [];
  });
  // Without a λ in common, what each run's other numbers are made with.
  const [mine, theirs] = [[...first.values()][0], [...second.values()][0]];
  const rows = shared.length > 0 ? shared : mine && theirs ? [[mine, theirs] as const] : [];
  const { models, condition } = one;
  return rows.map(([[lambda, value], [otherLambda, otherValue]]) => ({
    ...{ models, condition, lambdas: [lambda, otherLambda] as const, values: [value, otherValue] as const },
    difference: otherValue.value - value.value,
    obstacles: obstaclesOf(one, [a, b], [lambda, otherLambda]),
  }));
}

/**
 * Compares what two runs have that is current.
 *
 * @throws CorruptFile naming a damaged result
 */
export async function compareRuns(first: ReportSource, second: ReportSource): Promise<Comparison> {
  const sides = [await openSide(first), await openSide(second)] as const;
  const [a, b] = sides;
  const missingOf = async ({ source }: Side) =>
    missingLines({
      stages: await source.states(),
      leftOut: source.leftOut ?? [],
      unseen: source.unseen ?? [],
    });
  return {
    runs: [first.run, second.run],
    settings: differentSettings(first.manifest, second.manifest),
    pairs: a.measures.pairs.flatMap((one) => {
      const other = counterpart(b, one);
      return other ? comparePair(one, other, sides) : [];
    }),
    only: [
      a.measures.pairs.filter((one) => !counterpart(b, one)).map(nameOf),
      b.measures.pairs.filter((one) => !counterpart(a, one)).map(nameOf),
    ],
    missing: [await missingOf(a), await missingOf(b)],
  };
}
