// The study file: what may stand in it, with defaults from the paper. `interbrain schema` prints it for editors.

import { z } from 'zod';
import { CONDITION_FORMS, conditionSchema, INTERACTIVE } from '../conditions/condition.ts';
import { STATE_POSITIONS } from '../episodes/state-position.ts';
import { dimensionSchema } from '../evaluation/dimensions.ts';
import { IFEVAL_SCORES } from '../evaluation/ifeval.ts';
import { MUSR_SCORES } from '../evaluation/musr.ts';
import { ARM_KINDS } from '../interventions/arms.ts';
import { MOST_DIRECTIONS } from '../models/intervention.ts';
import { apiKeyEnv } from '../models/server-settings.ts';
import { DISTORTING_TYPES, modelEntry } from '../models/sources.ts';
import { DROPS } from '../pairs/open.ts';
import { PROBE_DEFAULTS } from '../probes/probe-settings.ts';
import { DEFAULT_STYLE } from '../prompts/prompts.ts';
import { STYLES } from '../prompts/style-names.ts';
import { STATE_VALUES } from '../recordings/states.ts';
import { networksSettings } from '../synchrony/measures/networks-measure.ts';
import { ridgeSettings } from '../synchrony/measures/ridge-measure.ts';
import { similaritySettings } from '../synchrony/measures/similarity-measures.ts';

/** A relative path is taken from the study file's folder. */
const path = z.string().min(1);

const atLeastOne = z.number().int().min(1);

/** Nobody has more rows, interactions or prompts; what is asked beyond it is a slip of the hand. */
const MOST_ROWS = 100_000_000;
/** Longest text that a model is asked for, tokens. */
const MOST_TOKENS = 1_000_000;
/** No vocabulary is larger. */
const MOST_TOKEN_IDS = 10_000_000;

const seeds = (defaults: number[]) =>
  z
    .array(z.number().int())
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'a seed stands twice; name each once')
    .default(defaults);

