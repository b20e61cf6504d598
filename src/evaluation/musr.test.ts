import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embeddedModelFolder } from '../models/embedded.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { logLikelihoods } from '../models/likelihood.ts';
import { createScriptedModel } from '../models/scripted/model.ts';
import { loadModel } from '../models/sources.ts';
import { readAbilityResult } from './ability-files.ts';
import { type MusrAnswer, musrPrompt, parseMusr, readMusr, scoreMusr } from './musr.ts';
import { runMusr } from './musr-run.ts';

const STORY = {
  context: 'The lamp fell at noon. Ana was in the hall, Ben in the garden.',
  questions: [
    {
      question: 'Who is the most likely culprit?',
      answer: 0,
      choices: ['Ana', 'Ben'],
      intermediate_trees: [],
    },
    { question: 'Where was Ben?', answer: 1, choices: ['in the hall', 'in the garden', 'away'] },
  ],
};
const scratch = () => mkdtempSync(join(tmpdir(), 'interbrain-musr-'));

function writeTasks(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of ['murder_mystery.json', 'object_placements.json', 'small_team_allocation.json'])
    writeFileSync(join(folder, name), JSON.stringify([STORY, { ...STORY, context: 'Another story.' }]));
  writeFileSync(join(folder, 'notes.json'), '{}');
  return folder;
}

describe('the data', () => {
  it('is read from the published files of a folder, task by task', async () => {
    const stories = await readMusr(writeTasks(scratch()));
    expect(stories.map(({ task, index }) => `${task} ${index}`)).toEqual([
      'murder_mysteries 0',
      'murder_mysteries 1',
      'object_placements 0',
      'object_placements 1',
      'team_allocation 0',
      'team_allocation 1',
    ]);
    expect(stories[0]?.questions[1]).toEqual({
      question: 'Where was Ben?',
      answer: 1,
      choices: ['in the hall', 'in the garden', 'away'],
    });
  });

  it('is read from the hub’s rows, which write the choices as Python does', () => {
    const row = (question: string, choices: string, answer_index: number) =>
      JSON.stringify({ narrative: 'N', question, choices, answer_index, answer_choice: 'x' });
    const text = [row('q1', `['Ana', "producer's desk"]`, 1), row('q2', `["a", 'it\\'s']`, 0)].join('\n');
    expect(parseMusr(text, 'object_placements.jsonl')).toEqual([
      {
        task: 'object_placements',
        index: 0,
        narrative: 'N',
        questions: [
          { question: 'q1', choices: ['Ana', 'producer’s desk'.replace('’', "'")], answer: 1 },
          { question: 'q2', choices: ['a', "it's"], answer: 0 },
        ],
      },
    ]);
  });

  it('is refused if it is something else', async () => {
    expect(() => parseMusr('[]', 'stories.json')).toThrow('its name tells no task');
    expect(() => parseMusr('[]', 'murder_mystery.json')).toThrow('is empty');
    expect(() => parseMusr('[{"context": "c"}]', 'murder_mystery.json')).toThrow('entry 1: questions');
    const wrong = { ...STORY, questions: [{ ...STORY.questions[0], answer: 2 }] };
    expect(() => parseMusr(JSON.stringify([wrong]), 'murder_mystery.json')).toThrow('none of the 2 choices');
    await expect(readMusr(scratch())).rejects.toThrow('holds no file of MuSR');
    await expect(readMusr('/nowhere/team_allocation.json')).rejects.toThrow('no such file');
  });
});

it('asks as the leaderboard does', () => {
  const [story] = parseMusr(JSON.stringify([STORY]), 'murder_mystery.json');
  expect(musrPrompt(story!, story!.questions[0]!)).toBe(
    `${STORY.context}\n\nWho is the most likely culprit?\n\n1 - Ana\n2 - Ben\n\nAnswer:`,
  );
});

