// Nonlinear results on disk: one JSON file beside the affine result's. It is written after every layer pair, so that
// work of hours can be interrupted.

import { z } from 'zod';
import { readJson, writeJson } from '../../recordings/atomic-file.ts';
import { compareMaps, type NonlinearResult } from './nonlinear.ts';

const count = z.int().min(0);

const schema = z.object({
  format: z.literal('interbrain-nonlinear-1'),
  inputs: z.record(z.string(), z.string()),
  condition: z.string(),
  direction: z.enum(['A->B', 'B->A']),
  sourceModel: z.string(),
  targetModel: z.string(),
  sourceLayers: count.min(1),
  targetLayers: count.min(1),
  samples: count,
  lambda: z.number(),
  groupBy: z.string(),
  network: z.object({
    hidden: count,
    learningRate: z.number(),
    weightDecay: z.number(),
    epochs: count,
    batchSize: count,
    seed: z.int(),
  }),
  splitSeeds: z.array(z.int()),
  cells: z.array(
    z.object({
      source: count,
      target: count,
      affine: z.array(z.number()),
      nonlinear: z.array(z.number()),
      trainLoss: z.array(z.number()),
    }),
  ),
});

/** A result, complete or not, and what it was computed from. */
export interface StoredNonlinear {
  readonly result: NonlinearResult;
  /** Hashes of the inputs by name, as the writer gave them. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Writes a result as `<path>.nonlinear.json`.
 *
 * @param path without an ending, see `synchronyPath`
 */
export function writeNonlinear(
  path: string,
  { format, ...result }: NonlinearResult,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  // The summary stands in the file for who reads it; it is computed anew when we do.
  return writeJson(`${path}.nonlinear.json`, { format, inputs, ...result });
}

/**
 * Reads a result.
 *
 * @param path without an ending
 * @throws BadInput if there is none; CorruptFile if it is not one
 */
export async function readNonlinear(path: string): Promise<StoredNonlinear> {
  const advice = 'delete it and run the study again';
  const { inputs, ...stored } = await readJson(`${path}.nonlinear.json`, schema, advice);
  return { inputs, result: { ...stored, comparison: compareMaps(stored.cells, stored) } };
}
