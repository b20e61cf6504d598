// Made-up ability tests for the tests of the report.

import type { AbilityResult } from '../src/evaluation/ability-files.ts';
import type { AbilityTask } from '../src/studies/stages/abilities.ts';

const score = (value: number, standardError: number, n: number) => ({ value, standardError, n });

/** IFEval and MuSR; the second model is a little better at both. */
export function sampleAbility({ benchmark, model }: AbilityTask): AbilityResult {
  const better = model.includes('mistral') ? 0.02 : 0;
  const head = {
    format: 'interbrain-ability-1',
    model: { id: model, revision: '3f2a9c51d07be486'.repeat(4), dtype: 'fp32', toy: true },
    ...{ complete: true, chosen: 540, answered: 540, cut: 0 },
  } as const;
  if (benchmark === 'IFEval')
    return {
      ...{ ...head, benchmark },
      data: { source: '/home/ada/ifeval/input_data.jsonl', sha256: 'ab'.repeat(32), entries: 541 },
      method: 'one user message in the model’s chat template, greedy decoding, at most 1280 new tokens',
      scores: { strict: score(0.412 + better, 0.021, 540), promptStrict: score(0.35 + better, 0.02, 530) },
      ...{ byInstruction: {}, items: [] },
    };
  return {
    ...{ ...head, benchmark, chosen: 564, cut: 12 },
    data: { source: 'https://example.org/musr', sha256: 'cd'.repeat(32), entries: 756 },
    method: 'story, question and numbered choices in one user message, no examples',
    scores: { normalised: score(0.081 + better, 0.03, 756), accuracy: score(0.41 + better, 0.018, 755) },
    tasks: [
      {
        ...{ task: 'murder_mysteries', stories: 250, chance: 0.5, guess: 0.51, normalised: 0.08 + better },
        accuracy: score(0.52 + better, 0.03, 250),
        accuracyPerCharacter: score(0.54 + better, 0.03, 250),
      },
    ],
    items: [],
  };
}
