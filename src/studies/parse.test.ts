import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BadInput } from '../errors.ts';
import { divisionOf } from './division.ts';
import { parseStudy } from './parse.ts';
import { studyJsonSchema, studySchema } from './schema.ts';

const good = `name: first-look
models:
  llama: { embedded: toy-llama }
  mistral: { path: ../models/m }
`;

it('takes true for all defaults, and what it has filled in once more', () => {
  const study = parseStudy(`${good}nonlinear: true\nmentalStates: { l2: 1 }\n`, 'study.yaml');
  expect(study.nonlinear).toMatchObject({ layerPairs: 'best', hidden: 512, epochs: 200 });
  expect(study.mentalStates).toEqual({ l2: 1, maxFailureRate: 0.1 });
  expect(studySchema.parse(study)).toEqual(study);
});

it('protocol: paper is the paper’s, but for a number of samples that the study has', () => {
  const paper = (synchrony = '') =>
    parseStudy(`${good}protocol: paper\n${synchrony}`, 'study.yaml').synchrony;
  const fixed = { test: 0.2, splitSeeds: [0, 1, 2], lambda: 0.1, groupBy: 'interaction', solver: 'exact' };
  expect(paper()).toMatchObject({ ...fixed, samples: 6500 });
  expect(paper()).not.toHaveProperty('folds');
  expect(paper('synchrony: { samples: all, lambda: 0.1 }')).toMatchObject({ ...fixed, samples: 'all' });
  expect(problemsOf(`${good}protocol: paper\nsynchrony: { lambda: cv, folds: 5 }`)).toEqual([
    'study.yaml:6:22 synchrony.lambda: protocol: paper has lambda: 0.1; leave this out, or the protocol',
    'study.yaml:6:33 synchrony.folds: protocol: paper has no folds; leave this out, or the protocol',
  ]);
});

it('examples/paper.yaml is the paper’s study', () => {
  const file = fileURLToPath(new URL('../../examples/paper.yaml', import.meta.url));
  const { models, pairs, families, simulation, synchrony, judge } = parseStudy(
    readFileSync(file, 'utf8'),
    file,
  );
  expect(Object.keys(models)).toEqual(['M1', 'M2', 'M3', 'L2', 'L3', 'L3.2']);
  expect([pairs, Object.values(families ?? {}).flat()]).toEqual(['all', Object.keys(models)]);
  expect(simulation).toMatchObject({ seeds: [0, 1, 2], rounds: 8, temperature: 0.7 });
  expect(simulation).not.toHaveProperty('interactions');
  expect(synchrony).toMatchObject({ samples: 6500, test: 0.2, splitSeeds: [0, 1, 2], lambda: 0.1 });
  expect(judge).toMatchObject({ model: 'openai/gpt-oss-120b', temperature: 0, seed: 0 });
});

it('the published solver takes no cv, which stands among the defaults', () => {
  expect(problemsOf(`${good}synchrony: { solver: published-float32 }`)).toEqual([
    'study.yaml:5:22 synchrony.solver: published-float32 takes numbers for λ, and cv is among them; set lambda: 0.1, as published',
  ]);
  expect(problemsOf(`${good}synchrony: { solver: published-float32, lambda: 0.1 }`)).toEqual([]);
});

it('folds may be repeated, draws not', () => {
  const { synchrony } = parseStudy(`${good}synchrony: { folds: 5, repeats: 2 }`, 'study.yaml');
  expect(divisionOf(synchrony, 'all')).toMatchObject({ folds: 5, splitSeeds: [0, 1] });
  expect(problemsOf(`${good}synchrony: { repeats: 2 }`)).toEqual([
    'study.yaml:5:23 synchrony.repeats: goes with folds, as in { folds: 5, repeats: 3 }; draws are repeated by splitSeeds',
  ]);
});

