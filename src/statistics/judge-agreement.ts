// How well a judge's scores agree with people's (docs/method.md §8, paper Appendix H).

import type { Rating } from '../evaluation/human-scores.ts';
import { type Correlation, pearson, spearman } from './correlation.ts';
import {
  deviationOf,
  meanScore,
  ratingsByUnit,
  type ScoredUnit,
  share,
  unitKey,
  within,
  withinShare,
} from './judge-units.ts';
import { krippendorffAlpha } from './krippendorff.ts';

export interface DimensionAgreement {
  readonly dimension: string;
  /** Agents in episodes that both people and the judge scored. */
  readonly n: number;
  /** How many of these units two people or more have scored. */
  readonly severallyRated: number;
  /** Judge against the mean of the people; null below three units. */
  readonly pearson: Correlation | null;
  readonly spearman: Correlation | null;
  /** Sample standard deviation of all people's ratings of these units; NaN below two. */
  readonly humanDeviation: number;
  /** Share of the judge's scores no further than that from the people's mean; NaN without it. */
  readonly withinOneDeviation: number;
  /** `withinOneDeviation` with the deviation among each unit's own raters, over units with two or more; NaN without any. */
  readonly withinRaters: number;
  /** Krippendorff's α (interval) among people; NaN without units that two rated. */
  readonly alphaHumans: number;
  /** Between the judge and the people's mean, as two raters. */
  readonly alphaJudge: number;
  /** Judge − mean of people, by unit. */
  readonly differences: readonly number[];
}

export interface JudgeAgreement {
  readonly dimensions: readonly DimensionAgreement[];
  /** Over all dimensions: share within one deviation of the dimension. */
  readonly withinOneDeviation: number;
  /** People's units that the judge did not score, and the reverse. */
  readonly unmatched: { readonly human: number; readonly judge: number };
}

function compare(dimension: string, units: readonly ScoredUnit[]): DimensionAgreement {
  const judge = units.map((unit) => unit.judge);
  const means = units.map(({ people }) => meanScore(people));
  const differences = units.map((unit) => unit.judge - meanScore(unit.people));
  const several = units.filter(({ people }) => people.length >= 2);
  const humanDeviation = deviationOf(units.flatMap(({ people }) => people));
  return {
    dimension,
    n: units.length,
    severallyRated: several.length,
    pearson: units.length < 3 ? null : pearson(means, judge),
    spearman: units.length < 3 ? null : spearman(means, judge),
    humanDeviation,
    withinOneDeviation: withinShare(units),
    withinRaters: share(
      several.map(({ judge, people }) => within(judge - meanScore(people), deviationOf(people))),
    ),
    alphaHumans: krippendorffAlpha(several.map(({ people }) => people)),
    alphaJudge: krippendorffAlpha(units.map((unit) => [unit.judge, meanScore(unit.people)])),
    differences,
  };
}

/**
 * Compares by dimension, in the order in which the judge names them. Dimensions that only one side scored are left out.
 *
 * @param judge one rating per unit and dimension
 */
export function judgeAgreement(people: readonly Rating[], judge: readonly Rating[]): JudgeAgreement {
  const ratings = ratingsByUnit(people);
  const units = new Map<string, ScoredUnit[]>();
  let matched = 0;
  for (const rating of judge) {
    const own = ratings.get(unitKey(rating));
    if (!own) continue;
    matched++;
    units.set(rating.dimension, [
      ...(units.get(rating.dimension) ?? []),
      { judge: rating.score, people: own },
    ]);
  }
  const dimensions = [...units].map(([dimension, list]) => compare(dimension, list));
  const counted = dimensions.filter(({ withinOneDeviation }) => Number.isFinite(withinOneDeviation));
  const total = counted.reduce((sum, { n }) => sum + n, 0);
  return {
    dimensions,
    withinOneDeviation:
      total === 0
        ? Number.NaN
        : counted.reduce((sum, { n, withinOneDeviation }) => sum + n * withinOneDeviation, 0) / total,
    unmatched: { human: ratings.size - matched, judge: judge.length - matched },
  };
}
