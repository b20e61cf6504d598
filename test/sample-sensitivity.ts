// Made-up parts of sensitivity and relationships, a different number in every place.

import { INTERACTIVE, parseCondition } from '../src/conditions/condition.ts';
import type { DirectionTask } from '../src/studies/direction-rows.ts';
import type { Estimate, PartName, PartResult, StoredPart } from '../src/studies/sensitivity/part-files.ts';
import type { SensitivityTask } from '../src/studies/stages/sensitivity.ts';
import { sampleInterval, sampleJackknife } from './sample-synchrony.ts';

/** Of a direction: 0 for A → B, 1 for B → A, more for other seat orders. */
function step({ order, direction }: DirectionTask): number {
  const [a, b] = order.names;
  return (direction === 'A->B' ? 0 : 1) + (a < b ? 0 : a === b ? 2 : 4);
}

/** Differs from pair to pair. */
function likeness({ order }: DirectionTask): number {
  return order.names.reduce((sum, name) => sum + (name.charCodeAt(name.length - 1) % 7), 0);
}

function headOf({ order, direction }: DirectionTask) {
  const [a, b] = order.names;
  const [sourceModel, targetModel] = direction === 'A->B' ? [a, b] : [b, a];
  const samples = direction === 'A->B' ? 1500 : 1493;
  return {
    ...{ direction, sourceModel, targetModel, samples, lambda: 0.1, groupBy: 'interaction' },
    ...{ splitSeeds: [0, 1, 2], inputs: {} },
  };
}

/** @param bounded whether it has an interval */
function estimate(value: number, standardError: number, bounded = false): Estimate {
  return { value, standardError, ...(bounded && { interval: sampleInterval(value, 0.013) }) };
}

function jackknife(value: number, standardError: number) {
  const { groups, influences, ...rest } = sampleJackknife(value, standardError);
  return { ...rest, groups: [...groups], influences: [...influences] };
}

function aggregation(base: number, layers: number): PartResult<'aggregation'> {
  const choicesOf = (shift: number) =>
    Array.from({ length: layers }, (_, k) =>
      [true, false].map((clamp) => ({
        ...{ topK: k + 1, clamp, rowsBelowZero: clamp ? k : k + 1 },
        value: base - shift - 0.05 * k - (clamp ? 0 : 0.012),
        standardError: 0.004 + 0.001 * k + (clamp ? 0 : 0.0005),
      })),
    ).flat();
  return {
    conditions: [
      { condition: INTERACTIVE, choices: choicesOf(0) },
      { condition: parseCondition('lag-1'), choices: choicesOf(0.1) },
    ],
  };
}

type Parts = { readonly [Name in Exclude<PartName, 'relationships' | 'repeats'>]: PartResult<Name> };

/** @param leftError standard error of what is left without the text */
function partsOf(base: number, at: number, layers: number, leftError: number): Parts {
  const scores = (value: number, standardError: number, bounded = false) => ({
    ...estimate(value, standardError, bounded),
    ...{ lambdas: [10, 100 * (at + 1), 10], bestTarget: 1, meanR2: [value - 0.1, value] },
  });
  return {
    aggregation: aggregation(base, layers),
    'sample-size': {
      sizes: [300, 750, 1500].map((n, i) => ({
        ...estimate(base - 0.09 + 0.045 * i, 0.02 - 0.005 * i, i === 1),
        ...{ samples: n - 3 * at, train: 0.8 * n, test: 0.2 * n },
        byLambda: [
          {
            lambda: 0.1,
            value: base - 0.09 + 0.045 * i,
            standardError: 0.02 - 0.005 * i,
            training: 0.99 - 0.1 * i,
          },
          {
            lambda: 'cv' as const,
            value: base - 0.03 + 0.02 * i,
            standardError: 0.01,
            training: 0.6 - 0.05 * i,
          },
        ],
      })),
      dimensions: 384,
      leftOut: [{ samples: 3000, reason: 'too few' }, { samples: 6000 + at, reason: 'too few' }], // biome-ignore format: short
    },
    'target-choice': {
      ...{ share: 0.2, validationSamples: [240, 240, 240], targets: [[0]], r2: [0.2] },
      ...{ onTest: estimate(base, 0.0042), onTraining: estimate(base - 0.017, 0.0053, true) },
    },
    weighting: { uniform: estimate(base, 0.0042), variance: estimate(base + 0.06, 0.0071), bestTarget: [1] },
    groupings: {
      groupings: [
        { ...estimate(base, 0.0042, true), groupBy: 'interaction', groups: 30 + at, ...{ samples: 1500, train: 1200, test: 300 } },
        { ...estimate(base - 0.07, 0.0081, true), groupBy: 'scenario', groups: 9, ...{ samples: 1400, train: 1120, test: 280 } },
      ], // biome-ignore format: a row each
      leftOut: [{ groupBy: 'characterPair', reason: 'too few' }],
    },
    text: {
      ...{ features: 512, dimensions: 64 },
      states: { ...estimate(base, 0.0042), jackknife: jackknife(base, 0.012) },
      ...{ shared: scores(base + 0.11, 0.0031, true), heard: scores(base + 0.14, 0.0033) },
      left: {
        ...{ ...estimate(0.4 * base, 0.0061, true), bestTarget: [0], bestR2: [0.1] },
        jackknife: jackknife(0.4 * base, leftError),
      },
    },
  };
}

/** So large with itself that nothing may be left. */
const leftError = ({ order: { names } }: DirectionTask) => (names[0] === names[1] ? 0.09 : 0.013);

export function samplePart(
  task: SensitivityTask,
  layers: Readonly<Record<string, number>>,
): StoredPart<PartName> {
  const at = step(task);
  const target = task.order.names[task.direction === 'A->B' ? 1 : 0];
  const parts = partsOf(0.37 - 0.013 * at - 0.004 * likeness(task), at, layers[target] ?? 6, leftError(task));
  if (task.part === 'relationships' || task.part === 'repeats')
    throw new Error(`${task.part} are a stage of their own`);
  return { ...headOf(task), result: parts[task.part] };
}

/** Friends in every direction; romance is left out, and of strangers one direction has too few rows. */
export function sampleRelationships(task: DirectionTask): StoredPart<'relationships'> {
  const at = step(task);
  const one = (relationship: 'friend' | 'family' | 'stranger', base: number) => ({
    ...{ relationship, value: base - 0.01 * at, standardError: 0.008 + 0.001 * at, meanR2: base - 0.2 },
    draws: [base - 0.02, base, base + 0.01],
  });
  return {
    ...headOf(task),
    result: {
      relationships: [one('family', 0.29), one('friend', 0.34), ...(at === 1 ? [] : [one('stranger', 0.21)])],
      ...{ size: [24, 22 + at], smallest: 15, scenarios: [5, 9] },
      leftOut: [
        { relationship: 'romantic' as const, testSamples: [6 + at, 4 + at] },
        ...(at === 1 ? [{ relationship: 'stranger' as const, testSamples: [11, 12] }] : []),
      ],
    },
  };
}
