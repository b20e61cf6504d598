// The reading stage: what is read, what is read again, and that the episodes stay as they are.

import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { namedConditions } from '../../../test/named-conditions.ts';
import { type RunStageOptions, runStage, studyOf } from '../../../test/run-stage.ts';
import { embeddedModelFolder } from '../../models/embedded.ts';
import type { LanguageModel } from '../../models/language-model.ts';
import { loadOnnxModel, type OnnxOptions } from '../../models/onnx/model.ts';
import { createScriptedModel } from '../../models/scripted/model.ts';
import { openStates } from '../../recordings/states.ts';
import { encountersOf } from '../../scenarios/encounters.ts';
import { smallWorld } from '../../scenarios/world.ts';
import { seatOrder } from '../plan.ts';
import { EPISODES } from './episodes.ts';
import { READINGS, readingTasks } from './readings.ts';

const folders: string[] = [];
const scratch = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'read-')));
  return folders.at(-1)!;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const ENCOUNTERS = encountersOf(smallWorld()).filter((_, index) => index % 45 === 0);
const SIMULATION = { seeds: [0], rounds: 3, temperature: 0.7, maxNewTokens: 25 };
const CONDITIONS = namedConditions('interactive', 'passive', 'passive-same-format');

/** Path → hash of every file below a folder. */
function hashTree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(files.map((path) => [relative(folder, path), hash(path)]));
}

const scripted = (replies: string[]) => createScriptedModel({ replies, layers: 2, hiddenSize: 4 });
const MODELS = new Map<string, LanguageModel>([
  ['a', scripted(['Hello.', 'Yes.'])],
  ['b', scripted(['Well.', 'No. LEAVE'])],
]);
const ORDERS = [seatOrder('a', 'b'), seatOrder('b', 'a')];
const TASKS = readingTasks(ORDERS, [0], ENCOUNTERS, CONDITIONS);

const studyIn = (run: string, orders = ORDERS) => {
  const names = [...new Set(orders.flatMap((order) => order.names))];
  return studyOf(
    run,
    names,
    { simulation: SIMULATION, conditions: CONDITIONS },
    { orders, encounters: ENCOUNTERS },
  );
};
async function played(models = MODELS, orders = ORDERS): Promise<string> {
  const run = scratch();
  await runStage(EPISODES, studyIn(run, orders), { models });
  return run;
}
const read = (run: string, changes: RunStageOptions = {}, orders = ORDERS) =>
  runStage(READINGS, studyIn(run, orders), { models: MODELS, ...changes });

it('reads every episode in every passive condition, once, and changes no episode', async () => {
  const run = await played();
  const before = hashTree(run);
  const reported: number[] = [];
  expect(TASKS).toHaveLength(2 * 4 * 2);
  expect(await read(run, { onProgress: ({ done }) => reported.push(done) })).toEqual({
    made: TASKS.length,
    skipped: 0,
  });
  expect(reported).toEqual(TASKS.map((_, i) => i + 1));
  const after = hashTree(run);
  expect(after).toMatchObject(before);
  expect(Object.keys(after)).toHaveLength(Object.keys(before).length + TASKS.length);
  const path = `states/a+b/passive/0/${ENCOUNTERS[0]!.interaction.id}.safetensors`;
  const [reader, active] = await Promise.all(
    [path, path.replace('passive', 'interactive')].map((name) => openStates(join(run, name))),
  );
  expect(reader!.metadata).toMatchObject({
    condition: 'passive',
    model_A: 'scripted',
    inputs: expect.any(String),
  });
  for (const seat of ['A', 'B'] as const) expect(reader![seat].rounds).toBe(active![seat].rounds);
  expect(await read(run)).toEqual({ made: 0, skipped: TASKS.length });
  expect(hashTree(run)).toEqual(after);
});

it('reads again what is missing, damaged, or read under other inputs, and nothing else', async () => {
  const run = await played();
  await read(run);
  const whole = hashTree(run);
  const of = (format: string, at: number) =>
    join(run, `states/a+b/${format}/0/${ENCOUNTERS[at]!.interaction.id}.safetensors`);
  rmSync(of('passive', 0));
  truncateSync(of('passive-same-format', 1), 100);
  expect(await read(run)).toEqual({ made: 2, skipped: TASKS.length - 2 });
  expect(hashTree(run)).toEqual(whole);
  // Another transcript: both of its readings.
  const transcript = join(run, `episodes/a+b/0/${ENCOUNTERS[2]!.interaction.id}.json`);
  const text = readFileSync(transcript, 'utf8');
  writeFileSync(transcript, text.replace(/"text": "\w+/, '"text": "Otherwise'));
  expect(await read(run)).toEqual({ made: 2, skipped: TASKS.length - 2 });
  expect(hashTree(run)).not.toEqual(whole);
  writeFileSync(transcript, text);
  await read(run);
  expect(hashTree(run)).toEqual(whole);
  // Another reader: all of them, since it sits in one seat or the other of each.
  const models = new Map([...MODELS, ['a', scripted(['Who knows.'])] as const]);
  expect(await read(run, { models })).toEqual({ made: TASKS.length, skipped: 0 });
});

it('says which episode has not been played, and stops when told to', async () => {
  const run = scratch();
  await expect(read(run)).rejects.toThrow(/episodes.a\+b.*no such episode; play it/);
  const other = await played();
  await expect(read(other, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  const controller = new AbortController();
  const onProgress = ({ done }: { done: number }) => {
    if (done === 3) controller.abort(new Error('enough'));
  };
  await expect(read(other, { signal: controller.signal, onProgress, atOnce: 1 })).rejects.toThrow('enough');
  const { skipped } = await read(other);
  expect(skipped).toBeGreaterThanOrEqual(3);
  expect(skipped).toBeLessThan(TASKS.length);
});

it('reads the same bytes one by one, sixteen at once, and with hardly any memory', async () => {
  const names = ['toy-llama', 'toy-mistral'];
  const orders = [seatOrder('toy-llama', 'toy-mistral'), seatOrder('toy-mistral', 'toy-mistral')];
  const load = async (options: OnnxOptions) => {
    const models = new Map<string, LanguageModel>();
    for (const name of names)
      models.set(name, await loadOnnxModel(embeddedModelFolder(name, 'test'), options));
    return models;
  };
  const roomy = await load({});
  const run = await played(roomy, orders);
  const tasks = readingTasks(orders, [0], ENCOUNTERS, CONDITIONS);
  const readers = () => {
    const tree = Object.entries(hashTree(run)).filter(([path]) => path.includes('passive'));
    for (const [path] of tree) rmSync(join(run, path));
    return Object.fromEntries(tree);
  };
  await read(run, { models: roomy, atOnce: 1 }, orders);
  const oneByOne = readers();
  expect(Object.keys(oneByOne)).toHaveLength(tasks.length);
  await read(run, { models: roomy, atOnce: 16 }, orders);
  expect(readers()).toEqual(oneByOne);
  const crowded = await load({ kvMemory: 1 });
  await read(run, { models: crowded }, orders);
  expect(readers()).toEqual(oneByOne);
  for (const models of [roomy, crowded]) for (const model of models.values()) await model.dispose();
});