it('fills in what is not said', () => {
  expect(parseStudy(good, 'study.yaml')).toMatchInlineSnapshot(`
    {
      "conditions": [
        "interactive",
      ],
      "contributions": false,
      "correlation": false,
      "episodeModel": false,
      "interventions": false,
      "judge": false,
      "mentalStates": false,
      "models": {
        "llama": {
          "embedded": "toy-llama",
        },
        "mistral": {
          "path": "../models/m",
        },
      },
      "name": "first-look",
      "nonlinear": false,
      "ownPast": false,
      "pairs": "all",
      "prompts": "chat",
      "relationships": false,
      "reliability": false,
      "report": {
        "transcripts": 6,
      },
      "scenarios": "embedded",
      "sensitivity": false,
      "significance": false,
      "similarity": false,
      "simulation": {
        "maxNewTokens": 300,
        "rounds": 8,
        "seeds": [
          0,
          1,
          2,
        ],
        "temperature": 0.7,
      },
      "states": {
        "layers": "all",
        "position": "last",
        "values": "F32",
      },
      "synchrony": {
        "groupBy": "interaction",
        "intervals": {
          "cells": "candidates",
          "level": 0.95,
        },
        "lambda": [
          "cv",
          0.1,
        ],
        "samples": 6500,
        "solver": "exact",
        "splitSeeds": [
          0,
          1,
          2,
        ],
        "test": 0.2,
      },
    }
  `);
});

it('takes as many samples of all pairs where they are correlated and the file says nothing else', () => {
  const samplesIn = (more: string) => parseStudy(`${good}${more}`, 'study.yaml').synchrony.samples;
  expect(samplesIn('')).toBe(6500);
  expect(samplesIn('judge: rule\ncorrelation: true\n')).toBe('equal');
  expect(samplesIn('judge: rule\ncorrelation: true\nsynchrony: { samples: 500 }\n')).toBe(500);
  expect(samplesIn('synchrony: { samples: equal, test: 0.3 }\n')).toBe('equal');
  // Inputs' hashes depend on the order of the keys.
  for (const more of ['', 'synchrony: { test: 0.3, samples: all }\n'])
    expect(Object.keys(parseStudy(`${good}${more}`, 'study.yaml').synchrony)[0]).toBe('samples');
});

