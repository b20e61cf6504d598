// The losses themselves are compared with scikit-learn in ../golden.test.ts.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { openGemm } from '../../numerics/gemm.ts';
import { matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { arrayLayers } from '../../pairs/layers.ts';
import { chooseLambdas, climb, LAMBDA_GRID, sampleTargets } from './cross-validation.ts';
import { foldLosses } from './fold-losses.ts';
import { foldRows } from './inner-folds.ts';

describe('the climb over the grid', () => {
  it('finds the least of losses that fall and then rise, from anywhere, and asks for none twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: -0.4, max: LAMBDA_GRID.length - 0.6, noNaN: true }),
        fc.nat(LAMBDA_GRID.length - 1),
        async (least, from) => {
          const asked: number[] = [];
          const lossOf = (place: number) => (place - least) ** 2;
          const place = await climb(from, async (one) => {
            asked.push(one);
            return { loss: lossOf(one), slope: 2 * (one - least) };
          });
          expect(lossOf(place)).toBe(Math.min(...LAMBDA_GRID.map((_, one) => lossOf(one))));
          expect(new Set(asked).size).toBe(asked.length);
          expect(asked.length).toBeLessThanOrEqual(Math.abs(from - place) + 2);
        },
      ),
    );
  });

  it('leaves λ with which nothing can be solved', async () => {
    const infinite = { loss: Number.POSITIVE_INFINITY, slope: Number.NEGATIVE_INFINITY };
    expect(await climb(1, async (one) => (one < 4 ? infinite : { loss: one, slope: 1 }))).toBe(4);
  });
});

/** Layers of noise, of which the target's hear the source's first dimensions. */
function planted(n: number, size: number, noise: readonly number[]) {
  const { uniform } = createRandom(`planted/${n}/${size}`);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const heard = Float32Array.from({ length: n * size }, normal);
  const y = noise.map((level) =>
    matrixOf(
      n,
      size,
      heard.map((value) => value + level * normal()),
    ),
  );
  return { source: arrayLayers([matrixOf(n, size, heard)]), target: arrayLayers(y) };
}

function splitOf(n: number, groups: number) {
  const rows = Array.from({ length: n }, (_, row) => row);
  return { train: rows, test: [], trainGroupSizes: Array<number>(groups).fill(n / groups) };
}

test.each([
  ['more rows than dimensions', 120, 12],
  ['fewer rows than dimensions', 40, 60],
])('with %s: the λ that is chosen has the least loss of the whole grid', async (_, n, size) => {
  const gemm = await openGemm();
  const { source, target } = planted(n, size, [3, 5]);
  const split = splitOf(n, 20);
  const folds = foldRows(split, 3);
  const [x, y] = [await source.read(0), await sampleTargets(target, folds.rows)];
  const found = await foldLosses(x, y, folds, LAMBDA_GRID, gemm);
  const losses = found.map(({ loss }) => loss);
  // The slope is what the loss does between neighbours.
  const [before, , after] = await foldLosses(x, y, folds, [99.9, 100, 100.1], gemm);
  expect(found[4]!.slope / ((after!.loss - before!.loss) / 0.2)).toBeCloseTo(1, 4);
  const [chosen] = await chooseLambdas({ source, targets: [target], splits: [split] }, {}, gemm);
  await gemm.close();
  expect(chosen).toEqual([LAMBDA_GRID[losses.indexOf(Math.min(...losses))]]);
  // So much noise wants a penalty.
  expect(chosen?.[0]).toBeGreaterThan(1);
});

test('a matrix that is singular loses without end, and others are chosen', async () => {
  const gemm = await openGemm();
  const { source, target } = planted(40, 6, [1]);
  const x = await source.read(0);
  const twins = matrixOf(40, 12, new Float32Array(480));
  for (let row = 0; row < 40; row++)
    for (let column = 0; column < 12; column++)
      twins.data[row * 12 + column] = x.data[row * 6 + (column % 6)]! * 1e6;
  const folds = foldRows(splitOf(40, 10));
  const y = await sampleTargets(target, folds.rows);
  const [none, some] = await foldLosses(twins, y, folds, [0, 1e9], gemm);
  await gemm.close();
  expect(none).toEqual({ loss: Number.POSITIVE_INFINITY, slope: Number.NEGATIVE_INFINITY });
  expect(some!.loss).toBeLessThan(1);
});

test('of a wide target a sample of dimensions is looked at, each with the same weight', async () => {
  const { target } = planted(30, 400, [1, 1]);
  const rows = Array.from({ length: 30 }, (_, row) => row);
  const { columns, data } = await sampleTargets(target, rows);
  expect(columns).toBe(128);
  expect(data.reduce((sum, value) => sum + value ** 2, 0)).toBeCloseTo(1, 10);
});
