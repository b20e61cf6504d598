// How a measure's results lie on disk. All have a head in JSON (synchrony-files.ts); what a measure says of its own form
// is what stands behind the head, and which tensors lie beside it.

import { z } from 'zod';
import type { TensorData } from '../../numerics/safetensors.ts';
import type { LayerKeys } from '../layer-numbers.ts';
import type { Cells, MeasureResult, ResultHead } from '../types.ts';

/** The tensors of a result's file. */
export interface TensorFile {
  /**
   * Reads a float64 tensor.
   *
   * @throws CorruptFile if there is none of that name and shape
   */
  read(name: string, shape: readonly number[]): Promise<Float64Array>;
  /** As `read`, of an int32 tensor. */
  readIntegers(name: string, shape: readonly number[]): Promise<Int32Array>;
}

/** What a measure keeps of a result beside the head. */
export interface ResultForm<Result, Extras = unknown> {
  /** What stands in the JSON file beside the head. */
  readonly schema: z.ZodType<Extras>;
  /** What is to stand there; it fits the schema. */
  extrasOf(result: Result): object;
  /** The tensors of the `.safetensors` file; absent for measures that have none. */
  tensorsOf?(result: Result): TensorData[];
  /** Where layers are named beside the head; the file has their numbers, and `restore` is given their places. */
  readonly layerKeys: LayerKeys;
  /**
   * Puts a result together again, the same to the last bit.
   *
   * @throws CorruptFile if a tensor is missing or has another shape
   */
  restore(stored: ResultHead & Extras, tensors: TensorFile): Promise<Result>;
}

const count = z.int().min(0);

/** A ridge penalty in a JSON file. */
export const lambdaSchema = z.union([z.number(), z.literal('cv')]);

/** Which of a model's layers were recorded, in a JSON file. */
export const recordedSchema = z.object({ numbers: z.array(count).min(1).readonly(), of: count.min(1) });

/** SyncR² in a JSON file. */
export const syncR2Schema = z.object({
  value: z.number(),
  standardError: z.number(),
  bestTarget: z.array(count),
  bestR2: z.array(z.number()),
});

/**
 * The form of a measure that has cells for all layer pairs, and no more than fits into JSON beside them.
 *
 * @param extras what is the measure's own
 */
export function plainForm<Extras extends object>(
  extras: z.ZodType<Extras>,
): ResultForm<MeasureResult & Extras, Extras & Pick<Cells, 'syncR2'>> {
  const schema = z.intersection(z.object({ syncR2: syncR2Schema.nullable() }), extras);
  return {
    schema,
    extrasOf: (result) => schema.parse(result),
    tensorsOf: (result) => cellTensors(result, result),
    layerKeys: { bestTarget: 'target' },
    restore: async (stored, tensors) => ({ ...stored, ...(await readCells(stored, tensors)) }),
  };
}

/** What the shapes of a result's tensors are made of. */
export type Shape = Pick<ResultHead, 'sourceLayers' | 'targetLayers' | 'splits'>;

/** A float64 tensor to be written. */
export function tensor(name: string, shape: readonly number[], values: Iterable<number>): TensorData {
  return { name, dtype: 'F64', shape, data: Float64Array.from(values) };
}

/**
 * The tensors that every measure of all layer pairs has: `r2` [splits, sourceLayers, targetLayers] and `mean_r2`
 * [sourceLayers, targetLayers].
 *
 * @param ending of their names
 */
export function cellTensors(
  { sourceLayers, targetLayers, splits }: Shape,
  { r2, meanR2 }: Pick<Cells, 'r2' | 'meanR2'>,
  ending = '',
): TensorData[] {
  const all = r2.flatMap((plane) => [...plane]);
  return [
    tensor(`r2${ending}`, [splits.length, sourceLayers, targetLayers], all),
    tensor(`mean_r2${ending}`, [sourceLayers, targetLayers], meanR2),
  ];
}

/**
 * Reads what `cellTensors` wrote.
 *
 * @throws CorruptFile if a tensor is missing or has another shape
 */
export async function readCells(
  { sourceLayers, targetLayers, splits }: Shape,
  tensors: TensorFile,
  ending = '',
): Promise<Pick<Cells, 'r2' | 'meanR2'>> {
  const r2 = await tensors.read(`r2${ending}`, [splits.length, sourceLayers, targetLayers]);
  const meanR2 = await tensors.read(`mean_r2${ending}`, [sourceLayers, targetLayers]);
  return { r2: cut(r2, splits.length), meanR2 };
}

/** Equal parts along the first axis. */
export function cut(values: Float64Array, parts: number): Float64Array[] {
  const size = values.length / Math.max(1, parts);
  return Array.from({ length: parts }, (_, part) => values.slice(part * size, (part + 1) * size));
}
