// Synchrony results on disk: the numbers in safetensors, which NumPy reads as they are, and all the rest in JSON.

import { z } from 'zod';
import { CorruptFile } from '../errors.ts';
import {
  encodeSafetensors,
  parseSafetensorsHeader,
  readTensorBytes,
  type SafetensorsHeader,
} from '../numerics/safetensors.ts';
import { readJson, writeFileAtomic, writeJson } from '../recordings/atomic-file.ts';
import type { BootstrapCell, SyncR2Bootstrap } from './intervals/bootstrap.ts';
import type { Lambda, RidgeVariant, SynchronyResult } from './types.ts';

const ADVICE = 'delete it and run the study again';

const count = z.int().min(0);

const syncR2 = z.object({
  value: z.number(),
  standardError: z.number(),
  bestTarget: z.array(count),
  bestR2: z.array(z.number()),
});

const ends = z.tuple([z.number(), z.number()]);

/** Of SyncR² alone; the cells' are tensors. */
const bootstrap = z.object({
  draws: count,
  groups: count,
  level: z.number(),
  syncR2: z.object({
    estimate: z.number(),
    standardError: z.number(),
    percentile: ends,
    bca: ends.nullable(),
  }),
});

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
  leftOut: z.object({ samples: count, episodes: count, reason: z.string() }).exactOptional(),
  lambda: z.number(),
  solver: z.enum(['exact', 'published-float32']),
  groupBy: z.string(),
  syncR2,
  bootstrap: bootstrap.optional(),
  variants: z.array(z.object({ lambda: z.union([z.number(), z.literal('cv')]), syncR2 })).optional(),
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
 * says that the result is complete. Each further λ has the same tensors, their names ending in `_lambda_10` or
 * `_lambda_cv`, and `chosen_lambdas` [splits, sourceLayers] say what cross-validation chose. With a bootstrap there
 * are also `bootstrap_standard_error` [sourceLayers, targetLayers], `bootstrap_percentile` and `bootstrap_bca`
 * [sourceLayers, targetLayers, 2: lower and upper end], NaN for cells without an interval.
 *
 * @param path without an ending, see `synchronyPath`
 * @param inputs hashes of what the result was computed from, by name
 */
export async function writeSynchrony(
  path: string,
  result: SynchronyResult,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  const { format, r2, meanR2, conditionNumbers, splits, variants, bootstrap, ...rest } = result;
  const { condition, direction, sourceModel, targetModel } = rest;
  const tensors = [
    ...tensorsOf(result, result),
    ...(variants ?? []).flatMap((variant) => tensorsOf(result, variant, endingOf(variant.lambda))),
    ...(bootstrap ? intervalTensors(result, bootstrap) : []),
  ];
  const metadata = { format, condition, direction, source_model: sourceModel, target_model: targetModel };
  const bytes = encodeSafetensors(tensors, metadata);
  const others = variants?.map(({ lambda, syncR2 }) => ({ lambda, syncR2 }));
  await writeFileAtomic(`${path}.safetensors`, bytes);
  const { cells: _, ...intervals } = bootstrap ?? { cells: [] };
  await writeJson(`${path}.json`, {
    format,
    inputs,
    ...rest,
    ...(bootstrap && { bootstrap: intervals }),
    ...(others && { variants: others }),
    splits,
  });
}

/**
 * Reads a result.
 *
 * @param path without an ending
 * @throws BadInput if there is none; CorruptFile if it is not one, or its two files do not belong together
 */
export async function readSynchrony(path: string): Promise<StoredSynchrony> {
  const { inputs, variants, bootstrap, ...rest } = await readJson(`${path}.json`, schema, ADVICE);
  const header = await parseSafetensorsHeader(`${path}.safetensors`);
  const others: RidgeVariant[] = [];
  for (const variant of variants ?? []) {
    const numbers = await readNumbers(header, rest, endingOf(variant.lambda));
    const shape = [rest.splits.length, rest.sourceLayers];
    const chosen = variant.lambda === 'cv' && (await readDoubles(header, 'chosen_lambdas', shape));
    others.push({ ...variant, ...numbers, ...(chosen && { chosenLambdas: cutToLists(chosen, shape[0]!) }) });
  }
  const result = {
    ...rest,
    ...(await readNumbers(header, rest)),
    ...(variants && { variants: others }),
    ...(bootstrap && { bootstrap: { ...bootstrap, cells: await readCells(header, rest) } }),
  };
  return { inputs, result };
}

