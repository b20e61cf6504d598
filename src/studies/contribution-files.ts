// What the stage of contributions leaves for one direction: every interaction's part of R² of all layer pairs in safetensors,
// and all the rest in JSON, whose existence says that both are there.

import { z } from 'zod';
import { CorruptFile } from '../errors.ts';
import {
  encodeSafetensors,
  parseSafetensorsHeader,
  readFloats,
  type TensorData,
} from '../numerics/safetensors.ts';
import { writeFileAtomic } from '../recordings/atomic-file.ts';
import { type ResultFile, resultFile, type StoredResult } from '../recordings/result-file.ts';
import type { HeldOutInteraction } from '../synchrony/contributions/interactions.ts';
import type { ContributionOptions, Contributions } from '../synchrony/contributions/measure-contributions.ts';
import { intervalSchema, jackknifeSchema } from '../synchrony/intervals/interval.ts';
import { layersMetadata } from '../synchrony/layer-numbers.ts';
import { type MeasureHead, measureHead } from './measure-head.ts';
import { numberedFile } from './numbered-file.ts';

const FORMAT = 'interbrain-contributions-1';
const ADVICE = 'delete it and run the study again';

const count = z.int().min(0);

/** What interactions and rounds of one direction contribute; the layer pairs' part is the tensor beside it. */
export interface DirectionContributions
  extends MeasureHead,
    Pick<Contributions, 'rounds' | 'leftOut' | 'pooled'>,
    Pick<ContributionOptions, 'bestTarget' | 'cells' | 'smallest'> {
  readonly sourceLayers: number;
  readonly targetLayers: number;
  /** Each with what it adds to SyncR²; that sums to SyncR². */
  readonly interactions: readonly (HeldOutInteraction & { readonly syncR2: number })[];
}

/** The same with the tensor that belongs to it. */
export interface StoredContributions extends DirectionContributions {
  /**
   * What each interaction adds to R² of every layer pair, float32, (interactions, sourceLayers, targetLayers); NaN where
   * it was not asked for. Throws CorruptFile if the file was cut short.
   */
  readonly readCells: () => Promise<Float32Array>;
}

/** SyncR² of some test rows, at the target layers that the measure chose. */
const score = z.object({
  value: z.number(),
  layers: z.array(z.number()),
  intervals: z.object({ syncR2: intervalSchema, jackknife: jackknifeSchema }).exactOptional(),
});

/** Rows by split. */
const round = z.object({ round: count, train: z.array(count), test: z.array(count) });

const schema: z.ZodType<DirectionContributions> = z.object({
  ...measureHead.shape,
  sourceLayers: count.min(1),
  targetLayers: count.min(1),
  bestTarget: z.array(count),
  cells: z.enum(['all', 'best']),
  smallest: count,
  interactions: z.array(
    z.object({
      interaction: z.string(),
      splits: count,
      rows: count,
      share: z.number(),
      syncR2: z.number(),
    }),
  ),
  rounds: z.array(round.extend(score.shape)),
  leftOut: z.array(round),
  pooled: z
    .object({ within: score, overall: score, rows: z.array(count), notCounted: z.array(count) })
    .nullable(),
});

const file: ResultFile<DirectionContributions> = numberedFile(resultFile({ format: FORMAT, schema }), {
  bestTarget: 'target',
});

/**
 * Writes `<path>.safetensors`, with the tensor `contributions`, and then `<path>.json`.
 *
 * @param path without an ending, see `contributionsPath`
 * @param cells (interactions, sourceLayers, targetLayers), row-major; kept as float32
 * @throws BadInput if it cannot be written
 */
export async function writeContributions(
  path: string,
  stored: StoredResult<DirectionContributions>,
  cells: Float64Array,
): Promise<void> {
  const { result } = stored;
  const { direction, sourceModel, targetModel } = result;
  const tensor: TensorData = {
    name: 'contributions',
    dtype: 'F32',
    shape: shapeOf(result),
    data: Float32Array.from(cells),
  };
  const labels = { direction, source_model: sourceModel, target_model: targetModel };
  const metadata = { format: FORMAT, ...labels, ...layersMetadata(result) };
  await writeFileAtomic(`${path}.safetensors`, encodeSafetensors([tensor], metadata));
  await file.write(`${path}.json`, stored);
}

/**
 * Reads the JSON, and sees that the tensor is there.
 *
 * @throws BadInput if there is none; OtherFormat or CorruptFile if it is not one, or its tensor does not belong to it
 */
export async function readContributions(path: string): Promise<StoredResult<StoredContributions>> {
  const stored = await file.read(`${path}.json`);
  const tensors = `${path}.safetensors`;
  const entry = (await parseSafetensorsHeader(tensors)).tensors.get('contributions');
  const found = entry ? `${entry.dtype} [${entry.shape.join(', ')}]` : 'missing';
  const needed = `F32 [${shapeOf(stored.result).join(', ')}]`;
  if (entry === undefined || found !== needed)
    throw new CorruptFile(tensors, `tensor contributions is ${found}, but ${needed} is needed; ${ADVICE}`);
  return { ...stored, result: { ...stored.result, readCells: () => readFloats(tensors, entry) } };
}

function shapeOf({ interactions, sourceLayers, targetLayers }: DirectionContributions): number[] {
  return [interactions.length, sourceLayers, targetLayers];
}
