// Other measures of planted recordings: what couples the two sides, all of them see, and rows are matched.

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plantStudy } from '../../../test/planted-study.ts';
import { resultsOf, runStage } from '../../../test/run-stage.ts';
import { synchronyPath } from '../../recordings/layout.ts';
import { readAnyResult } from '../../synchrony/synchrony-files.ts';
import type { OpenStudy } from '../open.ts';
import type { DirectionSimilarity } from '../similarity-files.ts';
import { MEASURE } from './measure.ts';
import { SIMILARITY } from './similarity.ts';

const NAMES = ['ridge', 'cka', 'cca', 'pls', 'rsa', 'neighbours'];
const OTHERS = ['lag-1', 'pseudo-dyad', 'shuffled'];

let folder: string;
let study: OpenStudy;
let results: readonly DirectionSimilarity[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'similarity-'));
  const planted = {
    scenarios: 14,
    interactionsPerScenario: 2,
    rounds: 5,
    strength: 2,
    hiddenSize: 8,
  } as const;
  const file = {
    similarity: true,
    conditions: ['interactive', ...OTHERS],
    significance: false,
    synchrony: { samples: 'all', test: 0.3, splitSeeds: [0, 1], groupBy: 'scenario', lambda: 1 },
  };
  study = await plantStudy(folder, 'coupled', planted, file);
  await runStage(MEASURE, study);
  expect(await runStage(SIMILARITY, study)).toEqual({ made: 4, skipped: 0 });
  results = await resultsOf(SIMILARITY, study);
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

it('has every measure and every condition of the study, and makes nothing twice', async () => {
  expect(results).toHaveLength(4);
  for (const { measures } of results) {
    expect(measures.map(({ measure }) => measure)).toEqual(NAMES);
    for (const { compared, notCompared } of measures) {
      expect(compared.map(({ condition }) => condition)).toEqual(OTHERS);
      expect(notCompared).toEqual([]);
    }
  }
  expect(await runStage(SIMILARITY, study)).toEqual({ made: 0, skipped: 4 });
});

it('all see the coupling, which goes where the partner is another', () => {
  for (const { measures } of results)
    for (const { measure, interactive, compared } of measures) {
      expect(interactive.value, measure).toBeGreaterThan(0.05);
      const dyads = compared.find(({ condition }) => condition === 'pseudo-dyad');
      expect(dyads?.other.value, measure).toBeLessThan(interactive.value / 2);
      const { syncR2, jackknife } = interactive.intervals ?? {};
      expect(syncR2?.low).toBeLessThanOrEqual(interactive.value);
      expect(syncR2?.high).toBeGreaterThanOrEqual(interactive.value);
      expect(jackknife?.groups.length).toBeGreaterThan(3);
      for (const { other, interactive: own } of compared)
        expect([other.intervals?.jackknife.groups, own.intervals?.jackknife.groups]).toEqual([
          jackknife?.groups,
          jackknife?.groups,
        ]);
    }
});

it('a condition with fewer rows is compared on those', async () => {
  const [{ result: interactive }] = await Promise.all([MEASURE.read(study.run, MEASURE.tasks(study)[0]!)]);
  const [first] = results;
  for (const { measure, compared, interactive: whole } of first?.measures ?? []) {
    const lag = compared.find(({ condition }) => condition === 'lag-1');
    const shuffled = compared.find(({ condition }) => condition === 'shuffled');
    expect(lag?.samples).toBeLessThan(interactive.samples);
    expect(lag?.interactive.value, measure).not.toBe(whole.value);
    expect(shuffled?.samples).toBe(interactive.samples);
    expect(shuffled?.interactive.value, measure).toBe(whole.value);
  }
});

it('the ridge maps are the measure’s own, and the others’ cells lie beside them', async () => {
  for (const [i, task] of SIMILARITY.tasks(study).entries()) {
    const { result } = await MEASURE.read(study.run, MEASURE.tasks(study)[4 * i]!);
    expect(results[i]?.measures[0]?.interactive.value).toBe(result.syncR2.value);
    const path = synchronyPath(study.run, task.order.names, 'interactive', task.direction, 'cka');
    expect(existsSync(`${path}.safetensors`)).toBe(true);
    const { result: cka } = await readAnyResult(path);
    expect(cka.syncR2?.value).toBe(results[i]?.measures[1]?.interactive.value);
  }
});

it('is not asked for by itself, and can leave measures out', async () => {
  const quiet = await plantStudy(folder, 'quiet', { scenarios: 4, rounds: 3 });
  expect(SIMILARITY.asked(quiet.study)).toBe(false);
  const file = {
    conditions: ['interactive'],
    similarity: { cca: false, pls: false, rsa: false, neighbours: false },
  };
  const one = await plantStudy(folder, 'one', { scenarios: 8, rounds: 4 }, file);
  await runStage(MEASURE, one);
  await runStage(SIMILARITY, one);
  const [result] = await resultsOf(SIMILARITY, one);
  expect(result?.measures.map(({ measure }) => measure)).toEqual(['ridge', 'cka']);
}, 60_000);
