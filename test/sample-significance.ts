// Made-up tests, networks and probes for the tests of the report. They only look like the real thing.

import { INTERACTIVE, parseCondition } from '../src/conditions/condition.ts';
import type { AgentProbes } from '../src/probes/measure.ts';
import { reportTests, type SignificanceReport } from '../src/report/interaction/gather-significance.ts';
import type { NonlinearDirection } from '../src/report/synchrony/nonlinear-section.ts';
import type { ConditionTests, LayerClusters } from '../src/statistics/condition-tests.ts';
import type { DirectionTests } from '../src/studies/significance/test-files.ts';
import { NETWORKS, nonlinearResult } from '../src/synchrony/networks/nonlinear.ts';
import { NETWORK_DEFAULTS } from '../src/synchrony/networks/train-network.ts';
import { RESULT_FORMAT } from '../src/synchrony/types.ts';

const LAYERS = 6;

/** Evenly spread about a centre. */
const spread = (centre: number, width: number, count = 100) =>
  Array.from({ length: count }, (_, i) => centre + width * ((2 * i + 1) / count - 1));

const clusters: LayerClusters = {
  t: Array.from({ length: LAYERS * LAYERS }, (_, cell) => 4 - Math.abs((cell % LAYERS) - 3)),
  ...{ threshold: 2, units: 40, permutations: 100, columns: 16, hiddenSize: 16 },
  clusters: [{ cells: [8, 9, 14, 15, 20], mass: 17, p: 0.01 }],
};

function sampleCondition(name: string, syncR2: number): ConditionTests {
  const condition = parseCondition(name);
  const tests: ConditionTests = {
    ...{ condition, syncR2, testSamples: [290, 300], interactions: 40 },
    bootstrap: { draws: spread(syncR2, 0.05), leaveOneOut: spread(syncR2, 0.01, 40) },
    strangers: {
      ...{ observed: syncR2, rows: [200, 210], clusters },
      ...{ surrogates: spread(0.1, 0.03), exchanges: spread(0.12, 0.03) },
    },
  };
  if (condition === INTERACTIVE) return tests;
  const against = {
    first: 0.3,
    second: syncR2,
    values: spread(0, 0.02),
    interactions: 40,
    exact: false,
    clusters,
  };
  return { ...tests, against };
}

function sampleDirection(
  models: [string, string],
  direction: 'A->B' | 'B->A',
  conditions: readonly (readonly [string, number])[],
): DirectionTests {
  const [sourceModel, targetModel] =
    direction === 'A->B' ? models : (models.toReversed() as [string, string]);
  return {
    ...{ format: 'interbrain-significance-1', inputs: {}, models, direction, sourceModel, targetModel },
    ...{
      sourceLayers: LAYERS,
      targetLayers: LAYERS,
      lambda: 0.1,
      groupBy: 'scenario',
      splitSeeds: [0, 1, 2],
    },
    ...{ draws: 100, seed: 0 },
    conditions: conditions.map(([name, value]) => sampleCondition(name, value)),
  } as DirectionTests;
}

export function sampleSignificance(
  pairs: readonly (readonly [string, string])[],
  conditions: readonly (readonly [string, number])[] = [
    ['interactive', 0.3],
    ['passive', 0.22],
    ['passive-same-format', 0.29],
    ['lag-1', 0.2],
  ],
): SignificanceReport {
  const directions = pairs.map(([a, b]) =>
    (['A->B', 'B->A'] as const).map((direction) => sampleDirection([a, b], direction, conditions)),
  );
  return reportTests(directions, pairs, { alpha: 0.05, draws: 100, seed: 0, groupBy: 'scenario' });
}

export function sampleNetworks(models: readonly [string, string]): NonlinearDirection[] {
  const layers = { sourceLayers: LAYERS, targetLayers: LAYERS };
  const cells = Array.from({ length: LAYERS }, (_, source) => ({
    ...{ source, target: source, affine: [0.2, 0.22, 0.24], nonlinear: [0.25, 0.26, 0.27] },
    trainLoss: [0.5, 0.5, 0.5],
  }));
  const splits = [0, 1, 2].map((seed) => ({
    ...{ seed, trainSamples: 1200, testSamples: 300, trainGroups: ['x'], testGroups: ['y'] },
  }));
  return (['A->B', 'B->A'] as const).map((direction) => ({
    models,
    result: nonlinearResult(
      {
        ...{ format: RESULT_FORMAT, measure: NETWORKS, condition: 'interactive', direction, ...layers },
        sourceModel: models[direction === 'A->B' ? 0 : 1],
        targetModel: models[direction === 'A->B' ? 1 : 0],
        ...{ samples: 1500, groupBy: 'interaction', splits },
      },
      { lambda: 0.1, network: NETWORK_DEFAULTS },
      cells,
    ),
  }));
}

/** The first agent follows the format, the second does not. */
export function sampleProbes([a, b]: readonly [string, string]): AgentProbes[] {
  const failures = (failed: number) => ({
    ...{ turns: 100, failed, rate: failed / 100, mass: { emotion: 0.9, action: 0.8 } },
    reasons: failed > 0 ? { 'no emotion': failed } : {},
  });
  const layers = Array.from({ length: LAYERS }, (_, layer) => ({
    ...{ layer, mean: 0.5 - 0.05 * layer, standardError: 0.01 },
  }));
  const probe = (kind: 'emotion' | 'action', relation: 'self' | 'partner-previous') => ({
    ...{ kind, relation, samples: 400, baseline: { mean: 0.8, standardError: 0.01 }, layers },
    splits: [0, 1].map((seed) => ({
      ...{ seed, trainSamples: 320, testSamples: 80, baseline: 0.8, unconverged: [] },
      ...{ divergence: layers.map(({ mean }) => mean), validation: [], l2: layers.map(() => 0.1) },
    })),
    ...{ best: layers.at(-1)!, chosen: layers.at(-2)! },
  });
  const settings = { l2: [0.1], testFraction: 0.2, splitSeeds: [0, 1], maxFailureRate: 0.1 };
  const shared = { format: 'interbrain-probes-1', groupBy: 'interaction', settings } as const;
  return [
    {
      ...{ ...shared, seat: 'A', model: a, partner: b, excluded: [] },
      failures: { own: failures(1), partner: failures(40) },
      probes: [probe('emotion', 'self'), probe('emotion', 'partner-previous'), probe('action', 'self')],
    },
    {
      ...{ ...shared, seat: 'B', model: b, partner: a, probes: [] },
      failures: { own: failures(40), partner: failures(1) },
      excluded: [
        { kind: 'emotion', relation: 'self', reason: `${b} failed the format in 40 % of its replies` },
      ],
    },
  ];
}
