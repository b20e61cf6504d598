// A made-up study for the tests of the report.

import { INTERACTIVE } from '../src/conditions/condition.ts';
import type { Episode, Turn } from '../src/episodes/types.ts';
import type { Judgement } from '../src/evaluation/types.ts';
import type { ModelInfo } from '../src/models/language-model.ts';
import type { PairPage, ReportInput, SeatOrderResult } from '../src/report/page/types.ts';
import type { CorrelatedPair, CorrelationResult } from '../src/statistics/correlation-files.ts';
import { correlateModelPairs } from '../src/statistics/model-pairs.ts';
import { sampleSynchrony } from './sample-synchrony.ts';

export interface SampleStudy {
  readonly toy?: boolean;
  readonly layers?: readonly [number, number];
  readonly models?: readonly [string, string];
  /** What the two say, A and B in turn. */
  readonly utterances?: readonly string[];
  /** Judged, with pages of pairs and correlations. */
  readonly judged?: boolean;
}

const TALK = [
  'Hi Ben. I still like the look of that lamp. Would you take 20 dollars for it?',
  'It is older than both of us, so I would rather have 40.',
  'Then let me say 28, and I carry it home myself.',
  '32 and you get the spare bulb.',
  'Agreed, 32 with the bulb.',
  'It was good talking to you. Leave',
];

export function sampleReport(study: SampleStudy = {}): ReportInput {
  const [a, b] = study.models ?? ['small-llama', 'small-mistral'];
  const [layersA, layersB] = study.layers ?? [6, 6];
  const orders = [sampleOrder(a, b, layersA, layersB), sampleOrder(b, a, layersB, layersA)];
  const transcripts = [
    { episode: sampleEpisode([a, b], study.utterances ?? TALK), ...SCENE },
    { episode: { ...sampleEpisode([b, a], TALK.slice(0, 4)), seed: 1, ending: 'rounds' as const }, ...SCENE },
  ];
  return {
    study: 'first-look',
    models: [sampleModel(a, layersA, study.toy ?? true), sampleModel(b, layersB, study.toy ?? true)],
    scenarios: { source: 'embedded world', scenarios: 36, interactions: 180 },
    simulation: { seeds: [0, 1, 2], rounds: 8, temperature: 0.7, maxNewTokens: 300 },
    synchrony: { samples: 1500, test: 0.2, splitSeeds: [0, 1, 2], lambda: 0.1, groupBy: 'interaction' },
    versions: { interbrain: '0.1.0', node: '20.20.0', onnxruntime: '1.30.0' },
    machine: { cpu: 'Some CPU @ 2.5 GHz', cores: 2, memoryBytes: 24 * 2 ** 30 },
    wallTimes: [
      { stage: 'episodes', seconds: 431 },
      { stage: 'synchrony', seconds: 7.24 },
    ],
    seatOrders: orders,
    pairs: [{ models: [a, b], condition: INTERACTIVE, value: 0.3121, standardError: 0.0034 }],
    transcripts,
    ...(study.judged && {
      pairPages: [samplePairPage([a, b], transcripts)],
      correlation: sampleCorrelation(),
    }),
  };
}

const SCENE = {
  scenario: 'Two neighbours stand at a flea market table with an old brass lamp on it.',
  goals: ['Buy the lamp for at most 35 dollars.', 'Sell the lamp for at least 30 dollars.'],
} as const;

const DIMENSIONS = [
  { name: 'goal', low: 0, high: 10, description: 'whether the goal was reached' },
  { name: 'secret', low: -10, high: 0, description: 'whether the secret was kept' },
];

