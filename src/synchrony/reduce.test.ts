// Against scikit-learn (scripts/golden_reduce.py), and what must hold of components.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGolden } from '../../test/read-golden.ts';
import { type Gemm, openGemm } from '../numerics/gemm.ts';
import { type Matrix32, matrixOf, zeros32 } from '../numerics/matrix.ts';
import { createRandom } from '../numerics/random.ts';
import { parseSafetensorsHeader, readTensorBytes } from '../numerics/safetensors.ts';
import { arrayLayers, type LayerSource } from '../pairs/layers.ts';
import type { Split } from '../pairs/split.ts';
import { measureConditions } from './measure.ts';
import type { ConditionsOptions } from './options.ts';
import { principalComponents, project } from './principal-components.ts';
import { readSynchrony, writeSynchrony } from './synchrony-files.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm({ threads: 1 });
});
afterAll(() => gemm.close());

const FILE = new URL('../../fixtures/reduced/golden.safetensors', import.meta.url).pathname;

/** A tensor of any type as numbers, and its shape. */
async function tensor(name: string) {
  const entry = (await parseSafetensorsHeader(FILE)).tensors.get(name);
  if (!entry) throw new Error(`no tensor ${name}`);
  const { buffer } = await readTensorBytes(FILE, entry);
  const values =
    entry.dtype === 'I64'
      ? Array.from(new BigInt64Array(buffer), Number)
      : Array.from(entry.dtype === 'F32' ? new Float32Array(buffer) : new Float64Array(buffer));
  return { values, shape: [...entry.shape] };
}

async function layersOf(name: string): Promise<LayerSource> {
  const { values, shape } = await tensor(name);
  const [layers = 0, rows = 0, columns = 0] = shape;
  const size = rows * columns;
  return arrayLayers(
    Array.from({ length: layers }, (_, layer) =>
      matrixOf(rows, columns, Float32Array.from(values.slice(layer * size, (layer + 1) * size))),
    ),
  );
}

async function splitsOf(name: string): Promise<Split[]> {
  const [train, test] = [await tensor(`${name}.train`), await tensor(`${name}.test`)];
  const rowsOf = ({ values, shape: [, count = 0] }: typeof train, split: number) =>
    values.slice(split * count, (split + 1) * count);
  return [0, 1].map((seed) => ({
    seed,
    train: rowsOf(train, seed),
    test: rowsOf(test, seed),
    trainGroups: ['train'],
    testGroups: ['test'],
  }));
}

const LABELS = {
  direction: 'A->B',
  sourceModel: 'a',
  groupBy: 'interaction',
  lambda: 0.1,
  threads: 1,
} as const;

/** One target on so many components. */
async function measured(
  source: LayerSource,
  target: LayerSource,
  components: number,
  options: Pick<ConditionsOptions, 'splits'> & Partial<ConditionsOptions>,
) {
  const targets = [{ target, condition: 'interactive', targetModel: 'b' }];
  const [one] = await measureConditions(source, targets, { ...LABELS, ...options, reduce: { components } });
  if (!one) throw new Error('one target has one result');
  return one;
}

describe.each(['tall', 'wide'])('%s states', (name) => {
  it.each(['trace', 'direct'] as const)('have the R² of scikit-learn, in the %s way', async (method) => {
    const [source, target] = [await layersOf(`${name}.source`), await layersOf(`${name}.target`)];
    const { result } = await measured(source, target, 6, { splits: await splitsOf(name), method });
    const expected = (await readGolden('reduced/golden.safetensors')).doubles;
    const golden = await expected(`${name}.r2`);
    for (const [i, r2] of result.r2.flatMap((values) => [...values]).entries())
      expect(r2).toBeCloseTo(golden[i] ?? Number.NaN, 5);
    expect(result.reduced).toEqual({ asked: 6, source: 6, target: 6 });
    const [train = 0, test = 0] = result.splits.map((one) => [one.trainSamples, one.testSamples])[0] ?? [];
    expect([train, test]).toEqual(name === 'tall' ? [60, 20] : [22, 8]);
  });

  it('have the variances of scikit-learn along their axes', async () => {
    const source = await layersOf(`${name}.source`);
    const golden = (await tensor(`${name}.variance`)).values;
    for (const [s, { train }] of (await splitsOf(name)).entries())
      for (let layer = 0; layer < 2; layer++) {
        const values = await source.read(layer);
        const found = await principalComponents(values, train, 6, gemm);
        const rows = await project(values, train, found, zeros32(train.length, 6), gemm);
        for (let k = 0; k < 6; k++) {
          let sum = 0;
          for (let row = 0; row < train.length; row++) sum += (rows.data[row * 6 + k] ?? 0) ** 2;
          const expected = golden[(s * 2 + layer) * 6 + k] ?? Number.NaN;
          expect(sum / (train.length - 1) / expected).toBeCloseTo(1, 5);
        }
      }
  });
});

