// samples: equal on planted recordings of two seat orders, one of which has fewer dialogues.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { PLANTED_PAIR, plantStudy } from '../../test/planted-study.ts';
import { resultsOf, runStage } from '../../test/run-stage.ts';
import { alignPairs, DIRECTIONS } from '../pairs/align.ts';
import { openRecordings } from '../pairs/open.ts';
import { splitSamples } from '../pairs/split.ts';
import { listRecordings } from '../recordings/list.ts';
import { StageContext } from './context.ts';
import { directionTasks, measureAgain, openDirection } from './direction-rows.ts';
import { countedSettings } from './equal-samples.ts';
import type { OpenStudy } from './open.ts';
import { MEASURE } from './stages/measure.ts';
import { statesOf } from './state.ts';

const folder = mkdtempSync(join(tmpdir(), 'equal-samples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SYNCHRONY = { samples: 'equal', test: 0.25, splitSeeds: [0, 1], groupBy: 'interaction', lambda: 0.1 };
const planted = {
  scenarios: 8,
  interactionsPerScenario: 3,
  rounds: [3, 5],
  layers: 2,
  hiddenSize: 4,
} as const;
const SHORT = PLANTED_PAIR.toReversed() as [string, string];

let opened: OpenStudy;
let count = 0;
beforeEach(async () => {
  const file = { conditions: ['interactive', 'lag-1'], synchrony: SYNCHRONY, significance: false };
  opened = await plantStudy(folder, `run-${count++}`, planted, file);
  // Of the second seat order five dialogues are missing.
  for (const { states, episode } of (await recordingsOf(SHORT)).slice(0, 5))
    for (const path of [states, episode]) if (path !== null) await rm(path);
});

const recordingsOf = (models: readonly [string, string]) =>
  listRecordings(opened.run, { models, condition: 'interactive', seeds: [0] });
const settingsNow = () => countedSettings(new StageContext(opened));

/** The largest size that all splits of every order, lag and direction have: one after another from the top. */
async function expectedSize(orders: readonly (readonly [string, string])[]): Promise<number> {
  const lists = [];
  for (const models of orders) {
    const recordings = await openRecordings(await recordingsOf(models));
    for (const direction of DIRECTIONS)
      for (const lag of [0, 1]) lists.push(alignPairs(recordings, direction, lag));
  }
  for (let samples = Math.min(...lists.map(({ length }) => length)); samples > 0; samples--)
    try {
      for (const list of lists)
        for (const seed of SYNCHRONY.splitSeeds) splitSamples(list, { seed, samples, testFraction: 0.25 });
      return samples;
    } catch {}
  return 0;
}

it('gives all measures the same number of samples, the largest that all of them have', async () => {
  const size = await expectedSize([PLANTED_PAIR, SHORT]);
  expect(size).toBeGreaterThan(8);
  expect(await settingsNow()).toEqual({ ...opened.study.synchrony, samples: size });
  await runStage(MEASURE, opened);
  const results = await resultsOf(MEASURE, opened);
  expect(results.map(({ samples }) => samples)).toEqual(Array.from({ length: 8 }, () => size));
  // Whatever is measured again takes the same rows.
  const context = new StageContext(opened);
  for (const task of directionTasks(opened)) {
    const { splits } = await openDirection(task, context);
    expect(splits.map(({ train, test }) => train.length + test.length)).toEqual([size, size]);
  }
});

it('goes with principal components, which every measure says and what is measured again has too', async () => {
  const { study } = opened;
  const reduced = opened.with({
    study: { ...study, synchrony: { ...study.synchrony, reduce: { components: 3 } } },
  });
  await runStage(MEASURE, reduced);
  const results = await resultsOf(MEASURE, reduced);
  expect(results.map((one) => one.reduced)).toEqual(
    Array.from({ length: 8 }, () => ({ asked: 3, source: 3, target: 3 })),
  );
  expect(await resultsOf(MEASURE, opened)).toEqual([]);
  const context = new StageContext(reduced);
  const [task] = directionTasks(reduced);
  if (!task) throw new Error('no direction');
  const rows = await openDirection(task, context);
  const { signal } = new AbortController();
  const again = await measureAgain(rows, { splits: rows.splits }, context, signal);
  const own = results.find(
    ({ condition, direction, sourceModel }) =>
      condition === 'interactive' && direction === task.direction && sourceModel === PLANTED_PAIR[0],
  );
  expect(again.result.meanR2).toEqual(own?.meanR2);
});

it('makes every measure stale when the number changes, and none when it is written out', async () => {
  await runStage(MEASURE, opened);
  const { samples } = await settingsNow();
  const { study } = opened;
  const written = opened.with({ study: { ...study, synchrony: { ...study.synchrony, samples } } });
  const statesIn = async (one: OpenStudy) =>
    (await statesOf(MEASURE, settled(one))).map(({ state }) => state);
  expect(await statesIn(written)).toEqual(Array.from({ length: 8 }, () => 'current'));
  expect(await statesIn(opened)).toEqual(Array.from({ length: 8 }, () => 'current'));
  for (const { states } of (await recordingsOf(SHORT)).slice(0, 3)) await rm(states);
  expect((await settingsNow()).samples).toBeLessThan(Number(samples));
  expect(await statesIn(opened)).toEqual(Array.from({ length: 8 }, () => 'stale'));
});

/** Episodes count as there. */
function settled(one: OpenStudy): StageContext {
  const context = new StageContext(one);
  for (const name of ['episodes', 'readings']) context.settle(name, []);
  return context;
}

it('leaves a seat order out that cannot be measured', async () => {
  const alone = await expectedSize([PLANTED_PAIR]);
  expect(alone).toBeGreaterThan(await expectedSize([PLANTED_PAIR, SHORT]));
  const files = await recordingsOf(SHORT);
  writeFileSync(files[0]?.states ?? '', 'no states');
  expect((await settingsNow()).samples).toBe(alone);
  for (const { states } of files) await rm(states);
  expect((await settingsNow()).samples).toBe(alone);
});

it('is all where there is nothing, so that each measure says what it lacks', async () => {
  for (const models of [PLANTED_PAIR, SHORT])
    for (const { states } of await recordingsOf(models)) await rm(states);
  expect((await settingsNow()).samples).toBe('all');
});
