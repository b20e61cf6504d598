// Studies that record some layers: what is measured of them is what it is with all, and everything names them by their numbers
// in the model.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { INTERACTIVE } from '../src/conditions/condition.ts';
import { parseSafetensorsHeader, readFloats, readTensorBytes } from '../src/numerics/safetensors.ts';
import { contributionsPath, synchronyPath } from '../src/recordings/layout.ts';
import { ridge } from '../src/synchrony/measures/ridge-measure.ts';
import { readResult } from '../src/synchrony/synchrony-files.ts';
import { checkPage } from '../src/view/data.ts';
import { hashTree, interbrain, scratch, writeStudy } from './cli.ts';
import { pythonWith } from './python.ts';

/** Of three layers and of four. */
const MODELS = '{ l: { embedded: toy-llama-s }, m: { embedded: toy-mistral-s } }';
/** What every second layer from the last one is of them. */
const NUMBERS = { l: [0, 2], m: [1, 3] } as const;
const PAIR = ['l', 'm'] as const;
const SETTINGS = {
  models: MODELS,
  pairs: '[[l, m]]',
  conditions: '[interactive, passive]',
  simulation: '{ seeds: [0], rounds: 4, maxNewTokens: 30, interactions: 12 }',
  synchrony: '{ samples: all, splitSeeds: [0, 1], test: 0.3, lambda: 0.1 }',
  contributions: 'true',
  ownPast: '{ cells: all }',
  reliability: 'true',
  significance: '{ draws: 20 }',
  nonlinear: '{ layerPairs: all, hidden: 4, epochs: 1 }',
};

const folder = scratch();
const runOf = (name: string) => join(folder, 'runs', name);
afterAll(() => rmSync(folder, { recursive: true }));

async function play(name: string, changes: Record<string, string> = {}) {
  return interbrain(['run', writeStudy(folder, { name, ...SETTINGS, ...changes })], folder);
}

beforeAll(async () => {
  expect(await play('all')).toMatchObject({ code: 0, stderr: '' });
  expect(await play('some', { states: '{ layers: { every: 2 } }' })).toMatchObject({ code: 0, stderr: '' });
  expect((await interbrain(['export', 'runs/some', '--csv', 'tables'], folder)).code).toBe(0);
}, 600_000);

async function contributionsOf(name: string, direction: 'A->B' | 'B->A') {
  const path = `${contributionsPath(runOf(name), PAIR, direction)}.safetensors`;
  const entry = (await parseSafetensorsHeader(path)).tensors.get('contributions')!;
  return { values: await readFloats(path, entry), shape: entry.shape };
}

/** What every interaction adds to one layer pair. */
function cellOf(
  { values, shape }: Awaited<ReturnType<typeof contributionsOf>>,
  columns: number,
  cell: number,
) {
  expect(shape[2]).toBe(columns);
  const size = shape[1]! * columns;
  return Array.from({ length: shape[0]! }, (_, i) => values[i * size + cell]);
}

const json = (name: string, ...path: string[]) =>
  JSON.parse(readFileSync(join(runOf(name), ...path), 'utf8'));

/** Columns of a CSV file of numbers and names. */
function csv(path: string, ...columns: string[]): string[][] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => columns.map((name) => line.split(',')[names.indexOf(name)] ?? ''));
}

const distinct = (rows: readonly (readonly string[])[]) => [...new Set(rows.map((row) => row.join()))].sort();

describe('states', () => {
  it('are those of the layers that were asked for, with their numbers', async () => {
    for (const condition of ['interactive', 'passive']) {
      const inside = join('states', 'l+m', condition, '0');
      for (const file of readdirSync(join(runOf('some'), inside))) {
        const [some, all] = ['some', 'all'].map((name) => join(runOf(name), inside, file));
        const [own, whole] = [await parseSafetensorsHeader(some!), await parseSafetensorsHeader(all!)];
        expect(own.metadata).toMatchObject({ layers_A: '0 2', model_layers_A: '3' });
        expect(own.metadata).toMatchObject({ layers_B: '1 3', model_layers_B: '4' });
        expect(Object.keys(whole.metadata)).not.toContain('layers_A');
        for (const [seat, numbers] of [
          ['A', NUMBERS.l],
          ['B', NUMBERS.m],
        ] as const) {
          const [mine, theirs] = [own.tensors.get(seat)!, whole.tensors.get(seat)!];
          const size = theirs.shape[1]! * theirs.shape[2]!;
          expect(mine.shape).toEqual([2, ...theirs.shape.slice(1)]);
          const [values, others] = [await readFloats(some!, mine), await readFloats(all!, theirs)];
          for (const [place, layer] of numbers.entries())
            expect(values.subarray(place * size, (place + 1) * size)).toEqual(
              others.subarray(layer * size, (layer + 1) * size),
            );
        }
      }
    }
  });
});

