// Made-up contributions of rounds and interactions, a different number in every place.

import type { StoredContributions } from '../src/studies/contribution-files.ts';
import type { DirectionTask } from '../src/studies/direction-rows.ts';
import type { RoundScore } from '../src/synchrony/contributions/measure-contributions.ts';
import { sampleInterval, sampleJackknife } from './sample-synchrony.ts';

/** With a jackknife of its own standard error; the centre is 0.002 above the value. */
function score(value: number, standardError: number): RoundScore {
  return {
    ...{ value, layers: [value - 0.1, value + 0.1] },
    intervals: {
      syncR2: sampleInterval(value, standardError),
      jackknife: sampleJackknife(value, standardError),
    },
  };
}

/** Five rounds, of which the fourth has no interval and the last too few rows; B → A has one round less with enough. */
export function sampleContributions(
  { order, direction }: DirectionTask,
  layers: Readonly<Record<string, number>>,
): StoredContributions {
  const [a, b] = order.names;
  const forth = direction === 'A->B';
  const at = (forth ? 0 : 1) + (a < b ? 0 : a === b ? 2 : 4);
  const [sourceModel, targetModel] = forth ? [a, b] : [b, a];
  const [sourceLayers, targetLayers] = [layers[sourceModel] ?? 6, layers[targetModel] ?? 6];
  const counts = (round: number) => ({
    round,
    train: [240 - 20 * round - at, 236 - 20 * round - at],
    test: [60 - 5 * round - at, 61 - 5 * round - at],
  });
  const rounds = [1, 2, 3, 4].slice(0, forth ? 4 : 3).map((round) => {
    const { intervals, ...bare } = score(
      0.51 - 0.04 * round - 0.011 * at,
      0.01 + 0.002 * round + 0.0003 * at,
    );
    return { ...counts(round), ...bare, ...(round < 4 && intervals && { intervals }) };
  });
  const shares = [0.3, 0.25, 0.2, 0.15, 0.1];
  return {
    ...{
      direction,
      sourceModel,
      targetModel,
      samples: forth ? 1500 : 1493,
      lambda: 0.1,
      groupBy: 'interaction',
    },
    ...{ splitSeeds: [0, 1, 2], sourceLayers, targetLayers, cells: 'all', smallest: 10 },
    bestTarget: Array.from({ length: sourceLayers }, () => 0),
    interactions: shares.map((share, i) => ({
      ...{ interaction: `market-lamp/pair-${i}`, splits: 1 + (i % 3), rows: Math.round(300 * share), share },
      syncR2: share * (0.62 - 0.09 * i - 0.013 * at - (i === 4 ? 0.5 : 0)),
    })),
    rounds,
    leftOut: [{ round: 5, train: [12, 13], test: [4, 3] }],
    pooled: {
      within: score(0.412 - 0.017 * at, 0.0121 + 0.0003 * at),
      overall: score(0.476 - 0.015 * at, 0.0117 + 0.0004 * at),
      ...{ rows: [281 - at, 283 - at], notCounted: [at, 0] },
    },
    // The first layer pair as one that was not asked for.
    readCells: () => {
      const size = sourceLayers * targetLayers;
      const value = (i: number) => (i % size === 0 ? Number.NaN : (i + 1 + at) / 1024);
      return Promise.resolve(Float32Array.from({ length: shares.length * size }, (_, i) => value(i)));
    },
  };
}
