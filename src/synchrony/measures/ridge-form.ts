// Ridge results on disk: condition numbers, further penalties and the intervals of cells beside the R² of all layer pairs.

import { z } from 'zod';
import type { TensorData } from '../../numerics/safetensors.ts';
import type { Pairing } from '../../pairs/pairing.ts';
import { intervalSchema, jackknifeSchema } from '../intervals/interval.ts';
import type { CellInterval, SyncR2Intervals } from '../intervals/target-intervals.ts';
import { RIDGE } from '../results.ts';
import type { Lambda, RidgeVariant, SynchronyResult } from '../types.ts';
import {
  cellTensors,
  cut,
  lambdaSchema,
  type ResultForm,
  readCells,
  type Shape,
  syncR2Schema,
  type TensorFile,
  tensor,
} from './result-form.ts';

/** Of SyncR² alone; the cells' are tensors. */
const intervals = z.object({ syncR2: intervalSchema, jackknife: jackknifeSchema });

const count = z.int().min(0);

/** Which recordings the rows of the tensor count, and how many rows there are. */
const pairing = z.object({
  recordings: z.array(
    z.object({ interaction: z.string(), seed: z.int().nullable(), group: z.string().exactOptional() }),
  ),
  samples: count,
});

const schema = z.object({
  lambda: lambdaSchema,
  solver: z.enum(['exact', 'published-float32']),
  reduced: z
    .object({ asked: z.int().min(1), source: z.int().min(1), target: z.int().min(1) })
    .exactOptional(),
  syncR2: syncR2Schema,
  intervals: intervals.exactOptional(),
  training: z
    .object({ sourceLayers: z.array(count), columns: count, r2: z.array(z.number()) })
    .exactOptional(),
  pairing: pairing.exactOptional(),
  variants: z.array(z.object({ lambda: lambdaSchema, syncR2: syncR2Schema })).exactOptional(),
});

/**
 * Beside `r2` and `mean_r2` there are `condition_numbers` [splits, sourceLayers]. Each further λ has the same tensors,
 * their names ending in `_lambda_10` or `_lambda_cv`, and `chosen_lambdas` [splits, sourceLayers] say what
 * cross-validation chose. With intervals there are also `interval_standard_error` [sourceLayers, targetLayers]
 * and `interval` [sourceLayers, targetLayers, 2: lower and upper end], NaN for cells without one; with a pairing
 * `pairing` [samples, 4], I32: see `Pairing`.
 */
export const ridgeForm: ResultForm<SynchronyResult, z.infer<typeof schema>> = {
  schema,
  extrasOf({ lambda, solver, reduced, syncR2, training, intervals, variants, pairing }) {
    const { cells: _, ...ofSyncR2 } = intervals ?? { cells: [] };
    const others = variants?.map((variant) => ({ lambda: variant.lambda, syncR2: variant.syncR2 }));
    return {
      lambda,
      solver,
      ...(reduced && { reduced }),
      syncR2,
      ...(training && { training }),
      ...(intervals && { intervals: ofSyncR2 }),
      ...(others && { variants: others }),
      ...(pairing && {
        pairing: { samples: pairing.rows.length / PAIRED, recordings: pairing.recordings },
      }),
    };
  },
  tensorsOf(result) {
    return [
      ...penaltyTensors(result, result),
      ...(result.variants ?? []).flatMap((one) => penaltyTensors(result, one, endingOf(one.lambda))),
      ...(result.intervals ? intervalTensors(result, result.intervals) : []),
      ...(result.pairing ? [pairingTensor(result.pairing)] : []),
    ];
  },
  layerKeys: { bestTarget: 'target', sourceLayers: 'source' },
  async restore({ intervals, variants, pairing, ...stored }, tensors) {
    const others: RidgeVariant[] = [];
    for (const variant of variants ?? [])
      others.push({
        ...variant,
        ...(await readPenalty(stored, tensors, endingOf(variant.lambda))),
        ...(variant.lambda === 'cv' && {
          chosenLambdas: await readPerFit('chosen_lambdas', stored, tensors),
        }),
      });
    const numbers = await readPenalty(stored, tensors);
    return {
      ...stored,
      measure: { ...RIDGE, version: stored.measure.version },
      ...numbers,
      ...(stored.lambda === 'cv' && {
        chosenLambdas: await readPerFit('chosen_lambdas', stored, tensors),
      }),
      ...(variants && { variants: others }),
      ...(intervals && {
        intervals: { ...intervals, cells: await readIntervals(stored, intervals, numbers.meanR2, tensors) },
      }),
      ...(pairing && {
        pairing: {
          recordings: pairing.recordings,
          rows: await tensors.readIntegers('pairing', [pairing.samples, PAIRED]),
        },
      }),
    };
  },
};

