// A whole study through the library: in which order, what is told, what a failure ends and what it does not.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScriptedModel } from '../src/models/scripted/model.ts';
import { createRandom } from '../src/numerics/random.ts';
import { encountersOf } from '../src/scenarios/encounters.ts';
import { smallWorld } from '../src/scenarios/world.ts';
import { StageContext } from '../src/studies/context.ts';
import type { StudyEvent } from '../src/studies/events.ts';
import { readManifest } from '../src/studies/manifest.ts';
import { type OpenStudy, openRun } from '../src/studies/open.ts';
import { type RunStudyOptions, runStudy } from '../src/studies/run-study.ts';
import { MEASURE } from '../src/studies/stages/measure.ts';
import { SENSITIVITY } from '../src/studies/stages/sensitivity.ts';
import { STAGES, stageNamed } from '../src/studies/stages.ts';
import { currentResults, stateOf } from '../src/studies/state.ts';
import { studyOf } from './run-stage.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const talker = (id: string) =>
  createScriptedModel({
    id,
    layers: 2,
    hiddenSize: 4,
    // Nothing twice: who repeats itself has left.
    replies: (prompt, { seed }) =>
      `I say ${createRandom(`${id}/${seed}/${prompt.length}`).integer(90)} and ${prompt.length}.`,
  });
const models = new Map([
  ['a', talker('a')],
  ['b', talker('b')],
]);
const world = smallWorld();
const encounters = encountersOf(world).filter((_, index) => index % 12 === 0);
const interactions = encounters.map(({ interaction }) => interaction);

/** A study of two scripted models in a folder of its own. */
function study(file: object = {}, run = join(scratch(), 'run')): OpenStudy {
  const given = {
    simulation: { seeds: [0], rounds: 3 },
    synchrony: { samples: 'all', splitSeeds: [0, 1], intervals: false },
    pairs: [['a', 'b']],
    ...file,
  };
  const scenarios = { ...world, interactions };
  const opened = studyOf(run, ['a', 'b'], given, { encounters, scenarios });
  return opened.with({ source: { file: 'study.yaml', text: 'name: test\n' } });
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'run-study-'));
  folders.push(folder);
  return folder;
}

/** Runs a study; what was told. */
async function run(opened: OpenStudy, options: RunStudyOptions = {}) {
  const events: StudyEvent[] = [];
  const outcome = await runStudy(opened, { models, on: (event) => events.push(event), ...options });
  return { outcome, events };
}

const told = <Type extends StudyEvent['type']>(events: readonly StudyEvent[], type: Type) =>
  events.filter((event): event is Extract<StudyEvent, { type: Type }> => event.type === type);

/** How many results of each stage are in which state. */
async function counts(opened: OpenStudy) {
  const infos = new Map([...models].map(([name, { info }]) => [name, info]));
  const states = await stateOf(opened.with({ infos }));
  return Object.fromEntries(
    states.map(({ stage, tasks }) => {
      const by: Record<string, number> = {};
      for (const { state } of tasks) by[state] = (by[state] ?? 0) + 1;
      return [stage, by];
    }),
  );
}

const EPISODES = 2 * encounters.length;

