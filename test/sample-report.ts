// Made-up studies for the tests of the report: a small one, one with everything, and one of many models. Their numbers only
// look like the real thing; they are all different, so that any two that are exchanged show.

import { INTERACTIVE, placeOf } from '../src/conditions/condition.ts';
import type { Episode, Turn } from '../src/episodes/types.ts';
import type { Judgement } from '../src/evaluation/types.ts';
import type { ReportSource } from '../src/report/source.ts';
import type { CorrelatedPair, CorrelationResult } from '../src/statistics/correlation-files.ts';
import { correlateModelPairs } from '../src/statistics/model-pairs.ts';
import { type Study, studySchema } from '../src/studies/schema.ts';
import type { StageTask, TaskState } from '../src/studies/stage.ts';
import type { EpisodeTask } from '../src/studies/stages/episodes.ts';
import type { MeasureTask } from '../src/studies/stages/measure.ts';
import type { RidgeVariant, SynchronyResult } from '../src/synchrony/types.ts';
import { namedConditions } from './named-conditions.ts';
import { sampleAbility } from './sample-abilities.ts';
import { sampleContributions } from './sample-contributions.ts';
import { sampleLags } from './sample-lags.ts';
import { sampleOwnPast } from './sample-own-past.ts';
import {
  sampleEpisodeModel,
  sampleEpisodes,
  samplePairReliability,
  sampleReliability,
} from './sample-reliability.ts';
import { samplePart, sampleRelationships } from './sample-sensitivity.ts';
import { sampleNetworks, sampleProbes, sampleTests, WITH_SEED_SWAP } from './sample-significance.ts';
import { sampleSimilarity } from './sample-similarity.ts';
import { type Makers, sourceOf } from './sample-source.ts';
import { sampleInterval, sampleIntervals, sampleSynchrony } from './sample-synchrony.ts';
import { sampleModel, WORLD } from './sample-world.ts';

export interface SampleStudy {
  readonly toy?: boolean;
  readonly layers?: readonly [number, number];
  readonly models?: readonly [string, string];
  /** What the two say in every episode, A and B in turn. */
  readonly utterances?: readonly string[];
  /** Judged, with correlations. */
  readonly judged?: boolean;
  /** Of the study file, in place of the sample's own. */
  readonly settings?: Partial<Record<keyof Study, unknown>>;
  /** In place of the sample's own results. */
  readonly makers?: Makers;
  /** What has become of a task that is not there. */
  readonly stateOf?: (stage: string, task: StageTask) => TaskState | undefined;
}

const TALK = [
  'Hi Ben. I still like the look of that lamp. Would you take 20 dollars for it?',
  'It is older than both of us, so I would rather have 40.',
  'Then let me say 28, and I carry it home myself.',
  '32 and you get the spare bulb.',
  'Agreed, 32 with the bulb.',
  'It was good talking to you. Leave',
];

const SIMULATION = { seeds: [0, 1], rounds: 8, temperature: 0.7, maxNewTokens: 300 };
const SYNCHRONY = {
  ...{ samples: 1500, test: 0.2, splitSeeds: [0, 1, 2], lambda: 0.1, groupBy: 'interaction' },
};

/** A study without checks of its names. */
function studyOf(names: readonly string[], settings: Partial<Record<keyof Study, unknown>>): Study {
  const study = studySchema.parse({
    name: 'first-look',
    models: { a: { path: 'a' } },
    report: { transcripts: 2 },
    simulation: SIMULATION,
    synchrony: SYNCHRONY,
    ...settings,
  });
  const models = Object.fromEntries(names.map((name) => [name, { path: `models/${name}` }]));
  return { ...study, models: models as Study['models'] };
}

