// The study file: what may stand in it, with defaults from the paper. `interbrain schema` prints it for editors.

import { z } from 'zod';
import { CONDITION_NAME, CONDITIONS } from '../controls/conditions.ts';
import { HUB_NAME, HUB_NAME_ADVICE } from '../models/hub/name.ts';
import { MODEL_DEVICES } from '../models/onnx/device-names.ts';
import { DTYPES } from '../models/onnx/dtype.ts';
import { PROBE_DEFAULTS } from '../probes/measure.ts';
import { NETWORK_DEFAULTS } from '../synchrony/train-network.ts';

/** A relative path is taken from the study file's folder. */
const path = z.string().min(1);

const dtype = z
  .enum(DTYPES)
  .optional()
  .describe(
    'type of the weights in memory: fp32 by default; q8 takes 1.1 bytes per weight and keeps the states; q4 distorts them; fp16 is for devices other than the CPU, bf16 for cuda',
  );

const device = z
  .enum(MODEL_DEVICES)
  .optional()
  .describe('where the model computes: cpu by default; interbrain doctor says what this machine has');

const how = { dtype, device };

const modelSource = z
  .union([
    z.strictObject({
      embedded: z.string().min(1).describe('a model that comes with interbrain: a toy'),
      ...how,
    }),
    z.strictObject({ path: path.describe('a folder in Hugging Face layout'), ...how }),
    z.strictObject({
      hub: z
        .string()
        .regex(HUB_NAME, HUB_NAME_ADVICE)
        .describe(
          'a model on the Hugging Face hub, org/name or org/name@revision; downloaded into the usual cache',
        ),
      ...how,
    }),
  ])
  .describe('where a model comes from: { path: FOLDER }, { hub: ORG/NAME } or { embedded: NAME }');

const seeds = (defaults: number[]) =>
  z
    .array(z.number().int())
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'a seed stands twice')
    .default(defaults);

const simulation = z.strictObject({
  seeds: seeds([0, 1, 2]).describe('simulation seeds: every interaction is played once per seed'),
  rounds: z.number().int().min(1).default(8).describe("rounds at most; each is A's utterance and then B's"),
  temperature: z.number().min(0).default(0.7),
  maxNewTokens: z.number().int().min(1).default(300).describe('longest utterance, in tokens'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('draw from the likeliest tokens that hold this share of the probability'),
  topK: z.number().int().min(1).optional().describe('draw from this many of the likeliest tokens'),
  minP: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('draw from tokens at least this share as likely as the likeliest'),
  repetitionPenalty: z
    .number()
    .gt(0)
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
  interactions: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('how many of the interactions to play, spread evenly; all by default'),
});
export type Simulation = z.infer<typeof simulation>;

const penalty = z.union([z.number().gt(0), z.literal('cv')]);

const synchrony = z.strictObject({
  samples: z
    .union([z.literal('all'), z.number().int().min(2)])
    .default(6500)
    .describe('state pairs per direction, or all'),
  test: z.number().gt(0).lt(1).default(0.2).describe('share of the samples that is held out'),
  splitSeeds: seeds([0, 1, 2]),
  lambda: z
    .union([penalty, z.array(penalty).min(1)])
    .default(0.1)
    .describe(
      'ridge penalty: a number, cv (chosen by cross-validation), or a list to be reported side by side',
    ),
  solver: z
    .enum(['exact', 'published-float32'])
    .default('exact')
    .describe('published-float32 repeats the published numerics, for comparison; without intervals'),
  bootstrap: z
    .union([
      z.literal(false),
      z.strictObject({
        draws: z.number().int().min(1).default(1000),
        seed: z.number().int().default(0),
        cells: z
          .enum(['candidates', 'all'])
          .default('candidates')
          .describe('layer pairs with intervals: those that can be the best of a source layer, or all'),
        level: z.number().gt(0).lt(1).default(0.95).describe('coverage of the intervals'),
      }),
    ])
    .prefault({})
    .describe('confidence intervals by bootstrap over the held-out interactions; false for none'),
  groupBy: z
    .enum(['interaction', 'characterPair', 'scenario'])
    .default('interaction')
    .describe('what is never divided between training and test'),
});
export type SynchronySettings = z.infer<typeof synchrony>;

const layer = z.number().int().min(0);
const atLeastOne = z.number().int().min(1);

const nonlinear = z.strictObject({
  layerPairs: z
    .union([z.enum(['best', 'all']), z.array(z.tuple([layer, layer])).min(1)])
    .default('best')
    .describe(
      'best: each source layer with its best affine target; all: every one, which takes long; or [[source, target], …], counted from 0',
    ),
  hidden: atLeastOne.default(NETWORK_DEFAULTS.hidden).describe('hidden units'),
  learningRate: z.number().gt(0).default(NETWORK_DEFAULTS.learningRate),
  weightDecay: z.number().min(0).default(NETWORK_DEFAULTS.weightDecay),
  epochs: atLeastOne.default(NETWORK_DEFAULTS.epochs),
  batchSize: atLeastOne.default(NETWORK_DEFAULTS.batchSize),
  seed: z.number().int().default(NETWORK_DEFAULTS.seed),
});
export type NonlinearSettings = z.infer<typeof nonlinear>;

const mentalStates = z.strictObject({
  l2: z
    .union([z.number().gt(0), z.array(z.number().gt(0)).min(1)])
    .default([...PROBE_DEFAULTS.l2])
    .describe('penalty of the probes, or several to choose from on the training side'),
  maxFailureRate: z
    .number()
    .min(0)
    .max(1)
    .default(PROBE_DEFAULTS.maxFailureRate)
    .describe('share of replies that may fail the format before a model is left out'),
});
export type MentalStateSettings = z.infer<typeof mentalStates>;

/** `true` is all defaults. */
const allDefaults = z.literal(true).transform(() => ({}));
const SWITCH = 'should be true, false or settings, such as ';

/** Names become folders on disk: `a+b` is a pair. */
const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'a name is made of letters, digits, ".", "_" and "-" and begins with a letter or digit',
  );