/** Numbers of a row: recording and round of the source, and of the target. */
const PAIRED = 4;

function pairingTensor({ rows }: Pairing): TensorData {
  return { name: 'pairing', dtype: 'I32', shape: [rows.length / PAIRED, PAIRED], data: rows };
}

type Numbers = Pick<SynchronyResult, 'r2' | 'meanR2' | 'conditionNumbers'>;

/** How the tensors of a further λ end. */
function endingOf(lambda: Lambda): string {
  return `_lambda_${lambda}`;
}

function penaltyTensors(
  shape: Shape,
  numbers: Numbers & Pick<RidgeVariant, 'chosenLambdas'>,
  ending = '',
): TensorData[] {
  const { conditionNumbers, chosenLambdas } = numbers;
  const perFit = [shape.splits.length, shape.sourceLayers];
  return [
    ...cellTensors(shape, numbers, ending),
    tensor(`condition_numbers${ending}`, perFit, conditionNumbers.flat()),
    ...(chosenLambdas ? [tensor('chosen_lambdas', perFit, chosenLambdas.flat())] : []),
  ];
}

async function readPenalty(shape: Shape, tensors: TensorFile, ending = ''): Promise<Numbers> {
  return {
    ...(await readCells(shape, tensors, ending)),
    conditionNumbers: await readPerFit(`condition_numbers${ending}`, shape, tensors),
  };
}

/** A number per split and source layer. */
async function readPerFit(
  name: string,
  { splits, sourceLayers }: Shape,
  tensors: TensorFile,
): Promise<number[][]> {
  const values = await tensors.read(name, [splits.length, sourceLayers]);
  return cut(values, splits.length).map((part) => [...part]);
}

function intervalTensors({ sourceLayers, targetLayers }: Shape, { cells }: SyncR2Intervals): TensorData[] {
  const grid = [sourceLayers, targetLayers];
  const filled = (name: string, width: number[], values: (cell: CellInterval) => readonly number[]) => {
    const [size = 1] = width;
    const data = new Float64Array(sourceLayers * targetLayers * size).fill(Number.NaN);
    for (const cell of cells) data.set(values(cell), (cell.source * targetLayers + cell.target) * size);
    return tensor(name, [...grid, ...width], data);
  };
  return [
    filled('interval_standard_error', [], ({ standardError }) => [standardError]),
    filled('interval', [2], ({ low, high }) => [low, high]),
  ];
}

/** The cells with intervals; their estimates are the means of R². */
async function readIntervals(
  { sourceLayers, targetLayers }: Shape,
  { syncR2: { kind, degreesOfFreedom, groups, level } }: Pick<SyncR2Intervals, 'syncR2'>,
  meanR2: Float64Array,
  tensors: TensorFile,
): Promise<CellInterval[]> {
  const grid = [sourceLayers, targetLayers];
  const errors = await tensors.read('interval_standard_error', grid);
  const ends = await tensors.read('interval', [...grid, 2]);
  return [...meanR2].flatMap((estimate, cell): CellInterval[] => {
    const [standardError, low, high] = [errors[cell], ends[2 * cell], ends[2 * cell + 1]];
    if (standardError === undefined || Number.isNaN(standardError)) return [];
    if (low === undefined || high === undefined) return [];
    const [source, target] = [Math.floor(cell / targetLayers), cell % targetLayers];
    return [{ source, target, estimate, standardError, low, high, kind, degreesOfFreedom, groups, level }];
  });
}
