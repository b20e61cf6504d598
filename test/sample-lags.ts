// Made-up SyncR² by lag, a different number in every place.

import { type Condition, lagOf } from '../src/conditions/condition.ts';
import type { DirectionTask } from '../src/studies/direction-rows.ts';
import type { DirectionLags } from '../src/studies/lags-files.ts';
import { sampleInterval, sampleJackknife } from './sample-synchrony.ts';

/** Falls with the lag; every point has a jackknife of its own standard error. */
export function sampleLags(
  { order, direction }: DirectionTask,
  conditions: readonly Condition[],
): DirectionLags {
  const [a, b] = order.names;
  const forth = direction === 'A->B';
  const at = (forth ? 0 : 1) + (a < b ? 0 : a === b ? 2 : 4);
  const lags = conditions.flatMap((condition) => lagOf(condition) ?? []).sort((x, y) => x - y);
  const samples = 900 - 10 * at;
  return {
    ...{ direction, sourceModel: forth ? a : b, targetModel: forth ? b : a, samples, lambda: 0.1 },
    ...{ groupBy: 'interaction', splitSeeds: [0, 1, 2] },
    train: [0, 1, 2].map(() => 0.8 * samples),
    test: [0, 1, 2].map(() => 0.2 * samples),
    points: lags.map((lag) => {
      const [value, error] = [0.47 - 0.05 * lag - 0.013 * at, 0.01 + 0.001 * at + 0.002 * lag];
      return {
        ...{ lag, value, standardError: error / 3 },
        intervals: { syncR2: sampleInterval(value, error), jackknife: sampleJackknife(value, error) },
      };
    }),
  };
}
