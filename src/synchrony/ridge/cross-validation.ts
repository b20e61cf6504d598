// λ by inner cross-validation over groups (docs/method.md §5), for every split and source layer.
//
// R² on held-out rows rises and falls once with λ, and neighbouring layers want much the same. So the search begins at the
// λ of the layer before, whose slope says which way to go, and ends where the slope turns: two λ are looked at, mostly, in
// place of eight.

import type { Gemm } from '../../numerics/gemm.ts';
import { at, first } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix64, zeros } from '../../numerics/matrix.ts';
import { Workspace } from '../../numerics/workspace.ts';
import type { LayerSource } from '../../pairs/layers.ts';
import type { Split } from '../../pairs/split.ts';
import { sampleColumns } from '../intervals/row-residuals.ts';
import type { Hooks, Problem } from '../problem.ts';
import { rowMeans, sumsOfSquares } from './centred-rows.ts';
import { type FoldLoss, openFolds } from './fold-losses.ts';
import { foldRows } from './inner-folds.ts';
import { readChecked } from './read-layer.ts';

/** Penalties to choose from: far below and far above the paper's 0.1. */
export const LAMBDA_GRID: readonly number[] = [0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5];

/** More folds are more factorisations; the best λ of a ridge does not depend on how many rows it is fitted to. */
const FOLDS = 3;

/** Where the search begins when nothing is known, an index into the grid. */
const MIDDLE = 4;

/** Target dimensions that are looked at, spread evenly over layers; all of them where there are no more. */
const TARGET_COLUMNS = 128;

/**
 * Chooses λ from the grid: for every split and source layer one whose cross-validated R² is not below its neighbours',
 * averaged over dimensions of all layers of the first target (SS_tot about the training mean; constant dimensions do not
 * count).
 *
 * @returns λ by split and source layer
 * @throws BadInput if a split does not say where its groups end; NotEnoughSamples for a single training group
 */
export async function chooseLambdas(
  {
    source,
    targets,
    splits,
  }: Pick<Problem, 'source' | 'targets'> & {
    readonly splits: readonly Pick<Split, 'train' | 'trainGroupSizes'>[];
  },
  { signal }: Hooks,
  gemm: Gemm,
): Promise<number[][]> {
  const memory = new Workspace();
  const searches = [];
  for (const split of splits) {
    const folds = foldRows(split, FOLDS);
    searches.push({ folds, y: await sampleTargets(first(targets), folds.rows), places: [MIDDLE] });
  }
  for (let layer = 0; layer < source.layers; layer++) {
    signal?.throwIfAborted();
    const x = await readChecked(source, 'source', layer);
    for (const { folds, y, places } of searches) {
      const lossesOf = openFolds(x, y, folds, gemm, memory);
      const lossAt = async (place: number) => first(await lossesOf([at(LAMBDA_GRID, place)]));
      places.push(await climb(at(places, layer), lossAt));
    }
  }
  return searches.map(({ places }) => places.slice(1).map((place) => at(LAMBDA_GRID, place)));
}

/** From a place on the grid in the direction in which the loss falls, until it rises; the better one of the last two. */
export async function climb(from: number, lossAt: (place: number) => Promise<FoldLoss>): Promise<number> {
  let here = { place: from, ...(await lossAt(from)) };
  const step = here.slope < 0 ? 1 : -1;
  for (;;) {
    const place = here.place + step;
    if (!(place in LAMBDA_GRID)) return here.place;
    const next = { place, ...(await lossAt(place)) };
    if (next.loss >= here.loss && Number.isFinite(here.loss)) return here.place;
    if (next.slope < 0 !== step > 0) return next.place;
    here = next;
  }
}

/**
 * Dimensions of a target's layers, some `count` of them together, so scaled that the squares of all of them add up to 1: (rows, k), float64, centred.
 */
export async function sampleTargets(
  target: LayerSource,
  rows: readonly number[],
  count: number = TARGET_COLUMNS,
): Promise<Matrix64> {
  const { layers, hiddenSize } = target;
  const columns = sampleColumns(hiddenSize, Math.ceil(count / layers));
  const y = zeros(rows.length, layers * columns.length);
  for (let layer = 0; layer < layers; layer++)
    fillSample(await readChecked(target, 'target', layer), rows, columns, y, layer * columns.length);
  return y;
}

function fillSample(
  values: Matrix,
  rows: readonly number[],
  columns: readonly number[],
  y: Matrix64,
  from: number,
): void {
  const means = rowMeans(values, rows);
  const totals = sumsOfSquares(values, rows, means);
  const share = Math.sqrt(1 / y.columns);
  for (const [i, column] of columns.entries()) {
    const [mean, total] = [at(means, column), at(totals, column)];
    const scale = total === 0 ? 0 : share / Math.sqrt(total);
    for (const [row, sample] of rows.entries())
      y.data[row * y.columns + from + i] = scale * (values.data[sample * values.columns + column]! - mean);
  }
}
