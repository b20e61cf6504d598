import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runStage, studyOf } from '../../../test/run-stage.ts';
import { createScriptedModel } from '../../models/scripted/model.ts';
import { abilityPath } from '../../recordings/layout.ts';
import { StageContext } from '../context.ts';
import { parseStudy } from '../parse.ts';
import { currentResults } from '../state.ts';
import { ABILITIES, abilitiesOf, abilityValues } from './abilities.ts';

const HEAD = 'name: small\nmodels: { llama: { embedded: toy-llama }, mistral: { embedded: toy-mistral } }\n';
const study = (abilities: string) => parseStudy(`${HEAD}abilities: ${abilities}\n`, 'study.yaml');

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'interbrain-abilities-'));
  const prompt = (key: number) => ({
    key,
    prompt: `Say ${key}.`,
    instruction_id_list: ['punctuation:no_comma'],
    kwargs: [{}],
  });
  writeFileSync(
    join(folder, 'prompts.jsonl'),
    [1, 2, 3].map((key) => JSON.stringify(prompt(key))).join('\n'),
  );
  const story = {
    context: 'Ana hid it.',
    questions: [{ question: 'Who?', answer: 0, choices: ['Ana', 'Ben'] }],
  };
  writeFileSync(
    join(folder, 'murder_mystery.json'),
    JSON.stringify([story, { ...story, context: 'Or Ben.' }]),
  );
  return folder;
}

it('runs the tests that a study asks for, and reads what they came to beside given values', async () => {
  const folder = dataFolder();
  const run = join(folder, 'run');
  const given = study(
    '{ IFEval: { data: prompts.jsonl, score: promptLoose }, MuSR: { data: ., limit: 1 }, MMLU: { mistral: 0.6, source: a table } }',
  );
  expect(abilityValues(given, [])).toEqual(new Map([['MMLU', new Map([['mistral', 0.6]])]]));
  const models = new Map([
    ['llama', createScriptedModel({ id: 'a', replies: ['yes'] })],
    ['mistral', createScriptedModel({ id: 'b', replies: ['yes, no'] })],
  ]);
  const progress: string[] = [];
  const infos = new Map([...models].map(([name, { info }]) => [name, info]));
  const opened = studyOf(run, ['llama', 'mistral'], {}, { study: given, folder, infos });
  const test = () =>
    runStage(ABILITIES, opened, {
      models,
      on: (event) => {
        if (event.type === 'task-done') progress.push(event.task);
        if (event.type === 'progress') progress.push(`${event.detail} ${event.done}/${event.total}`);
      },
    });
  const readAbilities = async () =>
    abilitiesOf(given, (await currentResults(ABILITIES, new StageContext(opened))).current);
  await test();
  // Two prompts of three, of the first of four tests; one of one, of the last.
  expect(progress).toContain(`IFEval llama ${2 / 3}/4`);
  expect(progress).toContain('MuSR mistral 4/4');
  expect(progress).toContain(join('abilities', 'IFEval', 'llama.json'));
  const abilities = await readAbilities();
  expect(abilities.map(({ benchmark, model }) => `${benchmark} ${model}`)).toEqual([
    'IFEval llama',
    'IFEval mistral',
    'MuSR llama',
    'MuSR mistral',
    'MMLU mistral',
  ]);
  expect(abilities[0]).toMatchObject({ value: 1, standardError: 0, score: 'promptLoose', source: null });
  expect(abilities[4]).toMatchObject({ value: 0.6, standardError: null, score: null, source: 'a table' });
  const { current } = await currentResults(ABILITIES, new StageContext(opened));
  expect(abilityValues(given, current).get('IFEval')).toEqual(
    new Map([
      ['llama', 1],
      ['mistral', 0],
    ]),
  );

  const path = abilityPath(run, 'IFEval', 'llama');
  const before = readFileSync(path, 'utf8');
  expect(await test()).toEqual({ made: 0, skipped: 4 });
  expect(readFileSync(path, 'utf8')).toBe(before);
  expect(statSync(abilityPath(run, 'MuSR', 'llama')).size).toBeGreaterThan(0);

  // What is not complete is no ability; what is damaged is named.
  writeFileSync(path, before.replace('"complete": true', '"complete": false'));
  expect((await readAbilities()).map(({ model }) => model)).not.toContain('IFEval llama');
  expect(await readAbilities()).toHaveLength(4);
  writeFileSync(path, '{}');
  await expect(ABILITIES.read(run, ABILITIES.tasks(opened)[0]!)).rejects.toThrow(path);
  // Either is asked anew.
  expect(await readAbilities()).toHaveLength(4);
  expect(await test()).toEqual({ made: 1, skipped: 3 });
  expect(await readAbilities()).toHaveLength(5);
});

it('takes run for the published data, and numbers for values', () => {
  expect(study('{ IFEval: run, MuSR: run }').abilities).toEqual({ IFEval: 'run', MuSR: 'run' });
  expect(study('{ MuSR: { data: musr }, IFEval: { llama: 0.44 } }').abilities).toEqual({
    MuSR: { data: 'musr', score: 'normalised' },
    IFEval: { llama: 0.44 },
  });
  expect(parseStudy(HEAD, 'study.yaml').abilities).toBeUndefined();
  // A manifest holds a study as it was read, and is read by the same schema.
  const once = study('{ IFEval: run, MuSR: { limit: 3 }, MMLU: { llama: 1 } }');
  expect(parseStudy(JSON.stringify(once), 'study.yaml')).toEqual(once);
});

it.each([
  [
    '{ IFEval: { lama: 0.4 } }',
    'study.yaml:3:24 abilities.IFEval.lama: no model is called "lama"; did you mean llama?',
  ],
  [
    '{ IFEval: { llama: good } }',
    'abilities.IFEval.llama: neither a setting of the test (data, limit, maxNewTokens, score) nor a model',
  ],
  ['{ IFEval: yes }', 'abilities.IFEval: should be run, { data: FILE OR ADDRESS'],
  ['{ IFEval: {} , MuSR: { source: a table } }', 'abilities.MuSR: should be run'],
  ['{ MuSR: { limit: 0 } }', 'abilities.MuSR.limit: is 0; expected 1 or more'],
  ['{ MuSR: { score: strict } }', 'abilities.MuSR.score: is "strict"; expected one of "normalised"'],
  ['{ MMLU: run }', 'abilities.MMLU'],
])('%s is refused', (abilities, message) => {
  expect(() => study(abilities)).toThrow(message);
});
