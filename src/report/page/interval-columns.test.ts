import { expect, it } from 'vitest';
import { estimateColumns } from '../sensitivity/sensitivity-tables.ts';
import { errorColumn } from './interval-columns.ts';

it('leaves an error of 0 empty, of which nothing is known', () => {
  expect([errorColumn(0), errorColumn(1e-9)]).toEqual([null, 1e-9]);
  expect(estimateColumns({ value: 0, standardError: 0 }).slice(0, 2)).toEqual([0, null]);
});
