// Every check, with the smallest study file that it has something against; and files it has nothing against.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BadInput } from '../../errors.ts';
import { describeModel, type ModelSource } from '../../models/sources.ts';
import { openStudy } from '../open.ts';
import type { ExamineOptions } from './examine.ts';

interface Asked {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** A server with an address that ends in /v1. */
async function serve(answer: (asked: Asked) => { readonly status: number; readonly body?: unknown }) {
  const server = createServer((request, response) => {
    const { status, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const close = () =>
    new Promise((closed) => {
      server.close(closed);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}/v1`, close };
}

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interbrain-checks-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Line 1 names the study, line 2 its models; what a test adds begins in line 3. */
const HEAD = 'name: s\nmodels: { a: { embedded: toy-llama-s }, b: { embedded: toy-mistral-s } }\n';
const MACHINE = { total: 16e9, free: 8e9 };

async function examine(text: string, options: ExamineOptions = {}) {
  const file = join(folder, 'study.yaml');
  await writeFile(file, text);
  const short = (line: string) => line.replaceAll(`${folder}/`, '');
  try {
    const opened = await openStudy(file, join(folder, 'runs'), {
      machine: MACHINE,
      environment: {},
      ...options,
    });
    return { errors: [], warnings: opened.warnings.map(short), conditions: opened.conditions };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { errors: error.problems.map(short), warnings: [] };
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

/** What the checks have against the head followed by a text that begins in line 3. */
const errorsOf = async (text: string, options: ExamineOptions = {}) =>
  (await examine(HEAD + text, options)).errors;
const warningsOf = async (text: string, options: ExamineOptions = {}) => {
  const { errors, warnings } = await examine(HEAD + text, options);
  expect(errors).toEqual([]);
  return warnings;
};

describe('samples', () => {
  it('are refused that no number of rounds can give', async () => {
    expect(
      await errorsOf('simulation: { interactions: 2, seeds: [0], rounds: 4, maxNewTokens: 80 }\n'),
    ).toEqual([
      'study.yaml:1:1 synchrony.samples: A->B gives 8 samples at most (2 interactions × 1 seed × 4 rounds), but 6500 are wanted; take samples: all, or play more interactions, seeds or rounds',
    ]);
    expect(
      await errorsOf(
        'simulation: { interactions: 20, seeds: [0], rounds: 4, maxNewTokens: 80 }\nsynchrony: { samples: 70 }\n',
      ),
    ).toEqual([
      'study.yaml:4:23 synchrony.samples: B->A gives 60 samples at most (20 interactions × 1 seed × 4 rounds), but 70 are wanted; take samples: all or at most 60, or play more interactions, seeds or rounds',
    ]);
  });
  it('may be as many as the message says', async () => {
    for (const [samples, test] of [
      [60, 0.2],
      [50, 0.33],
      [31, 0.5],
    ]) {
      const text = (count: number) =>
        `simulation: { interactions: 20, seeds: [0], rounds: 4, maxNewTokens: 80 }\nsynchrony: { samples: ${count}, test: ${test}, splitSeeds: [0, 1, 2, 3] }\n`;
      const [line] = await errorsOf(text((samples ?? 0) + 60));
      const most = Number(/at most (\d+), or/.exec(line ?? '')?.[1]);
      expect(await errorsOf(text(most))).toEqual([]);
      expect(await errorsOf(text(61))).toHaveLength(1);
    }
  });
  it('are warned about where a few short episodes would make them too few', async () => {
    const simulation = 'simulation: { interactions: 100, seeds: [0], rounds: 4, maxNewTokens: 80 }\n';
    expect(await warningsOf(`${simulation}synchrony: { samples: 290 }\n`)).toEqual([
      'study.yaml:4:23 synchrony.samples: 290 of at most 298 samples (100 interactions × 1 seed × 4 rounds) are wanted: a few episodes that end early make them too few; take fewer, or all, or play more seeds',
    ]);
    expect(await warningsOf(`${simulation}synchrony: { samples: 200 }\n`)).toEqual([]);
  });
  it('need two groups, and two rows on either side', async () => {
    expect(
      await errorsOf('synchrony: { samples: all }\nsimulation: { interactions: 1, maxNewTokens: 80 }\n'),
    ).toEqual([
      'study.yaml:4:29 simulation.interactions: all samples are of one interaction, and training and test need one each; play more interactions',
    ]);
    const text = await world([
      ['i', 's', 'a', 'b'],
      ['j', 's', 'c', 'd'],
      ['k', 's', 'e', 'f'],
    ]);
    expect((await examine(`${text}synchrony: { samples: all, groupBy: scenario }\n`)).errors).toEqual([
      'study.yaml:4:37 synchrony.groupBy: all samples are of one scenario, and training and test need one each; play more scenarios, or group more finely',
    ]);
    expect(
      await errorsOf(
        'synchrony: { samples: all }\nsimulation: { interactions: 3, seeds: [0], rounds: 2, maxNewTokens: 80 }\n',
      ),
    ).toEqual([
      'study.yaml:4:29 simulation.interactions: B->A gives 3 samples at most (3 interactions × 1 seed × 2 rounds), and a split leaves fewer than two of them on one side; play more interactions, seeds or rounds',
    ]);
    expect(await errorsOf('synchrony: { samples: 4, test: 0.05 }\n')).toContain(
      'study.yaml:3:32 synchrony.test: of 4 samples, 0.05 for the test are 0, and 4 are left for training; each side needs one at least',
    );
  });
  it('come from the number of interactions that the command line says', async () => {
    const text = 'synchrony: { samples: all }\nsimulation: { rounds: 4, maxNewTokens: 80 }\n';
    expect(await errorsOf(text, { interactions: 1 })).toEqual([
      '--interactions: all samples are of one interaction, and training and test need one each; play more interactions',
    ]);
    expect(await errorsOf(text, { interactions: 5000 })).toEqual([
      '--interactions: 5000 interactions are asked for, but there are 180',
    ]);
    expect(await errorsOf(`${text.slice(0, -3)}, interactions: 5000 }\n`)).toEqual([
      'study.yaml:4:58 simulation.interactions: 5000 interactions are asked for, but there are 180',
    ]);
  });
  it('are too few for many folds, and it is the folds that are told', async () => {
    const few = 'simulation: { interactions: 12, seeds: [0], rounds: 3, maxNewTokens: 80 }\n';
    expect(await errorsOf(`${few}synchrony: { samples: all, folds: 500 }\n`)).toEqual([
      expect.stringMatching(
        /36 samples at most .*500 folds of whole interactions would not all have two of them; take fewer folds, or play more/,
      ),
    ]);
  });
  it('need two groups on the training side for a choice there', async () => {
    const few = 'simulation: { interactions: 2, seeds: [0], maxNewTokens: 80 }\n';
    expect(await errorsOf(`${few}synchrony: { samples: all, lambda: cv }\nsensitivity: true\n`)).toEqual([
      'study.yaml:4:36 synchrony.lambda: cv takes two interactions, but a split trains on one interaction; give a number, or play more',
      'study.yaml:5:14 sensitivity.validationTarget: takes two interactions to choose on, but a split trains on one interaction; switch it off, or play more',
      'study.yaml:5:14 sensitivity.textBaseline: takes two interactions to choose on, but a split trains on one interaction; switch it off, or play more',
    ]);
    expect(await warningsOf(`${few}synchrony: { samples: all, lambda: 0.1 }\n`)).toEqual([
      'study.yaml:4:12 synchrony.intervals: there will be no intervals: a split holds out 1 interaction, and they take 3; play more',
    ]);
    expect(await warningsOf(`${few}synchrony: { samples: all, lambda: 0.1, intervals: false }\n`)).toEqual(
      [],
    );
  });
});

describe('a condition that cannot be measured', () => {
  const small = 'synchrony: { samples: all }\n';
  it('is left out if others are left: a lag', async () => {
    const text = `${small}simulation: { rounds: 4, maxNewTokens: 80 }\nconditions: [interactive, lag-3]\n`;
    const examined = await examine(HEAD + text);
    expect(examined.warnings).toEqual([
      'study.yaml:5:27 conditions[1]: lag-3 has no pairs of turns from B to A in 4 rounds; lag-2 is the longest, or set simulation.rounds to 5 or more; it is left out, the others are measured',
    ]);
    expect(examined.conditions).toEqual(['interactive']);
  });
  it('is left out if others are left: pseudo-dyads without partners', async () => {
    const text = await world([
      ['i', 's', 'a', 'b'],
      ['j', 's', 'b', 'c'],
      ['k', 't', 'c', 'd'],
      ['l', 'u', 'c', 'd'],
    ]);
    const examined = await examine(
      `${text}${small}conditions: [pseudo-dyad, interactive]\nsimulation: { maxNewTokens: 80 }\n`,
    );
    expect([...examined.errors, ...examined.warnings].filter((line) => line.includes('conditions'))).toEqual([
      'study.yaml:5:14 conditions[0]: no interaction has a partner, another one of the same scenario with two other characters; play more interactions per scenario; it is left out, the others are measured',
    ]);
    expect(examined.conditions).toEqual(['interactive']);
  });
  it('is left out if others are left: pseudo-dyads of one scenario', async () => {
    const text = await world([
      ['i', 's', 'a', 'b'],
      ['j', 's', 'c', 'd'],
      ['k', 's', 'e', 'f'],
      ['l', 's', 'g', 'h'],
    ]);
    const examined = await examine(
      `${text}${small}conditions: [interactive, pseudo-dyad]\nsimulation: { maxNewTokens: 80 }\n`,
    );
    expect(examined.warnings.filter((line) => line.includes('conditions'))).toEqual([
      'study.yaml:5:27 conditions[1]: all samples are of one scenario, and training and test need one each; play more scenarios; it is left out, the others are measured',
    ]);
  });
  it('is left out if others are left: another seed where there is one alone', async () => {
    const text = `${small}conditions: [interactive, seed-swap]\nsimulation: { seeds: [3], maxNewTokens: 80 }\n`;
    expect(await warningsOf(text)).toEqual([
      'study.yaml:4:27 conditions[1]: no interaction was played with a second simulation seed, from which it takes its targets; play two seeds at least (simulation.seeds: [0, 1]); it is left out, the others are measured',
    ]);
    expect(await warningsOf(text.replace('[3]', '[3, 4]'))).toEqual([]);
  });
  it('is left out if others are left: turns out of order', async () => {
    const text = `${small}conditions: [interactive, shuffled]\nsimulation: { rounds: 2, maxNewTokens: 80 }\n`;
    expect(await warningsOf(text)).toEqual([
      'study.yaml:4:27 conditions[1]: shuffled has no two pairs of turns from B to A in 2 rounds; set simulation.rounds to 3 or more; it is left out, the others are measured',
    ]);
  });
  it('is an error if nothing is left', async () => {
    const rounds = (count: number) => `${small}simulation: { rounds: ${count}, maxNewTokens: 80 }\n`;
    expect(await errorsOf(`${rounds(4)}conditions: [lag-3, lag-9]\n`)).toEqual([
      'study.yaml:5:14 conditions[0]: lag-3 has no pairs of turns from B to A in 4 rounds; lag-2 is the longest, or set simulation.rounds to 5 or more',
      'study.yaml:5:21 conditions[1]: lag-9 has no pairs of turns from B to A in 4 rounds; lag-2 is the longest, or set simulation.rounds to 11 or more',
    ]);
    expect(await errorsOf(`${rounds(1)}conditions: [interactive, lag-1, passive]\n`)).toEqual([
      'study.yaml:4:23 simulation.rounds: interactive has no pairs of turns from B to A in 1 rounds; set simulation.rounds to 2 or more',
    ]);
  });
});

describe('relationships', () => {
  it('are warned about if there are not two to compare', async () => {
    const text = await world([0, 1, 2, 3, 4, 5].map((i) => [`i${i}`, `s${i}`, 'a', 'b']));
    const { warnings } = await examine(
      `${text}synchrony: { samples: all, intervals: false }\nrelationships: true\nsimulation: { maxNewTokens: 80 }\n`,
    );
    expect(warnings).toEqual([
      'study.yaml:5:16 relationships: fewer than two relationships can have 20 test rows in every split (at most: friend 42), so none are compared; take a smaller relationships.smallest, or play more',
    ]);
  });
});

describe('the judge', () => {
  const small = 'synchrony: { samples: all }\nsimulation: { maxNewTokens: 80 }\n';
  const asked = (judge: string, environment = {}) =>
    examine(`${HEAD}${small}judge: ${judge}\n`, { purpose: 'run', environment });

  it('by rule is refused for scenarios without rules', async () => {
    const text = await world([0, 1, 2, 3].map((i) => [`i${i}`, `s${i % 2}`, 'a', 'b']));
    expect((await examine(`${text}${small}judge: rule\n`)).errors).toEqual([
      'study.yaml:6:8 judge: 2 of 2 scenarios have no rules to check goals by (the first is s0); only the embedded world has them: name a judge model with { url, model }, or judge: false',
    ]);
    expect((await asked('rule')).warnings).toEqual([]);
  });

  it('is refused without its key, but not for looking', async () => {
    const judge = '{ url: "http://127.0.0.1:9/v1", model: m, apiKeyEnv: JUDGE_KEY }';
    expect((await asked(judge)).errors).toEqual([
      'study.yaml:5:61 judge.apiKeyEnv: the environment variable JUDGE_KEY is not set; put the API key into it',
    ]);
    expect((await asked(judge, { JUDGE_KEY: 'a b' })).errors).toEqual([
      'study.yaml:5:61 judge.apiKeyEnv: what JUDGE_KEY holds is no API key: it has spaces or odd characters',
    ]);
    expect((await examine(`${HEAD}${small}judge: ${judge}\n`)).errors).toEqual([]);
  });

  it('that does not answer is warned about: the rest of the study is run', async () => {
    const server = await serve(() => ({ status: 500 }));
    await server.close();
    const judge = `{ url: "${server.url}", model: m }`;
    expect((await asked(judge)).warnings).toEqual([
      `study.yaml:5:15 judge.url: ${server.url}/chat/completions: cannot be reached (ECONNREFUSED, 1 request); start the server or correct the address, which ends in /v1 for most; unless it answers by then, episodes will not be judged, and the rest of the study is run`,
    ]);
  });

  it('is asked under its name and with its key', async () => {
    const asks: string[] = [];
    const server = await serve(({ method, url, headers }) => {
      asks.push(`${method} ${url}`);
      if (headers.authorization !== 'Bearer right')
        return { status: 401, body: { error: { message: 'no' } } };
      if (method === 'GET') return { status: 200, body: { data: [{ id: 'listed' }] } };
      return { status: 404, body: { error: { message: 'no such model' } } };
    });
    try {
      const judge = (model: string) => `{ url: "${server.url}", model: ${model}, apiKeyEnv: KEY }`;
      expect(await asked(judge('listed'), { KEY: 'right' })).toMatchObject({ errors: [], warnings: [] });
      expect(asks).toEqual(['GET /v1/models']);
      expect((await asked(judge('listed'), { KEY: 'wrong' })).errors).toEqual([
        expect.stringMatching(
          /^study\.yaml:5:\d+ judge\.apiKeyEnv: the API key is not accepted; correct the environment variable that judge\.apiKeyEnv names/,
        ),
      ]);
      expect((await asked(judge('other'), { KEY: 'right' })).errors).toEqual([
        expect.stringMatching(
          /^study\.yaml:5:\d+ judge\.model: the server has no model "other"; models are listed/,
        ),
      ]);
      asks.length = 0;
      await examine(`${HEAD}${small}judge: ${judge('other')}\n`, {
        environment: { KEY: 'right' },
        purpose: 'estimate',
      });
      expect(asks).toEqual([]);
    } finally {
      await server.close();
    }
  });

  it('may serve a model under a name that it does not list', async () => {
    const answer = { choices: [{ finish_reason: 'length', message: { content: 'H' } }] };
    const server = await serve(({ method }) =>
      method === 'GET' ? { status: 200, body: { data: [{ id: 'a file' }] } } : { status: 200, body: answer },
    );
    try {
      expect(await asked(`{ url: "${server.url}", model: any }`)).toMatchObject({ errors: [], warnings: [] });
    } finally {
      await server.close();
    }
  });
});

describe('models', () => {
  const small = 'synchrony: { samples: all }\nsimulation: { maxNewTokens: 80 }\n';
  const withModels = (models: string, options: ExamineOptions = {}) =>
    examine(`name: s\nmodels:\n${models}${small}`, options);

  it('are told all together: no folder, no such name, no checkpoint', async () => {
    const { errors } = await withModels(
      '  a: { path: nowhere }\n  b: { embedded: toy-lama }\n  c: { path: . }\n',
    );
    expect(errors).toEqual([
      expect.stringMatching(
        /^study\.yaml:3:14 models\.a\.path: nowhere: is not a folder; a checkpoint folder holds/,
      ),
      expect.stringMatching(
        /^study\.yaml:4:18 models\.b\.embedded: no embedded model is called "toy-lama"; did you mean toy-llama\? Embedded models are toy-llama, /,
      ),
      expect.stringMatching(/^study\.yaml:5:14 models\.c\.path: .*: missing config\.json, tokenizer\.json/),
    ]);
  });
  it('that take no part are not looked at', async () => {
    const { errors } = await withModels(
      '  a: { path: nowhere }\n  b: { embedded: toy-llama-s }\npairs: [[b, b]]\n',
    );
    expect(errors).toEqual([]);
  });
  it('compute where they can, in a type that is there', async () => {
    const models =
      '  a: { embedded: toy-llama-s, dtype: fp16 }\n  b: { embedded: toy-llama-s, device: dml }\n';
    expect((await withModels(models)).errors).toEqual([]);
    expect((await withModels(models, { purpose: 'run' })).errors).toEqual([
      'study.yaml:3:38 models.a.dtype: ONNX Runtime has no products in fp16 on the CPU; take q8 (1.75 bytes per weight) or fp32 (4 bytes), or device cuda or webgpu or dml or coreml',
      expect.stringMatching(/^study\.yaml:4:39 models\.b\.device: device dml is not available; /),
    ]);
  });
  it('keep the states that are measured, unless the study says which types may distort them', async () => {
    const models = '  a: { embedded: toy-llama-s, dtype: w8a8 }\n  b: { embedded: toy-llama-s, dtype: q4 }\n';
    const advice = (dtype: string) =>
      `take q8 or fp32; to measure with it all the same, say simulation: { distorted: [${dtype}] }`;
    for (const purpose of ['run', 'estimate'] as const)
      expect((await withModels(models, { purpose })).errors).toEqual([
        expect.stringMatching(
          /^study\.yaml:3:38 models\.a\.dtype: activations in 8 bits distort the hidden states/,
        ),
        expect.stringMatching(
          /^study\.yaml:4:38 models\.b\.dtype: weights in 4 bits distort the hidden states/,
        ),
      ]);
    const allowing = (types: string) => {
      const settings = small.replace('simulation: {', `simulation: { distorted: [${types}],`);
      return examine(`name: s\nmodels:\n${models}${settings}`, { purpose: 'run' });
    };
    const { errors } = await allowing('q4');
    expect(errors).toEqual([expect.stringContaining(advice('w8a8'))]);
    expect((await allowing('q4, w8a8')).errors).toEqual([]);
    // To look at a study takes no decision; q8 keeps the states.
    expect((await withModels(models)).errors).toEqual([]);
    const kept = '  a: { embedded: toy-llama-s, dtype: q8 }\n  b: { embedded: toy-llama-s }\n';
    expect((await withModels(kept, { purpose: 'run' })).errors).toEqual([]);
  });
  it('fit into memory together', async () => {
    const models = '  a: { embedded: toy-llama-s }\n  b: { embedded: toy-llama-s, dtype: q8 }\n';
    const describe = async (source: ModelSource) => {
      const info = await describeModel(source);
      return info && { ...info, parameters: 2e9 };
    };
    const told = async (total: number, free: number) => {
      const { errors, warnings } = await withModels(models, {
        purpose: 'run',
        machine: { total, free },
        describe,
      });
      return [...errors, ...warnings];
    };
    expect(await told(10e9, 9e9)).toEqual([
      'study.yaml:3:3 models: the 2 models take 12.5 GB of memory while they are loaded, and this machine has 10.0 GB; take dtype: q8 (1.75 bytes per weight) or fewer models',
    ]);
    expect(await told(16e9, 9e9)).toEqual([
      'study.yaml:3:3 models: the 2 models take 12.5 GB of memory while they are loaded, and 9.00 GB are free; end other programs, or take dtype: q8 (1.75 bytes per weight) or fewer models',
    ]);
    expect(await told(16e9, 14e9)).toEqual([]);
    expect((await withModels(models, { machine: { total: 1, free: 1 }, describe })).errors).toEqual([]);
  });
  it('have room for all that may be said', async () => {
    expect(
      await warningsOf('synchrony: { samples: all }\nsimulation: { rounds: 8, maxNewTokens: 600 }\n'),
    ).toEqual([
      'study.yaml:4:40 simulation.maxNewTokens: 8 rounds of two utterances of up to 600 tokens are 9600 tokens, and the context of a holds 4096; long episodes would end for want of room',
      'study.yaml:4:40 simulation.maxNewTokens: 8 rounds of two utterances of up to 600 tokens are 9600 tokens, and the context of b holds 4096; long episodes would end for want of room',
    ]);
  });
  it('have just enough room', async () => {
    const room = (tokens: number) =>
      warningsOf(`synchrony: { samples: all }\nsimulation: { rounds: 8, maxNewTokens: ${tokens} }\n`);
    expect(await room(256)).toEqual([]);
    expect(await room(257)).toHaveLength(2);
  });
  it('have the layers that networks are to be trained between', async () => {
    expect(await errorsOf(`${small}nonlinear: { layerPairs: [[2, 2], [0, 99], [3, 1]] }\n`)).toEqual([
      'study.yaml:5:35 nonlinear.layerPairs[1]: there is no pair [0, 99] from a to a; layers of a are 0 to 2, of a 0 to 2',
      'study.yaml:5:44 nonlinear.layerPairs[2]: there is no pair [3, 1] from a to a; layers of a are 0 to 2, of a 0 to 2',
    ]);
  });
  it('have the layers that are to be recorded, and those that are looked at are among them', async () => {
    const recording = (layers: string, more = '') =>
      errorsOf(`${small}states: { layers: ${layers} }\n${more}`);
    const line = 'study.yaml:5';
    // a has three layers, b four.
    expect(await recording('[0, 3, 1]')).toEqual([
      `${line}:23 states.layers[1]: a has no layer 3, but 0 to 2; name layers that all models have, or take { every: n }, which goes with models of unlike depth`,
    ]);
    expect(await recording('[0, 2]')).toEqual([]);
    expect(await recording('{ every: 9 }')).toEqual([]);
    expect(await recording('[1, 1]')).toHaveLength(1);
    expect(await recording('{ every: 0 }')).toHaveLength(1);
    expect(await recording('[0, 2]', 'nonlinear: { layerPairs: [[2, 0], [0, 1]] }\n')).toEqual([
      'study.yaml:6:35 nonlinear.layerPairs[1]: states.layers records layers 0, 2 of a, and not 1; take one of these, or record it as well',
    ]);
    const many = 'interventions: { layers: [0, 1], kinds: [mean] }\n';
    expect(await recording('[0, 2]', many)).toEqual(
      ['a', 'b'].map(
        (name) =>
          `study.yaml:6:30 interventions.layers[1]: states.layers records layers 0, 2 of ${name}, and not 1; take one of these, or record it as well`,
      ),
    );
    expect(await recording('[2]', 'reliability: true\n')).toEqual([
      'study.yaml:6:14 reliability.ceiling: the ceiling of a layer is taken from the model’s others, and of a one layer is recorded; record two at least, or take reliability: { ceiling: false }',
    ]);
    expect(await recording('[2]', 'reliability: { ceiling: false }\n')).toEqual([]);
  });
  it('that are not downloaded are not judged', async () => {
    const text = `${small}nonlinear: { layerPairs: [[0, 99]] }\n`;
    expect(await errorsOf(text, { describe: async () => undefined })).toEqual([]);
  });
});

describe('ability tests', () => {
  const small = 'synchrony: { samples: all }\nsimulation: { maxNewTokens: 80 }\n';
  it('have their data', async () => {
    const prompt = { key: 1, prompt: 'p', instruction_id_list: ['punctuation:no_comma'], kwargs: [{}] };
    await writeFile(join(folder, 'prompts.jsonl'), JSON.stringify(prompt));
    const text = (data: string) =>
      `${small}abilities:\n  IFEval: { data: ${data} }\n  MuSR: { data: gone, limit: 3 }\n`;
    expect(await errorsOf(text('prompts.jsonl, limit: 2'))).toEqual([
      expect.stringMatching(/^study\.yaml:7:17 abilities\.MuSR\.data: gone: /),
    ]);
    expect(await warningsOf(`${small}abilities: { IFEval: { data: prompts.jsonl, limit: 2 } }\n`)).toEqual([
      'study.yaml:5:52 abilities.IFEval.limit: 2 prompts are asked for, but the data has 1; all are asked',
    ]);
  });
});

describe('files of scenarios', () => {
  const small = 'synchrony: { samples: all }\nsimulation: { maxNewTokens: 80 }\n';
  const friends = (id: string) => {
    return { id, codename: id, source: '', situation: [], goals: [[], []], relationship: 'friend' };
  };

  it('give everything a name of its own, and name nothing that is not there', async () => {
    const text = await world(
      [
        ['i', 's', 'a', 'b'],
        ['i', 's', 'c', 'd'],
        ['k', 's', 'e', 'e'],
        ['l', 't', 'f', 'g'],
        ['x'.repeat(250), 's', 'f', 'h'],
      ],
      { scenarios: ['s', 's'].map(friends) },
    );
    expect((await examine(text + small)).errors).toEqual([
      'world.json:114:10: the scenario id "s" stands twice, here and as entry 1; ids are unique, so leave one out or rename it',
      'world.json:135:10: the interaction id "i" stands twice, here and as entry 1; ids are unique, so leave one out or rename it',
      'world.json:145:18: interaction "k": character "e" meets itself; name two',
      'world.json:152:16: interaction "l": no scenario is called "t"; correct the id, or add the scenario',
      "world.json:159:10: interaction id: the name has 250 characters as a file's name; 191 at most are valid",
    ]);
  });
  it('have names that are good on other systems', async () => {
    const text = await world([
      ['one', 's', 'a', 'b'],
      ['One', 's', 'c', 'd'],
      ['con', 't', 'a', 'b'],
      ['two', 't', 'a', 'd'],
    ]);
    const quiet = 'synchrony: { samples: all, intervals: false }\nsimulation: { maxNewTokens: 80 }\n';
    expect((await examine(text + quiet)).warnings).toEqual([
      expect.stringMatching(/^world\.json:\d+:10: interaction id: "con" is no name for a file on Windows; /),
      expect.stringMatching(
        /^world\.json:\d+:10: the interaction id "One" differs from another by capital letters alone; /,
      ),
    ]);
  });
  it('are read with the place of every mistake', async () => {
    const text = await world(
      [
        ['i', 's', 'a', 'b'],
        ['', 's', 'c', 'd'],
      ],
      { name: 5 },
    );
    expect((await examine(text + small)).errors).toEqual([
      'study.yaml:3:20 scenarios.path: world.json:2:10 name: is 5; expected text',
      'study.yaml:3:20 scenarios.path: world.json:76:10 interactions[1].id: is ""; expected 1 or more characters',
    ]);
    expect(await errorsOf('scenarios: { path: gone.json }\n')).toEqual([
      expect.stringMatching(
        /^study\.yaml:3:20 scenarios\.path: gone\.json: cannot be read as a JSON file of scenarios/,
      ),
    ]);
  });
  it('of Sotopia are looked at, too', async () => {
    const who = (pk: string) => ({
      ...{ pk, first_name: pk, last_name: '', age: 30, occupation: '', gender: '', gender_pronoun: '' },
      ...{ public_info: '', personality_and_values: '', secret: '' },
    });
    const environment = {
      ...{ pk: 's', codename: 's', source: '', scenario: '', agent_goals: ['', ''], relationship: 3 },
    };
    await mkdir(join(folder, 'data'));
    const write = (name: string, value: unknown) =>
      writeFile(join(folder, 'data', name), JSON.stringify(value, null, 1));
    await write('envs.json', [environment]);
    await write('agents.json', { a: who('a'), b: who('b'), c: who('a') });
    await write('env_agent_combos.json', [
      { pk: 'one', env_id: 's', agent_ids: ['a', 'b'] },
      { pk: '', env_id: 's', agent_ids: ['b', 'a'] },
      { pk: 'one', env_id: 's', agent_ids: ['b', 'z'] },
    ]);
    expect(await errorsOf(`scenarios: { sotopia: data }\n${small}`)).toEqual([
      'data/agents.json:27:9: the character id "a" stands twice, here and as entry 1; ids are unique, so leave one out or rename it',
      "data/env_agent_combos.json:11:9: the interaction's id is empty; give it one",
      'data/env_agent_combos.json:19:9: the interaction id "one" stands twice, here and as entry 1; ids are unique, so leave one out or rename it',
      'data/env_agent_combos.json:21:16: interaction "one": no character is called "z"; correct the id, or add the character',
    ]);
  });
});

describe('the run’s folder', () => {
  it('can be written to', async () => {
    await writeFile(join(folder, 'runs'), 'a file');
    const text = 'synchrony: { samples: all }\nsimulation: { maxNewTokens: 80 }\n';
    expect(await errorsOf(text, { purpose: 'estimate' })).toEqual([
      'study.yaml:1:7 name: the run is kept in runs/s, but runs is a file; name another folder with --out',
    ]);
    expect(await errorsOf(text)).toEqual([]);
  });
});

describe('pairs of models', () => {
  it('are three at least for a correlation, or it is warned about', async () => {
    const text =
      'synchrony: { samples: equal }\nsimulation: { maxNewTokens: 80 }\njudge: rule\ncorrelation: true\n';
    expect(await warningsOf(text)).toEqual([]);
    expect(await warningsOf(`${text}pairs: [[a, b], [a, a], [b, a]]\n`)).toEqual([
      'study.yaml:6:14 correlation: no correlation can be computed: it takes 3 pairs of models, and there are 2',
      'study.yaml:7:25 pairs[2]: the same pair stands before it; it is played once, in both seat orders',
    ]);
  });
});

describe('as many samples everywhere', () => {
  const judged = 'simulation: { maxNewTokens: 80 }\njudge: rule\ncorrelation: true\n';

  it('is the default of a correlation; with all, there is a warning that n goes with the pairs', async () => {
    expect(await warningsOf(judged)).toEqual([]);
    expect(await warningsOf(`${judged}synchrony: { samples: all }\n`)).toEqual([
      'study.yaml:6:23 synchrony.samples: with all, pairs that talk longer have more samples, and SyncR² grows with their number; take equal, or see r given log n',
    ]);
    expect(await warningsOf(`${judged}synchrony: { samples: 400 }\n`)).toEqual([]);
    expect(await warningsOf('synchrony: { samples: all }\nsimulation: { maxNewTokens: 80 }\n')).toEqual([]);
  });

  it('warns of a condition that has so few that the others lose theirs', async () => {
    const text =
      'synchrony: { samples: equal }\nsimulation: { maxNewTokens: 80, rounds: 5, interactions: 10, seeds: [0] }\n';
    expect(await warningsOf(`${text}conditions: [interactive, passive]\n`)).not.toContainEqual(
      expect.stringContaining('every measure is cut'),
    );
    // 10 × 4 pairs from B to A, and 10 × 2 with a lag of two rounds.
    expect(await warningsOf(`${text}conditions: [interactive, lag-2, lag-1]\n`)).toContainEqual(
      'study.yaml:3:23 synchrony.samples: every measure is cut to as many samples as lag-2 has, at most 20 of the interactive condition’s 40; leave lag-2 out, or take all',
    );
  });
});

describe('principal components', () => {
  const text = 'simulation: { maxNewTokens: 80 }\nsynchrony: { samples: all, reduce: { components: 30 } }\n';

  it('are refused beside what is made on the layers as they are', async () => {
    const more = 'significance: true\nnonlinear: true\nsensitivity: true\n';
    const advice = 'are made on the layers as they are; switch them off, or leave synchrony.reduce out';
    expect(await errorsOf(`${text}${more}`)).toEqual([
      `study.yaml:5:15 significance: tests ${advice}`,
      `study.yaml:6:12 nonlinear: networks ${advice}`,
      `study.yaml:7:14 sensitivity.textBaseline: text baselines ${advice}`,
    ]);
    expect(await errorsOf(`${text}sensitivity: { textBaseline: false }\nrelationships: true\n`)).toEqual([]);
    expect(await errorsOf(text.replace('30', '0'))).toHaveLength(1);
  });

  it('are warned of where a model or the training rows have fewer', async () => {
    expect(await warningsOf(text)).toEqual([]);
    expect(await warningsOf(text.replace('30', '97'))).toEqual([
      'study.yaml:4:50 synchrony.reduce.components: a has 96 dimensions and no more components, so its pairs have fewer than wider ones; take at most 96',
    ]);
    const few = text.replace('80 }', '80, interactions: 5, seeds: [0], rounds: 5 }');
    // 5 × 4 pairs from B to A, of which one interaction is held out.
    expect(await warningsOf(few)).toContainEqual(
      'study.yaml:4:50 synchrony.reduce.components: 16 training rows at most have 15 principal components; take fewer, or play more',
    );
  });
});

it('tells all mistakes of a study at once, in the order of its file', async () => {
  const text = [
    'name: s',
    'models:',
    '  a: { path: nowhere }',
    '  b: { embedded: toy-mistral-s, dtype: fp17 }',
    '  c d: { embedded: toy-llama }',
    '  e: { hub: toy, embedded: toy }',
    '  x: { embedded: toy-llama-s }',
    'pairs: [[a, b], [a, f], [a], [x, x]]',
    'simulation: { rounds: 4, seeds: [1, 1], temprature: 1, maxNewTokens: 80, interactions: 500 }',
    'conditions: [interactive, lag-x, lag-1]',
    'synchrony: { lambda: [0.1, 0.1], test: 2 }',
    'nonlinear: { layerPairs: [[0, 50]], epochs: 0, hidden: many }',
    'scenarios: embedded',
    'judge: { url: there }',
    'correlation: true',
    'families: { one: [a, g] }',
    '',
  ].join('\n');
  const { errors } = await examine(text);
  expect(errors.map((line) => /^study\.yaml:[\d:]+ (.+?): /.exec(line)?.[1] ?? line)).toEqual([
    'models.a.path',
    'models.b.dtype',
    'models.c d',
    'models.e',
    'pairs[1]',
    'pairs[2]',
    'simulation.seeds',
    'simulation.temprature',
    'simulation.interactions',
    'conditions[1]',
    'synchrony.lambda[1]',
    'synchrony.test',
    'nonlinear.layerPairs[0]',
    'nonlinear.epochs',
    'nonlinear.hidden',
    'judge.model',
    'judge.url',
    'families.one',
  ]);
});

const EXAMPLES = resolve(import.meta.dirname, '../../../examples');
const MODEL = resolve(EXAMPLES, '../models/toy-llama-s');
const SOTOPIA = resolve(import.meta.dirname, '../../../../shared/sotopia');
const examples = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml') && name !== 'compose.yaml');

it.each(examples)('has nothing against examples/%s', async (name) => {
  const text = readFileSync(join(EXAMPLES, name), 'utf8');
  if (text.includes('sotopia: sotopia')) {
    // Not part of this package.
    if (!existsSync(SOTOPIA)) return;
    await cp(SOTOPIA, join(folder, 'sotopia'), { recursive: true });
  }
  // What its user has to fetch: any checkpoint stands for it.
  for (const [path] of text.matchAll(/(?<=path: )models\/[^ ,}]+/g)) {
    await mkdir(join(folder, 'models'), { recursive: true });
    await cp(MODEL, join(folder, path), { recursive: true });
  }
  const { errors, warnings } = await examine(text, { purpose: 'run' });
  // No judge answers here.
  const own = warnings.filter((warning) => !warning.includes('cannot be reached (ECONNREFUSED'));
  expect([errors, own]).toEqual([[], []]);
});