it.each([
  [
    'a mistyped key',
    `${good}simulaton: {}\n`,
    /^study\.yaml:5:1 simulaton: unknown key; did you mean simulation\?/,
  ],
  [
    'a mistyped inner key',
    `${good}simulation:\n  round: 3\n`,
    /^study\.yaml:6:3 simulation\.round: unknown key; did you mean rounds\?.*keys here are seeds, rounds/,
  ],
  [
    'an unknown model',
    `${good}pairs: [[llama, mistral],\n  [llama, M9]]\n`,
    /^study\.yaml:6:11 pairs\[1\]: no model is called "M9"; models are llama, mistral$/,
  ],
  ['a pair of three', `${good}pairs: [[llama, mistral, llama]]\n`, /^study\.yaml:5:\d+ pairs/],
  [
    'a wrong type',
    `${good}simulation: { rounds: many }\n`,
    /^study\.yaml:5:23 simulation\.rounds: is "many"; expected a number/,
  ],
  [
    'a negative temperature',
    `${good}simulation: { temperature: -1 }\n`,
    /^study\.yaml:5:28 simulation\.temperature: is -1; expected 0 or more/,
  ],
  [
    'a share above 1',
    `${good}simulation: { topP: 2 }\n`,
    /^study\.yaml:5:21 simulation\.topP: is 2; expected 1 or less/,
  ],
  ['no candidates', `${good}simulation: { topK: 0 }\n`, /simulation\.topK: is 0; expected 1 or more/],
  [
    'a stop of two lines',
    `${good}simulation: { stop: ["a\\nb"] }\n`,
    /simulation\.stop\[0\]: a stop string is/,
  ],
  [
    'a seed twice',
    `${good}simulation: { seeds: [1, 1] }\n`,
    /^study\.yaml:5:22 simulation\.seeds: a seed stands twice/,
  ],
  [
    'a model without a source',
    'name: x\nmodels:\n  a: { hup: b/c }\n',
    /^study\.yaml:3:6 models\.a: should be \{ path: FOLDER \}, \{ path: FILE\.gguf \}, .* or \{ api: URL, model: NAME \}/,
  ],
  [
    'a name that is no folder',
    'name: ../x\nmodels:\n  a: { path: b }\n',
    /^study\.yaml:1:7 name: a name is made of/,
  ],
  [
    'an unknown type of weights',
    'name: x\nmodels:\n  a: { path: b, dtype: q5 }\n',
    /^study\.yaml:3:24 models\.a\.dtype: is "q5"; expected one of "fp32"\|.*"q8"/,
  ],
  ['no models', 'name: x\nmodels: {}\n', /^study\.yaml:2:9 models: a study needs at least one model/],
  ['a missing key', 'name: x\n', /^study\.yaml:1:1 models: expected entries, such as/],
  [
    'an unknown condition',
    `${good}conditions: [passiv]\n`,
    /^study\.yaml:5:14 conditions\[0\]: there is no condition "passiv"; conditions are interactive, passive/,
  ],
  [
    'scenarios from nowhere',
    `${good}scenarios: sotopia\n`,
    /^study\.yaml:5:12 scenarios: should be embedded/,
  ],
  [
    'no epochs',
    `${good}nonlinear: { epochs: 0 }\n`,
    /^study\.yaml:5:22 nonlinear\.epochs: is 0; expected 1 or more/,
  ],
  [
    'networks that are neither on nor off',
    `${good}nonlinear: 5\n`,
    /^study\.yaml:5:12 nonlinear: should be true, false or settings/,
  ],
  [
    'networks without ridge maps',
    `${good}conditions: [lag-1]\nnonlinear: true\n`,
    /^study\.yaml:6:12 nonlinear: .*add it to the conditions/,
  ],
  [
    'a mistyped key of a switch',
    `${good}mentalStates: { maxFailure: 1 }\n`,
    /^study\.yaml:5:17 mentalStates\.maxFailure: unknown key; keys here are l2, maxFailureRate/,
  ],
  ['bad YAML', 'name: [x\n', /^study\.yaml:2:1: is not YAML/],
  ['an empty file', '', /^study\.yaml:1:1: expected settings/],
  [
    'YAML’s other way to say no',
    `${good}sensitivity: { clamp: no }\n`,
    /^study\.yaml:5:23 sensitivity\.clamp: is "no"; expected true or false/,
  ],
  [
    'a mistyped key of significance',
    `${good}significance: { drawz: 5 }\n`,
    /^study\.yaml:5:17 significance\.drawz: unknown key; did you mean draws\?; keys here are draws, seed, alpha/,
  ],
  [
    'an alpha in percent',
    `${good}significance: { alpha: 5 }\n`,
    /^study\.yaml:5:24 significance\.alpha: is 5; expected less than 0\.5/,
  ],
  [
    'one number of samples',
    `${good}sensitivity: { sampleSizes: 100 }\n`,
    /^study\.yaml:5:29 sensitivity\.sampleSizes: should be true, false or numbers of samples/,
  ],
  [
    'significance of nothing to compare with',
    `${good}conditions: [lag-1]\nsignificance: true\n`,
    /^study\.yaml:6:15 significance: .* interactive; add it to the conditions/,
  ],
  [
    'significance of the published numerics',
    `${good}significance: true\nsynchrony: { solver: published-float32 }\n`,
    /^study\.yaml:5:15 significance: goes with synchrony\.solver exact/,
  ],
  [
    'contributions to nothing',
    `${good}conditions: [lag-1]\ncontributions: true\n`,
    /^study\.yaml:6:16 contributions: is about the maps of condition interactive; add it to the conditions/,
  ],
  [
    'interventions without the interactive condition',
    `${good}conditions: [lag-1]\ninterventions: true\n`,
    /^study\.yaml:6:16 interventions: states are changed along the maps of condition interactive; add it/,
  ],
  [
    'interventions in a round without an answer',
    `${good}simulation: { rounds: 4 }\ninterventions: { seat: B, rounds: [2, 4] }\n`,
    /^study\.yaml:6:\d+ interventions\.rounds\[1\]: there is no answer in round 4/,
  ],
  [
    'the state of another seed, with one seed',
    `${good}simulation: { seeds: [3] }\ninterventions: { kinds: [other-seed] }\n`,
    /^study\.yaml:6:\d+ interventions\.kinds: other-seed takes the state of another seed/,
  ],
  [
    'contributions to the published numerics',
    `${good}contributions: { cells: best }\nsynchrony: { solver: published-float32 }\n`,
    /^study\.yaml:5:16 contributions: goes with synchrony\.solver exact/,
  ],
  [
    'a round of one row',
    `${good}contributions: { smallest: 1 }\n`,
    /^study\.yaml:5:28 contributions\.smallest: is 1; expected 2 or more/,
  ],
  [
    'own past to nothing',
    `${good}conditions: [lag-1]\nownPast: true\n`,
    /^study\.yaml:6:10 ownPast: is about the samples of condition interactive; add it to the conditions/,
  ],
  [
    'own past on principal components',
    `${good}ownPast: true\nsynchrony: { reduce: { components: 8 } }\n`,
    /^study\.yaml:5:10 ownPast: partitions by own past are made on the layers as they are/,
  ],
  ['conditions without a list', `${good}conditions: passive\n`, /conditions: is "passive"; expected a list/],
])('says where and what: %s', (_, text, message) => {
  expect(() => parseStudy(text, 'study.yaml')).toThrow(message);
});

