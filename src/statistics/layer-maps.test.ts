import { describe, expect, test } from 'vitest';
import { matrixOf } from '../numerics/matrix.ts';
import type { RowResiduals, TestResiduals } from '../synchrony/intervals/row-residuals.ts';
import { conditionMaps, strangerMaps } from './layer-maps.ts';

/** One source layer with one target layer of two columns. */
function rowOf(target: readonly number[], predicted: readonly number[], r2 = 0.5): RowResiduals {
  const residuals: TestResiduals = {
    target: matrixOf(target.length / 2, 2, Float64Array.from(target)),
    residual: matrixOf(
      target.length / 2,
      2,
      Float64Array.from(target, (y, i) => y - predicted[i]!),
    ),
  };
  return { r2: [r2], hiddenSize: 2, sampled: async () => [residuals], cell: async () => residuals };
}

const TARGET = [1, 0, 2, 4, -3, 2, 0, -6];

test('an interaction’s scores average to R², row by row', async () => {
  const predicted = [1, 1, 1, 2, -2, 2, 0, -3];
  const perfect = { rows: [rowOf(TARGET, TARGET)], testGroups: [['a', 'a', 'b', 'b']] };
  const own = { rows: [rowOf(TARGET, predicted)], testGroups: [['a', 'a', 'b', 'b']] };
  const { units, maps } = await conditionMaps(perfect, own);
  expect(units).toEqual(['a', 'b']);
  // 1 − R² of the second: SS_tot is 14 and 56, the squared residuals 0+1+1+0 and 1+4+0+9.
  const missing = (2 / 14 + 14 / 56) / 2;
  expect((maps[0]![0]! + maps[1]![0]!) / 2).toBeCloseTo(missing, 12);
  // Of a alone: (0 + 1) / 14 and (1 + 4) / 56, twice since it has half of the rows.
  expect(maps[0]![0]).toBeCloseTo((2 * (1 / 14 + 5 / 56)) / 2, 12);
});

test('where neither condition predicts anything there is nothing to compare', async () => {
  const predicted = [1, 1, 1, 2, -2, 2, 0, -3];
  const of = (r2: number) => ({ rows: [rowOf(TARGET, predicted, r2)], testGroups: [['a', 'a', 'b', 'b']] });
  const perfect = (r2: number) => ({ ...of(r2), rows: [rowOf(TARGET, TARGET, r2)] });
  const neither = await conditionMaps(perfect(-0.1), of(-0.2));
  expect(neither.maps.map((map) => [...map])).toEqual([[0], [0]]);
  const one = await conditionMaps(perfect(0.1), of(-0.2));
  expect(one.maps.every((map) => map[0]! > 0)).toBe(true);
});

describe('strangers', () => {
  const places = ['a', 'b'].flatMap((interaction) =>
    [1, 2].map((round) => ({ interaction, block: 'scenario', position: String(round) })),
  );

  test('own minus strangers’ is what exchanging the two adds to the residuals', async () => {
    const predicted = [1, 1, 1, 2, -2, 2, 0, -3];
    const { maps } = await strangerMaps([rowOf(TARGET, predicted)], [places]);
    const means = [0, 0];
    const total = [14, 56];
    let expected = 0;
    for (const [row, other] of [2, 3, 0, 1].entries())
      for (const c of [0, 1]) {
        const y = (r: number) => TARGET[2 * r + c]! - means[c]!;
        const p = predicted[2 * row + c]! - means[c]!;
        expected += ((y(other) - p) ** 2 - (y(row) - p) ** 2) / total[c]! / 2;
      }
    expect(maps[0]![0]).toBeCloseTo(expected, 12);
  });

  test('rows without a stranger take no part', async () => {
    const alone = places.map((row, i) => ({ ...row, position: String(i) }));
    expect((await strangerMaps([rowOf(TARGET, TARGET)], [alone])).units).toEqual([]);
  });
});
