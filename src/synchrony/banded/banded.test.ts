// Banded ridge against scikit-learn and himalaya (scripts/golden_banded.py).

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Matrix64, matrixOf } from '../../numerics/matrix.ts';
import { parseSafetensorsHeader, readTensorBytes } from '../../numerics/safetensors.ts';
import { arrayLayers } from '../../pairs/layers.ts';
import { sampleTargets } from '../ridge/cross-validation.ts';
import { kernelFoldLoss } from '../ridge/fold-losses.ts';
import { type Folds, foldRows, foldsOf } from '../ridge/inner-folds.ts';
import { meanR2 } from '../ridge/r2.ts';
import { centreSplit } from '../ridge/ridge.ts';
import { choosePenalties, LEFT_OUT_PLACE, MIDDLE } from './choose-penalties.ts';
import { blockKernel, fitKernel, jointKernel, LEFT_OUT } from './kernels.ts';

const FILE = new URL('../../../fixtures/banded/golden.safetensors', import.meta.url).pathname;
const MODELS = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];
const GRID = [0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5, LEFT_OUT];

async function tensor(name: string) {
  const entry = (await parseSafetensorsHeader(FILE)).tensors.get(name);
  if (!entry) throw new Error(`no tensor ${name}`);
  const { buffer } = await readTensorBytes(FILE, entry);
  const values =
    entry.dtype === 'I64'
      ? Float64Array.from(new BigInt64Array(buffer), Number)
      : Float64Array.from(entry.dtype === 'F32' ? new Float32Array(buffer) : new Float64Array(buffer));
  return matrixOf(at(entry.shape, 0), entry.shape[1] ?? 1, values);
}

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm({ threads: 1 });
});
afterAll(() => gemm.close());

/** All of a case, its training rows in the order of the folds. */
async function openCase(name: string) {
  const of = (what: string) => tensor(`${name}.${what}`);
  const numbers = async (what: string) => Array.from((await of(what)).data);
  const target = await of('target');
  const [listed, test] = [await numbers('train'), await numbers('test')];
  const folds: Folds = foldRows({ train: listed, trainGroupSizes: await numbers('groups') }, 3);
  const rows = { train: folds.rows, test };
  const kernels: Matrix64[] = [];
  for (const block of ['own_past', 'partner', 'text'])
    kernels.push(await blockKernel(await of(block), rows, gemm));
  return {
    ...{ of, numbers, kernels, folds, listed, lambdas: await numbers('lambdas') },
    y: centreSplit(target, rows.train, rows.test),
    sample: await sampleTargets(arrayLayers([target]), folds.rows, 64),
  };
}

describe.each(['tall', 'wide'])('%s', (name) => {
  it('R² of every union of blocks is scikit-learn’s, and predictions are himalaya’s', async () => {
    const { of, numbers, kernels, lambdas, y } = await openCase(name);
    const expected = await numbers('r2');
    const raw = await of('target');
    for (const [m, blocks] of MODELS.entries()) {
      const joint = jointKernel(
        blocks.map((b) => at(kernels, b)),
        blocks.map((b) => at(lambdas, b)),
      );
      const smoother = await fitKernel(joint, gemm);
      const predicted = await gemm.multiply(smoother, y.train, { transposeA: true });
      expect(meanR2(y.test, predicted)).toBeCloseTo(at(expected, m), 9);
      if (blocks.length < 3) continue;
      // Less the training means, which are a test row less its centred self.
      const himalaya = await of('himalaya');
      const test = await numbers('test');
      for (const [i, value] of predicted.data.entries()) {
        const column = i % y.test.columns;
        const row = at(test, Math.floor(i / y.test.columns));
        const mean = at(raw.data, row * raw.columns + column) - at(y.test.data, i);
        expect(value + mean).toBeCloseTo(at(himalaya.data, i), 8);
      }
    }
  });

  it('what held-out folds lose is scikit-learn’s at every two penalties, with blocks left out too', async () => {
    const { numbers, kernels, folds, listed, sample } = await openCase(name);
    // The script deals groups as we do.
    const dealt = new Map((await numbers('folds')).map((fold, i) => [at(listed, i), fold]));
    for (const [f, { begin, end }] of foldsOf(folds).entries())
      for (const row of folds.rows.slice(begin, end)) expect(dealt.get(row)).toBe(f);
    const losses = await numbers('losses');
    const n = folds.rows.length;
    const own = kernels.slice(0, 2).map((kernel) => matrixOf(n, n, kernel.data.slice(0, n * n)));
    for (const [i, first] of GRID.entries())
      for (const [j, second] of GRID.entries()) {
        const loss = await kernelFoldLoss(jointKernel(own, [first, second]), sample, folds, gemm);
        expect(loss).toBeCloseTo(at(losses, GRID.length * i + j), 7);
      }
  });

  it('the search finds the penalties that lose least, and does no worse than himalaya’s at random', async () => {
    const { numbers, kernels, folds, sample } = await openCase(name);
    const losses = await numbers('losses');
    const pair = kernels.slice(0, 2);
    const chosen = await choosePenalties(pair, sample, folds, [{ places: [MIDDLE, MIDDLE] }], gemm);
    expect(chosen.loss).toBeCloseTo(Math.min(...losses), 7);
    const n = folds.rows.length;
    const own = pair.map((kernel) => matrixOf(n, n, kernel.data.slice(0, n * n)));
    const atRandom = jointKernel(own, await numbers('random_search'));
    expect(chosen.loss).toBeLessThan(1.01 * (await kernelFoldLoss(atRandom, sample, folds, gemm)));
  });
});

it('a block that says nothing is left out, and a start with a known loss is not asked again', async () => {
  const { kernels, folds, sample } = await openCase('tall');
  const noise = { ...at(kernels, 0), data: at(kernels, 0).data.map(() => 0) };
  const one = await choosePenalties([at(kernels, 1)], sample, folds, [{ places: [MIDDLE] }], gemm);
  const both = await choosePenalties(
    [noise, at(kernels, 1)],
    sample,
    folds,
    [{ places: [LEFT_OUT_PLACE, ...one.places], loss: one.loss }],
    gemm,
  );
  expect(both.loss).toBe(one.loss);
  expect(both.lambdas).toEqual([LEFT_OUT, ...one.lambdas]);
});