/** The first episode is judged; the judgement of the second failed. */
function samplePairPage(
  models: readonly [string, string],
  transcripts: ReportInput['transcripts'],
): PairPage {
  const judgements = transcripts.map(({ episode }, i): Judgement => {
    const { interaction, scenario, seed } = episode;
    const base = {
      format: 'interbrain-judgement-1' as const,
      ...{ interaction, scenario, seed, models: episode.models },
      ...{ judge: 'some-judge', dimensions: DIMENSIONS, inputs: 'x', attempts: 1 },
    };
    const reasons = { goal: '<b>Got</b> the lamp below the limit.' };
    return i === 0
      ? {
          ...base,
          status: 'judged',
          agents: [{ scores: { goal: 9, secret: 0 }, reasons }, { scores: { goal: 7.5, secret: -2 } }],
        }
      : { ...base, status: 'failed', failure: 'no JSON after 3 attempts' };
  });
  return {
    models,
    episodes: transcripts.map(({ episode: { models: order, seed, interaction, turns, ending } }, i) => ({
      ...{ models: order, seed, interaction, ending, rounds: turns.at(-1)?.round ?? 0 },
      judgement: judgements[i],
    })),
    transcripts: transcripts.map((transcript, i) => ({ ...transcript, judgement: judgements[i]! })),
  };
}

/** Six made-up models in two families, all pairs. */
export function sampleCorrelation(): CorrelationResult {
  const families = {
    mistral: ['mistral-s', 'mistral-m', 'mistral-l'],
    llama: ['llama-s', 'llama-m', 'llama-l'],
  };
  const models = Object.values(families).flat();
  const skill = (model: string) => models.indexOf(model) % 3;
  const pairs = models.flatMap((a, i) =>
    models.slice(i).map((b, j): CorrelatedPair => {
      const wobble = Math.sin(7 * i + 3 * j);
      const performance = 2 + 0.3 * (skill(a) + skill(b)) + 0.2 * wobble;
      return {
        models: [a, b],
        synchrony: 0.4 + 0.04 * (skill(a) + skill(b)) + 0.03 * Math.cos(5 * i + j),
        standardError: 0.01,
        performance,
        dimensions: { goal: 2 * performance, secret: 0 },
        abilities: { IFEval: 0.2 + 0.1 * skill(a) + 0.1 * skill(b) + 0.05 * wobble * wobble },
        judged: 359,
        failed: i === j ? 1 : 0,
      };
    }),
  );
  return {
    ...{ judge: 'some-judge', dimensions: ['goal', 'secret'], benchmarks: ['IFEval'], level: 0.95, pairs },
    leftOut: [],
    groups: correlateModelPairs(pairs, { families }),
  };
}

function sampleModel(name: string, layers: number, toy: boolean): { name: string; info: ModelInfo } {
  return {
    name,
    info: {
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
    },
  };
}

function sampleOrder(a: string, b: string, layersA: number, layersB: number): SeatOrderResult {
  return {
    models: [a, b],
    condition: INTERACTIVE,
    directions: [
      sampleSynchrony({ models: [a, b], layers: [layersA, layersB] }),
      sampleSynchrony({ models: [b, a], layers: [layersB, layersA], direction: 'B->A', height: 0.4 }),
    ],
    episodes: {
      episodes: 540,
      utterances: 5211,
      meanRounds: 4.96,
      endings: { 'A left': 301, 'B left': 212, rounds: 27 },
      notes: { 'cut at N tokens': 3, 'empty reply': 12 },
      medianPromptTokens: 318,
    },
  };
}

export function sampleEpisode(models: readonly [string, string], utterances: readonly string[]): Episode {
  return {
    format: 'interbrain-episode-1',
    interaction: 'market-lamp/ana-ben',
    scenario: 'market-lamp',
    characters: ['Ana Ruiz', 'Ben Okafor'],
    characterIds: ['ana', 'ben'],
    relationship: 'know-by-name',
    models,
    seed: 0,
    inputs: 'e3b0c442',
    turns: utterances.map((text, i) => sampleTurn(text, i)),
    ending: utterances.length % 2 === 0 ? 'B left' : 'A left',
  };
}

function sampleTurn(text: string, i: number): Turn {
  return {
    round: 1 + (i >> 1),
    seat: i % 2 === 0 ? 'A' : 'B',
    speaker: i % 2 === 0 ? 'Ana Ruiz' : 'Ben Okafor',
    text,
    promptSha256: 'ab'.repeat(32),
    promptTokens: 280 + 20 * i,
    reusedTokens: i < 2 ? 0 : 260,
    newTokens: 18,
    finish: 'line',
    notes: i === 3 ? ['cut at 300 tokens', 'repeated its own name'] : [],
  };
}