/** (rows, columns) of normal numbers, the columns scaled. */
function normals(seed: string, rows: number, columns: number, scale: (column: number) => number): Matrix32 {
  const { uniform } = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return matrixOf(
    rows,
    columns,
    Float32Array.from({ length: rows * columns }, (_, i) => scale(i % columns) * normal()),
  );
}

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);
const split = (train: readonly number[], test: readonly number[]): Split => ({
  ...{ seed: 0, train, test, trainGroups: ['train'], testGroups: ['test'] },
});

describe('components', () => {
  it('are as many as the training rows or the dimensions allow, and the result says so', async () => {
    const source = arrayLayers([normals('a', 40, 5, () => 1), normals('b', 40, 5, () => 1)]);
    const wide = arrayLayers([normals('c', 40, 30, () => 1)]);
    const splits = [split(upTo(12), upTo(28, 12)), split(upTo(20), upTo(20, 20))];
    const { result } = await measured(source, wide, 64, { splits });
    // Of 12 training rows, less their mean, 11.
    expect(result.reduced).toEqual({ asked: 64, source: 5, target: 11 });
  });

  it('leave out what is the same in all training rows, or follows from other dimensions', async () => {
    const layer = normals('d', 50, 8, () => 1);
    for (let row = 0; row < 50; row++) {
      layer.data[row * 8 + 3] = 7;
      layer.data[row * 8 + 5] = 2 * (layer.data[row * 8] ?? 0);
    }
    const constant = matrixOf(50, 3, new Float32Array(150).fill(4));
    expect((await principalComponents(layer, upTo(40), 8, gemm)).axes.rows).toBe(6);
    expect((await principalComponents(constant, upTo(40), 3, gemm)).axes.rows).toBe(0);
    const splits = [split(upTo(40), upTo(10, 40))];
    const { result } = await measured(arrayLayers([layer]), arrayLayers([layer]), 8, { splits });
    expect(result.reduced).toMatchObject({ source: 6, target: 6 });
    // λ is next to nothing here, and the target is the source itself.
    expect(result.meanR2[0]).toBeGreaterThan(0.999);
  });

  it('of the source alone only turn it: R² is that of the layers where all are kept', async () => {
    const source = arrayLayers([normals('e', 90, 7, (k) => 1 + k)]);
    const target = arrayLayers([normals('f', 90, 1, () => 1)]);
    const values = [await source.read(0), await target.read(0)];
    for (let row = 0; row < 90; row++)
      values[1]!.data[row]! += values[0]!.data[row * 7]! - 0.3 * values[0]!.data[row * 7 + 6]!;
    const splits = [split(upTo(60), upTo(30, 60))];
    const { result } = await measured(source, target, 7, { splits });
    const targets = [{ target, condition: 'interactive', targetModel: 'b' }];
    const [plain] = await measureConditions(source, targets, { ...LABELS, splits });
    expect(result.meanR2[0]).toBeCloseTo(plain?.result.meanR2[0] ?? Number.NaN, 6);
    expect(plain?.result.reduced).toBeUndefined();
  });

  it('see nothing of the test rows', async () => {
    const layer = normals('g', 60, 9, () => 1);
    const other = matrixOf(60, 9, layer.data.slice());
    other.data.fill(1e6, 40 * 9);
    const [a, b] = [
      await principalComponents(layer, upTo(40), 4, gemm),
      await principalComponents(other, upTo(40), 4, gemm),
    ];
    expect(a.axes.data).toEqual(b.axes.data);
  });

  it('of a large matrix are found by iteration, nearly as those of the whole one', async () => {
    // As in a residual stream: variances fall slowly, and a few dimensions are massive.
    const layer = normals('h', 500, 300, (k) => (k < 2 ? 300 / (k + 1) : (k + 1) ** -0.7));
    const train = upTo(400);
    const whole = await principalComponents(layer, train, 32, gemm);
    const found = await principalComponents(layer, train, 32, gemm, 64);
    expect(found.axes.rows).toBe(32);
    let shared = 0;
    for (let i = 0; i < 32; i++)
      for (let j = 0; j < 32; j++) {
        let inner = 0;
        for (let k = 0; k < 300; k++)
          inner += (found.axes.data[i * 300 + k] ?? 0) * (whole.axes.data[j * 300 + k] ?? 0);
        shared += inner ** 2;
      }
    // Of 32 squared cosines between the two spaces.
    expect(shared / 32).toBeGreaterThan(0.995);
    const variances = await Promise.all(
      [whole, found].map(async (one) => {
        const rows = await project(layer, train, one, zeros32(400, 32), gemm);
        // Without the massive ones, which would hide the rest.
        return rows.data.reduce((sum, value, i) => sum + (i % 32 < 2 ? 0 : value ** 2), 0);
      }),
    );
    expect((variances[1] ?? 0) / (variances[0] ?? 1)).toBeGreaterThan(0.999);
    expect((variances[1] ?? 0) / (variances[0] ?? 1)).toBeLessThan(1 + 1e-6);
  });
});