describe('a study from beginning to end', () => {
  it('stands after the stages that it needs, in the table', () => {
    for (const [i, { needs }] of STAGES.entries())
      for (const name of needs) expect(STAGES.indexOf(stageNamed(name)), name).toBeLessThan(i);
  });

  it('tells all there is to do before it begins, and every step after', async () => {
    const opened = study({ conditions: ['interactive', 'shuffled'], judge: 'rule' });
    const { outcome, events } = await run(opened, { report: async (folder) => `${folder}/page.html` });
    expect(outcome).toMatchObject({ outcome: 'done', exitCode: 0, failed: [] });
    const [begins] = events;
    expect(begins).toEqual({
      type: 'run-begins',
      study: 'test',
      run: opened.run,
      stages: [
        { stage: 'episodes', unit: 'episodes', total: EPISODES, tasks: EPISODES },
        // Two seat orders, directions and conditions, of two times two layers each.
        { stage: 'measure', unit: 'layer pairs', total: 32, tasks: 8 },
        { stage: 'judgements', unit: 'judgements', total: EPISODES, tasks: EPISODES },
      ],
    });
    expect(told(events, 'stage-begins').map(({ stage, index, of }) => [stage, index, of])).toEqual([
      ['episodes', 1, 3],
      ['measure', 2, 3],
      ['judgements', 3, 3],
    ]);
    for (const { stage, total } of told(events, 'stage-begins')) {
      const steps = told(events, 'progress').filter((step) => step.stage === stage);
      expect(steps.at(-1)).toMatchObject({ done: total, total, skipped: 0 });
      expect(steps.map(({ done }) => done)).toEqual(steps.map(({ done }) => done).toSorted((x, y) => x - y));
    }
    expect(told(events, 'task-done')).toHaveLength(EPISODES + 8 + EPISODES);
    expect(told(events, 'turn')).toHaveLength(6 * EPISODES);
    expect(told(events, 'turn')[0]).toMatchObject({ round: 1, seat: 'A', seed: 0 });
    expect(events.at(-1)).toMatchObject({ type: 'run-ends', report: `${opened.run}/page.html` });
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
    expect(await readManifest(opened.run)).toMatchObject({ models: { a: { layers: 2 } } });
    expect(existsSync(join(opened.run, 'run.lock'))).toBe(false);
  });

  it('does nothing twice, and loads no model for what is there', async () => {
    const opened = study({ judge: 'rule' });
    expect(await counts(opened)).toEqual({
      episodes: { missing: EPISODES },
      measure: { missing: 4 },
      judgements: { missing: EPISODES },
    });
    await run(opened);
    // These models are nowhere: to load one would fail.
    const { outcome, events } = await run(await openRun(opened.run), { models: undefined });
    expect(outcome.exitCode).toBe(0);
    expect(told(events, 'task-done')).toEqual([]);
    expect(told(events, 'task-skipped')).toHaveLength(2 * EPISODES + 4);
    expect(told(events, 'stage-ends').map(({ made }) => made)).toEqual([0, 0, 0]);
    const counted = told(events, 'stage-begins').map(({ skipped, total }) => [skipped, total]);
    for (const [skipped, total] of counted) expect(skipped).toBe(total);
    expect(await counts(opened)).toEqual({
      episodes: { current: EPISODES },
      measure: { current: 4 },
      judgements: { current: EPISODES },
    });
  });

  it('two runs at once: the second is told who works there', async () => {
    const opened = study();
    let second: Promise<unknown> | undefined;
    const on = ({ type }: StudyEvent) => {
      if (type === 'run-begins') second = run(opened);
      second?.catch(() => {});
    };
    const first = runStudy(opened, { models, on });
    await expect(first.then(() => second)).rejects.toThrow(new RegExp(`${process.pid}`));
    await first;
    expect((await run(opened)).outcome.exitCode).toBe(0);
  });
});

describe('other settings', () => {
  it('what was made with another λ is stale, and is not among the current results', async () => {
    const folder = join(scratch(), 'run');
    const withLambda = (lambda: number) =>
      study(
        {
          synchrony: { samples: 'all', splitSeeds: [0, 1], intervals: false, lambda },
          sensitivity: { sampleSizes: false, groupings: false, textBaseline: false },
        },
        folder,
      );
    await run(withLambda(5));
    expect(await counts(withLambda(5))).toMatchObject({
      measure: { current: 4 },
      sensitivity: { current: 12 },
    });
    // All of it, before anything is made anew.
    expect(await counts(withLambda(0.5))).toEqual({
      episodes: { current: EPISODES },
      measure: { stale: 4 },
      sensitivity: { stale: 12 },
    });
    await run(withLambda(0.5), { stages: ['measure'] });
    expect(await counts(withLambda(0.5))).toMatchObject({
      measure: { current: 4 },
      sensitivity: { stale: 12 },
    });
    const context = new StageContext(await openRun(folder));
    const measured = await currentResults(MEASURE, context);
    expect(measured.current.map(({ result }) => result.lambda)).toEqual([0.5, 0.5, 0.5, 0.5]);
    const parts = await currentResults(SENSITIVITY, context);
    expect(parts).toMatchObject({ current: [], missing: [], failed: [] });
    expect(parts.stale).toHaveLength(12);
    await run(withLambda(0.5));
    expect(await counts(withLambda(0.5))).toMatchObject({ sensitivity: { current: 12 } });
  });

  it('an episode that would be played otherwise makes stale all that was made of it, and no more', async () => {
    const folder = join(scratch(), 'run');
    const opened = study({ judge: 'rule' }, folder);
    await run(opened);
    const path = join(folder, 'episodes/a+b/0', `${interactions[0]?.id}.json`);
    rmSync(path);
    expect(await counts(opened)).toEqual({
      episodes: { current: EPISODES - 1, missing: 1 },
      measure: { current: 2, stale: 2 },
      judgements: { current: EPISODES - 1, stale: 1 },
    });
    const { events } = await run(opened);
    // The same episode again, so that nothing else has to be made anew.
    expect(told(events, 'task-done')).toEqual([
      { type: 'task-done', stage: 'episodes', task: join('episodes/a+b/0', `${interactions[0]?.id}.json`) },
    ]);
  });
});

