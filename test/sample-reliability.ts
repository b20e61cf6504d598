// Made-up synchrony of episodes, their mixed model, halves and ceilings: a different number in every place.

import type { EpisodeModel } from '../src/statistics/episode-model.ts';
import type { DirectionTask } from '../src/studies/direction-rows.ts';
import type { DirectionEpisodes } from '../src/studies/episode-synchrony-files.ts';
import type { DirectionReliability, PairReliability } from '../src/studies/reliability-files.ts';
import { sampleInterval } from './sample-synchrony.ts';

function headOf({ order, direction }: DirectionTask) {
  const [a, b] = order.names;
  const forth = direction === 'A->B';
  const at = (forth ? 0 : 1) + (a < b ? 0 : a === b ? 2 : 4);
  const head = {
    ...{ direction, sourceModel: forth ? a : b, targetModel: forth ? b : a, samples: 1500 - at },
    ...{ lambda: 0.1 as const, groupBy: 'interaction', splitSeeds: [0, 1, 2] },
  };
  return { head, at };
}

export function sampleEpisodes(task: DirectionTask): DirectionEpisodes {
  const { head, at } = headOf(task);
  return {
    ...{ ...head, notHeldOut: 7 + at },
    episodes: [0, 1, 2].map((i) => ({
      ...{ interaction: `market-lamp/pair-${i}`, seed: i, rounds: 3 + i, splits: 1 + (i % 2), rows: 6 + i },
      r2: 0.41 - 0.09 * i - 0.013 * at,
    })),
  };
}

export function sampleEpisodeModel(pairs: readonly (readonly [string, string])[]): EpisodeModel {
  const effect = (name: EpisodeModel['fixed'][number]['name'], estimate: number, standardError: number) => ({
    ...{ name, estimate, standardError, degreesOfFreedom: 50 + 10 * estimate, t: estimate / standardError },
    ...{
      p: 0.04 + standardError / 100,
      low: estimate - 2 * standardError,
      high: estimate + 2 * standardError,
    },
  });
  return {
    ...{ judge: 'some-judge', level: 0.95, n: 24 * pairs.length, pairs: pairs.length, interactions: 12 },
    ...{ spread: 0.087, residual: 0.83, deviance: 412.7, notes: ['a note of the model'] },
    fixed: [effect('intercept', 6.1, 0.21), effect('within', 1.7, 0.62), effect('rounds', -0.12, 0.051)],
    random: [{ name: 'interaction', sd: 0.47, levels: 12 }],
    episodes: pairs.flatMap(([a, b], p) =>
      Array.from({ length: 24 }, (_, i) => ({
        ...{ models: [a, b] as [string, string], interaction: `talk-${i % 12}`, seed: i < 12 ? 0 : 1 },
        ...{ rounds: 3 + (i % 5), synchrony: 0.3 + 0.05 * p + 0.012 * ((i * 7) % 24) - 0.14 },
        score: 6 + 0.3 * p + 0.07 * ((i * 5) % 24),
      })),
    ),
  };
}

export function sampleReliability(
  task: DirectionTask,
  layers: Readonly<Record<string, number>>,
): DirectionReliability {
  const { head, at } = headOf(task);
  const count = layers[head.targetModel] ?? 3;
  const half = (value: number, samples: number, groups: string[]) => ({ value, samples, groups });
  return {
    ...head,
    halvings: [0, 1].map((h) => [
      half(0.31 - 0.02 * h - 0.011 * at, 700 - h - at, ['market-lamp/pair-0']),
      half(0.28 + 0.013 * h - 0.007 * at, 690 + h - at, ['market-lamp/pair-1']),
    ]),
    ceiling: {
      layers: Array.from({ length: count }, (_, target) => {
        return { target, from: target === 0 ? 1 : 0, r2: 0.93 - 0.02 * target };
      }),
      ...{
        value: 0.91 - 0.01 * at,
        share: 0.44 - 0.017 * at,
        interval: sampleInterval(0.44 - 0.017 * at, 0.03),
      },
    },
  };
}

export function samplePairReliability(pairs: readonly (readonly [string, string])[]): PairReliability {
  return {
    pairs: pairs.map(([a, b], p) => ({
      ...{ models: [a, b], synchrony: 0.41 - 0.06 * p, performance: 6.2 + 0.4 * p },
      halves: [0, 1].map((h): [number, number] => [0.37 - 0.05 * p + 0.01 * h, 0.35 - 0.06 * p - 0.02 * h]),
      performanceHalves: [0, 1].map((h): [number, number] => [
        6.1 + 0.4 * p + 0.1 * h,
        6.3 + 0.35 * p - 0.1 * h,
      ]),
    })),
    synchrony: { n: pairs.length, halfCorrelation: 0.71, reliability: 0.83, interval: null },
    performance: {
      ...{ n: pairs.length, halfCorrelation: 0.62, reliability: 0.765 },
      interval: { low: 0.31, high: 0.91, models: 6, level: 0.95 },
    },
    correlation: {
      ...{ r: 0.33, disattenuated: 0.414 },
      interval: { low: -0.12, high: 0.93, standardError: 0.2, degreesOfFreedom: 5, groups: 6, level: 0.95 },
    },
    notes: ['a note of the halves'],
  };
}
