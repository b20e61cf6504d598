// Prompts that are read in one pass give what they give one by one: every architecture, every embedded model.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { viewOf } from '../../prompts/view.ts';
import { encountersOf } from '../../scenarios/encounters.ts';
import { smallWorld } from '../../scenarios/world.ts';
import { embeddedModelFolder, embeddedModels, embeddedPrompts } from '../embedded.ts';
import type { LanguageModel, ModelInfo } from '../language-model.ts';
import type { ChatTokenizer } from '../tokenizer.ts';
import { openCheckpoint } from './checkpoint.ts';
import { OnnxConversation } from './conversation.ts';
import { Engine } from './engine.ts';
import { loadOnnxModel } from './model.ts';
import { Scheduler } from './scheduler.ts';
import { quantizeCheckpoint } from './weights-cache.ts';

/** Of the largest state: what float32 makes of the same sums in another order. */
const ROUNDING = 2e-6;

function difference(found: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / largest;
}

const tokens = (length: number, from = 0) => Array.from({ length }, (_, i) => 3 + (((i + from) * 37) % 50));
/** As chats grow: all begin alike, some are closed by tokens that the next one does not have. */
const WHOLE = tokens(48);
const CLOSING = [2, 55, 56, 57, 58];
const EXTENDING = [12, 23, 24, 40, 48].map((length) => WHOLE.slice(0, length));
const CLOSED = [12, 23, 24, 40, 48].map((length) => [...WHOLE.slice(0, length), ...CLOSING]);

const FIXTURES = join(import.meta.dirname, '../../../fixtures/architectures');
const ARCHITECTURES = readdirSync(FIXTURES).filter((name) => existsSync(join(FIXTURES, name, 'config.json')));

/** Counts of the work that it took to read prompts in a conversation of its own. */
async function readIn(scheduler: Scheduler, engine: Engine, prompts: readonly number[][], shared?: number) {
  const info = { id: 'fixture', contextLength: engine.contextLength, vocabSize: engine.config.vocabSize };
  const conversation = new OnnxConversation(info as ModelInfo, scheduler, {} as ChatTokenizer, new Set());
  const before = { ...scheduler.counts };
  const readings = await conversation.readEach(prompts, shared);
  conversation.close();
  const [prefills, copied] = (['prefills', 'copied'] as const).map(
    (what) => scheduler.counts[what] - before[what],
  );
  return { states: readings.map(({ states }) => states), readings, prefills, copied };
}

describe.each(ARCHITECTURES)('%s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.load(await openCheckpoint(join(FIXTURES, name)), { threads: 1, contextLength: 96 });
  });
  afterAll(() => engine.release());

  it.each([
    ['extend each other', EXTENDING, 2],
    ['are closed by other tokens', CLOSED, 3],
  ])('reads prompts that %s as one by one', async (_, prompts, runs) => {
    const { states, prefills } = await readIn(new Scheduler(engine, 2), engine, prompts);
    const cache = engine.createCache();
    for (const [i, prompt] of prompts.entries()) {
      const alone = await engine.run(cache, 0, prompt);
      expect(difference(states[i]!, alone.states)).toBeLessThan(ROUNDING);
    }
    // A window that is shorter than all of it does not go with branches; then it is one by one.
    const fits = prompts === EXTENDING || engine.longestWithBranches >= 48 + CLOSING.length * 5;
    expect(prefills).toBe(fits ? runs : 1 + prompts.length);
    expect(engine.longestWithBranches < 12).toBe(
      engine.config.attention.some(({ window }) => window !== null),
    );
    expect(engine.copiedRuns).toBe(0);
  });

  it('lets nothing leak from later tokens or other branches, to the last bit', async () => {
    const other = [...WHOLE.slice(0, 26), ...tokens(22, 11)];
    const changed = [...CLOSED.slice(0, 3), [...other.slice(0, 40), 4, 5, 6, 7, 8], [...other, ...CLOSING]];
    const [one, two] = [
      await readIn(new Scheduler(engine, 2), engine, CLOSED),
      await readIn(new Scheduler(engine, 2), engine, changed),
    ];
    expect(two.states.slice(0, 3)).toEqual(one.states.slice(0, 3));
    for (const i of [3, 4]) expect(difference(two.states[i]!, one.states[i]!)).toBeGreaterThan(1e-3);
  });
});