describe('scores', () => {
  const answer = (task: MusrAnswer['task'], story: number, right: boolean, choices = 2): MusrAnswer => ({
    task,
    story,
    question: 0,
    answer: 0,
    logProbabilities: Array.from({ length: choices }, (_, i) => (right === (i === 0) ? -1 : -2)),
    characters: Array(choices).fill(4),
  });

  it('are normalised by task, never below 0, and averaged', () => {
    const { scores, tasks } = scoreMusr([
      ...[true, true, true, false].map((right, i) => answer('murder_mysteries', i, right)),
      ...[false, false, false, false, false].map((right, i) => answer('object_placements', i, right, 5)),
      ...[true, true, false].map((right, i) => answer('team_allocation', i, right, 3)),
    ]);
    expect(tasks.map(({ normalised }) => normalised)).toEqual([
      expect.closeTo((0.75 - 0.5) / 0.5, 12),
      0,
      expect.closeTo((2 / 3 - 1 / 3) / (2 / 3), 12),
    ]);
    expect(tasks.map(({ chance, guess }) => [chance, guess])).toEqual([
      [0.5, 0.5],
      [expect.closeTo(0.2, 12), 0.2],
      [expect.closeTo(1 / 3, 12), 1 / 3],
    ]);
    expect(scores.normalised.value).toBeCloseTo((0.5 + 0 + 0.5) / 3, 12);
    expect(scores.accuracy).toMatchObject({ value: 5 / 12, n: 12 });
    const errors = [Math.sqrt((0.75 * 0.25) / 3) / 0.5, 0, Math.sqrt(2 / 9 / 2) / (2 / 3)];
    expect(scores.normalised.standardError).toBeCloseTo(Math.hypot(...errors) / 3, 12);
  });

  it('take the questions of one story together', () => {
    const four = [true, true, false, false];
    const apart = scoreMusr(four.map((right, i) => answer('object_placements', i, right)));
    const together = scoreMusr(four.map((right, i) => answer('object_placements', i >> 1, right)));
    expect(apart.scores.accuracy.standardError).toBeCloseTo(Math.sqrt(0.25 / 3), 12);
    expect(together.scores.accuracy.standardError).toBeCloseTo(0.5, 12);
  });

  it('tell the likeliest choice from the likeliest per character', () => {
    const long = { ...answer('murder_mysteries', 0, true), logProbabilities: [-6, -5], characters: [12, 5] };
    const { scores } = scoreMusr([long]);
    expect([scores.accuracy.value, scores.accuracyPerCharacter.value]).toEqual([0, 1]);
    expect(scores.accuracy.standardError).toBeNull();
  });
});

describe('a model’s answers', () => {
  it('are the log-likelihoods of the choices, kept and not asked for again', async () => {
    const stories = await readMusr(writeTasks(scratch()));
    const model = createScriptedModel({ replies: ['x'] });
    const path = join(scratch(), 'scripted.json');
    const result = await runMusr(model, stories, 'folder', { path, limit: 3 });
    expect(result).toMatchObject({ complete: true, chosen: 3, answered: 3, cut: 0 });
    expect(result.items).toHaveLength(6);
    const [story] = stories;
    const question = story!.questions[0]!;
    const prompt = model.tokenize([{ role: 'user', content: musrPrompt(story!, question) }]);
    const choices = question.choices.map((choice) => model.tokenizeContinuation(choice));
    const expected = await logLikelihoods(model, model.converse(), prompt, choices);
    expect(result.items[0]?.logProbabilities).toEqual(expected.map((one) => one.logProbability));
    const counted: LanguageModel = { ...model, converse: () => expect.fail('nothing is left to ask') };
    expect(await runMusr(counted, stories, 'folder', { path, limit: 3 })).toEqual(result);
    await runMusr(model, stories, 'folder', { path });
    const whole = readFileSync(path, 'utf8');
    await runMusr(model, stories, 'folder', { path: join(scratch(), 'at-once.json') });
    expect((await readAbilityResult(path)).answered).toBe(6);
    expect(JSON.parse(whole)).toMatchObject({ answered: 6, data: { source: 'folder', entries: 6 } });
  });

  it('of a real model do not depend on what it has read before, and share it', async () => {
    const stories = await readMusr(writeTasks(scratch()));
    const model = await loadModel({ path: embeddedModelFolder('toy-llama', 'test') }, { worker: false });
    try {
      const result = await runMusr(model, stories.slice(0, 2), 'folder');
      for (const item of result.items) {
        const story = stories[item.story]!;
        const question = story.questions[item.question]!;
        const prompt = model.tokenize([{ role: 'user', content: musrPrompt(story, question) }]);
        const choices = question.choices.map((choice) => model.tokenizeContinuation(choice));
        const alone = await logLikelihoods(model, model.converse(), prompt, choices);
        for (const [i, { logProbability }] of alone.entries())
          expect(item.logProbabilities[i]).toBeCloseTo(logProbability, 3);
      }
    } finally {
      await model.dispose();
    }
  });
});
