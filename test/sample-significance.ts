// Made-up tests, networks and probes for the tests of the report. They only look like the real thing.

import { type Condition, INTERACTIVE, parseCondition } from '../src/conditions/condition.ts';
import type { AgentProbes } from '../src/probes/measure.ts';
import type { ProbeComparison, ProbeTests } from '../src/probes/probe-tests.ts';
import type { ConditionTests, LayerClusters } from '../src/statistics/condition-tests.ts';
import type { DirectionTask } from '../src/studies/direction-rows.ts';
import type { DirectionTests } from '../src/studies/significance/test-files.ts';
import type { ProbeTask } from '../src/studies/stages/probes.ts';
import { NETWORKS, nonlinearResult } from '../src/synchrony/networks/nonlinear.ts';
import { NETWORK_DEFAULTS } from '../src/synchrony/networks/train-network.ts';
import type { NonlinearResult } from '../src/synchrony/networks/types.ts';
import { RESULT_FORMAT } from '../src/synchrony/types.ts';
import { sampleInterval, sampleJackknife } from './sample-synchrony.ts';

type Layers = Readonly<Record<string, number>>;

/** Evenly spread about a centre. */
const spread = (centre: number, width: number, count = 100) =>
  Array.from({ length: count }, (_, i) => centre + width * ((2 * i + 1) / count - 1));

/** Whose states a direction is about, and how many layers they have. */
function modelsOf({ order, direction }: Pick<DirectionTask, 'order' | 'direction'>, layers: Layers) {
  const [a, b] = order.names;
  const [sourceModel, targetModel] = direction === 'A->B' ? [a, b] : [b, a];
  return {
    ...{ sourceModel, targetModel },
    ...{ sourceLayers: layers[sourceModel] ?? 6, targetLayers: layers[targetModel] ?? 6 },
  };
}

function clustersOf(sourceLayers: number, targetLayers: number, shift: number): LayerClusters {
  return {
    t: Array.from(
      { length: sourceLayers * targetLayers },
      (_, cell) => 4 + shift - Math.abs((cell % targetLayers) - 2),
    ),
    ...{ threshold: 2.02, units: 40, permutations: 99, columns: 16, hiddenSize: 256 },
    clusters: [
      { cells: [1, 2, targetLayers + 2], mass: 17.4 + shift, p: 0.01 },
      { cells: [0], mass: 2.3, p: 0.4 },
    ],
  };
}

/** SyncR² in each condition that is tested; of `lag-3` there are too few rows. */
const VALUES: readonly (readonly [string, number])[] = [
  ['interactive', 0.3],
  ['passive', 0.22],
  ['passive-same-format', 0.29],
  ['lag-1', 0.31],
  ['pseudo-dyad', 0.1],
  ['shuffled', 0.2],
];

/** The same in a study with another seed's scenes. */
export const WITH_SEED_SWAP: typeof VALUES = [...VALUES, ['seed-swap', 0.24]];

function testsOf(
  [condition, value]: readonly [Condition, number],
  lower: number,
  at: number,
  layers: readonly [number, number],
): ConditionTests {
  const syncR2 = value - lower;
  const clusters = clustersOf(...layers, 0.1 * at);
  const tests: ConditionTests = {
    ...{ condition, syncR2, testSamples: [290 - at, 300 + at], interactions: 40 + at },
    jackknife: sampleJackknife(syncR2, 0.02, 40),
    strangers:
      condition === 'pseudo-dyad' || condition === 'seed-swap'
        ? {
            reason:
              condition === 'pseudo-dyad' ? 'its targets are strangers’ already' : 'other conversations',
          }
        : {
            ...{ observed: syncR2 - 0.004, rows: [200 + at, 210 + at], clusters },
            ...{ surrogates: spread(0.1, 0.03), exchanges: spread(0.2, 0.06) },
          },
  };
  if (condition === INTERACTIVE) return tests;
  if (condition === 'pseudo-dyad') return { ...tests, against: { reason: 'divided by scenario' } };
  const against = {
    first: 0.301 - lower,
    second: syncR2,
    values: spread(0, 0.02),
    jackknife: sampleJackknife(0.301 - lower - syncR2, 0.02, 40),
    interactions: 38,
    exact: at === 1,
    refits: { anew: 1.1 + 0.07 * at, fixed: 1 },
    clusters,
  };
  if (condition !== 'seed-swap') return { ...tests, against };
  const exchanged = {
    ...{ observed: 0.298 - lower, rows: [180 + at, 190 + at], clusters },
    ...{ surrogates: spread(0.23, 0.02), exchanges: spread(0.25, 0.04) },
  };
  return { ...tests, against, exchanged };
}

/** Pairs of a model with itself are a little lower, the second one more. */
function unlikeness([a, b]: readonly [string, string]): number {
  return a !== b ? 0 : a.includes('llama') ? 1 : 2;
}