it('prints a JSON Schema for editors', () => {
  const schema = studyJsonSchema() as { properties: object; required: string[] };
  expect(Object.keys(schema.properties)).toContain('simulation');
  expect(schema.required).toEqual(['name', 'models']);
});

it('checks the names in families, and that there is something to correlate', () => {
  const families = (text: string) => () => parseStudy(`${good}families: ${text}\n`, 'study.yaml');
  expect(families('{ l: [llama], m: [mistral] }')().families).toEqual({ l: ['llama'], m: ['mistral'] });
  expect(families('{ l: [lama] }')).toThrow(
    'study.yaml:5:17 families.l: no model is called "lama"; did you mean llama?; models are llama, mistral',
  );
  expect(families('{ l: [llama], m: [llama] }')).toThrow(
    'llama stands here and in l; a model has one family',
  );
  expect(families('{ cross: [llama] }')).toThrow('"cross" is a group of its own');
  const correlation = (more: string) => () => parseStudy(`${good}correlation: true\n${more}`, 'study.yaml');
  expect(correlation('')).toThrow(
    'study.yaml:5:14 correlation: synchrony is correlated with what a judge says',
  );
  expect(correlation('judge: rule\nconditions: [lag-1]\n')).toThrow('add it to the conditions');
  expect(correlation('judge: rule\n')().correlation).toEqual({ permutations: 10_000, seed: 0, level: 0.95 });
});

