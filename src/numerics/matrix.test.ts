import { expect, test } from 'vitest';
import { columnMeans, matrixOf, rowView, subtractFromRows, takeRows, transpose } from './matrix.ts';

test('the mean of equal values is that value to the last bit', () => {
  // 0.1 summed ten times and divided by ten is not 0.1.
  const matrix = matrixOf(10, 1, new Float64Array(10).fill(0.1));
  expect(columnMeans(matrix)[0]).toBe(0.1);
});

test('means and centring', () => {
  const matrix = matrixOf(2, 2, Float64Array.of(1, 1e9, 3, 1e9 + 1));
  expect([...columnMeans(matrix)]).toEqual([2, 1e9 + 0.5]);
  expect([...subtractFromRows(matrix, columnMeans(matrix)).data]).toEqual([-1, -0.5, 1, 0.5]);
  expect(() => columnMeans(matrixOf(0, 2, new Float64Array(0)))).toThrow('no rows');
});

test('rows are taken in the order asked for, as float64', () => {
  const taken = takeRows(matrixOf(3, 2, Float32Array.of(0, 1, 2, 3, 4, 5)), [2, 0, 2]);
  expect([...taken.data]).toEqual([4, 5, 0, 1, 4, 5]);
  expect(() => takeRows(taken, [3])).toThrow('row 3 of a matrix with 3 rows');
});

test('a row view shares memory and a transpose does not', () => {
  const matrix = matrixOf(3, 2, Float64Array.of(0, 1, 2, 3, 4, 5));
  rowView(matrix, 1, 2).data.fill(9);
  expect([...matrix.data]).toEqual([0, 1, 9, 9, 4, 5]);
  const flipped = transpose(matrix);
  expect([flipped.rows, flipped.columns, ...flipped.data]).toEqual([2, 3, 0, 9, 4, 1, 9, 5]);
  expect(() => matrixOf(2, 2, new Float64Array(3))).toThrow('3 values do not fill a matrix of 2 × 2');
});
