// Synchrony of single episodes: what they sum to, and a score that follows it.

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plantStudy } from '../../../test/planted-study.ts';
import { resultsOf, runStage } from '../../../test/run-stage.ts';
import { writeJudgement } from '../../evaluation/files.ts';
import type { PlantedOptions } from '../../recordings/planted.ts';
import type { DirectionEpisodes } from '../episode-synchrony-files.ts';
import type { OpenStudy } from '../open.ts';
import { CONTRIBUTIONS } from './contributions.ts';
import { EPISODE_MODEL } from './episode-model.ts';
import { EPISODE_SYNCHRONY } from './episode-synchrony.ts';
import { MEASURE } from './measure.ts';

const DIMENSIONS = [{ name: 'goal', low: -10, high: 10, description: 'made up' }];

let folder: string;
let study: OpenStudy;
let results: readonly DirectionEpisodes[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'episodes-'));
  const planted: PlantedOptions = {
    ...{ scenarios: 12, interactionsPerScenario: 2, rounds: [3, 6], strength: 2, hiddenSize: 8 },
  };
  const file = {
    ...{ episodeModel: true, judge: 'rule', conditions: ['interactive'], significance: false },
    synchrony: { samples: 'all', folds: 4, splitSeeds: [0], groupBy: 'interaction', lambda: 1 },
  };
  study = await plantStudy(folder, 'episodes', planted, file);
  await runStage(MEASURE, study, { threads: 1 });
  expect(await runStage(EPISODE_SYNCHRONY, study, { threads: 1 })).toEqual({ made: 4, skipped: 0 });
  results = await resultsOf(EPISODE_SYNCHRONY, study);
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

it('has every episode once under folds, and their mean by rows is near SyncR²', async () => {
  const measured = await Promise.all(MEASURE.tasks(study).map((task) => MEASURE.read(study.run, task)));
  for (const [i, { episodes, notHeldOut }] of results.entries()) {
    expect(episodes).toHaveLength(24);
    expect(new Set(episodes.map(({ interaction }) => interaction)).size).toBe(24);
    expect(notHeldOut).toBe(0);
    expect(episodes.every(({ splits, rounds }) => splits === 1 && rounds >= 3 && rounds <= 6)).toBe(true);
    const rows = episodes.reduce((sum, one) => sum + one.rows, 0);
    const mean = episodes.reduce((sum, one) => sum + (one.rows / rows) * one.r2, 0);
    // Exactly their mean by share of each fold’s rows, and folds are about alike.
    expect(Math.abs(mean - measured[i]!.result.syncR2.value)).toBeLessThan(0.02);
    expect(new Set(episodes.map(({ r2 }) => r2)).size).toBe(24);
  }
  expect(await runStage(EPISODE_SYNCHRONY, study)).toEqual({ made: 0, skipped: 4 });
});

it('a score that follows the synchrony of the episode is found to', async () => {
  const order = MEASURE.tasks(study).map((task) => task.order.names);
  for (const [i, { episodes }] of results.entries()) {
    if (i % 2 === 1) continue;
    for (const { interaction, seed, rounds, r2 } of episodes) {
      const other = results[i + 1]!.episodes.find((one) => one.interaction === interaction)!;
      const jitter = ((rounds * 7 + interaction.length + i) % 5) / 50;
      const score = 2 + 3 * ((r2 + other.r2) / 2) + jitter;
      await writeJudgement(study.run, {
        ...{
          format: 'interbrain-judgement-1',
          interaction,
          scenario: 's',
          models: order[i] as [string, string],
          seed,
        },
        ...{ judge: 'rule', dimensions: DIMENSIONS, inputs: 'x', attempts: 1, status: 'judged' },
        agents: [{ scores: { goal: score - 1 } }, { scores: { goal: score + 1 } }],
      });
    }
  }
  expect(await runStage(EPISODE_MODEL, study)).toEqual({ made: 1, skipped: 0 });
  const [model] = await resultsOf(EPISODE_MODEL, study);
  expect(model).toMatchObject({ judge: 'rule', n: 48, pairs: 1, interactions: 24 });
  const within = model?.fixed.find(({ name }) => name === 'within');
  expect(within?.low).toBeGreaterThan(2);
  expect(within?.high).toBeLessThan(4);
  // A score that changes makes the model stale, and nothing else.
  const { interaction, seed } = results[0]!.episodes[0]!;
  await writeJudgement(study.run, {
    ...{
      format: 'interbrain-judgement-1',
      interaction,
      scenario: 's',
      models: order[0] as [string, string],
      seed,
    },
    ...{ judge: 'rule', dimensions: DIMENSIONS, inputs: 'x', attempts: 1, status: 'judged' },
    agents: [{ scores: { goal: 0 } }, { scores: { goal: 0 } }],
  });
  expect(await runStage(EPISODE_MODEL, study)).toEqual({ made: 1, skipped: 0 });
});

it('is made in the pass that contributions take, to the last bit as alone', async () => {
  const threads = { threads: 1 };
  const pathsOf = (opened: OpenStudy) =>
    EPISODE_SYNCHRONY.tasks(opened).map((task) => EPISODE_SYNCHRONY.path(opened.run, task));
  const read = (paths: readonly string[]) => Promise.all(paths.map((path) => readFile(path, 'utf8')));
  const alone = await read(pathsOf(study));
  for (const cells of ['all', 'best'] as const) {
    const both = study.with({ study: { ...study.study, contributions: { cells, smallest: 10 } } });
    const without = both.with({ study: { ...both.study, episodeModel: false } });
    await runStage(CONTRIBUTIONS, without, threads);
    const paths = CONTRIBUTIONS.tasks(both).map((task) => CONTRIBUTIONS.path(both.run, task));
    const contributions = await read(paths);
    for (const path of [...paths, ...pathsOf(study)]) await rm(path);
    expect(await runStage(CONTRIBUTIONS, both, threads)).toEqual({ made: 4, skipped: 0 });
    expect(await read(paths)).toEqual(contributions);
    expect(await read(pathsOf(study))).toEqual(alone);
    expect(await runStage(EPISODE_SYNCHRONY, both, threads)).toEqual({ made: 0, skipped: 4 });
  }
  // What is there is not made again.
  const [path = ''] = pathsOf(study);
  const before = (await stat(path)).mtimeMs;
  const again = study.with({ study: { ...study.study, contributions: { cells: 'best', smallest: 9 } } });
  expect(await runStage(CONTRIBUTIONS, again, threads)).toEqual({ made: 4, skipped: 0 });
  expect((await stat(path)).mtimeMs).toBe(before);
});
