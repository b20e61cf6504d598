// Synchrony results on disk: the numbers in safetensors, which NumPy reads as they are, and all the rest in JSON.

import { z } from 'zod';
import { CorruptFile } from '../errors.ts';
import {
  encodeSafetensors,
  parseSafetensorsHeader,
  readTensorBytes,
  type SafetensorsHeader,
} from '../numerics/safetensors.ts';
import { readJson, writeFileAtomic, writeJson } from '../recordings/files.ts';
import type { SynchronyResult } from './types.ts';

const ADVICE = 'delete it and run the study again';

const count = z.int().min(0);

const schema = z.object({
  format: z.literal('interbrain-synchrony-1'),
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
  syncR2: z.object({
    value: z.number(),
    standardError: z.number(),
    bestTarget: z.array(count),
    bestR2: z.array(z.number()),
  }),
  splits: z.array(
    z.object({
      seed: z.int(),
      trainSamples: count,
      testSamples: count,
      testGroups: z.array(z.string()),
      trainGroups: z.array(z.string()),
    }),
  ),
});

/** A result and what it was computed from. */
export interface StoredSynchrony {
  readonly result: SynchronyResult;
  /** Hashes of the inputs by name, as the writer gave them. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Writes a result as `<path>.safetensors` (`r2` [splits, sourceLayers, targetLayers], `mean_r2` [sourceLayers,
 * targetLayers], `condition_numbers` [splits, sourceLayers], all F64) and then as `<path>.json`, whose existence
 * says that the result is complete.
 *
 * @param path without an ending, see `synchronyPath`
 * @param inputs hashes of what the result was computed from, by name
 */
export async function writeSynchrony(
  path: string,
  result: SynchronyResult,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  const { format, r2, meanR2, conditionNumbers, splits, ...rest } = result;
  const { condition, direction, sourceModel, targetModel, sourceLayers, targetLayers } = rest;
  const tensor = (name: string, shape: number[], values: Iterable<number>) => {
    return { name, dtype: 'F64' as const, shape, data: Float64Array.from(values) };
  };
  const bytes = encodeSafetensors(
    [
      tensor(
        'r2',
        [splits.length, sourceLayers, targetLayers],
        r2.flatMap((plane) => [...plane]),
      ),
      tensor('mean_r2', [sourceLayers, targetLayers], meanR2),
      tensor('condition_numbers', [splits.length, sourceLayers], conditionNumbers.flat()),
    ],
    { format, condition, direction, source_model: sourceModel, target_model: targetModel },
  );
  await writeFileAtomic(`${path}.safetensors`, bytes);
  await writeJson(`${path}.json`, { format, inputs, ...rest, splits });
}

/**
 * Reads a result.
 *
 * @param path without an ending
 * @throws BadInput if there is none; CorruptFile if it is not one, or its two files do not belong together
 */
export async function readSynchrony(path: string): Promise<StoredSynchrony> {
  const { inputs, ...rest } = await readJson(`${path}.json`, schema, ADVICE);
  const { sourceLayers, targetLayers, splits } = rest;
  const header = await parseSafetensorsHeader(`${path}.safetensors`);
  const r2 = await readDoubles(header, 'r2', [splits.length, sourceLayers, targetLayers]);
  const numbers = await readDoubles(header, 'condition_numbers', [splits.length, sourceLayers]);
  return {
    inputs,
    result: {
      ...rest,
      r2: cut(r2, splits.length),
      meanR2: await readDoubles(header, 'mean_r2', [sourceLayers, targetLayers]),
      conditionNumbers: cut(numbers, splits.length).map((plane) => [...plane]),
    },
  };
}

async function readDoubles(
  { path, tensors }: SafetensorsHeader,
  name: string,
  shape: readonly number[],
): Promise<Float64Array> {
  const entry = tensors.get(name);
  const found = entry ? `${entry.dtype} [${entry.shape.join(', ')}]` : 'missing';
  const needed = `F64 [${shape.join(', ')}]`;
  if (!entry || found !== needed)
    throw new CorruptFile(path, `tensor ${name} is ${found}, but ${needed} is needed; ${ADVICE}`);
  return new Float64Array((await readTensorBytes(path, entry)).buffer);
}

/** Equal parts along the first axis. */
function cut(values: Float64Array, parts: number): Float64Array[] {
  const size = values.length / Math.max(1, parts);
  return Array.from({ length: parts }, (_, part) => values.slice(part * size, (part + 1) * size));
}