/** One pair of models in both seat orders, measured in the interactive condition. */
export function sampleReport(sample: SampleStudy = {}): ReportSource {
  const [a, b] = sample.models ?? ['small-llama', 'small-mistral'];
  const [layersA, layersB] = sample.layers ?? [6, 6];
  const toy = sample.toy ?? true;
  const judged = { judge: { url: 'http://localhost:8000/v1', model: 'some-judge' }, correlation: true };
  const study = studyOf([a, b], { ...(sample.judged && judged), ...sample.settings });
  const layers = { [a]: layersA, [b]: layersB };
  return sourceOf({
    study: { ...study, pairs: [[a, b]], ...(sample.settings?.pairs === 'all' && { pairs: 'all' }) },
    scenarios: WORLD,
    models: { [a]: sampleModel(a, layersA, toy), [b]: sampleModel(b, layersB, toy) },
    makers: {
      episodes: (task) => sampleTaskEpisode(task, sample.utterances),
      measure: (task) => sampleMeasure(task, layers, typeof study.synchrony.lambda === 'object'),
      judgements: sampleJudgement,
      correlation: () => sampleCorrelation([[a, b]]),
      ...sample.makers,
    },
    stateOf: sample.stateOf,
  });
}

/** All pairs of two models of unlike depth, with all that a study may ask for. */
export function fullSample(changes: SampleStudy = {}): ReportSource {
  const [a, b] = changes.models ?? ['small-llama', 'small-mistral'];
  const layers = { [a]: 3, [b]: 4 };
  const all = [[a, a], [a, b], [b, b]] as const; // biome-ignore format: short
  const pairs = changes.settings?.pairs === undefined ? all : ([[a, b]] as const);
  const asked = changes.settings?.conditions;
  const swapped = Array.isArray(asked) && asked.includes('seed-swap');
  return sampleReport({
    layers: [3, 4],
    ...changes,
    settings: {
      pairs: 'all',
      conditions: [
        'interactive',
        'passive',
        'passive-same-format',
        'lag-1',
        'lag-3',
        'pseudo-dyad',
        'shuffled',
      ],
      synchrony: { ...SYNCHRONY, lambda: [0.1, 10, 'cv'] },
      judge: { url: 'http://localhost:8000/v1', model: 'some-judge' },
      correlation: true,
      abilities: {
        IFEval: 'run',
        MuSR: 'run',
        MMLU: { [b]: 0.61, source: 'Open LLM Leaderboard, March 2025' },
      },
      significance: { alpha: 0.05, draws: 100, seed: 7 },
      sensitivity: true,
      relationships: true,
      contributions: true,
      similarity: true,
      episodeModel: true,
      reliability: { halvings: 2 },
      ownPast: true,
      nonlinear: true,
      mentalStates: true,
      ...changes.settings,
    },
    makers: {
      correlation: () => sampleCorrelation(pairs),
      abilities: sampleAbility,
      significance: (task) => sampleTests(task, layers, swapped ? WITH_SEED_SWAP : undefined),
      sensitivity: (task) => samplePart(task, layers),
      relationships: sampleRelationships,
      contributions: (task) => sampleContributions(task, layers),
      'own-past': (task) => sampleOwnPast(task, layers),
      lags: (task) => sampleLags(task, namedConditions('interactive', 'lag-1', 'lag-3')),
      'episode-synchrony': sampleEpisodes,
      'episode-model': () => sampleEpisodeModel(pairs),
      reliability: (task) => sampleReliability(task, layers),
      'pair-reliability': () => samplePairReliability(pairs),
      similarity: (task) => sampleSimilarity(task, namedConditions('passive', 'shuffled', 'pseudo-dyad')),
      networks: (task) => sampleNetworks(task, layers),
      probes: (task) => sampleProbes(task, layers),
      ...changes.makers,
    },
  });
}

export const FAMILIES = {
  mistral: ['mistral-s', 'mistral-m', 'mistral-l'],
  llama: ['llama-s', 'llama-m', 'llama-l'],
};

const MEMBERS = Object.values(FAMILIES).flat();

export const FAMILY_PAIRS = MEMBERS.flatMap((a, i) => MEMBERS.slice(i).map((b): [string, string] => [a, b]));