const simulation = z.strictObject({
  seeds: seeds([0, 1, 2]).describe('simulation seeds: every interaction is played once per seed'),
  rounds: atLeastOne.max(10_000).default(8).describe("rounds at most; each is A's utterance and then B's"),
  temperature: z
    .number()
    .min(0)
    .max(100)
    .default(0.7)
    .describe('how freely tokens are drawn; 0 takes the likeliest'),
  maxNewTokens: atLeastOne.max(MOST_TOKENS).default(300).describe('longest utterance, in tokens'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('draw from the likeliest tokens that hold this share of the probability'),
  topK: atLeastOne.max(MOST_TOKEN_IDS).optional().describe('draw from this many of the likeliest tokens'),
  minP: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('draw from tokens at least this share as likely as the likeliest'),
  repetitionPenalty: z
    .number()
    .min(0.01)
    .max(100)
    .optional()
    .describe('above 1: tokens of the prompt and of the reply so far become less likely'),
  stop: z
    .array(
      z
        .string()
        .regex(/^[^\n\r]+$/, 'a stop string is a text on one line; an utterance ends at a line break anyway'),
    )
    .min(1)
    .optional()
    .describe('texts that end an utterance and are no part of it'),
  interactions: atLeastOne
    .max(MOST_ROWS)
    .optional()
    .describe('how many of the interactions to play, spread evenly; all by default'),
  distorted: z
    .array(z.enum(DISTORTING_TYPES))
    .min(1)
    .optional()
    .describe(
      'types of weights that distort hidden states more than bf16 does, and may be measured with all the same: [w8a8], [q4] (docs/models.md)',
    ),
});
export type Simulation = z.infer<typeof simulation>;

const distinct = (list: readonly unknown[]) => new Set(list).size === list.length;

/** Of a model; the first is 0. */
const layerNumber = z.number().int().min(0).max(100_000);

const states = z.strictObject({
  layers: z
    .union(
      [
        z.literal('all'),
        z.array(layerNumber).min(1).refine(distinct, 'a layer stands twice; name each once'),
        z.strictObject({ every: atLeastOne.max(100_000).describe('counted back from the last layer') }),
      ],
      'should be all, a list of layers, such as [3, 11], the first being 0, or { every: 4 }',
    )
    .default('all')
    .describe(
      'layers whose states are recorded, in every model: all; a list, 0 being the first; or { every: n }, the last one and every nth before it, which goes with models of unlike depth',
    ),
  position: z
    .enum(STATE_POSITIONS)
    .default('last')
    .describe(
      'where in its prompt a round’s state is taken: at the last token, as in the paper; or the mean over what the partner said last, or over the own last line',
    ),
  values: z
    .enum(STATE_VALUES)
    .default('F32')
    .describe('how states are kept: F16 takes half the room, and rounds to 11 binary digits'),
});
export type StatesSettings = z.infer<typeof states>;

const synchrony = z
  .strictObject({
    samples: z
      .union(
        [z.literal('all'), z.literal('equal'), z.number().int().min(2).max(MOST_ROWS)],
        `should be all, equal, or a whole number from 2 to ${MOST_ROWS}`,
      )
      .optional()
      .describe(
        'state pairs per direction; all; or equal, the smallest number that any direction of any pair has in any condition, which is the default where correlation is asked',
      ),
    test: z.number().gt(0).lt(1).default(0.2).describe('share of the samples that is held out'),
    splitSeeds: seeds([0, 1, 2]).describe('seeds of the splits into training and test; R² is their mean'),
    folds: z
      .number()
      .int()
      .min(2)
      .max(10_000)
      .optional()
      .describe(
        'in place of draws of the share `test`: so many folds of groups, each held out once per split seed',
      ),
    repeats: atLeastOne
      .max(1000)
      .optional()
      .describe('how often the groups are dealt into folds anew; in place of splitSeeds 0, 1, 2, …'),
    ...ridgeSettings.shape,
    groupBy: z
      .enum(['interaction', 'characterPair', 'scenario'])
      .default('interaction')
      .describe('what is never divided between training and test'),
    drop: z
      .enum(DROPS)
      .optional()
      .describe(
        'turns that give no samples: repeated, those that say again what either agent has said before',
      ),
  })
  .refine(({ folds, repeats }) => folds !== undefined || repeats === undefined, {
    path: ['repeats'],
    error: 'goes with folds, as in { folds: 5, repeats: 3 }; draws are repeated by splitSeeds',
  });

const nonlinear = networksSettings;

/** Of probes: beyond it nothing is left of what is fitted. */
const penalty = z.number().gt(0).max(1e15);

const mentalStates = z.strictObject({
  l2: z
    .union(
      [penalty, z.array(penalty).min(1)],
      'should be a number above 0 and up to 1e15, or several, such as [0.01, 0.1, 1]',
    )
    .default([...PROBE_DEFAULTS.l2])
    .describe('penalty of the probes, or several to choose from on the training side'),
  maxFailureRate: z
    .number()
    .min(0)
    .max(1)
    .default(PROBE_DEFAULTS.maxFailureRate)
    .describe('share of replies that may fail the format before a model is left out'),
});

const correlation = z.strictObject({
  permutations: atLeastOne
    .max(10_000_000)
    .default(10_000)
    .describe('permutations over models where there are more than 7 of them; all are taken otherwise'),
  seed: z.number().int().default(0).describe('decides the permutations'),
  level: z.number().gt(0).lt(1).default(0.95).describe('coverage of the intervals'),
});
export type CorrelationSettings = z.infer<typeof correlation>;
const atLeastOneEntry = atLeastOne
  .max(MOST_ROWS)
  .optional()
  .describe('how many prompts (IFEval) or stories (MuSR) to ask, spread evenly; all by default');

const scoreNames = <T extends string>(names: readonly [T, ...T[]]) =>
  z.enum(names).default(names[0]).describe('the score that stands for the ability');

/** What can be set for a test; no model may be called so where values are given. */
export const TEST_SETTINGS = ['data', 'limit', 'maxNewTokens', 'score'] as const;

/** Values that somebody else measured: a number per model, and where they are from. */
const abilityValues = z
  .object({ source: z.string().min(1).optional().describe('where the values are from; the report says it') })
  .catchall(z.number().min(-1e9).max(1e9))
  .refine((values) => Object.keys(values).some((key) => key !== 'source'), 'names no model')
  // So that a wrong setting of a test is no model's value.
  .refine((values) => !TEST_SETTINGS.some((key) => key in values), 'mixes settings and values');

const abilities = z
  .object({
    IFEval: z
      .union([
        z.literal('run'),
        z.strictObject({
          data: path.optional().describe('input_data.jsonl as published, a file or an address'),
          limit: atLeastOneEntry,
          maxNewTokens: atLeastOne.max(MOST_TOKENS).default(1280).describe('longest response, in tokens'),
          score: scoreNames(IFEVAL_SCORES),
        }),
        abilityValues,
      ])
      .optional()
      .describe('following instructions: run, settings of the run, or values by model'),
    MuSR: z
      .union([
        z.literal('run'),
        z.strictObject({
          data: path.optional().describe('the published files: a folder, a file or an address'),
          limit: atLeastOneEntry,
          score: scoreNames(MUSR_SCORES),
        }),
        abilityValues,
      ])
      .optional()
      .describe('reasoning over stories: run, settings of the run, or values by model'),
  })
  .catchall(abilityValues);
const significance = z.strictObject({
  draws: atLeastOne.max(1_000_000).default(1000).describe('surrogates and permutations, as many of each'),
  seed: z.number().int().default(0).describe('decides the draws'),
  alpha: z
    .number()
    .gt(0)
    .lt(0.5)
    .default(0.05)
    .describe('p-values up to it count as evidence in the report’s words; intervals cover the rest'),
});
const textBaseline = z.strictObject({
  dimensions: z
    .number()
    .int()
    .min(16)
    .max(65_536)
    .default(512)
    .describe('buckets of each of the four bags of words'),
});

const sensitivity = z.strictObject({
  topK: z.boolean().default(true).describe('the mean of the k best target layers, for every k'),
  clamp: z.boolean().default(true).describe('with source layers below 0 counted as they are'),
  sampleSizes: z
    .union(
      [z.boolean(), z.array(z.number().int().min(10).max(MOST_ROWS)).min(1)],
      `should be true, false or numbers of samples from 10 to ${MOST_ROWS}, such as [500, 1000]`,
    )
    .default(true)
    .describe('SyncR² with fewer samples: a list, or true for a sixteenth, an eighth, a quarter and a half'),
  validationTarget: z
    .boolean()
    .default(true)
    .describe('target layers chosen on training groups in place of the test set'),
  weighting: z.boolean().default(true).describe('R² weighted by the variance of the target’s dimensions'),
  groupings: z
    .boolean()
    .default(true)
    .describe('training and test divided by interaction, by pair of characters and by scenario'),
  textBaseline: z
    .union(
      [
        z.literal(false),
        z
          .literal(true)
          .transform(() => ({}))
          .pipe(textBaseline),
        textBaseline,
      ],
      'should be true, false or settings, such as { dimensions: 512 }',
    )
    .default({ dimensions: 512 })
    .describe('the same regression from the shared text, and what is left of synchrony without it'),
});
export type SensitivitySettings = z.infer<typeof sensitivity>;

const relationships = z.strictObject({
  draws: atLeastOne.max(10_000).default(3).describe('how often the parts are cut to equal size'),
  smallest: z
    .number()
    .int()
    .min(2)
    .max(MOST_ROWS)
    .default(20)
    .describe('test rows that a relationship needs in every split; one with fewer is left out'),
});
export type RelationshipSettings = z.infer<typeof relationships>;

const contributions = z.strictObject({
  cells: z
    .enum(['all', 'best'])
    .default('all')
    .describe(
      'layer pairs of which every interaction’s part is kept: all, or each source layer’s best target alone, which takes much less time',
    ),
  smallest: z
    .number()
    .int()
    .min(2)
    .max(MOST_ROWS)
    .default(10)
    .describe('rows that a round needs in training and in test, in every split; one with fewer is left out'),
});
export type ContributionSettings = z.infer<typeof contributions>;

const episodeModel = z.strictObject({
  level: z.number().gt(0).lt(1).default(0.95).describe('coverage of the intervals'),
});

const reliability = z.strictObject({
  halvings: atLeastOne
    .max(1000)
    .default(1)
    .describe('how often the interactions are halved anew; each takes about as long as the measure'),
  ceiling: z
    .boolean()
    .default(true)
    .describe('what the target model’s own other layers predict of its states at the same turn'),
  level: z.number().gt(0).lt(1).default(0.95).describe('coverage of the intervals over pairs of models'),
});
export type ReliabilitySettings = z.infer<typeof reliability>;

const off = z.literal(false);

const similarity = z
  .strictObject({
    cka: z.union([off, similaritySettings.cka]).prefault({}).describe('debiased linear CKA'),
    cca: z
      .union([off, similaritySettings.cca])
      .prefault({})
      .describe('canonical correlations of held-out rows, with shrinkage'),
    pls: z
      .union([off, similaritySettings.pls])
      .prefault({})
      .describe('partial least squares, on held-out rows'),
    rsa: z.union([off, similaritySettings.rsa]).prefault({}).describe('representational similarity analysis'),
    neighbours: z
      .union([off, similaritySettings.neighbours])
      .prefault({})
      .describe('mutual nearest neighbours, less chance'),
  })
  .refine(
    (all) => Object.values(all).some((one) => one !== false),
    'has no measure; leave one in, or write false',
  );
export type SimilaritySettings = z.infer<typeof similarity>;

const ownPast = z.strictObject({
  cells: z
    .enum(['best', 'all'])
    .default('best')
    .describe(
      'layer pairs: each source layer at its best target layer, or all, which takes as many times longer as there are target layers',
    ),
  dimensions: z
    .number()
    .int()
    .min(16)
    .max(65_536)
    .default(512)
    .describe('buckets of each of the four bags of words of the shared text'),
});
export type OwnPastSettings = z.infer<typeof ownPast>;

const INTERVENTION_DEFAULTS = {
  rounds: [2],
  directions: [1, 8, 64],
  strengths: [-4, -2, 2, 4],
};

const interventions = z.strictObject({
  seat: z.enum(['A', 'B']).default('A').describe('whose states are changed; the other one listens'),
  rounds: z
    .array(atLeastOne.max(10_000))
    .min(1)
    .refine(distinct, 'a round stands twice; name each once')
    .default(INTERVENTION_DEFAULTS.rounds)
    .describe('rounds in which they are changed, each by itself; the rest is played on'),
  laterRounds: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .describe(
      'rounds that are played on behind the one in which the other agent answers; all that are left by default',
    ),
  layers: z
    .union(
      [
        z.enum(['ends', 'all']),
        z.array(layerNumber).min(1).refine(distinct, 'a layer stands twice; name each once'),
      ],
      'should be ends, all, or a list of layers, such as [3, 11]; the first is 0',
    )
    .default('ends')
    .describe(
      'layers after which they are changed, each by itself: ends, the layer that predicts the partner best and the one that predicts it least; all; or a list, 0 being the first',
    ),
  kinds: z
    .array(z.enum(ARM_KINDS))
    .min(1)
    .refine(distinct, 'a kind stands twice; name each once')
    .default([...ARM_KINDS])
    .describe(
      'what is done: a state of another seed or of strangers in its place, the mean in its place, the directions that predict removed, or a step along the first of them; each with its controls',
    ),
  directions: z
    .array(atLeastOne.max(MOST_DIRECTIONS))
    .min(1)
    .refine(distinct, 'a number stands twice; name each once')
    .default(INTERVENTION_DEFAULTS.directions)
    .describe('k of remove: how many of the directions that predict the partner best'),
  strengths: z
    .array(
      z
        .number()
        .min(-100)
        .max(100)
        .refine((s) => s !== 0, 'a step of 0 is none'),
    )
    .min(1)
    .refine(distinct, 'a strength stands twice; name each once')
    .default(INTERVENTION_DEFAULTS.strengths)
    .describe('of steer: standard deviations of the states along the direction'),
  tokens: z
    .enum(['prompt', 'onwards'])
    .default('prompt')
    .describe(
      'remove and steer: at the last prompt token, whose state is measured, or onwards, at every token that is spoken too',
    ),
  episodes: atLeastOne
    .max(1_000_000)
    .default(60)
    .describe('episodes of each seat order in which it is done, spread over the interactions'),
  scores: z
    .boolean()
    .default(true)
    .describe('let the study’s judge, if it has one, score every episode that was played on'),
  draws: atLeastOne.max(1_000_000).default(1000).describe('permutations of each test'),
  seed: z.number().int().default(0).describe('decides random directions, strangers, folds and permutations'),
  level: z.number().gt(0).lt(1).default(0.95).describe('coverage of the intervals'),
});
export type InterventionSettings = z.infer<typeof interventions>;

/** `true` is all defaults. */
const allDefaults = z.literal(true).transform(() => ({}));
const SWITCH = 'should be true, false or settings, such as ';

const price = z.number().min(0).max(1_000_000);

const apiJudge = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'should be the address of an API, such as http://localhost:8000/v1' })
    .describe('address of a server with the OpenAI API: http://localhost:8000/v1'),
  model: z
    .string()
    .min(1)
    .refine((text) => text !== 'rule', 'for a judge by rule write judge: rule')
    .describe('name under which the server knows the judge model'),
  apiKeyEnv,
  concurrency: atLeastOne.max(1024).default(8).describe('questions at once'),
  timeout: z.number().gt(0).max(86400).default(300).describe('seconds for one answer'),
  retries: z.number().int().min(0).max(20).default(5).describe('repetitions while the server fails'),
  maxTokens: atLeastOne
    .max(MOST_TOKENS)
    .default(4096)
    .describe('longest answer in tokens, thoughts included'),
  temperature: z.number().min(0).max(100).default(0).describe('of the judge’s answers; 0 in the paper'),
  seed: z.number().int().default(0).describe('sent with every question'),
  dimensions: z
    .array(dimensionSchema)
    .min(1)
    .refine(
      (list) => new Set(list.map((one) => one.name)).size === list.length,
      'a dimension stands twice; name each once',
    )
    .optional()
    .describe(
      'what is scored: a list of { name, low, high, description }; by default the paper’s seven, from believability to goal',
    ),
  price: z
    .strictObject({
      prompt: price.describe('of a million tokens of questions'),
      completion: price.describe('of a million tokens of answers'),
    })
    .optional()
    .describe('per million tokens, to sum the cost'),
});
export type ApiJudgeKey = z.infer<typeof apiJudge>;

