// The shapes of what `--json` prints (docs/json.md). Every command's document is made as the type of its schema; the
// tests read what the commands print with the schemas themselves, which know no other keys.

import { z } from 'zod';
import { intervalSchema } from '../synchrony/intervals/interval.ts';
import { recordedSchema } from '../synchrony/measures/result-form.ts';

const count = z.int().min(0);
/** `null` for what is not a finite number, as JSON has it. */
const number = z.number().nullable();
const seconds = z.number().min(0);

/** What ends a command that prints a document. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    kind: z.string(),
    message: z.string(),
    where: z.string().exactOptional(),
    exitCode: count,
  }),
});

const taskState = z.enum(['current', 'stale', 'missing', 'failed']);

export const statusSchema = z.strictObject({
  study: z.string(),
  /** The run's folder. */
  run: z.string(),
  stages: z.array(
    z.strictObject({
      stage: z.string(),
      /** What its results are called. */
      results: z.string(),
      total: count,
      current: count,
      stale: count,
      missing: count,
      failed: count,
      tasks: z.array(
        z.strictObject({ label: z.string(), state: taskState, message: z.string().exactOptional() }),
      ),
    }),
  ),
  /** Models that run will download, by the study's names. */
  toDownload: z.record(z.string(), z.string()),
  /** What workers of a queue make just now; none without a queue. */
  workers: z.array(
    z.strictObject({
      /** `host:pid` */
      worker: z.string(),
      stage: z.string(),
      what: z.string(),
      /** Results that its job is to make. */
      tasks: count,
      /** ISO 8601: since when it has the job. */
      since: z.string(),
      /** Since it was last heard of. */
      silentSeconds: seconds,
    }),
  ),
  /** Path of the page; null if there is none yet. */
  report: z.string().nullable(),
  /** Commands that do what is missing; none if nothing is. */
  next: z.array(z.string()),
});
export type StatusDocument = z.infer<typeof statusSchema>;

/** Tokens per second. */
const speed = z.strictObject({
  promptTokens: count,
  read: z.number(),
  rows: count,
  speak: z.number(),
});

export const estimateSchema = z.strictObject({
  study: z.string(),
  loadingSeconds: seconds,
  /** By the study's names. */
  speeds: z.record(z.string(), speed),
  episodes: z.strictObject({
    total: count,
    recorded: count,
    playedEpisodes: count,
    playedTurns: count,
    playedSeconds: seconds,
    /** Of an episode. */
    turns: z.number(),
    samples: z.strictObject({ 'A->B': z.number(), 'B->A': z.number() }),
    /** Of a turn: tokens. */
    read: number,
    spoken: number,
    /** Turns from this one on were not heard but assumed to take place; null if nothing was assumed. */
    assumedFrom: count.nullable(),
    seconds,
    bytes: z.number(),
  }),
  /** Null if the study has no passive condition. */
  readings: z.strictObject({ total: count, recorded: count, seconds }).nullable(),
  interventions: z.strictObject({ total: count, recorded: count, continuations: count, seconds }).nullable(),
  measure: z.strictObject({
    measurements: count,
    samples: z.number(),
    seconds,
    measuredLayers: count,
    layers: count,
    realStates: z.boolean(),
    failure: z.string().exactOptional(),
  }),
  /** Of this process, with the models and what they remember. */
  memoryBytes: count,
  /** All episodes, on so many servers; empty without --servers. */
  servers: z.array(z.strictObject({ servers: count, seconds })),
  /** What is missing of episodes, readings and measures, by so many workers; empty without --workers. */
  workers: z.array(z.strictObject({ workers: count, seconds })),
  /** Of all that is counted. */
  seconds,
  notCounted: z.array(z.string()),
});
export type EstimateDocument = z.infer<typeof estimateSchema>;

const lambda = z.union([z.number(), z.literal('cv')]);
const syncR2 = z.strictObject({
  value: number,
  standardError: number,
  /** For each source layer the target layer with the highest mean R², 0-based, and that R². */
  bestTarget: z.array(count),
  bestR2: z.array(number),
});

