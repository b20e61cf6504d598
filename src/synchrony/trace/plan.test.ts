import { expect, test } from 'vitest';
import type { LayerSource } from '../../pairs/layers.ts';
import type { Problem } from '../problem.ts';
import { planMeasurement } from './plan.ts';

/** Layers that are planned with, not read. */
function plannedLayers(layers: number, samples: number, hiddenSize: number): LayerSource {
  const read = () => Promise.reject(new Error('a plan reads no layers'));
  return { layers, samples, hiddenSize, read };
}

interface Size {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly train: number;
  readonly test: number;
  readonly seeds: number;
}

function problemOf({ layers, hiddenSize, train, test: held, seeds }: Size, sourceLayers = layers): Problem {
  const samples = train + held;
  const rows = Array.from({ length: samples }, (_, i) => i);
  const splits = Array.from({ length: seeds }, (_, seed) => {
    const [begin, end] = [seed * held, (seed + 1) * held];
    return { test: rows.slice(begin, end), train: [...rows.slice(0, begin), ...rows.slice(end)] };
  });
  return {
    source: plannedLayers(sourceLayers, samples, hiddenSize),
    targets: [plannedLayers(layers, samples, hiddenSize)],
    splits,
    evaluations: splits.map((split, i) => ({
      ...split,
      split: i,
      positions: split.test.map((_, row) => row),
    })),
    penalties: [() => 0.1],
  };
}

/** Paper §4.1, with one split seed and with its three. */
const PAPER = { layers: 32, hiddenSize: 4096, train: 5200, test: 1300, seeds: 1 };

test('at the paper’s size all 32 sources fit into 4 GB, and 3 GB take two passes', () => {
  const passes = (memory: number) => planMeasurement(problemOf(PAPER), memory).passes;
  expect(passes(4e9)).toEqual([{ splits: [0], begin: 0, end: 32 }]);
  expect(passes(3e9)).toEqual([
    { splits: [0], begin: 0, end: 16 },
    { splits: [0], begin: 16, end: 32 },
  ]);
});

test('splits are measured together where there is room, since they share Gram matrices, and apart where not', () => {
  const passes = (memory: number) => planMeasurement(problemOf({ ...PAPER, seeds: 3 }), memory).passes;
  expect(passes(12e9)).toEqual([{ splits: [0, 1, 2], begin: 0, end: 32 }]);
  expect(passes(4e9).map(({ splits }) => splits)).toEqual([[0], [1], [2]]);
});

test('every source layer of every split is in exactly one pass, whatever the budget', () => {
  for (const memory of [0.8e9, 1.3e9, 2e9, 5e9, 8e9]) {
    const { passes } = planMeasurement(problemOf({ ...PAPER, seeds: 3 }), memory);
    const seen = passes.flatMap(({ splits, begin, end }) =>
      splits.flatMap((split) => Array.from({ length: end - begin }, (_, i) => `${split}/${begin + i}`)),
    );
    expect(seen).toHaveLength(3 * 32);
    expect(new Set(seen).size).toBe(3 * 32);
  }
});

test('the cheaper way is taken unless one is asked for', () => {
  const size = { ...PAPER, train: 8000, test: 400 };
  expect(planMeasurement(problemOf(size, 1), 8e9).method).toBe('direct');
  expect(planMeasurement(problemOf(size, 1), 8e9, 'trace').method).toBe('trace');
  expect(planMeasurement(problemOf(size, 8), 8e9).method).toBe('trace');
  expect(planMeasurement(problemOf(size, 8), 8e9, 'direct').method).toBe('direct');
});

test('a budget without room for a single layer is refused, and says what is needed', () => {
  expect(() => planMeasurement(problemOf(PAPER), 2e8)).toThrow(
    /^memory: 200 MB are too little; one layer needs \d{3} MB; give it more/,
  );
});