describe('the measure', () => {
  it('has the maps that it has with all layers, and names the best of those that it has', async () => {
    for (const condition of ['interactive', 'passive'] as const)
      for (const direction of ['A->B', 'B->A'] as const) {
        const path = (name: string) =>
          synchronyPath(runOf(name), PAIR, condition as typeof INTERACTIVE, direction);
        const [some, all] = [await readResult(ridge, path('some')), await readResult(ridge, path('all'))];
        const [from, to] = direction === 'A->B' ? [NUMBERS.l, NUMBERS.m] : [NUMBERS.m, NUMBERS.l];
        const file = JSON.parse(readFileSync(`${path('some')}.json`, 'utf8'));
        expect(file.sourceRecorded.numbers).toEqual(from);
        const columns = all.result.targetLayers;
        const [added, whole] = await Promise.all(
          ['some', 'all'].map((name) => contributionsOf(name, direction)),
        );
        for (const [i, source] of from.entries()) {
          const row = to.map((target) => all.result.meanR2[source * columns + target]!);
          for (const [j, r2] of row.entries())
            expect(Math.abs(some.result.meanR2[2 * i + j]! - r2)).toBeLessThan(1e-6);
          // Pair by pair, in float64, the very numbers.
          if (condition === 'interactive')
            for (const [j, target] of to.entries())
              expect(cellOf(added!, 2, 2 * i + j)).toEqual(
                cellOf(whole!, columns, source * columns + target),
              );
          const best = to[row[0]! >= row[1]! ? 0 : 1];
          expect(file.syncR2.bestTarget[i]).toBe(best);
          expect(to[some.result.syncR2.bestTarget[i]!]).toBe(best);
        }
        const { metadata, tensors } = await parseSafetensorsHeader(`${path('some')}.safetensors`);
        expect(metadata).toMatchObject({ source_layers: from.join(' '), target_layers: to.join(' ') });
        const bytes = await readTensorBytes(`${path('some')}.safetensors`, tensors.get('mean_r2')!);
        expect(bytes.byteLength).toBe(4 * 8);
      }
  });

  it('what is made of it names layers by their numbers too', () => {
    const { bestTarget } = json('some', 'synchrony', 'l+m', 'interactive', 'ridge.A-to-B.json').syncR2;
    expect(json('some', 'contributions', 'l+m', 'A-to-B.json')).toMatchObject({ bestTarget });
    const past = json('some', 'own-past', 'l+m', 'A-to-B.json');
    const pairs = past.layerPairs.map((one: { source: number; target: number }) => [one.source, one.target]);
    expect(pairs).toEqual([
      [0, 1],
      [0, 3],
      [2, 1],
      [2, 3],
    ]);
    const { layers } = json('some', 'reliability', 'l+m', 'A-to-B.json').ceiling;
    expect(layers.map((one: { target: number; from: number }) => [one.target, one.from])).toEqual([
      [1, 3],
      [3, 1],
    ]);
    const networks = json('some', 'synchrony', 'l+m', 'interactive', 'networks.A-to-B.json');
    expect(networks.cells.map((one: { source: number; target: number }) => [one.source, one.target])).toEqual(
      pairs,
    );
    expect(networks.comparison.sourceLayers).toEqual([0, 2]);
    for (const to of networks.syncR2.bestTarget) expect([1, 3]).toContain(to);
  });
});

