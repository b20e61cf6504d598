// Two made-up scenarios with three interactions, and the made-up models that play them.

import type { ModelInfo } from '../src/models/language-model.ts';
import type { Character, ScenarioSet } from '../src/scenarios/schema.ts';

function character(id: string, firstName: string, lastName: string): Character {
  return {
    ...{ id, firstName, lastName, age: 40, gender: 'woman', pronouns: 'she/her', occupation: 'gardener' },
    ...{ publicInfo: '', personality: '', secret: '' },
  };
}

const text = (words: string) => [{ text: words }];

export const WORLD: ScenarioSet = {
  name: 'small world',
  characters: [
    character('ana', 'Ana', 'Ruiz'),
    character('ben', 'Ben', 'Okafor'),
    character('cleo', 'Cleo', 'Marsh'),
    character('dan', 'Dan', 'Weber'),
  ],
  scenarios: [
    {
      ...{ id: 'market-lamp', codename: 'lamp', source: 'bargain', relationship: 'know-by-name' },
      situation: text('Two neighbours stand at a flea market table with an old brass lamp on it.'),
      goals: [text('Buy the lamp for at most 35 dollars.'), text('Sell the lamp for at least 30 dollars.')],
    },
    {
      ...{ id: 'garden-fence', codename: 'fence', source: 'favour', relationship: 'friend' },
      situation: text('Two friends look at a fence that fell in the storm.'),
      goals: [text('Have the fence mended by Sunday.'), text('Mend it next month.')],
    },
  ],
  interactions: [
    { id: 'market-lamp/ana-ben', scenario: 'market-lamp', characters: ['ana', 'ben'] },
    { id: 'garden-fence/ana-ben', scenario: 'garden-fence', characters: ['ana', 'ben'] },
    { id: 'market-lamp/cleo-dan', scenario: 'market-lamp', characters: ['cleo', 'dan'] },
  ],
};

export function sampleModel(name: string, layers: number, toy: boolean): ModelInfo {
  return {
    id: `models/${name}`,
    revision: '3f2a9c51d07be486'.repeat(4),
    architecture: name.includes('mistral') ? 'MistralForCausalLM' : 'LlamaForCausalLM',
    layers,
    hiddenSize: 256,
    vocabSize: 2048,
    contextLength: 1024,
    parameters: 5_242_880,
    dtype: 'fp32',
    capabilities: [],
    toy,
  };
}