const problemsOf = (text: string): readonly string[] => {
  try {
    parseStudy(text, 'study.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    expect(error.message).toBe(error.problems.join('\n'));
    return error.problems;
  }
};

it.each([
  [
    'a list at the top',
    '- name: x\n',
    ['study.yaml:1:1: is [{"name":"x"}]; expected settings, such as { key: value }'],
  ],
  ['a text at the top', 'x\n', ['study.yaml:1:1: is "x"; expected settings, such as { key: value }']],
  [
    'a key that stands twice',
    `${good}simulation: { rounds: 3 }\nsimulation: { rounds: 0 }\n`,
    [
      'study.yaml:5:23 simulation.rounds: is 0; expected 1 or more',
      'study.yaml:6:1 simulation: this key stands twice in the same settings; keep one of them',
    ],
  ],
  [
    'an alias without its anchor',
    `${good}pairs: *all\n`,
    [
      'study.yaml:5:8: is not YAML that can be followed: Unresolved alias (the anchor must be set before the alias): all; write it out in place of the alias',
    ],
  ],
  [
    'a key that JavaScript has a meaning for',
    `${good}families: { __proto__: [llama] }\n`,
    ['study.yaml:5:13: __proto__ is no valid name; choose another'],
  ],
  [
    'a key that would colour a terminal',
    `${good}"\\e[31mred": 1\n`,
    [expect.stringMatching(/^study\.yaml:5:1 \\x1b\[31mred: unknown key/)],
  ],
  [
    'a name of a model that is no folder',
    'name: x\nmodels:\n  a b: { path: a }\n  c/d: { path: a }\n',
    [
      'study.yaml:3:3 models.a b: a name is made of letters, digits, ".", "_" and "-" and begins with a letter or digit; choose such a one',
      'study.yaml:4:3 models.c/d: a name is made of letters, digits, ".", "_" and "-" and begins with a letter or digit; choose such a one',
    ],
  ],
  [
    'keys of the wrong kind that have several forms',
    `${good}synchrony: { samples: 1.5, lambda: [{}], intervals: 5 }\npairs: 7\n`,
    [
      'study.yaml:5:23 synchrony.samples: should be all, equal, or a whole number from 2 to 100000000',
      'study.yaml:5:37 synchrony.lambda[0]: should be a number above 0 and up to 1e15, or cv',
      'study.yaml:5:53 synchrony.intervals: should be false or settings, such as { level: 0.9 }',
      'study.yaml:6:8 pairs: should be all, or a list of pairs such as [[llama, mistral]]',
    ],
  ],
  [
    'an unknown key of a model',
    'name: x\nmodels:\n  a: { path: b, dtpe: q8 }\n',
    [
      expect.stringMatching(
        /^study\.yaml:3:17 models\.a\.dtpe: unknown key; did you mean dtype\?; keys here are /,
      ),
    ],
  ],
  [
    'numbers that no machine has the memory for',
    `${good}report: { transcripts: 9007199254740991 }\nsignificance: { draws: 9007199254740991 }\n`,
    [
      'study.yaml:5:24 report.transcripts: is 9007199254740991; expected 10000 or less',
      'study.yaml:6:24 significance.draws: is 9007199254740991; expected 1000000 or less',
    ],
  ],
  [
    'a penalty that stands twice, and a family with a model twice',
    `${good}synchrony: { lambda: [0.1, cv, 0.1] }\nfamilies: { one: [llama, llama] }\n`,
    [
      'study.yaml:5:32 synchrony.lambda[2]: 0.1 stands twice; name each penalty once',
      'study.yaml:6:26 families.one: llama stands twice in this family; name it once',
    ],
  ],
  [
    'names that are too long for files',
    `name: ${'x'.repeat(200)}\nmodels:\n  ${'y'.repeat(130)}: { path: a }\n`,
    [
      "study.yaml:1:7 name: the name has 200 characters as a file's name; 191 at most are valid",
      `study.yaml:3:3 models.${'y'.repeat(130)}: the name has 130 characters as a file's name; 127 at most are valid`,
    ],
  ],
])('tells every mistake: %s', (_, text, problems) => {
  expect(problemsOf(text)).toEqual(problems);
});

it('follows anchors, and not a bomb of them', () => {
  const anchored = `${good}pairs: [&one [llama, mistral]]\nfamilies: { both: *one }\n`;
  expect(parseStudy(anchored, 'study.yaml').families).toEqual({ both: ['llama', 'mistral'] });
  expect(problemsOf(`${good}pairs: [&one [llama, M9], *one]\n`)).toEqual([
    'study.yaml:5:22 pairs[0]: no model is called "M9"; models are llama, mistral',
    'study.yaml:5:27 pairs[1]: no model is called "M9"; models are llama, mistral',
  ]);
  const level = (n: number) =>
    `l${n}: &l${n} [${Array(9)
      .fill(`*l${n - 1}`)
      .join(', ')}]`;
  const bomb = `name: x\nl0: &l0 [lol]\n${[1, 2, 3, 4, 5, 6, 7, 8].map(level).join('\n')}\n`;
  expect(problemsOf(bomb)).toEqual([
    expect.stringMatching(/^study\.yaml:\d+:\d+: is not YAML that can be followed: Excessive alias count/),
  ]);
});

it('tells so many mistakes as somebody can read', () => {
  const many = Array.from({ length: 300 }, (_, i) => `key${i}: 1`).join('\n');
  const problems = problemsOf(`${good}${many}\nsimulation: { rounds: 0 }\n`);
  expect(problems.length).toBeLessThanOrEqual(101);
});

/** Mistakes that do not hide each other: the lines of a file, as they are right and as they are wrong. */
const LINES: readonly [right: string, wrong: string, ...problems: string[]][] = [
  ['name: s', 'name: a b', 'name'],
  ['models:', 'models:'],
  ['  a: { path: x }', '  a: { pth: x }', 'models.a'],
  ['  b: { path: x }', '  b: { path: x, dtype: q5, devic: cpu }', 'models.b.devic', 'models.b.dtype'],
  ['  c: { path: x }', '  c d: { path: x }', 'models.c d'],
  ['  e: { path: x }', '  e: 5', 'models.e'],
  ['pairs:', 'pairs:'],
  ['  - [a, b]', '  - [a]', 'pairs[0]'],
  ['  - [b, b]', '  - [b, z]', 'pairs[1]'],
  ['  - [e, b]', '  - [1, 2]', 'pairs[2][0]', 'pairs[2][1]'],
  ['  - [e, e]', '  - [y, e]', 'pairs[3]'],
  ['simulation:', 'simulation:'],
  ['  seeds: [0, 1]', '  seeds: [0, 0.5]', 'simulation.seeds[1]'],
  ['  rounds: 3', '  round: 3', 'simulation.round'],
  ['  topP: 0.5', '  topP: 2', 'simulation.topP'],
  ['synchrony:', 'synchrony:'],
  ['  lambda: [0.1, cv]', '  lambda: [0.1, 0.1]', 'synchrony.lambda[1]'],
  ['  splitSeeds: [0, 1]', '  splitSeeds: [1, 1]', 'synchrony.splitSeeds'],
  [
    '  intervals: { cells: all, level: 0.9 }',
    '  intervals: { cells: some, levle: 0.9 }',
    'synchrony.intervals.cells',
    'synchrony.intervals.levle',
  ],
  [
    'nonlinear: { epochs: 5, hidden: 5 }',
    'nonlinear: { epochs: 0, hidden: x }',
    'nonlinear.epochs',
    'nonlinear.hidden',
  ],
  [
    'judge: { url: "http://x/v1", model: m }',
    'judge: { url: x, modl: m }',
    'judge.model',
    'judge.modl',
    'judge.url',
  ],
  ['families:', 'families:'],
  ['  one: [a, b]', '  one: [a, q]', 'families.one'],
  ['  two: [e]', '  two: [5]', 'families.two[0]'],
  ['abilities:', 'abilities:'],
  ['  IFEval: { limit: 5 }', '  IFEval: { limit: 0 }', 'abilities.IFEval.limit'],
  ['  MMLU: { a: 0.5 }', '  MMLU: { a: x, g: 0.5 }', 'abilities.MMLU.a', 'abilities.MMLU.g'],
  ['report: { transcripts: 1 }', 'report: { transcript: 1 }', 'report.transcript'],
];

it('tells every mistake of any set of mistakes, and no other', () => {
  const sets = fc.array(fc.boolean(), { minLength: LINES.length, maxLength: LINES.length });
  const told = (wrong: readonly boolean[]) => {
    const text = LINES.map(([right, mistake], i) => (wrong[i] ? mistake : right)).join('\n');
    const expected = LINES.flatMap(([, , ...problems], i) => (wrong[i] ? problems : []));
    const found = problemsOf(text).map((line) => /^study\.yaml:[\d:]+ (.+?): /.exec(line)?.[1] ?? line);
    expect(found.toSorted()).toEqual(expected.toSorted());
  };
  fc.assert(fc.property(sets, told), {
    numRuns: 200,
    examples: [[LINES.map(() => true)], [LINES.map(() => false)]],
  });
});

/** Every number that the schema takes, by its place, with the largest. */
function numbersIn(schema: unknown, place = ''): [string, unknown][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, maximum, exclusiveMaximum } = schema as Record<string, unknown>;
  const own: [string, unknown][] =
    type === 'number' || type === 'integer' ? [[place, maximum ?? exclusiveMaximum]] : [];
  const parts = Object.entries(schema).flatMap(([key, part]) => numbersIn(part, `${place}/${key}`));
  return [...own, ...parts];
}

it('has an upper bound for every number, and any whole number for a seed alone', () => {
  const numbers = numbersIn(studyJsonSchema());
  expect(numbers.length).toBeGreaterThan(50);
  const unbounded = numbers.filter(
    ([place, most]) => typeof most !== 'number' || (most >= 2 ** 53 - 1 && !/[sS]eeds?(\/|$)/.test(place)),
  );
  expect(unbounded).toEqual([]);
  const tooLarge = 'synchrony.lambda: is 10000000000000000; expected 1000000000000000 or less';
  expect(problemsOf('synchrony: { lambda: 1e16 }').join()).toContain(tooLarge);
});
