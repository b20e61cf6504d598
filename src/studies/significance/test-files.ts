// What was tested of one direction, on disk: one JSON file beside the other directions of the model pair.

import { z } from 'zod';
import { conditionSchema } from '../../conditions/condition.ts';
import { type Inputs, resultFile } from '../../recordings/result-file.ts';
import type { ConditionTests } from '../../statistics/condition-tests.ts';
import { jackknifeSchema } from '../../synchrony/intervals/interval.ts';
import { measureHead } from '../measure-head.ts';

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

const exchange = z.union([
  untested,
  z.object({
    observed: z.number(),
    rows: z.array(count),
    surrogates: numbers,
    exchanges: numbers,
    clusters,
  }),
]);

const condition = z.object({
  condition: conditionSchema,
  syncR2: z.number(),
  testSamples: z.array(count),
  interactions: count,
  jackknife: z.union([untested, jackknifeSchema]),
  strangers: exchange,
  against: z
    .union([
      untested,
      z.object({
        first: z.number(),
        second: z.number(),
        values: numbers,
        refits: z.object({ anew: z.number(), fixed: z.number() }),
        jackknife: z.union([untested, jackknifeSchema]),
        interactions: count,
        exact: z.boolean(),
        clusters,
      }),
    ])
    .exactOptional(),
  exchanged: exchange.exactOptional(),
}) satisfies z.ZodType<ConditionTests>;

const FORMAT = 'interbrain-significance-3';

const schema = z.object({
  format: z.literal(FORMAT),
  /** Names in seats A and B. */
  models: z.tuple([z.string(), z.string()]),
  ...measureHead.omit({ samples: true }).shape,
  sourceLayers: count.min(1),
  targetLayers: count.min(1),
  draws: count.min(1),
  seed: z.int(),
  conditions: z.array(condition).min(1),
});

/** Everything that was tested of one direction, and hashes of what it was computed from. */
export type DirectionTests = Readonly<Omit<z.infer<typeof schema>, 'conditions'>> & {
  readonly inputs: Inputs;
  readonly conditions: readonly ConditionTests[];
};

/** All tests of one direction, on disk (see `significancePath`). */
export const testsFile = resultFile<Omit<DirectionTests, 'inputs'>>({ format: FORMAT, schema });

/**
 * Writes the tests of one direction.
 *
 * @param path see `significancePath`
 * @throws BadInput if it cannot be written
 */
export function writeTests(path: string, { inputs, ...result }: DirectionTests): Promise<void> {
  return testsFile.write(path, { inputs, result });
}

/**
 * Reads the tests of one direction.
 *
 * @throws BadInput if there is no such file; OtherFormat or CorruptFile if it holds no tests that can be read
 */
export async function readTests(path: string): Promise<DirectionTests> {
  const { inputs, result } = await testsFile.read(path);
  return { ...result, inputs };
}
