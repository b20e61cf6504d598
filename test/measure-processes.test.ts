// `interbrain measure` with directions side by side in processes of this machine: through what `npm run build` has made.

import { join } from 'node:path';
import { beforeAll, expect, it, vi } from 'vitest';
import { measureAll } from '../dist/cli/measure-all.js';
import type { MeasureOptions } from '../dist/cli/measure-direction.js';
import { MeasureHelper } from '../dist/cli/measure-helper.js';
import { directionsIn } from '../dist/cli/measure-sources.js';
import { hashTree, interbrain, scratch, writeStudy } from './cli.ts';

const folder = scratch();
const run = join(folder, 'runs', 'small');
const options: MeasureOptions = {
  ...{ groupBy: 'interaction', samples: 'all', test: 0.2, splitSeeds: [0, 1], lambda: ['cv', 0.1] },
  ...{ solver: 'exact', intervals: 'candidates', device: 'cpu', names: 'study' },
};

beforeAll(async () => {
  const study = writeStudy(folder, { conditions: '[interactive, passive]' });
  expect(await interbrain(['run', study], folder)).toMatchObject({
    code: 0,
  });
  const args = ['measure', run, '--out', join(folder, 'alone'), '--threads', '1', '--split-seeds', '0,1'];
  expect(await interbrain(args, folder)).toMatchObject({ code: 0 });
});

/** Measures with two processes, the second at once. */
async function measureWith(out: string, during?: (helper: MeasureHelper) => void) {
  const directions = await directionsIn(run, options, () => {});
  const counted: number[] = [];
  const measured: Parameters<typeof measureAll>[1] = [];
  const open = MeasureHelper.prototype.open;
  let helped = 0;
  vi.spyOn(MeasureHelper.prototype, 'open').mockImplementation(async function (this: MeasureHelper, order) {
    const found = await open.call(this, order);
    helped++;
    during?.(this);
    return found;
  });
  const on = (event: { readonly type: string; readonly done?: number }) => {
    if (event.type === 'progress') counted.push(event.done ?? 0);
  };
  const { signal } = new AbortController();
  const measuring = { folder: run, out, options: { ...options, threads: 2 }, directions, on, signal };
  await measureAll(measuring, measured, 0);
  vi.restoreAllMocks();
  return { counted, measured, helped, directions };
}

it('gives the same bytes, and counts every layer pair once', async () => {
  const out = join(folder, 'many');
  const { counted, measured, helped, directions } = await measureWith(out);
  expect(hashTree(out)).toEqual(hashTree(join(folder, 'alone')));
  expect(measured).toHaveLength(directions.length);
  expect(counted).toEqual(counted.toSorted((a, b) => a - b));
  expect(counted.at(-1)).toBe(directions.reduce((sum, { layerPairs }) => sum + layerPairs, 0));
  expect(helped).toBe(1);
});

it('measures itself what a process that ended had begun', async () => {
  const out = join(folder, 'ended');
  const { helped } = await measureWith(out, (helper) => setTimeout(() => helper.close(), 20));
  expect(hashTree(out)).toEqual(hashTree(join(folder, 'alone')));
  expect(helped).toBe(1);
});
