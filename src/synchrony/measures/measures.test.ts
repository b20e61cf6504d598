// One suite over every measure of the table, and over one that is made up here: what any of them promises.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OtherFormat } from '../../errors.ts';
import { type Matrix, matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { arrayLayers } from '../../pairs/layers.ts';
import { splitSamples } from '../../pairs/split.ts';
import { synchronyPath } from '../../recordings/layout.ts';
import { listFolder } from '../../recordings/list.ts';
import { measureSynchrony } from '../measure.ts';
import { recordSplit } from '../results.ts';
import { averageSeeds, summariseSyncR2 } from '../sync-r2.ts';
import { readAnyResult, readNonlinear, readResult, readSynchrony, writeResult } from '../synchrony-files.ts';
import { type MeasureResult, RESULT_FORMAT } from '../types.ts';
import type { Measure, RunOptions } from './interface.ts';
import { MEASURES } from './measures.ts';
import { networks } from './networks-measure.ts';
import { plainForm } from './result-form.ts';
import { ridge } from './ridge-measure.ts';

const ROWS = 160;
const COLUMNS = 4;
const { uniform } = createRandom('measures');
const noise = () => uniform() + uniform() + uniform() - 1.5;
const layer = (value: (row: number, column: number) => number): Matrix =>
  matrixOf(
    ROWS,
    COLUMNS,
    Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => value(Math.floor(i / COLUMNS), i % COLUMNS)),
  );
const x0 = layer(noise);
const x1 = layer(noise);
/** Planted: target layer 1 is source layer 0 with a little noise; all else is noise. */
const planted = layer((row, column) => 3 * (x0.data[row * COLUMNS + column] ?? 0) + 0.1 * noise());
const source = arrayLayers([x0, x1]);
const target = arrayLayers([layer(noise), planted, layer(noise)]);
const other = arrayLayers([layer(noise), layer(noise)]);
const samples = Array.from({ length: ROWS }, (_, row) => ({ group: `g${Math.floor(row / 4)}` }));
const splits = [0, 1].map((seed) => splitSamples(samples, { seed, samples: 'all', testFraction: 0.25 }));
const groups = samples.map(({ group }) => group);

const HEAD = {
  format: RESULT_FORMAT,
  condition: 'lag-1',
  direction: 'A->B',
  sourceModel: 'llama',
  targetModel: 'mistral',
  sourceLayers: 2,
  targetLayers: 3,
  samples: ROWS,
  groupBy: 'interaction',
} as const;
const targets = [{ target, condition: HEAD.condition, targetModel: HEAD.targetModel }];
const common = {
  direction: HEAD.direction,
  sourceModel: HEAD.sourceModel,
  groupBy: HEAD.groupBy,
  splits,
  groups,
};

/** Made up: R² of the line through the training rows, dimension by dimension. A row of a table, and nothing else. */
const byColumn: Measure<{ slope: boolean }, MeasureResult & { readonly slopes: readonly number[] }> = {
  name: 'by-column',
  version: 7,
  settings: z.strictObject({ slope: z.boolean().default(true) }),
  form: plainForm(z.object({ slopes: z.array(z.number()) })),
  async run(x, all, { slope }, { splits: chosen, direction, sourceModel, groupBy }) {
    return Promise.all(
      all.map(async ({ target: y, condition, targetModel }) => {
        const slopes: number[] = [];
        const r2 = [];
        for (const split of chosen) {
          const plane = new Float64Array(x.layers * y.layers);
          for (let i = 0; i < plane.length; i++) {
            const [from, to] = [await x.read(Math.floor(i / y.layers)), await y.read(i % y.layers)];
            const fit = lineR2(from, to, split, slope);
            plane[i] = fit.r2;
            slopes.push(fit.slope);
          }
          r2.push(plane);
        }
        return {
          ...{ format: RESULT_FORMAT, measure: { name: 'by-column', version: 7 }, condition, direction },
          ...{ sourceModel, targetModel, sourceLayers: x.layers, targetLayers: y.layers, groupBy },
          ...{ samples: x.samples, splits: chosen.map(recordSplit), r2, meanR2: averageSeeds(r2), slopes },
          syncR2: summariseSyncR2(r2, x.layers, y.layers),
        };
      }),
    );
  },
};

function lineR2(
  x: Matrix,
  y: Matrix,
  { train, test }: { readonly train: readonly number[]; readonly test: readonly number[] },
  hasSlope: boolean,
): { r2: number; slope: number } {
  const at = ({ data }: Matrix, row: number) => data[row * COLUMNS] ?? 0;
  const mean = (rows: readonly number[], value: (row: number) => number) =>
    rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
  const [mx, my] = [mean(train, (row) => at(x, row)), mean(train, (row) => at(y, row))];
  const covariance = mean(train, (row) => (at(x, row) - mx) * (at(y, row) - my));
  const slope = hasSlope ? covariance / mean(train, (row) => (at(x, row) - mx) ** 2) : 0;
  const centre = mean(test, (row) => at(y, row));
  const residual = mean(test, (row) => (at(y, row) - my - slope * (at(x, row) - mx)) ** 2);
  return { r2: 1 - residual / mean(test, (row) => (at(y, row) - centre) ** 2), slope };
}

