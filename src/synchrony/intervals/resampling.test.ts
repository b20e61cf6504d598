import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NotEnoughSamples } from '../../errors.ts';
import { createResampling } from './resampling.ts';

const rowsOf = (weights: { rows: number; columns: number; data: Float64Array }) =>
  Array.from({ length: weights.rows }, (_, row) => [
    ...weights.data.subarray(row * weights.columns, (row + 1) * weights.columns),
  ]);

test('the sample itself, the draws, and the sample without each group', () => {
  const { splits, groups, replicates } = createResampling([['b', 'a', 'b', 'c']], { draws: 50 });
  expect(groups).toEqual(['a', 'b', 'c']);
  expect(splits[0]!.groupOfRow).toEqual([1, 0, 1, 2]);
  const rows = rowsOf(splits[0]!.weights);
  expect([rows.length, replicates]).toEqual([54, 54]);
  expect(rows[0]).toEqual([1, 1, 1]);
  expect(rows.slice(51)).toEqual([
    [0, 1, 1],
    [1, 0, 1],
    [1, 1, 0],
  ]);
  // With one split a draw takes as many groups as there are.
  for (const row of rows.slice(1, 51)) expect(row.reduce((sum, times) => sum + times, 0)).toBe(3);
  expect(new Set(rows.slice(1, 51).map(String)).size).toBe(10);
});

test('a group that two splits hold out is drawn equally often in both', () => {
  const names = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 2 });
  fc.assert(
    fc.property(names, names, fc.nat(), (first, second, seed) => {
      const { splits, groups } = createResampling([first, second], { draws: 20, seed });
      const [left, right] = splits.map(({ weights }) => rowsOf(weights));
      const [inFirst, inSecond] = [first.toSorted(), second.toSorted()];
      expect(groups).toEqual([...new Set([...first, ...second])].sort());
      for (const [replicate, row] of left!.entries()) {
        for (const [i, name] of inFirst.entries())
          if (inSecond.includes(name)) expect(right![replicate]![inSecond.indexOf(name)]).toBe(row[i]);
        // No replicate leaves a split without rows.
        for (const weights of [row, right![replicate]!]) expect(Math.max(...weights)).toBeGreaterThan(0);
      }
    }),
  );
});

test('the draws depend on the seed and the names, not on the order of the rows', () => {
  const drawn = (rows: string[], seed: number) =>
    rowsOf(createResampling([rows], { draws: 30, seed }).splits[0]!.weights);
  const rows = ['a', 'b', 'c', 'd', 'e', 'a'];
  expect(drawn(rows.toReversed(), 1)).toEqual(drawn(rows, 1));
  expect(drawn(rows, 2)).not.toEqual(drawn(rows, 1));
});

test('draws are 1000 unless said otherwise, and two groups are needed', () => {
  expect(createResampling([['a', 'b']]).draws).toBe(1000);
  expect(() =>
    createResampling([
      ['a', 'b'],
      ['a', 'a'],
    ]),
  ).toThrow(NotEnoughSamples);
  expect(() =>
    createResampling([
      ['a', 'b'],
      ['a', 'a'],
    ]),
  ).toThrow('split 1: interactions held out: 1');
  expect(() => createResampling([['a', 'b']], { draws: 0 })).toThrow('0 bootstrap draws');
});