describe('a reduced measurement', () => {
  const groups = upTo(80).map((row) => `g${Math.floor(row / 4)}`);
  const splits = [0, 1].map((shift): Split => {
    const test = upTo(80).filter((row) => (Math.floor(row / 4) + shift) % 4 === 0);
    const train = upTo(80).filter((row) => !test.includes(row));
    const names = (rows: readonly number[]) => [...new Set(rows.map((row) => groups[row] ?? ''))];
    return { seed: shift, train, test, trainGroups: names(train), testGroups: names(test) };
  });
  const source = arrayLayers([normals('i', 80, 12, () => 1), normals('j', 80, 12, () => 1)]);
  const target = arrayLayers([normals('k', 80, 10, (k) => (k < 5 ? 2 : 1)), normals('l', 80, 10, () => 1)]);

  it('has intervals, as the same layers reduced beforehand', async () => {
    const one = await measured(source, target, 4, { splits: splits.slice(0, 1), groups });
    const [first] = splits;
    if (!first) throw new Error('no split');
    const reduce = async (layers: LayerSource) =>
      arrayLayers(
        await Promise.all(
          upTo(layers.layers).map(async (layer) => {
            const values = await layers.read(layer);
            const found = await principalComponents(values, first.train, 4, gemm);
            return project(values, upTo(80), found, zeros32(80, 4), gemm);
          }),
        ),
      );
    const targets = [{ target: await reduce(target), condition: 'interactive', targetModel: 'b' }];
    const [plain] = await measureConditions(await reduce(source), targets, {
      ...LABELS,
      ...{ splits: [first], groups },
    });
    const interval = one.result.intervals?.syncR2;
    expect(interval?.groups).toBe(5);
    expect(interval?.low).toBeCloseTo(plain?.result.intervals?.syncR2.low ?? Number.NaN, 6);
    expect(interval?.high).toBeCloseTo(plain?.result.intervals?.syncR2.high ?? Number.NaN, 6);
    expect([...one.result.meanR2].map((r2, i) => r2 - (plain?.result.meanR2[i] ?? 0))).toEqual(
      Array.from({ length: 4 }, () => expect.closeTo(0, 6)),
    );
  });

  it('is read back as it was written', async () => {
    const { result } = await measured(source, target, 4, { splits, groups });
    const path = join(mkdtempSync(join(tmpdir(), 'reduced-')), 'result');
    await writeSynchrony(path, result, {});
    expect((await readSynchrony(path)).result.reduced).toEqual({ asked: 4, source: 4, target: 4 });
    rmSync(dirname(path), { recursive: true });
  });

  it('takes subsets of the rows that it was given', async () => {
    const chosen = new Set(upTo(80).filter((row) => row % 4 < 2));
    const subsets = [{ name: 'half', includes: (row: number) => chosen.has(row) }];
    const { subsets: found, result } = await measured(source, target, 4, { splits, groups, subsets });
    expect(found[0]?.testSamples).toEqual([10, 10]);
    expect(found[0]?.meanR2).not.toEqual(result.meanR2);
    const all = [{ name: 'all', includes: () => true }];
    const again = await measured(source, target, 4, { splits, groups, subsets: all });
    expect(again.subsets[0]?.meanR2).toEqual(result.meanR2);
  });

  it('is refused rows that are not there, and ends when it is told to', async () => {
    const far = [{ ...splits[0]!, test: [79, 80] }];
    await expect(measured(source, target, 4, { splits: far })).rejects.toThrow('row 80 of a matrix with 80');
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(measured(source, target, 4, { splits, signal })).rejects.toThrow('stop');
  });
});
