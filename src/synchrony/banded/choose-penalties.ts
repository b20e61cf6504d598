// A penalty for every block, by cross-validation over training groups (docs/method.md §19). From where the search begins it
// goes one step of the grid at a time, with one block or with all of them together, as long as less is lost on the
// held-out folds. The last place of the grid leaves the block out, so that a block that says nothing adds nothing.

import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Matrix64, rowView } from '../../numerics/matrix.ts';
import { LAMBDA_GRID } from '../ridge/cross-validation.ts';
import { kernelFoldLoss } from '../ridge/fold-losses.ts';
import type { Folds } from '../ridge/inner-folds.ts';
import { jointKernel, LEFT_OUT } from './kernels.ts';

/** λ of a place; the last one leaves a block out. */
const PLACES: readonly number[] = [...LAMBDA_GRID, LEFT_OUT];

/** Where a search begins when nothing is known: λ = 100. */
export const MIDDLE = 4;

/** Where a block is left out. */
export const LEFT_OUT_PLACE = PLACES.length - 1;

/** Where a search may begin. */
interface SearchStart {
  /** By block: a place of the grid. */
  readonly places: readonly number[];
  /** What is lost there, where that is known. */
  readonly loss?: number;
}

/** What a search found. */
export interface ChosenPenalties {
  /** By block: a place of the grid. */
  readonly places: readonly number[];
  /** By block: λ, or `LEFT_OUT`. */
  readonly lambdas: readonly number[];
  /** Squared errors on the folds, of columns whose squares add up to 1. */
  readonly loss: number;
}

/**
 * Chooses penalties of blocks that are taken together.
 *
 * @param kernels by block, (rows ≥ n, n): the folds' rows first, in their order
 * @param y (n, k): targets of these rows, centred on all of them
 * @param starts the best of them is where it begins
 */
export async function choosePenalties(
  kernels: readonly Matrix64[],
  y: Matrix64,
  folds: Folds,
  starts: readonly SearchStart[],
  gemm: Gemm,
): Promise<ChosenPenalties> {
  const n = folds.rows.length;
  const own = kernels.map((kernel) => rowView(kernel, 0, n));
  const known = new Map<string, number>();
  for (const { places, loss } of starts) if (loss !== undefined) known.set(places.join(), loss);
  const lossAt = async (places: readonly number[]): Promise<number> => {
    const name = places.join();
    const loss =
      known.get(name) ?? (await kernelFoldLoss(jointKernel(own, lambdasAt(places)), y, folds, gemm));
    known.set(name, loss);
    return loss;
  };
  let best: Found = { places: [], loss: Number.POSITIVE_INFINITY };
  for (const { places } of starts) {
    const loss = await lossAt(places);
    if (best.places.length === 0 || loss < best.loss) best = { places: [...places], loss };
  }
  for (;;) {
    const before = best.loss;
    for (const step of stepsOf(kernels.length)) best = await goOn(best, step, lossAt);
    if (!(best.loss < before)) return { ...best, lambdas: lambdasAt(best.places) };
  }
}

interface Found {
  readonly places: number[];
  readonly loss: number;
}

/** As far in one direction, or in the other, as it pays. */
async function goOn(
  from: Found,
  step: readonly number[],
  lossAt: (places: readonly number[]) => Promise<number>,
): Promise<Found> {
  let best = from;
  for (const sign of [1, -1]) {
    const begin = best;
    for (;;) {
      const places = best.places.map((place, b) => place + sign * at(step, b));
      if (!places.every((place) => place in PLACES)) break;
      const loss = await lossAt(places);
      if (!(loss < best.loss)) break;
      best = { places, loss };
    }
    if (best !== begin) break;
  }
  return best;
}

/** Each block by itself, and all together. */
function stepsOf(blocks: number): number[][] {
  const alone = Array.from({ length: blocks }, (_, b) =>
    Array.from({ length: blocks }, (_, other) => Number(other === b)),
  );
  return blocks === 1 ? alone : [...alone, new Array<number>(blocks).fill(1)];
}

function lambdasAt(places: readonly number[]): number[] {
  return places.map((place) => at(PLACES, place));
}