export const judgeKey = z.union(
  [z.literal(false), z.literal('rule'), apiJudge],
  'should be false, rule or settings, such as { url: http://localhost:8000/v1, model: openai/gpt-oss-120b }',
);

/** Names become folders on disk: `a+b` is a pair. */
/** The name of a study or a model, which names folders too. */
export const plainName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'a name is made of letters, digits, ".", "_" and "-" and begins with a letter or digit; choose such a one',
  );

const studyKeys = z.strictObject({
  name: plainName.describe('the study is kept in runs/NAME'),
  models: z
    .record(plainName, modelEntry)
    .refine((models) => Object.keys(models).length > 0, 'a study needs at least one model')
    .describe('models under names of your choice'),
  pairs: z
    .union(
      [z.literal('all'), z.array(z.tuple([z.string(), z.string()])).min(1)],
      'should be all, or a list of pairs such as [[llama, mistral]]',
    )
    .default('all')
    .describe('all, or a list like [[llama, mistral]]; each pair is simulated in both seat orders'),
  scenarios: z
    .union([
      z.literal('embedded'),
      z.strictObject({
        sotopia: path.describe('envs.json, agents.json and env_agent_combos.json: their folder or address'),
      }),
      z.strictObject({ path: path.describe('a file of scenarios in interbrain’s own schema') }),
    ])
    .default('embedded')
    .describe('embedded; { sotopia: FOLDER OR ADDRESS }; or { path: FILE } in interbrain’s own schema'),
  prompts: z
    .union(
      [
        z.enum(STYLES),
        z.strictObject({
          style: z
            .enum(STYLES)
            .describe('how prompts are put together; what the wording has to say depends on it'),
          wording: path.describe('a YAML file; interbrain prompts STYLE prints one to begin with'),
        }),
      ],
      'should be transcript, chat, or words of your own: { style: chat, wording: FILE }',
    )
    .default(DEFAULT_STYLE)
    .describe(
      'how agents are told who they are and what was said: transcript, the dialogue as one text; chat, own lines as the assistant’s; or { style, wording: FILE } in words of your own (docs/prompts.md)',
    ),
  simulation: simulation.prefault({}).describe('how the episodes are played'),
  states: states.prefault({}).describe('which states are recorded, and how'),
  conditions: z
    .array(conditionSchema)
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'a condition stands twice; name each once')
    .default([INTERACTIVE])
    .describe(`what is measured, and what it is compared with: ${CONDITION_FORMS}`),
  protocol: z
    .literal('paper')
    .optional()
    .describe(
      'paper: three draws of 8:2, λ = 0.1 and 6500 samples, as published; what the study says of them has to agree, but for the number of samples',
    ),
  synchrony: synchrony.prefault({}).describe('how synchrony is measured'),
  nonlinear: z
    .union([z.literal(false), allDefaults.pipe(nonlinear), nonlinear], `${SWITCH}{ layerPairs: best }`)
    .default(false)
    .describe('two-layer networks beside the ridge maps of the interactive condition: true, or settings'),
  similarity: z
    .union([z.literal(false), allDefaults.pipe(similarity), similarity], `${SWITCH}{ rsa: false }`)
    .default(false)
    .describe(
      'other measures beside the ridge maps, on the same rows and splits, for the interactive condition and what it is compared with: true, or settings',
    ),
  mentalStates: z
    .union(
      [z.literal(false), allDefaults.pipe(mentalStates), mentalStates],
      `${SWITCH}{ maxFailureRate: 0.1 }`,
    )
    .default(false)
    .describe(
      'play every episode again with agents that name emotion and action type, and decode them: true, or settings',
    ),
  families: z
    .record(plainName, z.array(z.string()).min(1))
    .optional()
    .describe(
      'models by family, like { llama: [llama-s, llama-m] }: pairs are correlated by family, cross and overall',
    ),
  correlation: z
    .union([z.literal(false), allDefaults.pipe(correlation), correlation], `${SWITCH}{ permutations: 10000 }`)
    .default(false)
    .describe('correlate synchrony with what the judge says, over pairs of models: true, or settings'),
  episodeModel: z
    .union([z.literal(false), allDefaults.pipe(episodeModel), episodeModel], `${SWITCH}{ level: 0.9 }`)
    .default(false)
    .describe(
      'synchrony of single episodes, and a mixed model of what the judge says of them: true, or settings',
    ),
  reliability: z
    .union([z.literal(false), allDefaults.pipe(reliability), reliability], `${SWITCH}{ halvings: 3 }`)
    .default(false)
    .describe(
      'SyncR² on two halves of the interactions, and what it is of what can be predicted at all: true, or settings',
    ),
  abilities: abilities
    .optional()
    .describe(
      'abilities of the models, by benchmark: IFEval and MuSR can be run (run, or { data: FILE OR ADDRESS, limit: N }); of any benchmark, values can be given ({ MODEL: 0.44, source: … })',
    ),
  judge: judgeKey
    .default(false)
    .describe(
      'who scores the episodes: a model behind an API; rule, for the embedded world; or nobody (false)',
    ),
  significance: z
    .union([z.literal(false), allDefaults.pipe(significance), significance], `${SWITCH}{ draws: 1000 }`)
    .default(false)
    .describe(
      'tests of SyncR² against strangers of the same scenario and between conditions, which take up to twice as long as the measure: true, or settings',
    ),
  sensitivity: z
    .union(
      [z.literal(false), allDefaults.pipe(sensitivity), sensitivity],
      `${SWITCH}{ sampleSizes: [500, 1000] }`,
    )
    .default(false)
    .describe('how SyncR² of the interactive condition depends on choices of the measure: true, or settings'),
  relationships: z
    .union([z.literal(false), allDefaults.pipe(relationships), relationships], `${SWITCH}{ draws: 3 }`)
    .default(false)
    .describe('SyncR² by the relationship of the characters: true, or settings'),
  contributions: z
    .union([z.literal(false), allDefaults.pipe(contributions), contributions], `${SWITCH}{ cells: best }`)
    .default(false)
    .describe(
      'what each held-out interaction adds to R² of the interactive condition, and R² by round of the dialogue: true, or settings',
    ),
  ownPast: z
    .union([z.literal(false), allDefaults.pipe(ownPast), ownPast], `${SWITCH}{ cells: best }`)
    .default(false)
    .describe(
      'whether the partner says more of a state of the interactive condition than its own previous state does, and than the text that both have read: true, or settings',
    ),
  interventions: z
    .union([z.literal(false), allDefaults.pipe(interventions), interventions], `${SWITCH}{ rounds: [2, 4] }`)
    .default(false)
    .describe(
      'change the states of one agent, play on, and see what becomes of the other: true, or settings',
    ),
  report: z
    .strictObject({
      transcripts: z.number().int().min(0).max(10_000).default(6).describe('transcripts shown on the page'),
    })
    .prefault({})
    .describe('what the page shows'),
});

/** State pairs per direction, paper §4.1. */
const SAMPLES = 6500;

/** With the default that depends on another key: pairs that are correlated are measured on equally many rows. */
export const studySchema = studyKeys.transform((study) => {
  const { samples = study.correlation ? 'equal' : SAMPLES, ...settings } = study.synchrony;
  // In the order of the keys, which inputs' hashes depend on.
  return { ...study, synchrony: { samples, ...settings } };
});

/** A study with all defaults filled in. */
export type Study = z.infer<typeof studySchema>;
export type SynchronySettings = Study['synchrony'];

/** JSON Schema of the study file (draft 2020-12). */
export function studyJsonSchema(): object {
  return z.toJSONSchema(studySchema, { io: 'input' });
}
