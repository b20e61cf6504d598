import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGolden } from '../../../test/read-golden.ts';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { type Matrix64, matrixOf, takeRows, zeros } from '../../numerics/matrix.ts';
import { parseSafetensorsHeader, readTensorBytes } from '../../numerics/safetensors.ts';
import { r2PerDimension } from '../ridge/r2.ts';
import { cellContributions, resampleColumns, resampleR2 } from './contributions.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm();
});
afterAll(() => gemm.close());

/** The rows and draws of scripts/golden_groups.py. */
async function readCell() {
  const { doubles } = await readGolden('groups/golden.safetensors');
  const path = new URL('../../../fixtures/groups/golden.safetensors', import.meta.url).pathname;
  const { tensors } = await parseSafetensorsHeader(path);
  const bytes = (name: string) => readTensorBytes(path, tensors.get(name)!);
  const groups = Array.from(new BigInt64Array((await bytes('group')).buffer), String);
  const [draws, columns] = tensors.get('drawn')!.shape as [number, number];
  const times = await bytes('drawn');
  // Everything once, then the draws, then everything but each group.
  const weights = zeros(1 + draws + columns, columns);
  for (let g = 0; g < columns; g++) {
    weights.data[g] = 1;
    for (let d = 0; d < draws; d++) weights.data[(1 + d) * columns + g] = times[d * columns + g]!;
    for (let left = 0; left < columns; left++)
      weights.data[(1 + draws + left) * columns + g] = Number(left !== g);
  }
  const matrix = async (name: string) => {
    const values = await doubles(name);
    return matrixOf(groups.length, values.length / groups.length, values);
  };
  const [target, residual] = [await matrix('target'), await matrix('residual')];
  return { doubles, target, residual, weighted: { groupOfRow: groups.map(Number), weights } };
}

/** R² of every column over the drawn rows, each written down as often as its group was drawn. */
function columnsByHand(
  target: Matrix64,
  residual: Matrix64,
  { groupOfRow, weights }: { readonly groupOfRow: readonly number[]; readonly weights: Matrix64 },
  replicate: number,
) {
  const rows = groupOfRow.flatMap((group, row) =>
    new Array<number>(weights.data[replicate * weights.columns + group]!).fill(row),
  );
  const actual = takeRows(target, rows);
  const missed = takeRows(residual, rows);
  const predicted = matrixOf(
    actual.rows,
    actual.columns,
    actual.data.map((value, i) => value - missed.data[i]!),
  );
  return r2PerDimension(actual, predicted);
}

test('every draw, and every group left out, is what scikit-learn makes of the rows', async () => {
  const { doubles, target, residual, weighted } = await readCell();
  const { groupOfRow, weights } = weighted;
  const replicates = await resampleR2(cellContributions(residual, target, groupOfRow), weights, gemm);
  const expected = [...(await doubles('r2')), ...(await doubles('left'))];
  expect(replicates).toHaveLength(1 + expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(replicates[1 + i]! - value)).toBeLessThan(1e-9 * (1 + Math.abs(value)));
});

test('degenerate columns: constant in all rows, in some draws, or but for one group', async () => {
  const { target, residual, weighted } = await readCell();
  const { groupOfRow, weights } = weighted;
  const r2 = await resampleColumns(cellContributions(residual, target, groupOfRow), weights, gemm);
  let zeros = 0;
  for (let replicate = 0; replicate < weights.rows; replicate++) {
    const byHand = columnsByHand(target, residual, weighted, replicate);
    const actual = r2.data.subarray(replicate * r2.columns, (replicate + 1) * r2.columns);
    expect(actual[2]).toBe(1);
    // Exactly 0, and not a huge negative number, wherever the drawn values are all the same.
    if (byHand[3] === 0) expect(actual[3]).toBe(0);
    zeros += Number(byHand[3] === 0);
    for (const [column, value] of byHand.entries())
      expect(Math.abs(actual[column]! - value)).toBeLessThan(1e-8 * (1 + Math.abs(value)));
  }
  // Without group 4 in some third of the draws.
  expect(zeros).toBeGreaterThan(100);
});

test('float32 rows and a subtracted number change nothing that matters', async () => {
  const { target, residual, weighted } = await readCell();
  const { groupOfRow, weights } = weighted;
  const single = (matrix: Matrix64) => ({ ...matrix, data: Float32Array.from(matrix.data) });
  const shifted = { ...target, data: target.data.map((value, i) => (i % 6 === 1 ? value - 1e4 : value)) };
  const wide = await resampleR2(cellContributions(residual, target, groupOfRow), weights, gemm);
  const narrow = await resampleR2(
    cellContributions(single(residual), single(shifted), groupOfRow),
    weights,
    gemm,
  );
  for (const [i, value] of wide.entries())
    expect(Math.abs(narrow[i]! - value)).toBeLessThan(1e-4 * (1 + Math.abs(value)));
});

test('rows that do not fit are refused', () => {
  const [two, three] = [matrixOf(2, 1, new Float64Array(2)), matrixOf(3, 1, new Float64Array(3))];
  expect(() => cellContributions(two, three, [0, 1])).toThrow('2 × 1 residuals of 3 × 1 targets');
  expect(() => cellContributions(three, three, [0, 2, 2])).toThrow('no rows in group 1');
});
