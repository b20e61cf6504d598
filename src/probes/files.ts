// What probes came to, on disk: one JSON file per seat order and seat.

import { z } from 'zod';
import { type Inputs, resultFile, type StoredResult } from '../recordings/result-file.ts';
import { intervalSchema } from '../synchrony/intervals/interval.ts';
import type { AgentProbes } from './measure.ts';

const count = z.int().min(0);
const kind = z.enum(['emotion', 'action']);
const relation = z.enum(['self', 'partner-previous', 'partner-next']);
const numbers = z.array(z.number());
const seedMean = z.object({ mean: z.number(), standardError: z.number() });
const layerScore = seedMean.extend({ layer: count });

const failures = z.object({
  turns: count,
  failed: count,
  rate: z.number(),
  reasons: z.record(z.string(), count),
  mass: z.object({ emotion: z.number().nullable(), action: z.number().nullable() }),
});

const notTested = z.object({ reason: z.string() });
const comparison = z.object({
  probe: z.number(),
  other: z.number(),
  gain: z.number(),
  interval: intervalSchema.nullable(),
  groups: count,
  rows: count,
  p: z.number(),
  permutations: count,
});
const tested = z.union([comparison, notTested]);

const probe = z.object({
  kind,
  relation,
  samples: count,
  splits: z.array(
    z.object({
      seed: z.int(),
      trainSamples: count,
      testSamples: count,
      baseline: z.number(),
      divergence: numbers,
      validation: numbers,
      l2: numbers,
      unconverged: z.array(count),
    }),
  ),
  baseline: seedMean,
  layers: z.array(layerScore).min(1),
  best: layerScore,
  chosen: layerScore.exactOptional(),
  tests: z.object({ layer: count, baseline: tested, text: tested, wrongSeed: tested }).exactOptional(),
});

const FORMAT = 'interbrain-probes-1';

const schema = z.object({
  format: z.literal(FORMAT),
  seat: z.enum(['A', 'B']),
  model: z.string(),
  partner: z.string(),
  groupBy: z.string(),
  settings: z.object({
    l2: numbers,
    testFraction: z.number(),
    splitSeeds: z.array(z.int()),
    maxFailureRate: z.number(),
  }),
  failures: z.object({ own: failures, partner: failures }),
  probes: z.array(probe),
  excluded: z.array(z.object({ kind, relation, reason: z.string() })),
});

/** What the states of one agent say of named mental states, on disk (see `probesPath`). */
export const probesFile = resultFile<AgentProbes>({ format: FORMAT, schema });

/**
 * Writes what one agent's states say of named mental states.
 *
 * @param path see `probesPath`
 * @throws BadInput if it cannot be written
 */
export function writeProbes(path: string, result: AgentProbes, inputs: Inputs): Promise<void> {
  return probesFile.write(path, { result, inputs });
}

/**
 * Reads what one agent's states say of named mental states, and what it was computed from.
 *
 * @throws BadInput if there is no such file; OtherFormat or CorruptFile if it holds no probes that can be read
 */
export function readProbes(path: string): Promise<StoredResult<AgentProbes>> {
  return probesFile.read(path);
}
