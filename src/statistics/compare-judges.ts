// Two judges side by side, against the same people on the same agents in episodes (paper Table 4): by how much the one agrees
// better, with an interval that leaves out whole interactions, whose agents and seeds are not independent.

import type { Rating } from '../evaluation/human-scores.ts';
import { FEWEST_GROUPS, type Interval, intervalOf } from '../synchrony/intervals/interval.ts';
import { pearson, spearman } from './correlation.ts';
import { dimensionsOf, meanScore, ratingsByUnit, unitKey, withinShare } from './judge-units.ts';

/** A difference of two judges, first − second. */
export interface JudgeDifference {
  readonly value: number;
  /** Null with fewer than three interactions, or where leaving one out leaves nothing to compute. */
  readonly interval: Interval | null;
}

export interface DimensionComparison {
  readonly dimension: string;
  /** Agents in episodes that people and both judges scored. */
  readonly n: number;
  readonly interactions: number;
  /** Of correlations with the mean of the people; NaN where one cannot be computed. */
  readonly pearson: JudgeDifference;
  readonly spearman: JudgeDifference;
  /** Of the shares within one standard deviation of people's ratings of these agents. */
  readonly withinOneDeviation: JudgeDifference;
}

interface Unit {
  readonly interaction: string;
  readonly people: readonly number[];
  readonly first: number;
  readonly second: number;
}

/**
 * Compares two judges by dimension, in the order in which the first one names them, on what both scored.
 *
 * @param first, second one rating per unit and dimension, aligned with the people's
 */
export function compareJudges(
  people: readonly Rating[],
  first: readonly Rating[],
  second: readonly Rating[],
): DimensionComparison[] {
  const ratings = ratingsByUnit(people);
  const others = new Map(second.map((rating) => [unitKey(rating), rating.score]));
  return dimensionsOf(first).flatMap((dimension) => {
    const units = first.flatMap((rating): Unit[] => {
      const [own, other] = [ratings.get(unitKey(rating)), others.get(unitKey(rating))];
      if (rating.dimension !== dimension || own === undefined || other === undefined) return [];
      return [{ interaction: rating.interaction, people: own, first: rating.score, second: other }];
    });
    return units.length === 0 ? [] : [compareUnits(dimension, units)];
  });
}

function compareUnits(dimension: string, units: readonly Unit[]): DimensionComparison {
  const interactions = [...new Set(units.map(({ interaction }) => interaction))].sort();
  const difference = (of: (units: readonly Unit[], judge: 'first' | 'second') => number) =>
    differenceOf((own) => of(own, 'first') - of(own, 'second'), units, interactions);
  const correlation = (with_: typeof pearson) => (own: readonly Unit[], judge: 'first' | 'second') =>
    own.length < 3
      ? Number.NaN
      : with_(
          own.map(({ people }) => meanScore(people)),
          own.map((unit) => unit[judge]),
        ).r;
  return {
    ...{ dimension, n: units.length, interactions: interactions.length },
    pearson: difference(correlation(pearson)),
    spearman: difference(correlation(spearman)),
    withinOneDeviation: difference((own, judge) =>
      withinShare(own.map((unit) => ({ judge: unit[judge], people: unit.people }))),
    ),
  };
}

/** A number of units, and its jackknife over interactions. */
function differenceOf(
  of: (units: readonly Unit[]) => number,
  units: readonly Unit[],
  interactions: readonly string[],
): JudgeDifference {
  const value = of(units);
  if (!Number.isFinite(value) || interactions.length < FEWEST_GROUPS) return { value, interval: null };
  const influences = interactions.map(
    (left) => of(units.filter(({ interaction }) => interaction !== left)) - value,
  );
  if (!influences.every(Number.isFinite)) return { value, interval: null };
  const jackknife = { estimate: value, centre: value, heldOut: interactions.length };
  return { value, interval: intervalOf({ ...jackknife, groups: interactions, influences }) };
}