type Shape = Pick<SynchronyResult, 'sourceLayers' | 'targetLayers' | 'splits'>;

type Numbers = Pick<SynchronyResult, 'r2' | 'meanR2' | 'conditionNumbers'>;

/** How the tensors of a further λ end. */
function endingOf(lambda: Lambda): string {
  return `_lambda_${lambda}`;
}

function tensorsOf(
  { sourceLayers, targetLayers, splits }: Shape,
  numbers: Numbers & Pick<RidgeVariant, 'chosenLambdas'>,
  ending = '',
) {
  const tensor = (name: string, shape: number[], values: Iterable<number>) => {
    return { name, dtype: 'F64' as const, shape, data: Float64Array.from(values) };
  };
  const { r2, meanR2, conditionNumbers, chosenLambdas } = numbers;
  const all = r2.flatMap((plane) => [...plane]);
  const perFit = [splits.length, sourceLayers];
  return [
    tensor(`r2${ending}`, [splits.length, sourceLayers, targetLayers], all),
    tensor(`mean_r2${ending}`, [sourceLayers, targetLayers], meanR2),
    tensor(`condition_numbers${ending}`, perFit, conditionNumbers.flat()),
    ...(chosenLambdas ? [tensor('chosen_lambdas', perFit, chosenLambdas.flat())] : []),
  ];
}

function intervalTensors({ sourceLayers, targetLayers }: Shape, { cells }: SyncR2Bootstrap) {
  const grid = [sourceLayers, targetLayers];
  const tensor = (name: string, shape: number[], values: (cell: BootstrapCell) => readonly number[]) => {
    const width = shape[2] ?? 1;
    const data = new Float64Array(sourceLayers * targetLayers * width).fill(Number.NaN);
    for (const cell of cells) data.set(values(cell), (cell.source * targetLayers + cell.target) * width);
    return { name, dtype: 'F64' as const, shape, data };
  };
  const none = [Number.NaN, Number.NaN];
  return [
    tensor('bootstrap_standard_error', grid, ({ standardError }) => [standardError]),
    tensor('bootstrap_percentile', [...grid, 2], ({ percentile }) => percentile),
    tensor('bootstrap_bca', [...grid, 2], ({ bca }) => bca ?? none),
  ];
}

/** The cells with intervals; their estimates are the means of R². */
async function readCells(header: SafetensorsHeader, { sourceLayers, targetLayers }: Shape) {
  const grid = [sourceLayers, targetLayers];
  const errors = await readDoubles(header, 'bootstrap_standard_error', grid);
  const percentile = await readDoubles(header, 'bootstrap_percentile', [...grid, 2]);
  const bca = await readDoubles(header, 'bootstrap_bca', [...grid, 2]);
  const means = await readDoubles(header, 'mean_r2', grid);
  const pairOf = (values: Float64Array, cell: number): [number, number] => [
    values[2 * cell]!,
    values[2 * cell + 1]!,
  ];
  const cells: BootstrapCell[] = [];
  for (const [cell, standardError] of errors.entries()) {
    if (Number.isNaN(standardError)) continue;
    const corrected = pairOf(bca, cell);
    cells.push({
      source: Math.floor(cell / targetLayers),
      target: cell % targetLayers,
      estimate: means[cell]!,
      standardError,
      percentile: pairOf(percentile, cell),
      bca: Number.isNaN(corrected[0]) ? null : corrected,
    });
  }
  return cells;
}

async function readNumbers(
  header: SafetensorsHeader,
  { sourceLayers, targetLayers, splits }: Shape,
  ending = '',
): Promise<Numbers> {
  const r2 = await readDoubles(header, `r2${ending}`, [splits.length, sourceLayers, targetLayers]);
  const numbers = await readDoubles(header, `condition_numbers${ending}`, [splits.length, sourceLayers]);
  return {
    r2: cut(r2, splits.length),
    meanR2: await readDoubles(header, `mean_r2${ending}`, [sourceLayers, targetLayers]),
    conditionNumbers: cutToLists(numbers, splits.length),
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

function cutToLists(values: Float64Array, parts: number): number[][] {
  return cut(values, parts).map((part) => [...part]);
}