/** Settings with which a measure is quick enough for a test; the others' defaults are. */
const QUICK: Readonly<Record<string, object>> = {
  // By cross-validation λ would be that of the first target.
  ridge: { lambda: 0.1 },
  networks: {
    layerPairs: 'all',
    epochs: 60,
    hidden: 24,
    learningRate: 3e-3,
    weightDecay: 0.01,
    batchSize: 32,
  },
};

const TABLE: readonly Measure[] = [...MEASURES, byColumn];

const folder = mkdtempSync(join(tmpdir(), 'measures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const runOne = async (measure: Measure, options: Partial<RunOptions<MeasureResult>> = {}) => {
  const settings = measure.settings.parse(QUICK[measure.name] ?? {});
  const [result] = await measure.run(source, targets, settings, { ...common, ...options });
  if (!result) throw new Error('no result');
  return result;
};

it('the table has a row per measure, each with a name of its own that can stand in a path', () => {
  const names = MEASURES.map(({ name }) => name);
  expect(names).toEqual(['ridge', 'networks', 'cka', 'cca', 'pls', 'rsa', 'neighbours']);
  for (const { name, version } of TABLE) {
    expect(name).toMatch(/^[a-z][a-z-]*$/);
    expect(version).toBeGreaterThan(0);
  }
});

describe.each(TABLE.map((measure) => [measure.name, measure] as const))('%s', (name, measure) => {
  let result: MeasureResult;
  const seen: { done: number; total: number }[] = [];
  beforeAll(async () => {
    result = await runOne(measure, { onProgress: (progress) => seen.push(progress) });
  }, 60_000);

  it('finds the planted layer pair and no other', () => {
    const { meanR2, syncR2 } = result;
    expect([...meanR2].map((r2) => r2 > 0.7)).toEqual([false, true, false, false, false, false]);
    for (const [cell, r2] of meanR2.entries()) if (cell !== 1) expect(r2).toBeLessThan(0.15);
    expect(syncR2?.bestTarget[0]).toBe(1);
    expect(syncR2?.value).toBeGreaterThan(0.35);
    expect(syncR2?.value).toBeLessThan(0.65);
  });

  it('says all of the common head, and its cells have the shapes that the head says', () => {
    expect(result).toMatchObject({ ...HEAD, measure: { name, version: measure.version } });
    expect(result.splits).toEqual(splits.map(recordSplit));
    expect(result.r2.map(({ length }) => length)).toEqual([6, 6]);
    expect(result.meanR2).toEqual(averageSeeds(result.r2));
    expect(result.syncR2).toEqual(summariseSyncR2(result.r2, 2, 3));
  });

  it('tells how far it is, if it does at all, to the end', () => {
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).toSorted((a, b) => a - b));
    for (const { done, total } of seen.slice(-1)) expect(done).toBe(total);
    if (name !== byColumn.name) expect(seen.length).toBeGreaterThan(1);
  });

  it('what was written is what is read, and the same bytes are written again', async () => {
    const path = synchronyPath(folder, ['llama', 'mistral'], 'lag-1', 'A->B', name);
    expect(path.endsWith(join('llama+mistral', 'lag-1', `${name}.A-to-B`))).toBe(true);
    await writeResult(
      measure,
      path,
      { ...result, leftOut: { samples: 3, episodes: 1, reason: 'x' } },
      { a: 'b' },
    );
    const json = readFileSync(`${path}.json`);
    const read = await readAnyResult(path, TABLE);
    expect(read.inputs).toEqual({ a: 'b' });
    expect(read.result).toEqual({ ...result, leftOut: { samples: 3, episodes: 1, reason: 'x' } });
    expect(await readResult(measure, path)).toEqual(read);
    await writeResult(measure, path, read.result, read.inputs);
    expect(readFileSync(`${path}.json`)).toEqual(json);
    const head = JSON.parse(json.toString());
    expect(head).toMatchObject({ ...HEAD, measure: { name }, inputs: { a: 'b' } });
    // R² of a measure that keeps them in tensors, or all that they are made of.
    expect(head.r2).toBe(undefined);
    await expect(listFolder(join(folder, 'synchrony'))).rejects.toThrow('no states here');
  });

  it('a file of another measure is not taken for one of this', async () => {
    const path = join(folder, `${name}.B-to-A`);
    await writeResult(measure, path, result, {});
    const another = TABLE.find((one) => one !== measure) ?? measure;
    await expect(readResult(another, path)).rejects.toThrow(`it is of measure ${name}, not ${another.name}`);
    await expect(readAnyResult(path, [another])).rejects.toThrow(`known are ${another.name}`);
  });

  it('gives the same numbers in little memory, on one thread, beside other targets', async () => {
    const settings = measure.settings.parse(QUICK[name] ?? {});
    const both = [{ target: other, condition: 'shuffled', targetModel: 'x' }, ...targets];
    const results = await measure.run(source, both, settings, {
      ...common,
      memory: 1e6,
      threads: 1,
      scratchFolder: folder,
    });
    expect(results.map(({ condition, targetModel }) => [condition, targetModel])).toEqual([
      ['shuffled', 'x'],
      ['lag-1', 'mistral'],
    ]);
    const again = results[1];
    expect(again?.syncR2?.bestTarget).toEqual(result.syncR2?.bestTarget);
    for (const [split, plane] of result.r2.entries())
      for (const [cell, r2] of plane.entries())
        expect(Math.abs((again?.r2[split]?.[cell] ?? Number.NaN) - r2)).toBeLessThan(1e-6);
  }, 60_000);

  it('takes no settings that it does not know', () => {
    expect(measure.settings.safeParse({ lamda: 1 }).success).toBe(false);
    expect(measure.settings.safeParse({}).success).toBe(true);
  });
});

