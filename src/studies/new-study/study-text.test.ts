// Every combination of answers is a study that opens without a mistake.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { smallWorld } from '../../scenarios/world.ts';
import { openStudy } from '../open.ts';
import { type Answers, namedModels } from './answers.ts';
import { exampleNamed, examples } from './examples.ts';
import { studyText } from './study-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'new-study-'));
afterAll(() => rmSync(folder, { recursive: true }));

const embeddedFolder = (name: string) => resolve(import.meta.dirname, '../../../models', name);

writeFileSync(join(folder, 'world, of: mine.json'), JSON.stringify(smallWorld()));
const agents = Array.from({ length: 24 }, (_, n) => ({
  ...{ pk: `a${n}`, first_name: `N${n}`, last_name: 'X', age: 30, occupation: 'cook', gender: 'Woman' },
  ...{ gender_pronoun: 'She/her', public_info: 'Cooks.', personality_and_values: 'Kind.', secret: 'None.' },
}));
const scenario = { pk: 'e1', codename: 'one', source: 'ours', scenario: 'Two people meet.' };
writeFileSync(
  join(folder, 'envs.json'),
  JSON.stringify({ e1: { ...scenario, agent_goals: ['Win.', 'Draw.'], relationship: 3 } }),
);
writeFileSync(join(folder, 'agents.json'), JSON.stringify(agents));
writeFileSync(
  join(folder, 'env_agent_combos.json'),
  JSON.stringify(
    Array.from({ length: 12 }, (_, n) => ({
      pk: `c${n}`,
      env_id: 'e1',
      agent_ids: [`a${2 * n}`, `a${2 * n + 1}`],
    })),
  ),
);

const MODELS: Record<string, Answers['models']> = {
  embedded: [{ embedded: 'toy-llama' }, { embedded: 'toy-mistral' }],
  folders: [{ path: embeddedFolder('toy-llama-s') }, { path: embeddedFolder('toy-mistral-s') }],
  'one folder twice': [{ path: embeddedFolder('toy-llama-s') }, { path: embeddedFolder('toy-llama-s') }],
  hub: [{ hub: 'nobody-has/true' }, { hub: 'nobody-has/Another.1-it@main' }],
};
const SCENARIOS: Record<string, Answers['scenarios']> = {
  embedded: 'embedded',
  sotopia: { sotopia: folder },
  own: { path: join(folder, 'world, of: mine.json') },
};
const API = { url: 'http://localhost:8000/v1', model: 'openai/gpt-oss-120b' };

const combinations = Object.keys(MODELS).flatMap((models) =>
  Object.keys(SCENARIOS).flatMap((scenarios) =>
    ([10, 'all'] as const).flatMap((interactions) =>
      ([...(scenarios === 'embedded' ? (['rule'] as const) : []), API, false] as const).map(
        (judge) => [models, scenarios, interactions, judge] as const,
      ),
    ),
  ),
);

describe('a new study', () => {
  it.each(combinations)('opens: %s models, %s scenarios, %s interactions, judge %o', async (...answered) => {
    const [models, scenarios, interactions, judge] = answered;
    const answers: Answers = {
      models: MODELS[models] ?? [{ embedded: 'toy-llama' }, { embedded: 'toy-llama' }],
      scenarios: SCENARIOS[scenarios] ?? 'embedded',
      ...{ interactions, judge, name: 'true' },
    };
    const file = join(folder, 'study.yaml');
    writeFileSync(file, studyText(answers, file));
    const opened = await openStudy(file, join(folder, 'runs'));
    const { study } = opened;
    expect(study.name).toBe('true');
    expect(study.models).toEqual(Object.fromEntries(namedModels(answers.models)));
    expect(study.scenarios).toEqual(answers.scenarios);
    expect(study.simulation.interactions).toBe(interactions === 'all' ? undefined : interactions);
    if (judge === false || judge === 'rule') expect(study.judge).toBe(judge);
    else expect(study.judge).toMatchObject(judge);
    expect(opened.orders).toHaveLength(models === 'one folder twice' ? 1 : 2);
  });

  it('has combinations of everything', () => {
    expect(combinations).toHaveLength(4 * 2 * (3 + 2 + 2));
  });

  it('explains what it says: every part begins with a comment', () => {
    const text = studyText(
      {
        models: MODELS['embedded'] ?? [{ embedded: 'x' }, { embedded: 'x' }],
        scenarios: 'embedded',
        interactions: 60,
        judge: 'rule',
        name: 'x',
      },
      'x.yaml',
    );
    for (const part of text.trim().split('\n\n')) expect(part).toMatch(/^# [A-Z]/);
    expect(text).toContain('interbrain run x.yaml');
  });
});

describe('names of models', () => {
  it.each([
    [{ hub: 'org/Model-1B@abc' }, { hub: 'org/Model-1B@def' }, ['Model-1B', 'Model-1B-2']],
    [{ path: '/a b/3. größer' }, { embedded: 'toy-llama' }, ['gr--er', 'llama']],
  ])('of %o and %o', (a, b, names) => {
    expect(namedModels([a, b]).map(([name]) => name)).toEqual(names);
  });
});

describe('examples', () => {
  it('are in the package, each with what it is about', () => {
    expect(examples().map(({ name }) => name)).toEqual([
      'all-conditions',
      'all-pairs',
      'cause',
      'controls',
      'first-study',
      'paper',
      'sotopia',
      'vllm',
    ]);
    for (const { about } of examples()) expect(about).toMatch(/^[A-Z].{20,}[.?]$/);
  });

  it.each(['all-conditions', 'all-pairs', 'cause', 'first-study'])('%s opens', async (name) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, exampleNamed(name).text);
    expect((await openStudy(file, join(folder, 'runs'))).study.name).toBe(name);
  });
});
