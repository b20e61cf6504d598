// Made-up measures of one pair under several conditions, as the section "Condition by condition" takes them.

import { type Condition, lagOf } from '../src/conditions/condition.ts';
import type { ConditionsData } from '../src/report/interaction/condition-figures.ts';
import type { Shared } from '../src/report/shared.ts';
import type { SeatOrderResult } from '../src/report/synchrony/measures.ts';
import { directionTasks } from '../src/studies/direction-rows.ts';
import { seatOrdersOf } from '../src/studies/plan.ts';
import { sampleLags } from './sample-lags.ts';
import { sampleSynchrony } from './sample-synchrony.ts';

const PAIR = ['small-llama', 'small-mistral'] as const;

const SHARED: Omit<Shared, 'conditions'> = {
  study: 'conditions',
  models: [],
  scenarios: { source: 'embedded small world', scenarios: 36, interactions: 180 },
  simulation: { seeds: [0], rounds: 8, temperature: 0.7, maxNewTokens: 300 },
  synchrony: { samples: 1500, test: 0.2, splitSeeds: [0, 1, 2], lambda: 0.1, groupBy: 'interaction' },
  states: { layers: 'all', position: 'last', values: 'F32' },
  versions: { interbrain: '0.1.0', node: '20.20.0', onnxruntime: '1.30.0' },
  machine: { cpu: 'Some CPU @ 2.5 GHz', cores: 2, memoryBytes: 24 * 2 ** 30 },
  pairs: [PAIR],
  orders: [PAIR],
};

/** SyncR² of the pair is 0.5, 0.4, … in the order of the conditions. */
export function conditionsOfPair(conditions: readonly Condition[]): {
  readonly data: ConditionsData;
  readonly shared: Shared;
} {
  const orders = conditions.map((condition): SeatOrderResult => {
    const [a, b] = PAIR;
    const forward = sampleSynchrony({ condition, models: [a, b] });
    const backward = sampleSynchrony({ condition, models: [b, a], direction: 'B->A' });
    return { models: PAIR, condition, directions: [forward, backward] };
  });
  const pairs = conditions.map((condition, c) => {
    return {
      models: PAIR,
      condition,
      value: 0.5 - c / 10,
      standardError: 0.01,
      splitDeviation: 0.015,
      correctedError: 0.014,
      training: null,
      others: [],
      interval: null,
    };
  });
  const lags = directionTasks({ measuredOrders: seatOrdersOf(PAIR) }).map((task) => {
    return { models: task.order.names, result: sampleLags(task, conditions) };
  });
  const hasLags = conditions.some((condition) => (lagOf(condition) ?? 0) > 0);
  const data = {
    ...{ measures: { orders, pairs }, lags: hasLags ? lags : [] },
    ...{ significance: undefined, correlation: undefined },
  };
  return { data, shared: { ...SHARED, conditions } };
}