export const studySchema = z.strictObject({
  name: name.describe('the study is kept in runs/NAME'),
  models: z
    .record(name, modelSource)
    .refine((models) => Object.keys(models).length > 0, 'a study needs at least one model'),
  pairs: z
    .union([z.literal('all'), z.array(z.tuple([z.string(), z.string()])).min(1)])
    .default('all')
    .describe('all, or a list like [[llama, mistral]]; each pair is simulated in both seat orders'),
  scenarios: z
    .union([z.literal('embedded'), z.strictObject({ sotopia: path }), z.strictObject({ path })])
    .default('embedded')
    .describe('embedded; { sotopia: FOLDER OR ADDRESS }; or { path: FILE } in interbrain’s own schema'),
  simulation: simulation.prefault({}),
  conditions: z
    .array(
      z.string().regex(CONDITION_NAME, {
        error: ({ input }) => `there is no condition "${input}"; conditions are ${CONDITIONS}`,
      }),
    )
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'a condition stands twice')
    .default(['interactive']),
  synchrony: synchrony.prefault({}),
  nonlinear: z
    .union([z.literal(false), allDefaults.pipe(nonlinear), nonlinear], `${SWITCH}{ layerPairs: best }`)
    .default(false)
    .describe('two-layer networks beside the ridge maps of the interactive condition: true, or settings'),
  mentalStates: z
    .union(
      [z.literal(false), allDefaults.pipe(mentalStates), mentalStates],
      `${SWITCH}{ maxFailureRate: 0.1 }`,
    )
    .default(false)
    .describe(
      'play every episode again with agents that name emotion and action type, and decode them: true, or settings',
    ),
  report: z
    .strictObject({
      transcripts: z.number().int().min(0).default(6).describe('transcripts shown on the page'),
    })
    .prefault({}),
});

/** A study with all defaults filled in. */
export type Study = z.infer<typeof studySchema>;

/** JSON Schema of the study file (draft 2020-12). */
export function studyJsonSchema(): object {
  return z.toJSONSchema(studySchema, { io: 'input' });
}
