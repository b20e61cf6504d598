import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { play } from '../../test/scripted-run.ts';
import { parseCondition } from '../conditions/condition.ts';
import { spreadLayers } from '../pairs/layers.ts';
import { synchronyPath } from '../recordings/layout.ts';
import { readSynchrony } from '../synchrony/synchrony-files.ts';
import { openRun } from './open.ts';
import { previewSynchrony } from './preview.ts';

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'preview-'));
  run = join(folder, 'run');
  expect((await play(run, { layers: [12, 3] })).outcome).toBe('done');
});
afterAll(() => rm(folder, { recursive: true }));

it('layers are chosen evenly, and all of few', () => {
  expect(spreadLayers(3, 8)).toEqual([0, 1, 2]);
  expect(spreadLayers(32, 8)).toEqual([2, 6, 10, 14, 18, 22, 26, 30]);
  expect(new Set(spreadLayers(12, 8)).size).toBe(8);
});

it('of a whole run, a first look is the first split of its measure at the chosen layers, and writes nothing', async () => {
  const before = await readdir(run, { recursive: true });
  const { maps, missing, seed } = await previewSynchrony(await openRun(run));
  expect(await readdir(run, { recursive: true })).toEqual(before);
  expect([maps.length, missing, seed]).toEqual([4, [], 0]);
  for (const { models, direction, sourceLayers, targetLayers, layers, r2, episodes, samples } of maps) {
    const path = synchronyPath(run, models, parseCondition('interactive'), direction);
    const { result } = await readSynchrony(path);
    expect([layers, samples, episodes]).toEqual([
      [result.sourceLayers, result.targetLayers],
      result.samples,
      8,
    ]);
    expect([sourceLayers.length, targetLayers.length].sort()).toEqual([3, 8]);
    for (const [x, source] of sourceLayers.entries())
      for (const [y, target] of targetLayers.entries())
        expect(r2[x * targetLayers.length + y]).toBeCloseTo(
          result.r2[0]?.[source * result.targetLayers + target] ?? Number.NaN,
          6,
        );
  }
});

it('is not made of too many states, nor of too few, and says so', async () => {
  const opened = await openRun(run);
  const large = await previewSynchrony(opened, 1000);
  expect(large.maps).toEqual([]);
  expect(large.missing).toEqual([expect.stringContaining('more than a first look takes')]);
  const [order] = opened.orders;
  if (!order) throw new Error('no seat order');
  const states = join(run, 'states', order.folder, 'interactive', '0');
  for (const file of (await readdir(states)).slice(1)) await rm(join(states, file));
  const { maps, missing } = await previewSynchrony(await openRun(run));
  expect(maps.map(({ models }) => models.join('+'))).toEqual(['b+a', 'b+a']);
  expect(missing).toEqual([expect.stringContaining('a+b A->B'), expect.stringContaining('a+b B->A')]);
});
