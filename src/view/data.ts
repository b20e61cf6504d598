// What the explorer shows, as one versioned JSON document: `data.json` beside the report. Components take it and nothing
// else, whether they are drawn once into a file or live in a browser (docs/results.md, “data.json”).

import { z } from 'zod';

/** Raised when a reader of an older document would misread it. */
export const PAGE_FORMAT = 'interbrain-page-1';

const count = z.int().min(0);
const names = z.tuple([z.string(), z.string()]);
const direction = z.enum(['A->B', 'B->A']);
const interval = z.object({ low: z.number(), high: z.number(), level: z.number() });
const value = z.object({ value: z.number(), interval: interval.nullable() });
/** Little-endian float32 in base64. */
const floats = z.base64();

const map = z.object({
  /** `llama+mistral/interactive/A-to-B`: pair, condition and direction as parts of paths. */
  id: z.string(),
  /** In seats A and B. */
  models: names,
  condition: z.string(),
  direction,
  source: z.string(),
  target: z.string(),
  sourceLayers: count.min(1),
  targetLayers: count.min(1),
  /** Which layers of the models these are, 0-based; absent where all were recorded. */
  sourceNumbers: z.array(count).exactOptional(),
  targetNumbers: z.array(count).exactOptional(),
  samples: count,
  groupBy: z.string(),
  lambda: z.union([z.number(), z.literal('cv')]),
  /** All that it was made with, in words. */
  made: z.array(z.string()),
  splits: z.array(z.object({ seed: z.int(), fold: count.exactOptional(), train: count, test: count })),
  /** Published standard error over split seeds. */
  syncR2: value.extend({ standardError: z.number() }),
  /** By source layer, 0-based in the target model. */
  bestTarget: z.array(count),
  /** (sourceLayers, targetLayers), row-major: mean test R² over splits. */
  mean: floats,
  /** (splits, sourceLayers, targetLayers). */
  bySplit: floats,
  /** Of the layer pairs that have one: source, target, both 0-based in their models, low, high. */
  intervals: z.array(z.tuple([count, count, z.number(), z.number()])),
  level: z.number().nullable(),
  /** Name of its figure and its table in the report’s folders. */
  stem: z.string(),
});

const round = value.extend({
  round: count,
  /** By source layer, at its best target. */
  layers: z.array(z.number()),
  train: z.array(count),
  test: z.array(count),
});

const contributions = z.object({
  models: names,
  condition: z.string(),
  direction,
  cells: z.enum(['all', 'best']),
  sourceLayers: count.min(1),
  targetLayers: count.min(1),
  sourceNumbers: z.array(count).exactOptional(),
  targetNumbers: z.array(count).exactOptional(),
  interactions: z.array(
    z.object({
      interaction: z.string(),
      splits: count,
      rows: count,
      share: z.number(),
      /** What it adds to SyncR². */
      syncR2: z.number(),
    }),
  ),
  /** (interactions, sourceLayers, targetLayers); null where they would make the document too large. */
  values: floats.nullable(),
  rounds: z.array(round),
});

/** A layer pair's clusters of a map of differences: interactive minus another condition. */
const clusters = z.object({
  models: names,
  direction,
  condition: z.string(),
  threshold: z.number(),
  clusters: z.array(z.object({ cells: z.array(count), mass: z.number(), p: z.number() })),
});

const turn = z.tuple([count, z.enum(['A', 'B']), z.string(), z.array(z.string())]);

const judgement = z.union([
  z.object({
    judge: z.string(),
    /** A’s and B’s, by dimension. */
    scores: z.tuple([z.record(z.string(), z.number()), z.record(z.string(), z.number())]),
    reasons: z.tuple([z.record(z.string(), z.string()), z.record(z.string(), z.string())]),
    /** Means over dimensions of A, of B and of both. */
    overall: z.tuple([z.number(), z.number(), z.number()]),
  }),
  z.object({ judge: z.string(), failure: z.string() }),
]);

const episode = z.object({
  models: names,
  seed: z.int(),
  interaction: z.string(),
  ending: z.enum(['A left', 'B left', 'rounds']),
  rounds: count,
  judgement: judgement.nullable(),
  /** Round, seat, text, notes; null where all of them would make the document too large: they are on `page`. */
  turns: z.array(turn).nullable(),
  /** Which file of `episodes/` has it, counted from 1. */
  page: count.min(1),
  /** In that file. */
  anchor: z.string(),
});

const encounter = z.object({
  scenario: z.string(),
  characters: names,
  relationship: z.string(),
  situation: z.string(),
  /** A’s and B’s. */
  goals: names,
});

const pageSchema = z.object({
  format: z.literal(PAGE_FORMAT),
  study: z.string(),
  /** Of interbrain. */
  version: z.string(),
  /** What a reader must know before any number: that models are toys. */
  warning: z.string().nullable(),
  /** The sentence with the number, and the one with the verdict. */
  lead: z.object({ number: z.string(), verdict: z.string() }),
  models: z.array(
    z.object({
      name: z.string(),
      id: z.string(),
      revision: z.string(),
      layers: count,
      hiddenSize: count,
      parameters: count,
      toy: z.boolean(),
    }),
  ),
  pairs: z.array(names),
  /** The condition that the others are compared with. */
  reference: z.string(),
  /** Names with what is paired in each. */
  conditions: z.array(z.object({ name: z.string(), meaning: z.string() })),
  /** Of pairs, over directions and seat orders. */
  synchrony: z.array(value.extend({ models: names, condition: z.string(), standardError: z.number() })),
  verdicts: z.array(
    z.object({
      models: names,
      verdict: z.string(),
      reasons: z.array(z.string()),
      limits: z.array(z.string()),
    }),
  ),
  performance: z
    .object({
      judge: z.string(),
      text: z.string(),
      pairs: z.array(z.object({ models: names, synchrony: z.number(), performance: z.number() })),
    })
    .nullable(),
  maps: z.array(map),
  contributions: z.array(contributions),
  clusters: z.array(clusters),
  encounters: z.record(z.string(), encounter),
  episodes: z.array(episode),
  /** How many the study asks for. */
  episodesWanted: count,
  /** Episodes in a file of `episodes/`. */
  perPage: count.min(1),
  cite: z.object({ text: z.string(), bibtex: z.string(), sha256: z.string() }),
});

/** Everything that the explorer shows of a run. */
export type PageData = z.infer<typeof pageSchema>;
export type MapData = PageData['maps'][number];
export type ContributionData = PageData['contributions'][number];
export type EpisodeData = PageData['episodes'][number];
export type Names = readonly [string, string];

/** A document that was made by this program: throws a ZodError for one that does not keep to its own form. */
export function checkPage(data: unknown): PageData {
  return pageSchema.parse(data);
}