export const measureSchema = z.strictObject({
  folder: z.string(),
  results: z.array(
    z.strictObject({
      /** R² of all layer pairs is in FILE.safetensors, and what it was computed from in FILE.json. */
      file: z.string(),
      sourceModel: z.string(),
      targetModel: z.string(),
      condition: z.string(),
      direction: z.enum(['A->B', 'B->A']),
      sourceLayers: count,
      targetLayers: count,
      /** Which of a model's layers these are, 0-based, and how many it has; absent where all were recorded. */
      sourceRecorded: z.strictObject(recordedSchema.shape).exactOptional(),
      targetRecorded: z.strictObject(recordedSchema.shape).exactOptional(),
      samples: count,
      leftOut: z.strictObject({ samples: count, episodes: count, reason: z.string() }).nullable(),
      solver: z.enum(['exact', 'published-float32']),
      groupBy: z.string(),
      splitSeeds: z.array(z.int()),
      folds: z.int().exactOptional(),
      lambda,
      syncR2,
      /** Of SyncR²; null if there is none. */
      interval: z.strictObject(intervalSchema.shape).nullable(),
      /** R² of the rows that maps were fitted to, the result's own λ first and then its variants; null if there is none. */
      training: z
        .strictObject({ sourceLayers: z.array(count), columns: count, r2: z.array(z.number()) })
        .nullable(),
      /** Other penalties. */
      variants: z.array(z.strictObject({ lambda, syncR2 })),
    }),
  ),
});
export type MeasureDocument = z.infer<typeof measureSchema>;

export const exportSchema = z.strictObject({
  run: z.string(),
  tables: z.array(z.strictObject({ table: z.string(), file: z.string(), rows: count, bytes: count })),
  /** What of the study was not there, or not current; a line for each stage. */
  missing: z.array(z.string()),
});
export type ExportDocument = z.infer<typeof exportSchema>;

const two = <Schema extends z.ZodType>(schema: Schema) => z.tuple([schema, schema]);

export const compareSchema = z.strictObject({
  /** The two runs' folders; all pairs of values are in their order. */
  runs: two(z.string()),
  /** Null where a run does not have the setting. */
  settings: z.array(z.strictObject({ setting: z.string(), values: two(z.string().nullable()) })),
  pairs: z.array(
    z.strictObject({
      models: two(z.string()),
      condition: z.string(),
      lambdas: two(lambda),
      values: two(
        z.strictObject({ value: number, interval: z.strictObject(intervalSchema.shape).nullable() }),
      ),
      /** The second less the first. */
      difference: z.number(),
      comparable: z.boolean(),
      /** Why it is not. */
      obstacles: z.array(z.string()),
    }),
  ),
  /** What one run alone has. */
  only: two(z.array(z.string())),
  /** What of either study was not there, or not current. */
  missing: two(z.array(z.string())),
});
export type CompareDocument = z.infer<typeof compareSchema>;

const check = z.strictObject({
  what: z.string(),
  ok: z.boolean(),
  /** Nothing is wrong without it. */
  optional: z.boolean(),
  found: z.string(),
  advice: z.string().exactOptional(),
  /** Bytes, cores, or GFLOP/s, as the name says. */
  numbers: z.record(z.string(), z.number()).exactOptional(),
});

export const doctorSchema = z.strictObject({
  /** Whether everything is there that is needed; the exit code is 3 if not. */
  ok: z.boolean(),
  checks: z.array(check),
});
export type DoctorDocument = z.infer<typeof doctorSchema>;

export const modelSchema = z.strictObject({
  folder: z.string(),
  architecture: z.string(),
  layers: count,
  hiddenSize: count,
  heads: count,
  kvHeads: count,
  vocabulary: count,
  /** Tokens; and of every layer how far back it looks, null for as far as there is. */
  context: count,
  windows: z.array(count.nullable()),
  parameters: count,
  disk: z.strictObject({ bytes: count, dtypes: z.array(z.string()) }),
  revision: z.string(),
  dtype: z.string(),
  device: z.string(),
  runs: z.strictObject({ ok: z.boolean(), found: z.string() }),
  /** Bytes. */
  memory: z.strictObject({
    weights: z.number(),
    loading: z.number(),
    /** With weights of other types. */
    otherDtypes: z.record(z.string(), z.number()),
    cachePerToken: z.number(),
    free: count,
  }),
  notes: z.array(z.string()),
  loaded: z.strictObject({ seconds, memoryBytes: count }).exactOptional(),
  speed: z.strictObject({ alone: speed, together: speed }).exactOptional(),
  reply: z
    .strictObject({
      text: z.string(),
      finish: z.string(),
      promptTokens: count,
      readSeconds: seconds,
      tokens: count,
      spokenSeconds: seconds,
    })
    .exactOptional(),
});
export type ModelDocument = z.infer<typeof modelSchema>;

/** Relative differences that are not finite are null. */
const difference = z.number().nullable();

export const verifySchema = z.strictObject({
  model: z.string(),
  /** The golden file, and the version of transformers that it comes from. */
  golden: z.string(),
  transformers: z.string(),
  tolerance: z.number(),
  /** The largest relative difference after each layer, and of the logits. */
  layers: z.array(difference),
  logits: difference,
  prompts: z.array(z.strictObject({ tokens: count, sameText: z.boolean(), sameIds: z.boolean() })),
  /** The exit code is 2 if not. */
  agrees: z.boolean(),
  differences: z.array(z.string()),
});
export type VerifyDocument = z.infer<typeof verifySchema>;
