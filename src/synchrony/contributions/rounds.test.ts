import { expect, test } from 'vitest';
import { matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { r2Without } from '../intervals/leave-one-out.ts';
import { planRounds, targetsAbout } from './rounds.ts';

test('targets stand about the training mean of their own round, or about that of all', () => {
  const y = matrixOf(6, 2, Float32Array.of(1, 10, 3, 30, 5, 50, 7, 70, 100, 1000, 11, 110));
  const rounds = [1, 2, 1, 2, 1, 2];
  const split = { train: [0, 1, 2], test: [3, 4, 5] };
  // Of rows 0 and 1: round 1 has 1 and 10, round 2 has 3 and 30, and all have 2 and 20.
  expect([...targetsAbout(y, { ...split, train: [0, 1] }, [0, 1], 'round', rounds).data]).toEqual([
    4, 40, 99, 990,
  ]);
  expect([...targetsAbout(y, { ...split, train: [0, 1] }, [2, 1], 'all', rounds).data]).toEqual([
    9, 90, 98, 980,
  ]);
});

test('a round that one split lacks rows of is left out of all, and pooled where it has training rows', () => {
  const rounds = [1, 1, 1, 1, 2, 2, 2, 2];
  const labels = {
    rounds,
    interactions: rounds.map(String),
    groups: ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'],
  };
  const splits = [
    { train: [0, 1, 4, 5], test: [2, 3, 6, 7] },
    { train: [2, 3, 4], test: [0, 1, 5, 6, 7] },
  ];
  const { rounds: kept, leftOut, pooled } = planRounds(splits, labels, 2);
  expect(kept.map(({ round, train, test }) => [round, train, test])).toEqual([[1, [2, 2], [2, 2]]]);
  expect(kept[0]!.part.positions).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(leftOut).toEqual([{ round: 2, train: [2, 1], test: [2, 3] }]);
  expect(pooled!.within.positions).toEqual([
    [0, 1, 2, 3],
    [0, 1],
  ]);
  expect(pooled).toMatchObject({ rows: [4, 2], notCounted: [0, 3] });
});

test.each([
  10, 50,
])('R² of %i rows is too low by 2 R² (1 − R²) / (k − 2), as docs/method.md §6 says', (rows) => {
  const columns = 40_000;
  const { uniform } = createRandom(`few rows ${rows}`);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const residual = matrixOf(rows, columns, Float64Array.from({ length: rows * columns }, normal));
  const target = matrixOf(
    rows,
    columns,
    residual.data.map((left) => left + normal()),
  );
  const everything = {
    groupOfRow: Array.from({ length: rows }, () => 0),
    count: 1,
    leftOut: Int32Array.of(-1),
  };
  const [r2] = r2Without({ residual, target }, everything);
  expect(Math.abs(r2! - (0.5 - 0.5 / (rows - 2)))).toBeLessThan(0.004);
});
