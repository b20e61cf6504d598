// What was tested of one direction, on disk: one JSON file beside the other directions of the model pair.

import { z } from 'zod';
import { conditionSchema } from '../conditions/condition.ts';
import { readJson, writeJson } from '../recordings/atomic-file.ts';
import type { ConditionTests } from '../statistics/condition-tests.ts';

const count = z.int().min(0);
const numbers = z.array(z.number());
const untested = z.strictObject({ reason: z.string() });

const clusters = z.union([
  untested,
  z.object({
    t: numbers,
    threshold: z.number(),
    units: count,
    permutations: count,
    columns: count,
    hiddenSize: count,
    clusters: z.array(z.object({ cells: z.array(count), mass: z.number(), p: z.number() })),
  }),
]);

const condition = z.object({
  condition: conditionSchema,
  syncR2: z.number(),
  testSamples: z.array(count),
  interactions: count,
  bootstrap: z.union([untested, z.object({ draws: numbers, leaveOneOut: numbers })]),
  strangers: z.union([
    untested,
    z.object({
      observed: z.number(),
      rows: z.array(count),
      surrogates: numbers,
      exchanges: numbers,
      clusters,
    }),
  ]),
  against: z
    .union([
      untested,
      z.object({
        first: z.number(),
        second: z.number(),
        values: numbers,
        interactions: count,
        exact: z.boolean(),
        clusters,
      }),
    ])
    .exactOptional(),
}) satisfies z.ZodType<ConditionTests>;

const schema = z.object({
  format: z.literal('interbrain-significance-1'),
  inputs: z.record(z.string(), z.string()),
  /** Names in seats A and B. */
  models: z.tuple([z.string(), z.string()]),
  direction: z.enum(['A->B', 'B->A']),
  sourceModel: z.string(),
  targetModel: z.string(),
  sourceLayers: count.min(1),
  targetLayers: count.min(1),
  lambda: z.number(),
  groupBy: z.string(),
  splitSeeds: z.array(z.int()),
  draws: count.min(1),
  seed: z.int(),
  conditions: z.array(condition).min(1),
});

/** Everything that was tested of one direction, and hashes of what it was computed from. */
export type DirectionTests = Readonly<Omit<z.infer<typeof schema>, 'conditions'>> & {
  readonly conditions: readonly ConditionTests[];
};

/** @param path see `significancePath` */
export function writeTests(path: string, tests: DirectionTests): Promise<void> {
  return writeJson(path, tests);
}

/** @throws BadInput if there is no such file; CorruptFile if it holds something else */
export function readTests(path: string): Promise<DirectionTests> {
  return readJson(path, schema, 'delete it and run the study again');
}