it('copies a beginning that another conversation has read, which leaves the same bits', async () => {
  const engine = await Engine.load(await openCheckpoint(join(FIXTURES, 'qwen3')), {
    threads: 1,
    contextLength: 96,
  });
  const last = [...WHOLE.slice(0, 20), ...tokens(20, 5)];
  const other = [
    [...last.slice(0, 25), ...CLOSING],
    [...last, ...CLOSING],
  ];
  const alone = await readIn(new Scheduler(engine, 2), engine, other, 12);
  expect(alone.copied).toBe(0);
  const scheduler = new Scheduler(engine, 2);
  expect((await readIn(scheduler, engine, CLOSED, 12)).copied).toBe(0);
  // Its row is free, and is taken over with what is in it.
  const after = await readIn(scheduler, engine, other, 12);
  expect([after.copied, after.states]).toEqual([12, alone.states]);
  expect(after.readings[0]!.reusedTokens).toBe(12);
  // Somebody has it: then it is copied.
  const holder = scheduler.open();
  expect(await scheduler.begin(holder, WHOLE.slice(0, 12))).toBe(12);
  scheduler.hold(holder);
  const beside = await readIn(scheduler, engine, other, 12);
  expect([beside.copied, beside.states]).toEqual([12, alone.states]);
  // What began otherwise, or was read in other pieces, is not taken for it.
  expect((await readIn(scheduler, engine, CLOSED, 11)).copied).toBe(0);
  scheduler.release(holder);
  await scheduler.read(holder, 5, [9, 9, 9]);
  scheduler.close(holder);
  const fresh = new Scheduler(engine, 1);
  const written = fresh.open();
  await fresh.begin(written, WHOLE.slice(0, 12));
  await fresh.read(written, 5, [9, 9, 9]);
  fresh.close(written);
  const again = await readIn(fresh, engine, other, 12);
  expect([again.copied, again.states]).toEqual([0, alone.states]);
  await engine.release();
});

/** Where a sum is rounded otherwise, an activation may get the neighbouring one of 255 codes, or of 65 thousand. */
it.each([
  ['w8a8', 5e-3],
  ['q8', 5e-5],
] as const)('reads in %s in one pass too', async (type, rounding) => {
  const engine = await Engine.load(
    await quantizeCheckpoint(await openCheckpoint(embeddedModelFolder('toy-llama', 'test')), type),
    { threads: 1, contextLength: 96, activations: type === 'q8' ? 'two-parts' : 'rounded' },
  );
  const { states } = await readIn(new Scheduler(engine, 2), engine, CLOSED);
  const cache = engine.createCache();
  for (const [i, prompt] of CLOSED.entries())
    expect(difference(states[i]!, (await engine.run(cache, 0, prompt)).states)).toBeLessThan(rounding);
  await engine.release();
});

describe.each(embeddedModels())('%s', (name) => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await loadOnnxModel(embeddedModelFolder(name, 'test'));
  });
  afterAll(() => model.dispose());

  it('reads a dialogue in both seats and formats as one by one', async () => {
    const encounter = encountersOf(smallWorld())[11]!;
    const names = (['A', 'B'] as const).map((seat) => viewOf(encounter, seat).self.name);
    const lines = [
      'Good morning.',
      'What do you ask for it?',
      'Forty.',
      'Thirty, no more!',
      'Done.',
      'See you.',
    ];
    const dialogue = lines.map((text, i) => ({ speaker: names[i % 2]!, text }));
    for (const format of ['passive', 'passive-same-format'] as const)
      for (const [seat, first] of [
        ['A', 0],
        ['B', 1],
      ] as const) {
        const prompts = [first, first + 2, first + 4].map((turn) =>
          model.tokenize(embeddedPrompts().render(format, viewOf(encounter, seat), dialogue.slice(0, turn))),
        );
        const conversation = model.converse();
        const together = await conversation.readEach!(prompts);
        for (const [i, prompt] of prompts.entries()) {
          const alone = await model.converse().read(prompt);
          expect(difference(together[i]!.states, alone.states)).toBeLessThan(ROUNDING);
          expect(together[i]!.reusedTokens).toBeGreaterThanOrEqual(i === 0 ? 0 : prompts[i - 1]!.length - 4);
        }
        conversation.close();
      }
  });
});
