// What is recorded must not depend on how many episodes are played at once, nor on the memory that there is.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type RunStageOptions, runStage, studyOf } from '../../../test/run-stage.ts';
import { ModelFailure } from '../../errors.ts';
import { embeddedModelFolder } from '../../models/embedded.ts';
import type { LanguageModel } from '../../models/language-model.ts';
import { loadOnnxModel, type OnnxOptions } from '../../models/onnx/model.ts';
import { createScriptedModel } from '../../models/scripted/model.ts';
import { encountersOf } from '../../scenarios/encounters.ts';
import { smallWorld } from '../../scenarios/world.ts';
import { seatOrder } from '../plan.ts';
import { EPISODES } from './episodes.ts';

const folders: string[] = [];
const scratch = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'simulate-')));
  return folders.at(-1)!;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const ENCOUNTERS = encountersOf(smallWorld()).filter((_, index) => index % 14 === 0);
const SIMULATION = { seeds: [0], rounds: 3, temperature: 0.7, maxNewTokens: 25 };

/** A study of these seat orders, in a folder of its own. */
const studyWith = (
  orders: ReturnType<typeof seatOrder>[],
  simulation: object = SIMULATION,
  encounters = ENCOUNTERS,
) =>
  studyOf(
    scratch(),
    [...new Set(orders.flatMap(({ names }) => names))],
    { simulation },
    { orders, encounters },
  );

/** Path → hash of every file below a folder. */
function hashTree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(files.map((path) => [relative(folder, path), hash(path)]));
}

/** Plays the two embedded models with each other and one with itself: 21 episodes. */
async function play(atOnce: number, options: OnnxOptions = {}): Promise<Record<string, string>> {
  const names = ['toy-llama', 'toy-mistral'];
  const models = new Map<string, LanguageModel>();
  for (const name of names) models.set(name, await loadOnnxModel(embeddedModelFolder(name, 'test'), options));
  const orders = [seatOrder('toy-llama', 'toy-mistral'), seatOrder('toy-mistral', 'toy-llama')];
  const half = ENCOUNTERS.filter((_, index) => index % 2 === 0);
  const study = studyWith([...orders, seatOrder('toy-llama', 'toy-llama')], SIMULATION, half);
  const tasks = EPISODES.tasks(study);
  const reported: number[] = [];
  try {
    await runStage(EPISODES, study, { models, atOnce, onProgress: ({ done }) => reported.push(done) });
  } finally {
    for (const model of models.values()) await model.dispose();
  }
  expect(reported).toEqual(tasks.map((_, i) => i + 1));
  return hashTree(study.run);
}

it('records the same bytes one by one, sixteen at once, in workers, and with hardly any memory', async () => {
  const oneByOne = await play(1);
  expect(Object.keys(oneByOne)).toHaveLength(21 * 2);
  expect(await play(16)).toEqual(oneByOne);
  expect(await play(16, { worker: true })).toEqual(oneByOne);
  // Two rows a model.
  expect(await play(16, { kvMemory: 1 })).toEqual(oneByOne);
});

it('gets through with more conversations than rows, to the same bytes', async () => {
  const roomy = new Map([['m', await loadOnnxModel(embeddedModelFolder('toy-llama', 'test'))]]);
  const small = await loadOnnxModel(embeddedModelFolder('toy-llama', 'test'), { kvMemory: 1 });
  expect(small.concurrency).toBe(2);
  // Says that it has room for many, and so is asked for twelve conversations at once.
  const crowded = new Proxy(small, {
    get: (model, key: keyof LanguageModel) => {
      if (key === 'concurrency') return 12;
      const value = model[key];
      return typeof value === 'function' ? value.bind(model) : value;
    },
  });
  const simulation = { ...SIMULATION, rounds: 2 };
  const [first, second] = [seatOrder('m', 'm'), seatOrder('m', 'm')].map((order) =>
    studyWith([order], simulation),
  );
  await runStage(EPISODES, first!, { models: roomy });
  await runStage(EPISODES, second!, { models: new Map([['m', crowded]]) });
  expect(hashTree(second!.run)).toEqual(hashTree(first!.run));
  await roomy.get('m')!.dispose();
  await small.dispose();
});

describe('with scripted models', () => {
  const scripted = (replies: readonly string[]) => createScriptedModel({ replies });
  const study = () => studyWith([seatOrder('a', 'b')]);
  const play = (opened: ReturnType<typeof study>, options: RunStageOptions) =>
    runStage(EPISODES, opened, options);
  const TASKS = ENCOUNTERS;
  const recorded = (run: string) => Object.keys(hashTree(run)).filter((path) => path.startsWith('episodes'));

  it('plays what is missing, as many at once as it is told', async () => {
    let speaking = 0;
    let most = 0;
    const base = scripted(['Hello.']);
    const counted: LanguageModel = {
      ...base,
      converse() {
        most = Math.max(most, ++speaking);
        const conversation = base.converse();
        return {
          read: (prompt) => conversation.read(prompt),
          // Episodes that began later end earlier.
          reply: async (prompt, sampling) => {
            await new Promise((resolve) => setTimeout(resolve, 20 - speaking));
            return conversation.reply(prompt, sampling);
          },
          close() {
            speaking--;
            conversation.close();
          },
        };
      },
    };
    const models = new Map([
      ['a', counted],
      ['b', scripted(['Well.'])],
    ]);
    const some = study();
    const part = some.with({ encounters: ENCOUNTERS.slice(0, 7) });
    expect(await play(part, { models, atOnce: 3 })).toEqual({ made: 7, skipped: 0 });
    expect(most).toBe(3);
    expect(await play(some, { models, atOnce: 3 })).toEqual({ made: TASKS.length - 7, skipped: 7 });
    expect(recorded(some.run)).toHaveLength(TASKS.length);
    most = 0;
    expect(await play(some, { models, atOnce: 3 })).toEqual({ made: 0, skipped: TASKS.length });
    expect(most).toBe(0);
  });

  it('keeps what is recorded when a model fails, and says which', async () => {
    let replies = 0;
    const failing = createScriptedModel({
      replies: () => {
        if (++replies > 12) throw new ModelFailure('M5', 'it ran out of memory');
        return 'Hello.';
      },
    });
    const models = new Map([
      ['a', failing],
      ['b', scripted(['Well. LEAVE'])],
    ]);
    const some = study();
    await expect(play(some, { models, atOnce: 2 })).rejects.toThrow(
      new ModelFailure('M5', 'it ran out of memory'),
    );
    expect(recorded(some.run).length).toBeGreaterThan(3);
    expect(recorded(some.run).length).toBeLessThan(TASKS.length);
  });

  it('stops at once when it is told to, in the middle of an utterance too', async () => {
    const controller = new AbortController();
    const silent = scripted(['…']);
    const never: LanguageModel = {
      ...silent,
      converse: () => ({ ...silent.converse(), reply: () => new Promise(() => {}), close() {} }),
    };
    const models = new Map([
      ['a', never],
      ['b', silent],
    ]);
    const some = study();
    const stopped = play(some, { models, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(stopped).rejects.toThrow('enough');
    expect(readdirSync(some.run)).toEqual([]);
    await expect(play(some, { models, signal: controller.signal })).rejects.toThrow('enough');
  });
});
