// The map and its directions, against what algebra says of them.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gemm, openGemm } from '../numerics/gemm.ts';
import { type Matrix32, rowOf, zeros32 } from '../numerics/matrix.ts';
import { createRandom } from '../numerics/random.ts';
import { dot } from '../numerics/vectors.ts';
import { armName, armsOf, makeArm } from './arms.ts';
import { klDivergence } from './read-outs.ts';
import {
  fitSourceMap,
  predictedChange,
  predictionError,
  predictTarget,
  type SourceMap,
} from './source-map.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm({ threads: 1 });
});
afterAll(() => gemm.close());

const [D, E] = [7, 5];

/** The target's dimensions follow x₁ and, less, x₂ alone; a constant one follows nothing. */
function planted(samples: number): { source: Matrix32; target: Matrix32 } {
  const { uniform } = createRandom('source map test');
  const [source, target] = [zeros32(samples, D), zeros32(samples, E)];
  for (let row = 0; row < samples; row++) {
    const x = rowOf(source, row).map((_, d) => (d === 4 ? 20 : 1) * (uniform() - 0.5) + d);
    source.data.set(x, row * D);
    for (let e = 0; e < E - 1; e++)
      target.data[row * E + e] = (e + 1) * (3 * x[1]! + (e === 0 ? x[2]! : 0)) + 0.01 * (uniform() - 0.5);
    target.data[row * E + E - 1] = 4;
  }
  return { source, target };
}

describe.each([
  ['more rows than dimensions', 60],
  ['fewer', 6],
])('a map of %s', (_, samples) => {
  const { source, target } = planted(samples);
  let map: SourceMap;
  beforeAll(async () => {
    const train = Array.from({ length: samples }, (_, row) => row);
    map = await fitSourceMap(source, target, train, 1e-3, 64, gemm);
  });

  it('solves the normal equations', () => {
    for (let d = 0; d < D; d++)
      for (let e = 0; e < E; e++) {
        let residual = 0;
        for (let row = 0; row < samples; row++) {
          const predicted = predictTarget(map, rowOf(source, row));
          const centred = source.data[row * D + d]! - map.means[d]!;
          residual += centred * (target.data[row * E + e]! - predicted[e]!);
        }
        expect(residual).toBeCloseTo(1e-3 * map.weights.data[d * E + e]!, 5);
      }
  });

  it('has orthonormal directions, without which nothing is predicted', () => {
    const { directions, spread } = map;
    for (let i = 0; i < directions.rows; i++)
      for (let j = 0; j <= i; j++)
        expect(dot(rowOf(directions, i), rowOf(directions, j))).toBeCloseTo(i === j ? 1 : 0, 9);
    expect(spread).toHaveLength(directions.rows);
    const state = rowOf(source, 0);
    const random = createRandom('x');
    const inputs = { layer: 0, state, map, swap: undefined, stranger: undefined, random };
    const made = makeArm({ kind: 'remove', control: null, dose: directions.rows }, inputs)!;
    const levelled = state.map((value, d) => value + made.change[d]!);
    for (const [e, value] of predictTarget(map, levelled).entries())
      expect(value).toBeCloseTo(map.target.means[e]!, 4);
  });
});

it('finds the direction that decides, and not the one that varies most', async () => {
  const { source, target } = planted(60);
  const train = Array.from({ length: 60 }, (_, row) => row);
  const map = await fitSourceMap(source, target, train, 1e-3, 64, gemm);
  const first = rowOf(map.directions, 0);
  expect(Math.abs(first[1]!)).toBeGreaterThan(0.99);
  expect(Math.abs(first[4]!)).toBeLessThan(0.01);
  const step = new Float64Array(D);
  step[1] = 2;
  expect(predictedChange(map, step)[1]).toBeCloseTo(2 * 2 * 3, 2);
  expect(predictionError(map, rowOf(source, 3), rowOf(target, 3))).toBeLessThan(1e-4);
});

it('controls change a state as much, and have as many directions', async () => {
  const { source, target } = planted(60);
  const train = Array.from({ length: 60 }, (_, row) => row);
  const map = await fitSourceMap(source, target, train, 1e-3, 64, gemm);
  const state = rowOf(source, 7);
  const other = rowOf(source, 8);
  const inputs = { layer: 3, state, map, swap: other, stranger: undefined };
  const all = armsOf({
    kinds: ['other-seed', 'stranger', 'mean', 'remove', 'steer'],
    directions: [1, 2],
    strengths: [3],
  });
  expect(all).toHaveLength(2 + 2 + 2 + 8 + 3);
  const length = (name: string) => {
    const arm = all.find((one) => armName(one) === name)!;
    const made = makeArm(arm, { ...inputs, random: createRandom(name) });
    return made && Math.hypot(...made.change);
  };
  expect(length('other-seed')).toBeCloseTo(Math.hypot(...state.map((value, d) => value - other[d]!)), 4);
  expect(length('stranger')).toBeUndefined();
  for (const name of ['other-seed', 'mean', 'remove 1', 'remove 2'])
    expect(length(`${name} norm`)).toBeCloseTo(length(name)!, 6);
  for (const control of ['random', 'varied'])
    expect(length(`steer 3 ${control}`)).toBeCloseTo(length('steer 3')!, 6);
  expect(length('steer 3')).toBeCloseTo(3 * map.spread[0]!, 6);
  const remove = all.find((one) => armName(one) === 'remove 2 varied')!;
  const made = makeArm(remove, { ...inputs, random: createRandom('r') })!;
  expect(made.intervention.remove).toHaveLength(2 * D);
});

it('tells distributions apart in nats', () => {
  // p = [1/2, 1/2], q = [1/4, 3/4]: ½ log 2 + ½ log(2/3)
  const logs = (...p: number[]) => Float32Array.from(p, (value) => Math.log(value) + 5);
  expect(klDivergence(logs(0.5, 0.5), logs(0.25, 0.75))).toBeCloseTo(
    0.5 * Math.log(2) + 0.5 * Math.log(2 / 3),
    6,
  );
  expect(klDivergence(logs(0.2, 0.8), logs(0.2, 0.8))).toBe(0);
});