describe('what fails', () => {
  it('a judge that does not answer ends neither sensitivity nor the report, and is named at the end', async () => {
    const judge = { url: 'http://127.0.0.1:9/v1', model: 'nobody', retries: 0, timeout: 1 };
    const opened = study({
      ...{ judge, correlation: true },
      sensitivity: { sampleSizes: false, groupings: false, textBaseline: false },
    });
    let reported = 0;
    const report = async () => `page ${++reported}`;
    const { outcome, events } = await run(opened, { report, backoff: 0.001 });
    expect(reported).toBe(1);
    expect(outcome).toMatchObject({ outcome: 'failed', exitCode: 3, report: 'page 1' });
    expect(outcome.failed.map(({ stage }) => stage)).toEqual(['judgements', 'correlation']);
    expect(outcome.failed[0]?.message).toContain('127.0.0.1:9');
    const ends = told(events, 'stage-ends').map(({ stage, outcome: one }) => [stage, one]);
    expect(ends).toEqual([
      ['episodes', 'done'],
      ['measure', 'done'],
      ['judgements', 'failed'],
      ['sensitivity', 'done'],
      ['correlation', 'left out'],
    ]);
    expect(await counts(opened)).toMatchObject({ sensitivity: { current: 12 }, correlation: { missing: 1 } });
    expect(events.at(-1)).toMatchObject({ type: 'run-ends', outcome: 'failed', exitCode: 3 });
  });

  it('a condition without samples leaves the others measured; what failed is kept until it is made', async () => {
    const folder = join(scratch(), 'run');
    // One interaction of every scenario: nobody has a stranger.
    const alone = encounters.filter(
      ({ scenario }, i) => encounters.findIndex((one) => one.scenario.id === scenario.id) === i,
    );
    const opened = study({ conditions: ['interactive', 'pseudo-dyad'] }, folder).with({ encounters: alone });
    const { outcome, events } = await run(opened);
    expect(outcome).toMatchObject({ outcome: 'failed', exitCode: 2 });
    expect(told(events, 'task-failed')).toHaveLength(4);
    expect(told(events, 'task-failed')[0]?.message).toContain('no episode has a partner');
    expect(await counts(opened)).toMatchObject({ measure: { current: 4, failed: 4 } });
    const failures = join(folder, 'failures.json');
    expect(JSON.parse(readFileSync(failures, 'utf8')).failures).toHaveProperty([
      join('synchrony/a+b/pseudo-dyad', 'ridge.A-to-B.json'),
    ]);
    // A result that is there after all has no failure any more.
    const more = study({ conditions: ['interactive', 'pseudo-dyad'] }, folder).with({
      encounters: encountersOf(world),
      scenarios: world,
    });
    expect((await run(more)).outcome.exitCode).toBe(0);
    expect(existsSync(failures)).toBe(false);
    expect(await counts(more)).toMatchObject({ measure: { current: 8 } });
  });

  it('stops when told to, and says so', async () => {
    const opened = study();
    const controller = new AbortController();
    const events: StudyEvent[] = [];
    const on = (event: StudyEvent) => {
      events.push(event);
      if (told(events, 'task-done').length === 3) controller.abort(new Error('enough'));
    };
    await expect(runStudy(opened, { models, on, signal: controller.signal, atOnce: 1 })).rejects.toThrow(
      'enough',
    );
    expect(events.at(-1)).toMatchObject({ type: 'run-ends', outcome: 'stopped', exitCode: 130 });
    const { outcome, events: after } = await run(opened);
    expect(outcome.exitCode).toBe(0);
    expect(told(after, 'task-skipped').length).toBeGreaterThanOrEqual(3);
  });
});
