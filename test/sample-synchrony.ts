// Made-up synchrony results for the tests of figures and of the report. They only look like the real thing.

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
    format: 'interbrain-synchrony-2',
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
    bootstrap: {
      draws: 1000,
      groups: 42,
      level: 0.95,
      syncR2: { estimate: 0.3, standardError: 0.01, percentile: [0.281, 0.322], bca: [0.279, 0.318] },
      cells: [
        {
          ...{ source: 1, target: 4, estimate: meanR2[targetLayers + 4] ?? 0 },
          ...{ standardError: 0.02, percentile: [0.25, 0.35], bca: null },
        },
      ],
    },
  };
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
