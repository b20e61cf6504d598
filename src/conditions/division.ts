// What may not be divided between training and test, condition by condition.

import type { GroupBy } from '../pairs/open.ts';
import { type Condition, traitsOf } from './condition.ts';
import { CONDITIONS } from './table.ts';

/** How a condition's samples are grouped in a study. */
export function groupingOf(condition: Condition, groupBy: GroupBy): GroupBy {
  return traitsOf(condition).grouping?.by ?? groupBy;
}

/**
 * Why a condition cannot be divided as the study's interactive one is, and so not be compared with it.
 *
 * @returns undefined where it can
 */
export function dividedApart(condition: Condition, groupBy: GroupBy): string | undefined {
  const { grouping } = traitsOf(condition);
  if (!grouping || grouping.by === groupBy) return undefined;
  const { by, who, instead } = grouping;
  return `${who} are divided by ${by}, and this study's interactions by ${groupBy}, so that the two hold out different interactions; groupBy: ${by} lets them be compared. ${instead}`;
}

/** For the report's methods: who is compared only with groups of its own, a sentence each. */
export function divisionNotes(groupBy: string): string[] {
  return CONDITIONS.flatMap((kind) => {
    const { grouping } = kind.traitsOf(kind.example);
    if (!grouping) return [];
    const { by, who, since } = grouping;
    const here = groupBy === by ? ', as here' : '';
    return [
      `${who.charAt(0).toUpperCase()}${who.slice(1)} are compared only with groups by ${by}${here}, since ${since}.`,
    ];
  });
}