/** Six models in two families, all pairs correlated, with what the mean of k target layers does to it. */
export function familySample(): ReportSource {
  const settings = { families: undefined, correlation: true, judge: 'rule', sensitivity: true } as const;
  const study = studyOf(MEMBERS, { ...settings, report: { transcripts: 0 } });
  const layers = Object.fromEntries(MEMBERS.map((name) => [name, 2]));
  return sourceOf({
    study: { ...study, pairs: 'all' },
    scenarios: WORLD,
    models: Object.fromEntries(MEMBERS.map((name) => [name, sampleModel(name, 2, false)])),
    makers: {
      sensitivity: (task) => samplePart(task, layers),
      correlation: () => sampleCorrelation(FAMILY_PAIRS, FAMILIES),
    },
    stateOf: (stage, task) =>
      stage === 'sensitivity' && !task.label.endsWith('aggregation') ? 'missing' : undefined,
  });
}

const DIMENSIONS = [
  { name: 'goal', low: 0, high: 10, description: 'whether the goal was reached' },
  { name: 'social_rules', low: -10, high: 0, description: 'whether rules were kept' },
];

/** Which episode of its seat order a task is: interactions of the first seed, then of the next. */
function placeOfTask({ seed, encounter }: EpisodeTask): number {
  const { interactions } = WORLD;
  return seed * interactions.length + interactions.findIndex(({ id }) => id === encounter.interaction.id);
}

/** Every fifth judgement failed. Whoever plays better in the first seat does so in both. */
export function sampleJudgement(task: EpisodeTask): Judgement {
  const { order, seed, encounter } = task;
  const place = placeOfTask(task);
  const base = {
    format: 'interbrain-judgement-1' as const,
    ...{ interaction: encounter.interaction.id, scenario: encounter.scenario.id, seed, models: order.names },
    ...{ judge: 'some-judge', dimensions: DIMENSIONS, inputs: 'x', attempts: 1 },
  };
  if (place % 5 === 1) return { ...base, status: 'failed', failure: 'no JSON after 3 attempts' };
  const skill = (name: string) => (name.includes('llama') ? 6 : 4);
  const agent = (seat: 0 | 1) => ({
    scores: {
      goal: skill(order.names[seat]) + 0.5 * place + seat * 0.25,
      social_rules: -1 * ((place + seat) % 3),
    },
    reasons: { goal: `<b>Got</b> it in place ${place}.` },
  });
  return { ...base, status: 'judged', agents: [agent(0), agent(1)] };
}

/** Synchrony and performance of pairs, each different. */
export function sampleCorrelation(
  names: readonly (readonly [string, string])[],
  families?: Readonly<Record<string, readonly string[]>>,
): CorrelationResult {
  const models = [...new Set(names.flat())];
  const skill = (model: string) => models.indexOf(model) % 3;
  const pairs = names.map(([a, b], i): CorrelatedPair => {
    const wobble = Math.sin(7 * i + 3 * skill(b));
    const performance = 2 + 0.3 * (skill(a) + skill(b)) + 0.2 * wobble;
    return {
      models: [a, b],
      synchrony: 0.4 + 0.04 * (skill(a) + skill(b)) + 0.03 * Math.cos(5 * i + skill(a)),
      standardError: 0.01 + 0.001 * i,
      samples: 1400 + 5 * i + 60 * skill(a),
      performance,
      dimensions: { goal: 2 * performance + 0.3 * Math.cos(11 * i), social_rules: 0 },
      abilities: { IFEval: 0.2 + 0.1 * skill(a) + 0.1 * skill(b) + 0.05 * wobble * wobble },
      judged: 359 + i,
      failed: i === 0 ? 3 : 0,
    };
  });
  return {
    ...{
      judge: 'some-judge',
      dimensions: ['goal', 'social_rules'],
      benchmarks: ['IFEval'],
      level: 0.95,
      pairs,
    },
    leftOut: [],
    groups: correlateModelPairs(pairs, { ...(families && { families }) }),
  };
}

