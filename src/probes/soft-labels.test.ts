import { resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gemm, openGemm } from '../numerics/gemm.ts';
import { type Matrix64, matrixOf } from '../numerics/matrix.ts';
import { parseSafetensorsHeader, readTensorBytes } from '../numerics/safetensors.ts';
import { minimise } from './lbfgs.ts';
import { fitProbe, logMean, meanDivergence, probeLogProbabilities } from './soft-labels.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm();
});
afterAll(() => gemm.close());

const PATH = resolve(import.meta.dirname, '../../fixtures/probes/golden.safetensors');

async function golden(name: string): Promise<Matrix64> {
  const { tensors } = await parseSafetensorsHeader(PATH);
  const entry = tensors.get(name)!;
  const [rows, columns = 1] = entry.shape as [number, number?];
  return matrixOf(rows, columns, new Float64Array((await readTensorBytes(PATH, entry)).buffer));
}

const worst = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe.each(['soft', 'sharp', 'wide', 'hard'])('case %s', (name) => {
  it('finds the minimum that SciPy and scikit-learn find', async () => {
    const [x, p] = [await golden(`x_${name}`), await golden(`p_${name}`)];
    const l2 = (await golden(`l2_${name}`)).data[0]!;
    const probe = await fitProbe(x, p, { l2 }, gemm);
    expect(probe.search.converged).toBe(true);
    expect(worst(probe.bias, (await golden(`bias_${name}`)).data)).toBeLessThan(2e-5);
    const divergence = meanDivergence(p, await probeLogProbabilities(x, probe, gemm));
    expect(Math.abs(divergence - (await golden(`kl_${name}`)).data[0]!)).toBeLessThan(1e-6);
    const close = await fitProbe(x, p, { l2, tolerance: 1e-11, start: probe }, gemm);
    expect(close.search.converged).toBe(true);
    expect(close.search.iterations).toBeLessThan(probe.search.iterations);
    expect(worst(close.weights.data, (await golden(`weights_${name}`)).data)).toBeLessThan(1e-6);
    expect(worst(close.bias, (await golden(`bias_${name}`)).data)).toBeLessThan(1e-6);
  });
});

describe('divergence', () => {
  it('is 0 for the same distributions, above 0 for others, and takes labels of no probability', () => {
    const p = matrixOf(2, 3, Float64Array.of(0.5, 0.5, 0, 0.2, 0.3, 0.5));
    const same = matrixOf(
      2,
      3,
      p.data.map((share) => Math.log(share)),
    );
    expect(meanDivergence(p, same)).toBeCloseTo(0, 14);
    const { log } = Math;
    const first = 0.5 * log(0.5 / 0.35) + 0.5 * log(0.5 / 0.4);
    const second = 0.2 * log(0.2 / 0.35) + 0.3 * log(0.3 / 0.4) + 0.5 * log(0.5 / 0.25);
    expect(meanDivergence(p, logMean(p))).toBeCloseTo((first + second) / 2, 12);
  });

  it('of the mean distribution is finite and no worse than that of any other constant one', () => {
    const row = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), row, (rows, other) => {
        const normal = (values: readonly number[]) => {
          const sum = values.reduce((a, b) => a + b, 0);
          return sum > 1e-9 ? values.map((value) => value / sum) : [1, 0, 0];
        };
        const p = matrixOf(rows.length, 3, Float64Array.from(rows.flatMap(normal)));
        const constant = matrixOf(
          1,
          3,
          Float64Array.from(normal(other), (q) => Math.log(Math.max(q, 1e-300))),
        );
        const baseline = meanDivergence(p, logMean(p));
        expect(Number.isFinite(baseline)).toBe(true);
        expect(baseline).toBeLessThanOrEqual(meanDivergence(p, constant) + 1e-9);
      }),
    );
  });
});

describe('L-BFGS', () => {
  const quadratic = async (point: Float64Array) => ({
    value: point.reduce((sum, value, i) => sum + (i + 1) ** 4 * (value - i) ** 2, 0),
    gradient: point.map((value, i) => 2 * (i + 1) ** 4 * (value - i)),
  });

  it('finds the minimum of an ill-conditioned quadratic', async () => {
    const { point, converged } = await minimise(quadratic, new Float64Array(8));
    expect(converged).toBe(true);
    expect(worst(point, Float64Array.from([0, 1, 2, 3, 4, 5, 6, 7]))).toBeLessThan(1e-7);
  });

  it('says when it did not get there, and stops when asked to', async () => {
    expect(await minimise(quadratic, new Float64Array(8), { maxIterations: 3 })).toMatchObject({
      converged: false,
      iterations: 3,
    });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(minimise(quadratic, new Float64Array(8), { signal })).rejects.toThrow('enough');
  });
});
