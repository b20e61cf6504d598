// Gradients against finite differences in float64; training against PyTorch, step by step.

import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { type Matrix32, type Matrix64, matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { parseSafetensorsHeader, readFloats, readTensorBytes } from '../../numerics/safetensors.ts';
import { backward, createNetwork, createWorkspace, forward, type Network, parametersOf } from './network.ts';
import { NetworkTrainer } from './train-network.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm();
});
afterAll(() => gemm.close());

const SHAPE = { inputs: 4, hidden: 6, outputs: 3 };

function inFloat64(network: Network): Network<Float64Array> {
  const wide = ({ rows, columns, data }: Matrix32): Matrix64 => ({
    rows,
    columns,
    data: Float64Array.from(data),
  });
  return {
    inner: wide(network.inner),
    innerBias: Float64Array.from(network.innerBias),
    outer: wide(network.outer),
    outerBias: Float64Array.from(network.outerBias),
  };
}

function randomMatrix(rows: number, columns: number, name: string): Matrix64 {
  const { uniform } = createRandom(name);
  return matrixOf(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => uniform() * 4 - 2),
  );
}

it('has the gradients that finite differences find', async () => {
  const network = inFloat64(createNetwork(SHAPE, 'differences'));
  const [x, y] = [randomMatrix(5, 4, 'x'), randomMatrix(5, 3, 'y')];
  const workspace = createWorkspace(SHAPE, 8, x.data);
  const gradients = inFloat64(createNetwork(SHAPE, 'overwritten'));
  await backward(network, x, y, gradients, workspace, gemm);
  const found = parametersOf(gradients).map((values) => [...values]);
  const lossAt = () => backward(network, x, y, gradients, workspace, gemm);
  for (const [p, values] of parametersOf(network).entries())
    for (let i = 0; i < values.length; i++) {
      const here = values[i]!;
      values[i] = here + 1e-5;
      const above = await lossAt();
      values[i] = here - 1e-5;
      const below = await lossAt();
      values[i] = here;
      expect(Math.abs((above - below) / 2e-5 - found[p]![i]!)).toBeLessThan(1e-8);
    }
  // Some units are off for some rows, or ReLU was not tested.
  await forward(network, x, workspace, gemm);
  const units = [...workspace.hidden.data.subarray(0, 5 * SHAPE.hidden)];
  expect(units.some((unit) => unit === 0) && units.some((unit) => unit > 0)).toBe(true);
});

describe('beginning', () => {
  it('draws from the range of torch.nn.Linear, seeded', () => {
    const shape = { inputs: 100, hidden: 400, outputs: 50 };
    const network = createNetwork(shape, 'a');
    for (const [values, fanIn] of [
      [network.inner.data, 100],
      [network.innerBias, 100],
      [network.outer.data, 400],
      [network.outerBias, 400],
    ] as const) {
      const bound = 1 / Math.sqrt(fanIn);
      const largest = Math.max(...values.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(Math.fround(bound));
      expect(largest).toBeGreaterThan(0.9 * bound);
      const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
      expect(variance / (bound ** 2 / 3)).toBeGreaterThan(0.6);
      expect(variance / (bound ** 2 / 3)).toBeLessThan(1.4);
    }
    expect(createNetwork(shape, 'a')).toEqual(network);
    expect(createNetwork(shape, 'b').inner.data).not.toEqual(network.inner.data);
  });
});

describe('against PyTorch', () => {
  it('has the same losses and weights after every ten steps of AdamW', async () => {
    const path = resolve(import.meta.dirname, '../../../fixtures/nonlinear/steps.safetensors');
    const { tensors } = await parseSafetensorsHeader(path);
    const floats = (name: string) => readFloats(path, tensors.get(name)!);
    const matrix = async (name: string, rows: number, columns: number) =>
      matrixOf(rows, columns, await floats(name));
    const bytes = async (name: string) => (await readTensorBytes(path, tensors.get(name)!)).buffer;
    const [x, y] = [await matrix('x', 30, 7), await matrix('y', 30, 5)];
    const network: Network = {
      inner: await matrix('inner', 16, 7),
      innerBias: await floats('innerBias'),
      outer: await matrix('outer', 5, 16),
      outerBias: await floats('outerBias'),
    };
    const before = network.inner.data.slice();
    const batches = Array.from(new BigInt64Array(await bytes('batches')), Number);
    const losses = new Float64Array(await bytes('losses'));
    const trainer = new NetworkTrainer(network, 8, { learningRate: 3e-3, weightDecay: 0.1 }, gemm);
    for (let step = 1; step <= losses.length; step++) {
      const batch = batches.slice((step - 1) * 8, step * 8).filter((row) => row >= 0);
      expect(await trainer.step(x, y, batch)).toBeCloseTo(losses[step - 1]!, 5);
      if (step % 10 > 0) continue;
      for (const name of ['inner', 'innerBias', 'outer', 'outerBias'] as const) {
        const ours = network[name] instanceof Float32Array ? network[name] : network[name].data;
        const theirs = await floats(`${name}_${step}`);
        const worst = Math.max(...theirs.map((value, i) => Math.abs(value - ours[i]!)));
        expect(worst, `${name} after ${step} steps`).toBeLessThan(1e-5);
      }
    }
    const moved = Math.max(...before.map((value, i) => Math.abs(value - network.inner.data[i]!)));
    expect(moved).toBeGreaterThan(0.05);
  });
});
