// The published solver against PyTorch's (scripts/golden_published.py), and against float64.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGolden } from '../../../test/read-golden.ts';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { matrixOf } from '../../numerics/matrix.ts';
import { fitPublished, scorePublished } from './published.ts';
import { meanR2 } from './r2.ts';
import { centreSplit, fitRidge, predict } from './ridge.ts';

const LAMBDA = 0.1;

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm();
});
afterAll(() => gemm.close());

/** R² of every split, source and target layer, as (published-float32, float64). */
async function measureBoth({ x, y, splits }: Awaited<ReturnType<typeof readGolden>>) {
  const cells: { published: number; exact: number }[] = [];
  for (const split of splits)
    for (const source of x) {
      const published = await fitPublished(source, split, LAMBDA, gemm);
      const exact = await fitRidge(centreSplit(source, split.train, split.test), LAMBDA, gemm);
      for (const target of y) {
        const centred = centreSplit(target, split.train, split.test);
        cells.push({
          published: await scorePublished(published, target, split, gemm),
          exact: meanR2(centred.test, await predict(exact, centred.train, gemm)),
        });
      }
    }
  return cells;
}

test('on well-conditioned states it is PyTorch within float32, and float64 within float32', async () => {
  const golden = await readGolden('published/well.safetensors');
  const [published, exact] = [await golden.doubles('r2_published'), await golden.doubles('r2')];
  const cells = await measureBoth(golden);
  expect(cells).toHaveLength(published.length);
  for (const [i, cell] of cells.entries()) {
    expect(Math.abs(cell.published - published[i]!)).toBeLessThan(1e-6);
    expect(Math.abs(cell.exact - exact[i]!)).toBeLessThan(1e-12);
    // It computes in float32: the difference is there, and it is small.
    expect(cell.published).not.toBe(cell.exact);
  }
});

// Each file holds a cell with targets of which float64 predicts most, and of which float32 makes nothing.
test.each([
  'massive',
  'dual',
  'square',
])('on hard states (%s) it is wildly wrong, as PyTorch is', async (name) => {
  const golden = await readGolden(`synchrony/${name}.safetensors`);
  const exact = await golden.doubles('r2');
  const torch = await (await readGolden('published/hard.safetensors')).doubles(name);
  const cells = await measureBoth(golden);
  const errors = cells.map((cell, i) => Math.abs(cell.published - exact[i]!));
  const worst = errors.indexOf(Math.max(...errors));
  console.log(`${name}: R² ${cells[worst]!.published} where float64 gives ${exact[worst]}`);
  expect(errors[worst]).toBeGreaterThan(100);
  expect(Math.max(...torch.map((value, i) => Math.abs(value - exact[i]!)))).toBeGreaterThan(100);
  for (const [i, cell] of cells.entries()) expect(Math.abs(cell.exact - exact[i]!)).toBeLessThan(1e-6);
});

test('what the published code cannot solve is refused', async () => {
  const split = { train: [0, 1, 2, 3], test: [4, 5] };
  const zeros = matrixOf(6, 2, new Float32Array(12));
  await expect(fitPublished(zeros, split, 0, gemm)).rejects.toThrow(
    'published-float32: the matrix is singular',
  );
  const huge = matrixOf(6, 1, Float32Array.of(0, 1, 2, 3, 4, 3e38));
  const y = matrixOf(6, 1, Float32Array.of(0, 1e3, 2e3, 3e3, 4e3, 5e3));
  const ridge = await fitPublished(huge, split, 0.1, gemm);
  await expect(scorePublished(ridge, y, split, gemm)).rejects.toThrow('a prediction is not finite');
});
