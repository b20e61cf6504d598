// What probes came to, on disk: one JSON file per seat order and seat.

import { z } from 'zod';
import { readJson, writeJson } from '../recordings/atomic-file.ts';
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
});

const schema = z.object({
  format: z.literal('interbrain-probes-1'),
  inputs: z.record(z.string(), z.string()),
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

/** A result and what it was computed from. */
export interface StoredProbes {
  readonly result: AgentProbes;
  /** Hashes of the inputs by name, as the writer gave them. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** @param path see `probesPath` */
export function writeProbes(
  path: string,
  { format, ...result }: AgentProbes,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  return writeJson(path, { format, inputs, ...result });
}

/** @throws BadInput if there is no such file; CorruptFile if it holds no probes */
export async function readProbes(path: string): Promise<StoredProbes> {
  const { inputs, ...result } = await readJson(path, schema, 'delete it and run the study again');
  return { inputs, result };
}
