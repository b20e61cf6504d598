// R² of training rows without predictions, against predictions.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { arrayLayers } from '../../pairs/layers.ts';
import { splitSamples } from '../../pairs/split.ts';
import { measureSynchrony } from '../measure.ts';
import { meanR2 } from './r2.ts';
import { centreSplit, fitRidge, predict } from './ridge.ts';
import { trainingR2 } from './training-r2.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm({ threads: 1 });
});
afterAll(() => gemm.close());

const { uniform } = createRandom('training R²');
const random = (rows: number, columns: number) =>
  matrixOf(
    rows,
    columns,
    Float32Array.from({ length: rows * columns }, () => uniform() + uniform() + 3),
  );

test.each([
  ['primal', 90, 20],
  ['nearly square', 61, 60],
  ['dual', 30, 50],
])('%s: what predictions of the training rows say', async (_, n, dimensions) => {
  const [x, y] = [random(n + 10, dimensions), random(n + 10, 7)];
  // One column depends on x, one is constant.
  for (let row = 0; row < y.rows; row++) {
    y.data[row * 7] = x.data[row * dimensions]! * 2 + 0.1 * y.data[row * 7]!;
    y.data[row * 7 + 1] = 4;
  }
  const rows = Array.from({ length: n }, (_, i) => i + 5);
  const lambdas = [0.1, 10];
  const found = await trainingR2(x, [[y], [y, y]], rows, lambdas, gemm);
  expect(found.map(({ length }) => length)).toEqual([1, 2]);
  for (const [l, lambda] of lambdas.entries()) {
    const ridge = await fitRidge(centreSplit(x, rows, rows), lambda, gemm);
    const { train } = centreSplit(y, rows, []);
    const expected = meanR2(train, await predict(ridge, train, gemm));
    for (const value of found[l]!) expect(value).toBeCloseTo(expected, 9);
  }
});

test('a measure says it for its own λ and the others, and interpolation shows', async () => {
  const samples = Array.from({ length: 60 }, (_, i) => ({ group: String(i) }));
  const splits = [0, 1].map((seed) => splitSamples(samples, { seed, samples: 'all', testFraction: 0.2 }));
  const [x, y] = [arrayLayers([random(60, 40), random(60, 40)]), arrayLayers([random(60, 9)])];
  const labels = {
    condition: 'c',
    direction: 'A->B',
    sourceModel: 'a',
    targetModel: 'b',
    groupBy: 'g',
  } as const;
  const options = { ...labels, splits, lambda: [1000, 0.001], intervals: false as const };
  const { training, syncR2 } = await measureSynchrony(x, y, { ...options, training: true });
  expect(training).toMatchObject({ sourceLayers: [0, 1], columns: 9 });
  const [large, small] = training!.r2;
  // 48 rows, 40 dimensions: nothing to be found, and most of it fitted.
  expect(small).toBeGreaterThan(0.75);
  expect(large).toBeLessThan(0.2);
  expect(syncR2.value).toBeLessThan(0.05);
  expect((await measureSynchrony(x, y, options)).training).toBeUndefined();
});
