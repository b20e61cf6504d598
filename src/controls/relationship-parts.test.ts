import { describe, expect, it } from 'vitest';
import { matrixOf } from '../numerics/matrix.ts';
import { createRandom } from '../numerics/random.ts';
import { arrayLayers } from '../pairs/layers.ts';
import type { Relationship } from '../scenarios/schema.ts';
import { measureConditions } from '../synchrony/measure.ts';
import { comparedScenarios, relationshipParts, relationshipSynchrony } from './relationship-parts.ts';

const NAMES: readonly (Relationship | undefined)[] = ['stranger', 'friend', 'romantic', undefined];
/** Strangers are half of the rows, friends a quarter, lovers an eighth. */
const relationships = Array.from(
  { length: 320 },
  (_, row) => NAMES[row % 2 === 0 ? 0 : row % 4 === 1 ? 1 : row % 8 === 3 ? 2 : 3],
);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const splits = [
  { seed: 0, train: range(0, 160), test: range(160, 320), trainGroups: [], testGroups: [] },
  { seed: 1, train: range(160, 320), test: range(0, 120), trainGroups: [], testGroups: [] },
];

describe('parts by relationship', () => {
  it('are of one size in a split, from the right rows, and differ from draw to draw', () => {
    const {
      subsets,
      size,
      relationships: names,
      leftOut,
    } = relationshipParts(relationships, splits, { draws: 3, smallest: 10 });
    expect(names).toEqual(['stranger', 'friend', 'romantic']);
    expect(size).toEqual([20, 15]);
    expect(leftOut).toEqual([]);
    expect(subsets).toHaveLength(9);
    const rowsOf = (i: number, s: number) => splits[s]!.test.filter((row) => subsets[i]!.includes(row, s));
    for (const [i] of subsets.entries())
      for (const s of [0, 1]) {
        const rows = rowsOf(i, s);
        expect(rows).toHaveLength(size[s]!);
        expect(new Set(rows.map((row) => relationships[row]))).toEqual(new Set([names[i % 3]]));
      }
    expect(rowsOf(0, 0)).not.toEqual(rowsOf(3, 0));
    // All rows of the smallest part, in every draw.
    expect(rowsOf(2, 0)).toEqual(rowsOf(5, 0));
    expect(
      relationshipParts(relationships, splits, { draws: 3, smallest: 10 }).subsets.map((_, i) =>
        rowsOf(i, 1),
      ),
    ).toEqual(subsets.map((_, i) => rowsOf(i, 1)));
  });

  it('leave out what is too small, and give up if nothing remains to compare', () => {
    const some = relationshipParts(relationships, splits, { draws: 1, smallest: 20 });
    expect(some.relationships).toEqual(['stranger', 'friend']);
    expect(some.leftOut).toEqual([{ relationship: 'romantic', testSamples: [20, 15] }]);
    const none = relationshipParts(relationships, splits, { draws: 1, smallest: 50 });
    expect(none).toMatchObject({ relationships: [], subsets: [] });
    expect(none.leftOut).toContainEqual({ relationship: 'stranger', testSamples: [80, 60] });
  });

  it('are measured with the fits of all training rows: the same as fitting anew and scoring the rows', async () => {
    const random = createRandom('parts').uniform;
    const layers = (count: number, mix: (row: number, column: number) => number) =>
      arrayLayers(
        range(0, count).map(() =>
          matrixOf(
            320,
            4,
            Float32Array.from({ length: 1280 }, (_, i) => random() + mix(Math.floor(i / 4), i % 4)),
          ),
        ),
      );
    const shared = range(0, 320).map(() => random() * 3);
    // Friends’ states follow one another, strangers’ do not.
    const follows = (row: number, column: number) =>
      relationships[row] === 'stranger' ? 0 : shared[row]! * (column + 1);
    const [source, target] = [layers(2, follows), layers(2, follows)];
    const parts = relationshipParts(relationships, splits, { draws: 2, smallest: 5 });
    const settings = { direction: 'A->B', sourceModel: 'a', groupBy: 'x', lambda: 0.1 } as const;
    const condition = { target, condition: 'interactive', targetModel: 'b' };
    const [measured] = await measureConditions(source, [condition], {
      ...settings,
      splits,
      subsets: parts.subsets,
    });
    const found = relationshipSynchrony(parts, measured!.subsets);
    expect(found.map(({ relationship }) => relationship)).toEqual(parts.relationships);
    for (const [i, { value, draws, standardError }] of found.entries()) {
      const alone = [];
      for (const draw of [0, 1]) {
        const cut = splits.map((split, s) => ({
          ...split,
          test: split.test.filter((row) => parts.subsets[draw * 3 + i]!.includes(row, s)),
        }));
        const [slow] = await measureConditions(source, [condition], {
          ...settings,
          splits: cut,
          method: 'direct',
        });
        alone.push(slow!.result.syncR2);
      }
      for (const draw of [0, 1]) expect(draws[draw]).toBeCloseTo(alone[draw]!.value, 5);
      expect(value).toBeCloseTo((alone[0]!.value + alone[1]!.value) / 2, 5);
      expect(standardError).toBeCloseTo(
        Math.hypot(alone[0]!.standardError, alone[1]!.standardError) / Math.SQRT2,
        5,
      );
    }
    const [strangers, friends] = found;
    expect(friends!.value).toBeGreaterThan(strangers!.value + 0.3);
  });
});

it('compares Sotopia’s everyday scenarios, and all of any other set', () => {
  const scenario = (source: string) => ({ source }) as never;
  const scenarios = ['normbank', 'craigslist_bargains', 'social_iqa'].map(scenario);
  expect(comparedScenarios({ name: 'sotopia', scenarios })).toHaveLength(2);
  expect(comparedScenarios({ name: 'small world', scenarios })).toHaveLength(3);
});
