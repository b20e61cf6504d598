// Measures that compare how alike any two held-out rows are on either side: a number for every pair of rows, centred, and
// the cosine between both sides' numbers. With U-centred inner products it is debiased linear CKA (Kornblith et al. 2019;
// the estimator of HSIC is that of Song et al. 2012, as Székely & Rizzo 2014 write it), with ranked distances it is
// representational similarity analysis (Kriegeskorte et al. 2008).

import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix64, rowOf, takeRows, zeros } from '../../numerics/matrix.ts';
import { dot } from '../../numerics/vectors.ts';
import type { SplitGroups } from '../intervals/leave-one-out.ts';
import { fillRows, rowMeans } from '../ridge/centred-rows.ts';
import { type Comparison, leaveOut } from './comparison.ts';

/** Numbers of all pairs of rows i < j, row by row, with length 1; all 0 where they do not differ. */
interface RowPairs {
  readonly rows: number;
  readonly values: Float32Array;
}

/** Makes the numbers of a layer's held-out rows: (n (n − 1) / 2), centred as the measure has it. */
type PairsOf = (layer: Matrix, test: readonly number[], gemm: Gemm) => Promise<Float64Array>;

function rowPairs(fewestRows: number, pairsOf: PairsOf): Comparison<RowPairs> {
  return {
    fewestRows,
    bytes: ({ test }) => 2 * test.length * (test.length - 1),
    async formOf(layer, { test }, gemm) {
      return { rows: test.length, values: unit(await pairsOf(layer, test, gemm)) };
    },
    compare: async (x, y) => dot(x.values, y.values),
    without: async (x, y, groups) => cosineWithout(x, y, groups),
  };
}

/** Length 1; zeros stay, and so does what is rounding beside the values it came from. */
function unit(values: Float64Array): Float32Array {
  const length = Math.sqrt(dot(values, values));
  return length > 0 ? Float32Array.from(values, (value) => value / length) : new Float32Array(values.length);
}

/** The cosine over pairs of rows that are both left. */
function cosineWithout(x: RowPairs, y: RowPairs, { groupOfRow, count, leftOut }: SplitGroups): Float64Array {
  // What of a sum goes with each group, and the whole behind them: a pair of rows goes with either of its groups.
  const [ab, aa, bb] = [
    new Float64Array(count + 1),
    new Float64Array(count + 1),
    new Float64Array(count + 1),
  ];
  const add = (sums: Float64Array, first: number, second: number, value: number) => {
    sums[first] = at(sums, first) + value;
    if (second !== first) sums[second] = at(sums, second) + value;
    sums[count] = at(sums, count) + value;
  };
  for (let i = 0, pair = 0; i < x.rows; i++)
    for (let j = i + 1; j < x.rows; j++, pair++) {
      const [a, b] = [at(x.values, pair), at(y.values, pair)];
      const [first, second] = [at(groupOfRow, i), at(groupOfRow, j)];
      add(ab, first, second, a * b);
      add(aa, first, second, a * a);
      add(bb, first, second, b * b);
    }
  return Float64Array.from(leftOut, (group) => {
    const [product, own, other] = [ab, aa, bb].map(
      (of) => at(of, count) - (group === -1 ? 0 : at(of, group)),
    );
    const scale = Math.sqrt((own ?? 0) * (other ?? 0));
    return scale > 0 ? (product ?? 0) / scale : 0;
  });
}

/** Debiased linear CKA. */
export const CKA = rowPairs(4, async (layer, test, gemm) => {
  const means = rowMeans(layer, test);
  const centred = fillRows(layer, test, means, zeros(test.length, layer.columns));
  return uCentred(await gemm.multiply(centred, centred, { transposeB: true }));
});

/** Off-diagonal part of a U-centred matrix: its sums over rows and columns, the diagonal left out, are 0. */
function uCentred({ rows: n, data }: Matrix64): Float64Array {
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) if (i !== j) sums[i] = at(sums, i) + at(data, i * n + j);
  const total = sums.reduce((sum, value) => sum + value, 0);
  const common = total / ((n - 1) * (n - 2));
  return upper(n, (i, j) => at(data, i * n + j) - (at(sums, i) + at(sums, j)) / (n - 2) + common);
}

function upper(n: number, value: (i: number, j: number) => number): Float64Array {
  const values = new Float64Array((n * (n - 1)) / 2);
  for (let i = 0, pair = 0; i < n; i++) for (let j = i + 1; j < n; j++, pair++) values[pair] = value(i, j);
  return values;
}

/** How far two rows lie apart: 1 − Pearson's r over dimensions, or the squared distance. */
export const DISTANCES = ['correlation', 'euclidean'] as const;
/** How distances are compared: by their ranks, ties sharing their mean rank, or as they are. */
export const COMPARED_BY = ['spearman', 'pearson'] as const;