/** @param conditions with SyncR²; six of them by default */
export function sampleTests(task: DirectionTask, layers: Layers, conditions = VALUES): DirectionTests {
  const { order, direction } = task;
  const models = modelsOf(task, layers);
  const at = direction === 'A->B' ? 0 : 1;
  return {
    ...{ format: 'interbrain-significance-3', inputs: {}, models: [...order.names], direction, ...models },
    ...{ lambda: 0.1, groupBy: 'scenario', splitSeeds: [0, 1, 2], draws: 100, seed: 7 },
    conditions: conditions.map(([name, value]) =>
      testsOf([parseCondition(name), value], 0.02 * (at + unlikeness(order.names)), at, [
        models.sourceLayers,
        models.targetLayers,
      ]),
    ),
  };
}

/** Networks of the diagonal. */
export function sampleNetworks(task: DirectionTask, layers: Layers): NonlinearResult {
  const models = modelsOf(task, layers);
  const shift = task.direction === 'A->B' ? 0 : 0.1;
  const cells = Array.from({ length: Math.min(models.sourceLayers, models.targetLayers) }, (_, layer) => ({
    ...{ source: layer, target: layer },
    affine: [0.2, 0.22, 0.24].map((r2) => r2 + shift + 0.01 * layer),
    nonlinear: [0.25, 0.26, 0.27].map((r2) => r2 + 2 * shift + 0.03 * layer),
    trainLoss: [0.5, 0.51, 0.52],
  }));
  const splits = [0, 1, 2].map((seed) => ({
    ...{ seed, trainSamples: 1200, testSamples: 300, trainGroups: ['x'], testGroups: ['y'] },
  }));
  const samples = task.direction === 'A->B' ? 1500 : 1493;
  const { direction } = task;
  return nonlinearResult(
    {
      ...{ format: RESULT_FORMAT, measure: NETWORKS, condition: INTERACTIVE, direction, ...models },
      ...{ samples, groupBy: 'interaction', splits },
    },
    { lambda: 0.1, network: { ...NETWORK_DEFAULTS, hidden: 24, epochs: 30 } },
    cells,
  );
}

/** What a probe is tested against; @param all whether it is above all */
function probeTests(base: number, layer: number, all: boolean): ProbeTests {
  const against = (step: number, p: number): ProbeComparison => ({
    ...{
      probe: base - 0.1,
      other: base - 0.1 + step,
      gain: step,
      p,
      permutations: 999,
      groups: 42,
      rows: 77,
    },
    interval: sampleInterval(step, 0.01 + base / 100),
  });
  return {
    layer,
    baseline: against(0.3 + base / 10, 0.001),
    text: against(0.02 + base / 100, all ? 0.004 : 0.3),
    wrongSeed: all
      ? against(0.05 + base / 100, 0.002)
      : { reason: 'no turn was played under another seed too' },
  };
}

/** The agent in seat A follows the format, the one in seat B does not. */
export function sampleProbes({ order, seat }: ProbeTask, layers: Layers): AgentProbes {
  const [a, b] = order.names;
  const [model, partner] = seat === 'A' ? [a, b] : [b, a];
  const failures = (failed: number) => ({
    ...{ turns: 100, failed, rate: failed / 100, mass: { emotion: 0.9, action: 0.8 } },
    reasons: failed > 0 ? { 'no emotion': failed - 1, 'no words': 1 } : {},
  });
  const [own, other] = seat === 'A' ? [failures(0), failures(40)] : [failures(40), failures(0)];
  const settings = { l2: [0.1], testFraction: 0.2, splitSeeds: [0, 1], maxFailureRate: 0.1 };
  const head = {
    format: 'interbrain-probes-1',
    seat,
    model,
    partner,
    groupBy: 'interaction',
    settings,
  } as const;
  if (seat === 'B') {
    const reason = `${model} failed the format in 40 % of its replies`;
    const excluded = [{ kind: 'emotion', relation: 'self', reason }] as const;
    return { ...head, failures: { own, partner: other }, probes: [], excluded };
  }
  const probe = (kind: 'emotion' | 'action', relation: 'self' | 'partner-previous', base: number) => {
    const scores = Array.from({ length: layers[model] ?? 6 }, (_, layer) => ({
      ...{ layer, mean: base - 0.05 * layer, standardError: 0.011 + 0.001 * layer },
    }));
    const [best, chosen] = [scores.at(-1), scores.at(-2)];
    if (!best || !chosen) throw new Error('a model has two layers at least');
    return {
      tests: probeTests(base, chosen.layer, kind === 'emotion' && relation === 'self'),
      ...{
        kind,
        relation,
        samples: 400 - Math.round(100 * base),
        baseline: { mean: base + 0.3, standardError: 0.02 },
      },
      ...{ layers: scores, best, chosen },
      splits: [0, 1].map((seed) => ({
        ...{ seed, trainSamples: 320, testSamples: 80, baseline: base + 0.3 + 0.01 * seed, unconverged: [] },
        ...{
          divergence: scores.map(({ mean }) => mean + 0.001 * seed),
          validation: [],
          l2: scores.map(() => 0.1),
        },
      })),
    };
  };
  return {
    ...{ ...head, failures: { own, partner: other }, excluded: [] },
    probes: [
      probe('emotion', 'self', 0.5),
      probe('emotion', 'partner-previous', 0.6),
      probe('action', 'self', 0.7),
    ],
  };
}
