import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readGolden } from '../../../test/read-golden.ts';
import { matrixOf } from '../../numerics/matrix.ts';
import { parseSafetensorsHeader, readTensorBytes } from '../../numerics/safetensors.ts';
import { columnsWithout, leaveOneOut, r2Without } from './leave-one-out.ts';

test('all groups, and all but each; a group that a split does not hold out is not left out there', () => {
  const found = leaveOneOut([
    ['b', 'a', 'b', 'c'],
    ['d', 'c', 'b', 'd'],
  ])!;
  expect(found).toMatchObject({ groups: ['a', 'b', 'c', 'd'], replicates: 5, heldOut: 3 });
  expect(found.splits.map(({ groupOfRow }) => groupOfRow)).toEqual([
    [1, 0, 1, 2],
    [2, 1, 0, 2],
  ]);
  expect(found.splits.map(({ leftOut }) => [...leftOut])).toEqual([
    [-1, 0, 1, 2, -1],
    [-1, -1, 0, 1, 2],
  ]);
});

test('three groups are needed in every split', () => {
  expect(leaveOneOut([['a', 'b', 'c']])?.heldOut).toBe(3);
  expect(
    leaveOneOut([
      ['a', 'b', 'c'],
      ['a', 'b', 'a'],
    ]),
  ).toBeUndefined();
});

async function readRows() {
  const { doubles } = await readGolden('groups/golden.safetensors');
  const path = new URL('../../../fixtures/groups/golden.safetensors', import.meta.url).pathname;
  const { tensors } = await parseSafetensorsHeader(path);
  const bytes = await readTensorBytes(path, tensors.get('group')!);
  const groups = Array.from(new BigInt64Array(bytes.buffer), String);
  const means = await doubles('means');
  const target = Float64Array.from(await doubles('target'), (value, i) => value - means[i % 6]!);
  return {
    groups,
    rows: {
      target: matrixOf(groups.length, 6, target),
      residual: matrixOf(groups.length, 6, Float64Array.from(await doubles('residual'))),
    },
    expected: await doubles('centred'),
  };
}

test('without each group R² is what scikit-learn makes of the rows', async () => {
  const { groups, rows, expected } = await readRows();
  const r2 = r2Without(rows, leaveOneOut([groups])!.splits[0]!);
  expect(r2).toHaveLength(1 + 9);
  for (const [i, value] of [...expected].entries())
    expect(Math.abs(r2[i]! - value)).toBeLessThan(1e-10 * (1 + Math.abs(value)));
});

test('a column in which nothing varies counts 1 if nothing is missed, and 0 otherwise', async () => {
  const { groups, rows } = await readRows();
  const { data, columns } = columnsWithout(rows, leaveOneOut([groups])!.splits[0]!);
  // Column 3 is the training mean but in group 4, which is replicate 5.
  expect([data[2], data[5 * columns + 3]]).toEqual([1, 0]);
  expect(data[3]).not.toBe(0);
});

test('nothing cancels where one group carries all but a little of a column', () => {
  const big = fc.double({ min: 1e6, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(big, (value) => {
      const target = matrixOf(4, 1, Float64Array.of(value, 1, 2, 3));
      const residual = matrixOf(4, 1, Float64Array.of(value / 2, 0.5, 0.5, 0.5));
      const r2 = r2Without({ target, residual }, leaveOneOut([['a', 'b', 'c', 'd']])!.splits[0]!);
      expect(r2[1]).toBeCloseTo(1 - 0.75 / 14, 12);
    }),
  );
});
