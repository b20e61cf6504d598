// The ability tests through the built command line, and in a study.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { interbrain, scratch, writeStudy } from './cli.ts';

const PROMPTS = [1, 2, 3, 4].map((key) => ({
  key,
  prompt: `Say ${key} things without a comma, in quotation marks.`,
  instruction_id_list: ['punctuation:no_comma', 'startend:quotation'],
  kwargs: [{}, {}],
}));
const STORY = {
  context: 'Ana took the lamp. Ben saw it.',
  questions: [{ question: 'Who took the lamp?', answer: 0, choices: ['Ana', 'Ben'] }],
};

function data(): string {
  const folder = scratch();
  mkdirSync(join(folder, 'musr'));
  writeFileSync(join(folder, 'prompts.jsonl'), PROMPTS.map((prompt) => JSON.stringify(prompt)).join('\n'));
  writeFileSync(join(folder, 'musr/team_allocation.json'), JSON.stringify([STORY]));
  return folder;
}

it('tests one model, and asks nothing twice', async () => {
  const folder = data();
  const args = ['ability', 'ifeval', 'toy-llama', '--data', 'prompts.jsonl', '--limit', '2'];
  const first = await interbrain(args, folder);
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/promptStrict/);
  expect(first.stdout).toContain('2 of 4 entries of prompts.jsonl');
  expect(first.stdout).toContain('toys');
  const path = join(folder, 'abilities/IFEval/toy-llama.json');
  const before = readFileSync(path, 'utf8');
  const again = await interbrain(args, folder);
  expect(again.stderr).toContain('2/2 (2 done before)');
  expect(readFileSync(path, 'utf8')).toBe(before);
  const musr = await interbrain(['ability', 'musr', 'toy-llama', '--data', 'musr'], folder);
  expect(musr.stdout).toContain('team_allocation: accuracy');
});

it('says what it does not know', async () => {
  const folder = data();
  const wrong = await interbrain(['ability', 'mmlu', 'toy-llama'], folder);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('there are IFEval and MuSR') });
  const none = await interbrain(['ability', 'musr', 'toy-llama', '--data', 'nowhere.json'], folder);
  expect(none).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nowhere.json: cannot be read: no such file'),
  });
});

it('belongs to a study’s run and report', async () => {
  const folder = data();
  const abilities =
    '{ IFEval: { data: prompts.jsonl, maxNewTokens: 20 }, MuSR: { llama: 0.1, source: a table } }';
  const study = writeStudy(folder, {
    abilities,
    // One takes no part, and is not tested.
    models:
      '{ llama: { embedded: toy-llama }, mistral: { embedded: toy-mistral }, idle: { embedded: toy-llama } }',
    judge: 'rule',
    correlation: 'true',
    simulation: '{ seeds: [0], rounds: 3, maxNewTokens: 20, interactions: 8 }',
    synchrony: '{ samples: all, splitSeeds: [0], intervals: false }',
  });
  const before = await interbrain(['status', study], folder);
  expect(before.stdout).toMatch(/^ {2}all models: 0\/2 ability tests, 0\/1 correlation$/m);
  const { code, stderr, stdout } = await interbrain(['run', study], folder);
  expect(code).toBe(0);
  // One pair of models is too few to correlate.
  expect(stderr).toMatch(/^Warning: .* correlation: no correlation can be computed.*\n$/);
  expect(stdout).toMatch(/^ability tests 2\/2 · /m);
  const run = join(folder, 'runs/small');
  for (const model of ['llama', 'mistral'])
    expect(JSON.parse(readFileSync(join(run, `abilities/IFEval/${model}.json`), 'utf8'))).toMatchObject({
      chosen: 4,
      answered: 4,
    });
  expect(readFileSync(join(run, 'report/tables/abilities.csv'), 'utf8')).toContain('llama,MuSR,,0.1');
  expect(readFileSync(join(run, 'report/index.html'), 'utf8')).toContain('4 of 4 prompts of prompts.jsonl');
  const after = await interbrain(['status', study], folder);
  expect(after.stdout).toMatch(/^ {2}all models: 2\/2 ability tests, 1\/1 correlation$/m);
  expect(after.stdout).not.toContain('Go on with');
  writeFileSync(join(run, 'abilities/IFEval/llama.json'), '{');
  const damaged = await interbrain(['status', study], folder);
  expect(damaged).toMatchObject({ code: 0, stdout: expect.stringContaining('1/2 ability tests') });
  expect(damaged.stdout).toContain('Go on with');
});