/**
 * SyncR² falls with the condition, the seat order and the direction.
 *
 * @param varied whether other penalties were measured as well
 */
function sampleMeasure(
  { order, condition, direction }: MeasureTask,
  layers: Readonly<Record<string, number>>,
  varied: boolean,
): SynchronyResult {
  const [a, b] = order.names;
  const models = direction === 'A->B' ? ([a, b] as const) : ([b, a] as const);
  const step = placeOf(condition) + (condition === 'lag-3' ? 0.5 : 0);
  const height =
    0.62 - 0.05 * step - 0.11 * (direction === 'A->B' ? 0 : 1) - 0.03 * (a < b ? 0 : a === b ? 1 : 2);
  const shape = [layers[models[0]] ?? 6, layers[models[1]] ?? 6] as const;
  const own = sampleSynchrony({ models, layers: shape, direction, height, condition });
  const result = { ...own, ...withOwnErrors(own, step + (direction === 'A->B' ? 0 : 10)) };
  const samples = result.samples - 20 * placeOf(condition) - (direction === 'A->B' ? 0 : 7);
  const fitted = [0.91, 0.83, 0.74].map((r2) => r2 - 0.011 * step - (direction === 'A->B' ? 0 : 0.017));
  return {
    ...result,
    samples,
    training: {
      ...{ sourceLayers: Array.from({ length: shape[0] }, (_, layer) => layer), columns: 128 },
      r2: fitted.slice(0, varied && condition === INTERACTIVE ? 3 : 1),
    },
    ...(condition === 'pseudo-dyad' && { groupBy: 'scenario' }),
    ...(condition === 'shuffled' && {
      leftOut: { samples: 40, episodes: 3, reason: 'an episode of one round has nothing to exchange' },
    }),
    ...(varied &&
      condition === INTERACTIVE && {
        variants: [10, 'cv' as const].map((lambda, i) => variantOf(result, lambda, i)),
      }),
  };
}

/** Errors and intervals that differ from result to result. */
function withOwnErrors({ syncR2, intervals }: SynchronyResult, step: number): Partial<SynchronyResult> {
  const standardError = 0.004 + 0.0007 * step;
  return {
    syncR2: { ...syncR2, standardError },
    ...(intervals && {
      intervals: {
        ...sampleIntervals(sampleInterval(syncR2.value, 2 * standardError), intervals.cells),
      },
    }),
  };
}

function variantOf(result: SynchronyResult, lambda: number | 'cv', i: number): RidgeVariant {
  const { r2, meanR2, conditionNumbers, syncR2 } = result;
  const shifted = { ...syncR2, value: syncR2.value - 0.04 * (i + 1), standardError: 0.006 + 0.001 * i };
  return {
    ...{ lambda, r2, meanR2, conditionNumbers, syncR2: shifted },
    ...(lambda === 'cv' && { chosenLambdas: [[1, 100, 10], [10, 1000, 10]] }), // biome-ignore format: short
  };
}

function sampleTaskEpisode(task: EpisodeTask, utterances: readonly string[] | undefined): Episode {
  const place = placeOfTask(task);
  const { encounter, order, seed } = task;
  const said = utterances ?? TALK.slice(0, TALK.length - (place % 3));
  const episode = sampleEpisode(order.names, said);
  const [a, b] = encounter.characters;
  const names = [`${a.firstName} ${a.lastName}`, `${b.firstName} ${b.lastName}`] as const;
  return {
    ...episode,
    ...{ interaction: encounter.interaction.id, scenario: encounter.scenario.id, seed },
    ...{ characters: names, characterIds: [a.id, b.id], relationship: encounter.scenario.relationship },
    turns: episode.turns.map((turn) => ({ ...turn, speaker: names[turn.seat === 'A' ? 0 : 1] })),
    ...(place % 3 === 2 && { ending: 'rounds' as const }),
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
