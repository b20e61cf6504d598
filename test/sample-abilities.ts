// Made-up abilities for the tests of the report.

import type { Ability } from '../src/studies/stages/abilities.ts';

const MODEL = { id: 'small-llama', revision: '3f2a9c51d07be486'.repeat(4), dtype: 'fp32', toy: true };
const score = (value: number, standardError: number, n: number) => ({ value, standardError, n });

/** IFEval run and given, MuSR run, and a value without a source. */
export function sampleAbilities(): Ability[] {
  const head = {
    format: 'interbrain-ability-1',
    model: MODEL,
    complete: true,
    chosen: 540,
    answered: 540,
    cut: 0,
  } as const;
  const given = { standardError: null, score: null, result: null };
  return [
    {
      benchmark: 'IFEval',
      model: 'small-llama',
      value: 0.412,
      standardError: 0.021,
      score: 'strict',
      source: null,
      result: {
        ...head,
        benchmark: 'IFEval',
        data: { source: '/home/ada/ifeval/input_data.jsonl', sha256: 'ab'.repeat(32), entries: 540 },
        method: 'one user message in the model’s chat template, greedy decoding, at most 1280 new tokens',
        scores: { strict: score(0.412, 0.021, 540), promptStrict: score(0.35, 0.02, 540) },
        byInstruction: {},
        items: [],
      },
    },
    {
      ...given,
      benchmark: 'IFEval',
      model: 'small-mistral',
      value: 0.44,
      source: 'Open LLM Leaderboard, March 2025',
    },
    {
      benchmark: 'MuSR',
      model: 'small-llama',
      value: 0.081,
      standardError: 0.03,
      score: 'normalised',
      source: null,
      result: {
        ...head,
        benchmark: 'MuSR',
        chosen: 564,
        cut: 12,
        data: { source: 'https://example.org/musr', sha256: 'cd'.repeat(32), entries: 564 },
        method: 'story, question and numbered choices in one user message, no examples',
        scores: { normalised: score(0.081, 0.03, 756), accuracy: score(0.41, 0.018, 756) },
        tasks: [
          {
            task: 'murder_mysteries',
            stories: 250,
            accuracy: score(0.52, 0.03, 250),
            accuracyPerCharacter: score(0.54, 0.03, 250),
            chance: 0.5,
            guess: 0.5,
            normalised: 0.08,
          },
        ],
        items: [],
      },
    },
    { ...given, benchmark: 'MMLU', model: 'small-mistral', value: 0.61, source: null },
  ];
}