/** Representational similarity analysis. */
export function byDistances(
  distance: (typeof DISTANCES)[number],
  compared: (typeof COMPARED_BY)[number],
): Comparison<RowPairs> {
  return rowPairs(3, async (layer, test, gemm) => {
    const rows = distance === 'correlation' ? standardRows(layer, test) : centredRows(layer, test);
    const inner = await gemm.multiply(rows, rows, { transposeB: true });
    const n = inner.rows;
    const of = (i: number, j: number) => at(inner.data, i * n + j);
    const distances = upper(n, (i, j) => of(i, i) + of(j, j) - 2 * of(i, j));
    return centred(compared === 'spearman' ? ranks(distances) : distances);
  });
}

function centredRows(layer: Matrix, test: readonly number[]): Matrix64 {
  return fillRows(layer, test, rowMeans(layer, test), zeros(test.length, layer.columns));
}

/** Every row about its own mean over dimensions and of length 1; a constant one stays at 0. */
function standardRows(layer: Matrix, test: readonly number[]): Matrix64 {
  const rows = takeRows(layer, test);
  for (let i = 0; i < rows.rows; i++) {
    const row = rowOf(rows, i);
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    for (let k = 0; k < row.length; k++) row[k] = at(row, k) - mean;
    const length = Math.sqrt(dot(row, row));
    for (let k = 0; k < row.length; k++) row[k] = length > 0 ? at(row, k) / length : 0;
  }
  return rows;
}

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** Mean ranks from 1. Places are sorted in a typed array: paper-sized test sets have a million pairs of rows. */
function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => at(values, a) - at(values, b));
  const found = new Float64Array(values.length);
  for (let begin = 0; begin < order.length; ) {
    let end = begin + 1;
    while (end < order.length && values[at(order, end)] === values[at(order, begin)]) end++;
    for (let k = begin; k < end; k++) found[at(order, k)] = (begin + 1 + end) / 2;
    begin = end;
  }
  return found;
}

/** The rows that have the largest inner products with each row, all of length 1, as published. */
interface Neighbours {
  readonly rows: number;
  /** (rows, k) */
  readonly nearest: Int32Array;
}

/** Mutual nearest neighbours (Huh et al. 2024), less what chance gives. */
export function mutualNeighbours(k: number): Comparison<Neighbours> {
  return {
    fewestRows: k + 2,
    bytes: ({ test }) => 4 * k * test.length,
    async formOf(layer, { test }, gemm) {
      const rows = unitRows(layer, test);
      const inner = await gemm.multiply(rows, rows, { transposeB: true });
      return { rows: test.length, nearest: nearestOf(inner, k) };
    },
    compare: async (x, y) => aboveChance(sharedBy(x, y, k), k),
    async without(x, y, groups) {
      const sums = new Float64Array(groups.count);
      const counts = new Float64Array(groups.count);
      const shared = sharedBy(x, y, k);
      for (const [row, group] of groups.groupOfRow.entries()) {
        sums[group] = at(sums, group) + at(shared, row);
        counts[group] = at(counts, group) + 1;
      }
      const left = leaveOut(counts, groups);
      return leaveOut(sums, groups).map((sum, i) => adjusted(sum / at(left, i), k, x.rows));
    },
  };
}

function unitRows(layer: Matrix, test: readonly number[]): Matrix64 {
  const rows = takeRows(layer, test);
  for (let i = 0; i < rows.rows; i++) {
    const row = rowOf(rows, i);
    const length = Math.sqrt(dot(row, row));
    if (length > 0) for (let j = 0; j < row.length; j++) row[j] = at(row, j) / length;
  }
  return rows;
}

function nearestOf({ rows: n, data }: Matrix64, k: number): Int32Array {
  const nearest = new Int32Array(n * k);
  const others = Array.from({ length: n }, (_, j) => j);
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * n, (i + 1) * n);
    const order = others.filter((j) => j !== i).sort((a, b) => at(row, b) - at(row, a));
    for (let j = 0; j < k; j++) nearest[i * k + j] = at(order, j);
  }
  return nearest;
}

/** Of every row's k neighbours the share that both sides have: (rows). */
function sharedBy(x: Neighbours, y: Neighbours, k: number): Float64Array {
  return Float64Array.from({ length: x.rows }, (_, row) => {
    const own = x.nearest.subarray(row * k, (row + 1) * k);
    let shared = 0;
    for (const other of y.nearest.subarray(row * k, (row + 1) * k)) if (own.includes(other)) shared++;
    return shared / k;
  });
}

function aboveChance(shared: Float64Array, k: number): number {
  return adjusted(shared.reduce((sum, value) => sum + value, 0) / shared.length, k, shared.length);
}

/** 0 for neighbours drawn at random, of which k / (n − 1) are shared, and 1 where all are. */
function adjusted(shared: number, k: number, n: number): number {
  const chance = k / (n - 1);
  return (shared - chance) / (1 - chance);
}
