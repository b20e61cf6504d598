// What the correlation stage found, on disk: `statistics/correlation.json`. JSON knows no NaN; where there is no
// number, it is null in the file and NaN in memory.

import { z } from 'zod';
import { readJson, writeJson } from '../recordings/atomic-file.ts';
import { correlationPath } from '../recordings/layout.ts';
import type { Correlation } from './correlation.ts';
import type { GroupCorrelation, ModelPair } from './model-pairs.ts';
import type { Qap } from './qap.ts';

/** A pair of models with all that is correlated. */
export interface CorrelatedPair extends ModelPair {
  /** Standard error of SyncR² over split seeds. */
  readonly standardError: number;
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

/** With the hashes of what it was computed from. */
export interface StoredCorrelation {
  readonly result: CorrelationResult;
  readonly inputs: Readonly<Record<string, string>>;
}

const FORMAT = 'interbrain-correlation-1';
const ADVICE = 'delete it and run the study again';

const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const count = z.int().min(0);
const names = z.tuple([z.string(), z.string()]);

const correlation = z
  .object({
    r: number,
    n: count,
    df: z.int(),
    p: number,
    interval: z.tuple([z.number(), z.number()]).nullable(),
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
  performance: z.number(),
  dimensions: scores,
  abilities: scores,
  judged: count,
  failed: count,
}) satisfies z.ZodType<CorrelatedPair>;

const schema = z.object({
  format: z.literal(FORMAT),
  inputs: z.record(z.string(), z.string()),
  judge: z.string(),
  dimensions: z.array(z.string()),
  benchmarks: z.array(z.string()),
  level: z.number(),
  pairs: z.array(pair),
  leftOut: z.array(z.object({ models: names, failed: count })),
  groups: z.array(group),
});

/** @throws BadInput if it cannot be written */
export function writeCorrelation(run: string, { result, inputs }: StoredCorrelation): Promise<void> {
  return writeJson(correlationPath(run), { format: FORMAT, inputs, ...result });
}

/** @throws BadInput if there is none; CorruptFile if it is damaged */
export async function readCorrelation(run: string): Promise<StoredCorrelation> {
  const { format: _, inputs, ...result } = await readJson(correlationPath(run), schema, ADVICE);
  return { result, inputs };
}
