import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunStageOptions, runStage, studyOf } from '../../../test/run-stage.ts';
import { readJudgements } from '../../evaluation/files.ts';
import { createScriptedModel } from '../../models/scripted/model.ts';
import { encountersOf } from '../../scenarios/encounters.ts';
import { smallWorld } from '../../scenarios/world.ts';
import { seatOrder } from '../plan.ts';
import { studySchema } from '../schema.ts';
import { EPISODES } from './episodes.ts';
import { JUDGEMENTS } from './judgements.ts';

const encounters = encountersOf(smallWorld()).slice(0, 6);
const orders = [seatOrder('one', 'two')];
let run: string;
let server: Server;
let url: string;
let answers = 0;
let stopAfter = Number.POSITIVE_INFINITY;
const stop = new AbortController();

beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'interbrain-judge-'));
  const model = createScriptedModel({ replies: ['Good day.', 'Goodbye. LEAVE'] });
  const models = new Map([
    ['one', model],
    ['two', model],
  ]);
  await runStage(EPISODES, studyWith(false), { models });
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (++answers > stopAfter) return stop.abort(new Error('stopped'));
      const content = answers === 2 ? '{}' : '{"A":{"wit":{"score":1}},"B":{"wit":{"score":0}}}';
      response.end(JSON.stringify({ choices: [{ message: { content } }] }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(run, { recursive: true, force: true });
});

const judgeKeyOf = (model: string) => {
  const dimensions = [{ name: 'wit', low: 0, high: 1, description: 'wit' }];
  const study = {
    name: 's',
    models: { a: { path: 'x' } },
    judge: { url, model, concurrency: 1, dimensions },
  };
  const { judge } = studySchema.parse(study);
  if (!judge) throw new Error('no judge');
  return judge;
};
const studyWith = (judge: unknown) =>
  studyOf(run, ['one', 'two'], { simulation: { seeds: [0] }, judge }, { orders, encounters });
/** Judges with this judge; what came of it. */
async function judgeStudy(judge: unknown, options: RunStageOptions = {}) {
  const opened = studyWith(judge);
  const { made } = await runStage(JUDGEMENTS, opened, { backoff: 0.001, ...options });
  const judgements = await Promise.all(JUDGEMENTS.tasks(opened).map((task) => JUDGEMENTS.read(run, task)));
  return {
    fresh: made,
    judges: [...new Set(judgements.map(({ result }) => result.judge))],
    judged: judgements.filter(({ result }) => result.status === 'judged').length,
    failed: judgements.filter(({ failure }) => failure !== undefined),
  };
}
const ids = encounters.map(({ interaction }) => interaction.id);

it('goes on where it was stopped, and judges again what another judge judged', async () => {
  stopAfter = 4;
  const judge = judgeKeyOf('j');
  await expect(judgeStudy(judge, { signal: stop.signal })).rejects.toThrow('stopped');
  const kept = await readJudgements(run, orders[0]!, [0], ids);
  expect(kept.length).toBeGreaterThan(1);
  expect(kept.length).toBeLessThan(6);
  stopAfter = Number.POSITIVE_INFINITY;
  const done = await judgeStudy(judge);
  expect(done).toMatchObject({ judges: ['j'], judged: 6, failed: [] });
  expect(done.fresh).toBe(6 - kept.length);
  expect((await judgeStudy(judge)).fresh).toBe(0);
  expect((await judgeStudy('rule')).fresh).toBe(6);
});

it('stops before the first question without its key', async () => {
  const judge = judgeKeyOf('j');
  if (judge === 'rule') throw new Error('no model');
  const before = answers;
  const keyed = { ...judge, apiKeyEnv: 'NO_KEY' };
  await expect(judgeStudy(keyed, { environment: {} })).rejects.toThrow('NO_KEY is not set');
  expect(answers).toBe(before);
});