it('networks compare with the ridge result that they are given, and go on from what is known', async () => {
  const [affine] = await ridge.run(source, targets, ridge.settings.parse({}), common);
  const settings = networks.settings.parse({
    ...QUICK['networks'],
    layerPairs: [
      [0, 1],
      [1, 2],
    ],
  });
  const grown: MeasureResult[] = [];
  const onGrown = (soFar: MeasureResult) => void grown.push(soFar);
  const options = { ...common, ridge: affine ? [affine] : [] };
  const [whole] = await networks.run(source, targets, settings, { ...options, onGrown });
  expect(grown).toHaveLength(2);
  expect(grown[0]?.syncR2).toBe(null);
  expect([...(grown[0]?.meanR2 ?? [])].map(Number.isNaN)).toEqual([true, false, true, true, true, true]);
  const [, first] = [...(affine?.meanR2 ?? [])];
  expect(whole?.comparison.affine.bestR2[0]).toBe(first);
  const path = join(folder, 'networks.A-to-B');
  const [soFar] = grown;
  if (whole && soFar) await writeResult<MeasureResult>(networks, path, soFar, {});
  const { result: known } = await readNonlinear(path);
  const again: MeasureResult[] = [];
  const [ended] = await networks.run(source, targets, settings, {
    ...options,
    known: [known],
    onGrown: (grownTo) => void again.push(grownTo),
  });
  expect(again).toHaveLength(1);
  expect(ended).toEqual(whole);
});

describe('results of older interbrains', () => {
  const text = (format: string) => `{ "format": "${format}", "condition": "interactive" }`;

  it('are told by their names, with what to do', async () => {
    writeFileSync(join(folder, 'A-to-B.json'), text('interbrain-synchrony-1'));
    writeFileSync(join(folder, 'A-to-B.nonlinear.json'), text('interbrain-nonlinear-1'));
    const old = 'A-to-B.json: its format is interbrain-synchrony-1, but interbrain-synchrony-3 is';
    await expect(readSynchrony(join(folder, 'ridge.A-to-B'))).rejects.toThrow(old);
    await expect(readSynchrony(join(folder, 'ridge.A-to-B'))).rejects.toThrow('measure again');
    rmSync(join(folder, 'networks.A-to-B.json'));
    await expect(readNonlinear(join(folder, 'networks.A-to-B'))).rejects.toThrow('interbrain-nonlinear-1');
  });

  it('are told by their format, and newer ones too', async () => {
    writeFileSync(join(folder, 'ridge.old.json'), text('interbrain-synchrony-1'));
    await expect(readAnyResult(join(folder, 'ridge.old'))).rejects.toThrow('an older interbrain');
    writeFileSync(join(folder, 'ridge.new.json'), text('interbrain-synchrony-4'));
    await expect(readAnyResult(join(folder, 'ridge.new'))).rejects.toThrow(OtherFormat);
    await expect(readAnyResult(join(folder, 'ridge.new'))).rejects.not.toThrow('an older interbrain');
  });
});

it('the ridge measure is what measureSynchrony gives', async () => {
  const labels = { condition: HEAD.condition, targetModel: HEAD.targetModel };
  const settings = { ...ridge.settings.parse(QUICK['ridge']), ...common, ...labels };
  expect(await runOne(ridge)).toEqual(await measureSynchrony(source, target, settings));
});
