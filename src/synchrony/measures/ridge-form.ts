// Ridge results on disk: condition numbers, further penalties and the intervals of cells beside the R² of all layer pairs.

import { z } from 'zod';
import type { TensorData } from '../../numerics/safetensors.ts';
import type { BootstrapCell, SyncR2Bootstrap } from '../intervals/bootstrap.ts';
import { RIDGE } from '../results.ts';
import type { Lambda, RidgeVariant, SynchronyResult } from '../types.ts';
import {
  cellTensors,
  cut,
  type ResultForm,
  readCells,
  type Shape,
  syncR2Schema,
  type TensorFile,
  tensor,
} from './result-form.ts';

const count = z.int().min(0);

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
  lambda: z.number(),
  solver: z.enum(['exact', 'published-float32']),
  syncR2: syncR2Schema,
  bootstrap: bootstrap.exactOptional(),
  variants: z
    .array(z.object({ lambda: z.union([z.number(), z.literal('cv')]), syncR2: syncR2Schema }))
    .exactOptional(),
});

/**
 * Beside `r2` and `mean_r2` there are `condition_numbers` [splits, sourceLayers]. Each further λ has the same tensors,
 * their names ending in `_lambda_10` or `_lambda_cv`, and `chosen_lambdas` [splits, sourceLayers] say what
 * cross-validation chose. With a bootstrap there are also `bootstrap_standard_error` [sourceLayers, targetLayers],
 * `bootstrap_percentile` and `bootstrap_bca` [sourceLayers, targetLayers, 2: lower and upper end], NaN for cells without
 * an interval.
 */
export const ridgeForm: ResultForm<SynchronyResult, z.infer<typeof schema>> = {
  schema,
  extrasOf({ lambda, solver, syncR2, bootstrap, variants }) {
    const { cells: _, ...intervals } = bootstrap ?? { cells: [] };
    const others = variants?.map((variant) => ({ lambda: variant.lambda, syncR2: variant.syncR2 }));
    return {
      lambda,
      solver,
      syncR2,
      ...(bootstrap && { bootstrap: intervals }),
      ...(others && { variants: others }),
    };
  },
  tensorsOf(result) {
    return [
      ...penaltyTensors(result, result),
      ...(result.variants ?? []).flatMap((one) => penaltyTensors(result, one, endingOf(one.lambda))),
      ...(result.bootstrap ? intervalTensors(result, result.bootstrap) : []),
    ];
  },
  async restore({ bootstrap, variants, ...stored }, tensors) {
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
      ...(variants && { variants: others }),
      ...(bootstrap && {
        bootstrap: { ...bootstrap, cells: await readIntervals(stored, numbers.meanR2, tensors) },
      }),
    };
  },
};

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

function intervalTensors({ sourceLayers, targetLayers }: Shape, { cells }: SyncR2Bootstrap): TensorData[] {
  const grid = [sourceLayers, targetLayers];
  const filled = (name: string, width: number[], values: (cell: BootstrapCell) => readonly number[]) => {
    const [size = 1] = width;
    const data = new Float64Array(sourceLayers * targetLayers * size).fill(Number.NaN);
    for (const cell of cells) data.set(values(cell), (cell.source * targetLayers + cell.target) * size);
    return tensor(name, [...grid, ...width], data);
  };
  const none = [Number.NaN, Number.NaN];
  return [
    filled('bootstrap_standard_error', [], ({ standardError }) => [standardError]),
    filled('bootstrap_percentile', [2], ({ percentile }) => percentile),
    filled('bootstrap_bca', [2], ({ bca }) => bca ?? none),
  ];
}

/** The cells with intervals; their estimates are the means of R². */
async function readIntervals(
  { sourceLayers, targetLayers }: Shape,
  meanR2: Float64Array,
  tensors: TensorFile,
): Promise<BootstrapCell[]> {
  const grid = [sourceLayers, targetLayers];
  const errors = await tensors.read('bootstrap_standard_error', grid);
  const percentiles = pairsOf(await tensors.read('bootstrap_percentile', [...grid, 2]));
  const corrected = pairsOf(await tensors.read('bootstrap_bca', [...grid, 2]));
  return [...meanR2].flatMap((estimate, cell): BootstrapCell[] => {
    const [standardError, percentile, bca] = [errors[cell], percentiles[cell], corrected[cell]];
    if (standardError === undefined || Number.isNaN(standardError) || !percentile || !bca) return [];
    const [source, target] = [Math.floor(cell / targetLayers), cell % targetLayers];
    return [{ source, target, estimate, standardError, percentile, bca: Number.isNaN(bca[0]) ? null : bca }];
  });
}

/** The last axis, of length 2, as pairs. */
function pairsOf(values: Float64Array): [number, number][] {
  return cut(values, values.length / 2).map(([lower = Number.NaN, upper = Number.NaN]) => [lower, upper]);
}
