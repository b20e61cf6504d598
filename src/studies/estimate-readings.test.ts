import { expect, it } from 'vitest';
import { createScriptedModel } from '../models/scripted/model.ts';
import { builtInPrompts } from '../prompts/prompts.ts';
import { viewOf } from '../prompts/view.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { smallWorld } from '../scenarios/world.ts';
import type { HeardTurn } from './estimate-episodes.ts';
import { secondsOfReadings, tokensPerTurn } from './estimate-readings.ts';
import type { ReadingTask } from './stages/readings.ts';

const turn = (place: number, read: number, spoken: number): HeardTurn => ({
  ...{ place, read, spoken, start: 0, end: 1, work: 1, last: false },
});

it('counts what later turns read and speak, or what is said twice where none was heard', () => {
  expect(tokensPerTurn([turn(0, 700, 40), turn(1, 740, 60), turn(2, 70, 50), turn(3, 66, 34)])).toBe(110);
  expect(tokensPerTurn([turn(0, 700, 40), turn(1, 740, 60)])).toBe(100);
});

it('reads what a seat is told once in an encounter, and every dialogue', () => {
  const model = createScriptedModel({ replies: ['x'] });
  const prompts = builtInPrompts('chat');
  const opened: Parameters<typeof secondsOfReadings>[0] = {
    promptsOf: () => prompts,
    readersOf: ({ names }) => names,
  };
  const [one, two] = encountersOf(smallWorld());
  const task = (encounter: typeof one, seed: number) =>
    ({
      encounter,
      seed,
      format: 'passive',
      order: { names: ['m', 'm'], folder: 'm+m' },
    }) as Partial<ReadingTask> as ReadingTask;
  const speed = { promptTokens: 1, read: 10, rows: 1, speak: 1 };
  const seconds = (...tasks: ReadingTask[]) =>
    secondsOfReadings(opened, new Map([['m', model]]), new Map([['m', speed]]), tasks, {
      turns: 6,
      perTurn: 100,
    });
  const told = (encounter: NonNullable<typeof one>) => {
    const speaker = viewOf(encounter, 'A').self.name;
    const lengths = (['A', 'B'] as const).map(
      (seat) =>
        model.tokenize(prompts.render('passive', viewOf(encounter, seat), [{ speaker, text: '' }])).length,
    );
    return lengths[0]! + lengths[1]!;
  };
  const dialogue = 2 * 3 * 100;
  expect(seconds(task(one, 0))).toBeCloseTo((told(one!) + dialogue) / 10, 8);
  expect(seconds(task(one, 0), task(one, 1))).toBeCloseTo((told(one!) + 2 * dialogue) / 10, 8);
  expect(seconds(task(one, 0), task(two, 0))).toBeCloseTo((told(one!) + told(two!) + 2 * dialogue) / 10, 8);
  expect(seconds()).toBe(0);
});
