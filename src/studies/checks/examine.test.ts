// Every check, with the smallest study file that it has something against; and files it has nothing against.

import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BadInput } from '../../errors.ts';
import { type ExamineOptions, examineStudy } from './examine.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interbrain-checks-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Line 1 names the study, line 2 its models; what a test adds begins in line 3. */
const HEAD = 'name: s\nmodels: { a: { embedded: toy-llama-s }, b: { embedded: toy-mistral-s } }\n';
const SMALL = 'synchrony: { samples: all }\nsimulation: { rounds: 3, maxNewTokens: 80 }\n';
const MACHINE = { total: 16e9, free: 8e9 };

async function examine(text: string, options: ExamineOptions = {}) {
  const file = join(folder, 'study.yaml');
  await writeFile(file, text);
  const short = (line: string) => line.replaceAll(`${folder}/`, '');
  try {
    const examined = await examineStudy(file, join(folder, 'runs'), {
      machine: MACHINE,
      environment: {},
      ...options,
    });
    return { ...examined, errors: [], warnings: examined.warnings.map(short) };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { errors: error.problems.map(short), warnings: [], leftOut: [] };
  }
}

/** A world of scenarios in a file: interactions `s0: a b` between characters in a scenario. */
async function world(
  interactions: readonly [id: string, scenario: string, a: string, b: string][],
  more = {},
) {
  const unique = (ids: readonly string[]) => [...new Set(ids)];
  const text = (id: string) => ({
    id,
    codename: id,
    source: 'own',
    situation: [],
    goals: [[], []],
    relationship: 'friend',
  });
  const who = (id: string) => ({
    ...{ id, firstName: id, lastName: '', age: 40, gender: '', pronouns: '', occupation: '', publicInfo: '' },
    ...{ personality: '', secret: '' },
  });
  const set = {
    name: 'own',
    characters: unique(interactions.flatMap(([, , a, b]) => [a, b])).map(who),
    scenarios: unique(interactions.map(([, scenario]) => scenario)).map(text),
    interactions: interactions.map(([id, scenario, ...characters]) => ({ id, scenario, characters })),
    ...more,
  };
  await writeFile(join(folder, 'world.json'), JSON.stringify(set, null, 1));
  return `${HEAD}scenarios: { path: world.json }\n`;
}

describe('samples', () => {
  it('are refused that no number of rounds can give', async () => {
    const { errors } = await examine(
      `${HEAD}simulation: { interactions: 2, seeds: [0], rounds: 4, maxNewTokens: 80 }\n`,
    );
    expect(errors).toEqual([
      'study.yaml:1:1 synchrony.samples: A->B gives 8 samples at most (2 interactions × 1 seed × 4 rounds), but 6500 are wanted; take samples: all, or play more interactions, seeds or rounds',
    ]);
  });
  it('are warned about where a few short episodes would make them too few', async () => {
    const head = `${HEAD}simulation: { interactions: 100, seeds: [0], rounds: 4, maxNewTokens: 80 }\n`;
    expect((await examine(`${head}synchrony: { samples: 290 }\n`)).warnings).toEqual([
      'study.yaml:4:23 synchrony.samples: 290 of at most 298 samples (100 interactions × 1 seed × 4 rounds) are wanted: a few episodes that end early make them too few; take fewer, or all, or play more seeds',
    ]);
    expect((await examine(`${head}synchrony: { samples: 200 }\n`)).warnings).toEqual([]);
  });
});
