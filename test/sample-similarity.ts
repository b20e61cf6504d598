// Made-up measures of similarity, a different number in every place.

import type { Condition } from '../src/conditions/condition.ts';
import type { DirectionTask } from '../src/studies/direction-rows.ts';
import type { DirectionSimilarity, SimilarityScore } from '../src/studies/similarity-files.ts';
import { sampleInterval, sampleJackknife } from './sample-synchrony.ts';

const MEASURES = [
  ['ridge', { lambda: 0.1 }],
  ['cka', { level: 0.95 }],
  ['neighbours', { level: 0.95, k: 10 }],
] as const;

function score(value: number, error: number): SimilarityScore {
  return {
    value,
    intervals: { syncR2: sampleInterval(value, error), jackknife: sampleJackknife(value, error) },
  };
}

/** The last condition is compared by nobody. */
export function sampleSimilarity(
  { order, direction }: DirectionTask,
  conditions: readonly Condition[],
): DirectionSimilarity {
  const [a, b] = order.names;
  const forth = direction === 'A->B';
  const at = (forth ? 0 : 1) + (a < b ? 0 : a === b ? 2 : 4);
  return {
    ...{ direction, sourceModel: forth ? a : b, targetModel: forth ? b : a, samples: 1500 - at },
    ...{ lambda: 0.1, groupBy: 'interaction', splitSeeds: [0, 1, 2] },
    measures: MEASURES.map(([measure, settings], m) => ({
      ...{ measure, settings, interactive: score(0.61 - 0.13 * m - 0.011 * at, 0.02 + 0.003 * m) },
      compared: conditions.slice(0, -1).map((condition, c) => ({
        ...{ condition, samples: 1200 - 100 * c - at },
        interactive: score(0.57 - 0.12 * m - 0.03 * c - 0.007 * at, 0.021 + 0.002 * m),
        other: score(0.31 - 0.07 * m - 0.05 * c - 0.003 * at, 0.017 + 0.001 * m),
      })),
      notCompared: conditions.slice(-1).map((condition) => ({ condition, reason: 'it has other groups' })),
    })),
  };
}
