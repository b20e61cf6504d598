// Every measure of similarity against its reference (scripts/golden_similarity.py).

import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFixture } from '../../../test/synchrony-fixtures.ts';
import type { Measure, RunOptions } from '../measures/interface.ts';
import { cca, cka, neighbours, pls, rsa } from '../measures/similarity-measures.ts';
import type { MeasureResult } from '../types.ts';

const { layers, rows, doubles } = await openFixture(
  join(resolve(import.meta.dirname, '../../../fixtures/similarity'), 'golden.safetensors'),
);
const [source, target] = [await layers('source'), await layers('target')];
const [train, test] = [await rows('train'), await rows('test')];
const SPLITS = 2;
const part = (all: readonly number[], seed: number) =>
  all.slice((seed * all.length) / SPLITS, ((seed + 1) * all.length) / SPLITS);
const splits = [0, 1].map((seed) => ({
  ...{ seed, train: part(train, seed), test: part(test, seed), trainGroups: [], testGroups: [] },
}));

const options = {
  ...{ splits, direction: 'A->B', sourceModel: 'a', groupBy: 'interaction' },
} as const satisfies RunOptions<MeasureResult>;

async function valuesOf(measure: Measure, settings: object): Promise<number[]> {
  const targets = [{ target, condition: 'interactive', targetModel: 'b' }];
  const [result] = await measure.run(source, targets, measure.settings.parse(settings), options);
  return result?.r2.flatMap((plane) => [...plane]) ?? [];
}

const CANONICAL = { components: 5, pairs: 3 };
const CASES: readonly (readonly [name: string, measure: Measure, settings: object])[] = [
  ['cka', cka as Measure, {}],
  ['rsa', rsa as Measure, {}],
  ['rsa_euclidean', rsa as Measure, { distance: 'euclidean' }],
  ['rsa_pearson', rsa as Measure, { compare: 'pearson' }],
  ['neighbours', neighbours as Measure, { k: 5 }],
  ['cca', cca as Measure, { ...CANONICAL, shrinkage: 0.05 }],
  ['cca_plain', cca as Measure, { ...CANONICAL, shrinkage: 0 }],
  ['pls', pls as Measure, CANONICAL],
];

describe.each(CASES)('%s', (name, measure, settings) => {
  it('is what the reference says, to 1e-6', async () => {
    const expected = await doubles(name);
    const found = await valuesOf(measure, settings);
    expect(found).toHaveLength(expected.length);
    // The planted sides have something in common, so that the reference is no row of zeros.
    expect(Math.max(...expected)).toBeGreaterThan(0.2);
    for (const [i, value] of found.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-6);
  });
});
