// What the correlation stage found, on disk: `statistics/correlation.json`. JSON knows no NaN; where there is no
// number, it is null in the file and NaN in memory.

import { z } from 'zod';
import { correlationPath } from '../recordings/layout.ts';
import { resultFile, type StoredResult } from '../recordings/result-file.ts';
import { CORRELATION_INTERVALS, type Correlation, type CorrelationInterval } from './correlation.ts';
import type { GroupCorrelation, ModelPair } from './model-pairs.ts';
import type { Qap } from './qap.ts';

/** A pair of models with all that is correlated. */
export interface CorrelatedPair extends ModelPair {
  /** Standard error of SyncR² over split seeds. */
  readonly standardError: number;
  /** State pairs of a direction, the mean over directions and seat orders. */
  readonly samples: number;
  /** Episodes with a judgement. */
  readonly judged: number;
  /** Episodes whose judgement failed, which count in no mean. */
  readonly failed: number;
}

/** Everything that the stage computes. */
export interface CorrelationResult {
  /** `rule`, or the judge model's name. */
  readonly judge: string;
  /** Names of the dimensions, in their order. */
  readonly dimensions: readonly string[];
  /** Names of the benchmarks whose abilities are held fixed. */
  readonly benchmarks: readonly string[];
  /** Coverage of the intervals. */
  readonly level: number;
  readonly pairs: readonly CorrelatedPair[];
  /** Pairs without a judged episode. */
  readonly leftOut: readonly { readonly models: readonly [string, string]; readonly failed: number }[];
  readonly groups: readonly GroupCorrelation[];
}

const FORMAT = 'interbrain-correlation-2';

const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const count = z.int().min(0);
const names = z.tuple([z.string(), z.string()]);

const interval = z.object({
  low: z.number(),
  high: z.number(),
  kind: z.enum(CORRELATION_INTERVALS),
  standardError: z.number(),
  degreesOfFreedom: z.int().nullable(),
  groups: count.nullable(),
  level: z.number(),
}) satisfies z.ZodType<CorrelationInterval>;

const correlation = z
  .object({
    r: number,
    n: count,
    df: z.int(),
    p: number,
    interval: interval.nullable(),
  })
  .nullable() satisfies z.ZodType<Correlation | null>;

const permuted = z
  .object({ p: number, permutations: count, exact: z.boolean() })
  .nullable() satisfies z.ZodType<Qap | null>;

const group = z.object({
  group: z.string(),
  pairs: z.array(names),
  pearson: z.object({ correlation, qap: permuted }),
  spearman: z.object({ correlation, qap: permuted }),
  givenSamples: z.object({ correlation, qap: permuted }).nullable(),
  partial: z.array(z.object({ given: z.string(), correlation, qap: permuted })),
  leaveOneOut: z.array(z.object({ model: z.string(), correlation })),
  dimensions: z.array(z.object({ name: z.string(), correlation, adjustedP: number })),
  warnings: z.array(z.string()),
}) satisfies z.ZodType<GroupCorrelation>;

const scores = z.record(z.string(), z.number());

const pair = z.object({
  models: names,
  synchrony: z.number(),
  standardError: z.number(),
  samples: z.number(),
  performance: z.number(),
  dimensions: scores,
  abilities: scores,
  judged: count,
  failed: count,
}) satisfies z.ZodType<CorrelatedPair>;

const schema = z.object({
  judge: z.string(),
  dimensions: z.array(z.string()),
  benchmarks: z.array(z.string()),
  level: z.number(),
  pairs: z.array(pair),
  leftOut: z.array(z.object({ models: names, failed: count })),
  groups: z.array(group),
});

/** What the correlation stage found, on disk (see `correlationPath`). */
export const correlationFile = resultFile<CorrelationResult>({ format: FORMAT, schema });

/**
 * Writes a run's correlations and the hashes of what they were computed from.
 *
 * @throws BadInput if it cannot be written
 */
export function writeCorrelation(run: string, stored: StoredResult<CorrelationResult>): Promise<void> {
  return correlationFile.write(correlationPath(run), stored);
}

/**
 * Reads a run's correlations and the hashes of what they were computed from.
 *
 * @throws BadInput if there are none; OtherFormat or CorruptFile if they cannot be read
 */
export function readCorrelation(run: string): Promise<StoredResult<CorrelationResult>> {
  return correlationFile.read(correlationPath(run));
}
