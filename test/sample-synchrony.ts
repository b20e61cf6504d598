// Made-up synchrony results for the tests of figures and of the report. They only look like the real thing.

import type { Interval, Jackknife } from '../src/synchrony/intervals/interval.ts';
import type { CellInterval, SyncR2Intervals } from '../src/synchrony/intervals/target-intervals.ts';
import type { Direction, SynchronyResult, SyncR2 } from '../src/synchrony/types.ts';

export interface SampleShape {
  readonly direction?: Direction;
  readonly condition?: string;
  readonly models?: readonly [string, string];
  readonly layers?: readonly [number, number];
  readonly seeds?: readonly number[];
  /** Highest R², about. */
  readonly height?: number;
}

/** A smooth ridge along the diagonal, a corner of negative cells, and a little noise per split seed. */
export function sampleSynchrony(shape: SampleShape = {}): SynchronyResult {
  const direction = shape.direction ?? 'A->B';
  const [sourceModel, targetModel] = shape.models ?? ['small-llama', 'small-mistral'];
  const [sourceLayers, targetLayers] = shape.layers ?? [6, 6];
  const seeds = shape.seeds ?? [0, 1, 2];
  const r2 = seeds.map((seed) => samplePlane(sourceLayers, targetLayers, seed, shape.height ?? 0.6));
  const meanR2 = Float64Array.from({ length: sourceLayers * targetLayers }, (_, i) => {
    return r2.reduce((sum, plane) => sum + (plane[i] ?? 0), 0) / r2.length;
  });
  return {
    format: 'interbrain-synchrony-3',
    measure: { name: 'ridge', version: 3 },
    condition: shape.condition ?? 'interactive',
    direction,
    sourceModel,
    targetModel,
    sourceLayers,
    targetLayers,
    samples: 1500,
    lambda: 0.1,
    solver: 'exact',
    groupBy: 'interaction',
    splits: seeds.map((seed) => ({
      seed,
      trainSamples: 1200,
      testSamples: 300,
      testGroups: ['market-lamp/ana-bo'],
      trainGroups: ['market-lamp/cleo-dan'],
    })),
    r2,
    meanR2,
    conditionNumbers: seeds.map((seed) =>
      Array.from({ length: sourceLayers }, (_, l) => 1e4 * (l + 1 + seed)),
    ),
    syncR2: sampleSyncR2(meanR2, sourceLayers, targetLayers, seeds.length),
    intervals: sampleIntervals({ ...sampleInterval(0.3, 0.01), low: 0.279, high: 0.318 }, [
      {
        ...{ source: 1, target: 4 },
        ...{ ...sampleInterval(meanR2[targetLayers + 4] ?? 0, 0.02), low: 0.25, high: 0.35 },
      },
    ]),
  };
}

/** 42 groups, 17 of them held out. */
export function sampleInterval(estimate: number, standardError: number): Interval {
  return {
    ...{ estimate, standardError, low: estimate - 2 * standardError, high: estimate + 2.2 * standardError },
    ...{ kind: 'jackknife-t', degreesOfFreedom: 16, groups: 42, level: 0.95 },
  };
}

/** With a jackknife of the same standard error. */
export function sampleIntervals(syncR2: Interval, cells: readonly CellInterval[] = []): SyncR2Intervals {
  return { syncR2, jackknife: sampleJackknife(syncR2.estimate, syncR2.standardError), cells };
}

/** Its influences alternate in sign and are all of one size. */
export function sampleJackknife(estimate: number, standardError: number, count = 42): Jackknife {
  const groups = Array.from({ length: count }, (_, i) => `interaction ${String(i).padStart(2, '0')}`);
  const influences = groups.map((_, i) => ((i % 2 ? 1 : -1) * standardError) / Math.sqrt(count - 1));
  return { estimate, centre: estimate + 0.002, heldOut: 17, groups, influences };
}

function samplePlane(sourceLayers: number, targetLayers: number, seed: number, height: number): Float64Array {
  return Float64Array.from({ length: sourceLayers * targetLayers }, (_, i) => {
    const x = (Math.floor(i / targetLayers) + 0.5) / sourceLayers;
    const y = ((i % targetLayers) + 0.5) / targetLayers;
    const noise = ((Math.sin(i * 12.9898 + seed * 78.233) * 43758.5453) % 1) * 0.02;
    return height * (1 - 1.4 * Math.abs(x - y)) - 0.35 * (1 - x) * (1 - y) + noise;
  });
}

function sampleSyncR2(
  meanR2: Float64Array,
  sourceLayers: number,
  targetLayers: number,
  seeds: number,
): SyncR2 {
  const rows = Array.from({ length: sourceLayers }, (_, s) => [
    ...meanR2.subarray(s * targetLayers, (s + 1) * targetLayers),
  ]);
  const bestTarget = rows.map((row) => row.indexOf(Math.max(...row)));
  const bestR2 = rows.map((row) => Math.max(0, ...row));
  const value = bestR2.reduce((sum, best) => sum + best, 0) / sourceLayers;
  return { value, standardError: seeds > 1 ? 0.0042 : 0, bestTarget, bestR2 };
}
