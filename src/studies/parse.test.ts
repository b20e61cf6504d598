import { expect, it } from 'vitest';
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

it('fills in what the paper does', () => {
  expect(parseStudy(good, 'study.yaml')).toMatchInlineSnapshot(`
    {
      "conditions": [
        "interactive",
      ],
      "correlation": false,
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
      "pairs": "all",
      "relationships": false,
      "report": {
        "transcripts": 6,
      },
      "scenarios": "embedded",
      "sensitivity": false,
      "significance": false,
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
      "synchrony": {
        "bootstrap": {
          "cells": "candidates",
          "draws": 1000,
          "level": 0.95,
          "seed": 0,
        },
        "groupBy": "interaction",
        "lambda": 0.1,
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
    /^study\.yaml:3:6 models\.a: should be \{ path: FOLDER \}, \{ hub: ORG\/NAME \} or \{ embedded: NAME \}/,
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