describe('what a user sees', () => {
  const tables = (file: string) => join(runOf('some'), 'report', 'tables', file);
  const SHOWN = ['1,2', '1,4', '3,2', '3,4'];

  it('counts the models’ layers from 1: pages and their tables', () => {
    const columns = ['source_layer', 'target_layer'];
    expect(distinct(csv(tables('r2+l+m+interactive+A-to-B.csv'), ...columns))).toEqual(SHOWN);
    const ofDirection = ['direction', 'model_a', ...columns];
    const own = csv(tables('own-past-layers.csv'), ...ofDirection).filter(
      ([way, a]) => way === 'A->B' && a === 'l',
    );
    expect(distinct(own.map((row) => row.slice(2)))).toEqual(SHOWN);
    const networks = csv(tables('nonlinear.csv'), ...ofDirection).filter(
      ([way, a]) => way === 'A->B' && a === 'l',
    );
    expect(distinct(networks.map((row) => row.slice(2)))).toEqual(SHOWN);
    const best = csv(tables('best-targets.csv'), 'source_model', 'source_layer', 'best_target_layer');
    for (const [model, source, target] of best) {
      const [from, to] =
        model === 'l'
          ? [
              ['1', '3'],
              ['2', '4'],
            ]
          : [
              ['2', '4'],
              ['1', '3'],
            ];
      expect(from).toContain(source);
      expect(to).toContain(target);
    }
    const page = readFileSync(join(runOf('some'), 'report', 'index.html'), 'utf8');
    expect(page).toContain('every 2nd layer, counted back from the last');
    const pair = readFileSync(join(runOf('some'), 'report', 'pairs', 'l+m.html'), 'utf8');
    expect(pair).toMatch(/<th scope="row">3 → [24]<\/th>/);
    expect(pair).not.toMatch(/<th scope="row">[24] → [24]<\/th>/);
  });

  it('so do the export and the explorer’s data', () => {
    const cells = csv(
      join(folder, 'tables', 'cells.csv'),
      'source_model',
      'source_layer',
      'target_layer',
      'source_layers',
    );
    const own = cells.filter(([model]) => model === 'l');
    expect(distinct(own.map((row) => row.slice(1, 3)))).toEqual(SHOWN);
    expect(distinct(own.map((row) => row.slice(3)))).toEqual(['3']);
    const page = checkPage(json('some', 'report', 'data.json'));
    for (const map of page.maps) {
      const [from, to] = [NUMBERS[map.source as 'l'], NUMBERS[map.target as 'l']];
      expect(map).toMatchObject({ sourceNumbers: from, targetNumbers: to });
      for (const target of map.bestTarget) expect(to).toContain(target);
      for (const [source, target] of map.intervals) {
        expect(from).toContain(source);
        expect(to).toContain(target);
      }
    }
  });
});

describe('another choice', () => {
  it('plays again, and another way of saying the same does not', async () => {
    const before = hashTree(join(runOf('some'), 'states'));
    const same = await play('some', { states: '{ layers: { every: 2 }, position: last }' });
    expect(same.code).toBe(0);
    expect(hashTree(join(runOf('some'), 'states'))).toEqual(before);
    const study = writeStudy(folder, {
      name: 'some',
      ...SETTINGS,
      states: '{ layers: [2] }',
      reliability: 'false',
    });
    const { stdout } = await interbrain(['status', study], folder);
    expect(stdout).toMatch(/0\/12 episodes \(12 stale\)/);
    expect(existsSync(join(runOf('some'), 'states'))).toBe(true);
  });
});

it('is kept as half floats with the same layers', async () => {
  const changes = { states: '{ layers: [2], values: F16 }', reliability: 'false' };
  expect(await play('half', changes)).toMatchObject({ code: 0, stderr: '' });
  const inside = join(runOf('half'), 'states', 'l+m', 'interactive', '0');
  const [file = ''] = readdirSync(inside);
  const { metadata, tensors } = await parseSafetensorsHeader(join(inside, file));
  expect(metadata).toMatchObject({ layers_A: '2', layers_B: '2' });
  expect(tensors.get('A')).toMatchObject({ dtype: 'F16' });
  expect(tensors.get('A')!.shape[0]).toBe(1);
}, 300_000);

const reader = pythonWith('numpy', 'safetensors');
it.skipIf(!reader.python)(`are named by the reader for Python${reader.reason}`, () => {
  const program = `
from interbrain import runs
import numpy as np
some, all = (runs.open(f"runs/{name}") for name in ("some", "all"))
print(some.layers("l"), some.layers("m"), all.layers("m"))
measured = some.synchrony("l+m", "A->B")
print(measured.source_layers, measured.target_layers, set(measured.syncr2["bestTarget"]) <= {1, 3})
ours, theirs = (run.samples("l+m", "A->B").xy(2, 3) for run in (some, all))
print([bool(np.array_equal(a, b)) for a, b in zip(ours, theirs)], some.syncr2(as_rows=True)[0]["source_layers"])
try:
    some.samples("l+m", "A->B").xy(1, 3)
except runs.BadInput as error:
    print(error)
`;
  const env = {
    ...process.env,
    PYTHONPATH: resolve(import.meta.dirname, '../python'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const { stdout, stderr } = spawnSync(reader.python ?? '', ['-c', program], {
    encoding: 'utf8',
    env,
    cwd: folder,
  });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual([
    '[0, 2] [1, 3] [0, 1, 2, 3]',
    '[0, 2] [1, 3] True',
    '[True, True] 3',
    'source layer 1 is not there; of 3 layers, [0, 2] were recorded',
  ]);
});
