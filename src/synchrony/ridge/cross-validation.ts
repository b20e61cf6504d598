// λ by inner cross-validation over groups (docs/method.md §5), for every split and source layer, without refitting.
//
// For a linear smoother the residuals of a held-out fold follow from the fit to all rows: with I − H proportional to
// B = A⁻¹ − (its part along the constant vector), A = XXᵀ + λI, the fold's residuals are B_gg⁻¹·(B·Y)_g. So one
// factorisation per λ takes the place of one per λ and fold. (An eigendecomposition would serve all λ at once, but
// none runs at GEMM's speed here, and 5200 eigenvectors in plain code take minutes.) The score is a mean over target
// layers, so they are added up first: the loss is Σ_g tr(E_g·T·E_gᵀ) with E_g = B_gg⁻¹·B_g and T the mean of their
// Y_w·Y_wᵀ, and no target is touched again.

import { BadInput, NotEnoughSamples } from '../../errors.ts';
import { factorInPlace } from '../../numerics/cholesky.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import {
  type Matrix,
  type Matrix32,
  type Matrix64,
  matrixOf,
  rowView,
  zeros,
} from '../../numerics/matrix.ts';
import { addToDiagonal, symmetricZeros, toSymmetricBlocks, updateGram } from '../../numerics/symmetric.ts';
import { dot } from '../../numerics/vectors.ts';
import type { Split } from '../../pairs/split.ts';
import type { Hooks, Problem } from '../problem.ts';
import { fillWeighted } from '../trace/target-weights.ts';
import { fillRows, rowMeans, sumsOfSquares } from './centred-rows.ts';
import { readChecked } from './read-layer.ts';

/** Penalties to choose from: far below and far above the paper's 0.1. */
export const LAMBDA_GRID: readonly number[] = [0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5];

const FOLDS = 5;

/** Training rows fold by fold. */
interface Folds {
  readonly rows: readonly number[];
  /** Where each fold begins in `rows`, and at last their number. */
  readonly bounds: readonly number[];
}

/**
 * Chooses λ from the grid: for every split and source layer the one whose cross-validated R² is highest, averaged
 * over all target layers and their dimensions (SS_tot about the training mean; constant dimensions do not count).
 *
 * @returns λ by split and source layer
 * @throws BadInput if a split does not say where its groups end; NotEnoughSamples for a single training group
 */
export async function chooseLambdas(
  problem: Omit<Problem, 'splits'> & { readonly splits: readonly Split[] },
  { signal }: Hooks,
  gemm: Gemm,
): Promise<number[][]> {
  const chosen: number[][] = [];
  for (const split of problem.splits) {
    const folds = foldRows(split);
    const targets = await meanTargetGram(problem, folds.rows, gemm);
    const lambdas: number[] = [];
    for (let layer = 0; layer < problem.source.layers; layer++) {
      signal?.throwIfAborted();
      const x = await readChecked(problem.source, 'source', layer);
      const losses = await crossValidate(x, folds, targets, LAMBDA_GRID, gemm);
      lambdas.push(at(LAMBDA_GRID, losses.indexOf(Math.min(...losses))));
    }
    chosen.push(lambdas);
  }
  return chosen;
}

/** Whole groups in the order in which they were drawn, each to the fold that is smallest so far. */
export function foldRows({ seed, train, trainGroupSizes }: Split, count = FOLDS): Folds {
  if (!trainGroupSizes)
    throw new BadInput(`split seed ${seed}`, 'cross-validation needs to know where its training groups end');
  if (trainGroupSizes.length < 2)
    throw new NotEnoughSamples(`split seed ${seed}, training groups`, trainGroupSizes.length, 2, 'give a λ');
  const folds: number[][] = Array.from({ length: Math.min(count, trainGroupSizes.length) }, () => []);
  let begin = 0;
  for (const size of trainGroupSizes) {
    const smallest = folds.reduce((best, fold) => (fold.length < best.length ? fold : best));
    smallest.push(...train.slice(begin, begin + size));
    begin += size;
  }
  let end = 0;
  const bounds = folds.map(({ length }) => {
    end += length;
    return end;
  });
  return { rows: folds.flat(), bounds: [0, ...bounds] };
}

/** Where each fold begins and ends among the rows. */
export function foldsOf({ bounds }: Folds): { readonly begin: number; readonly end: number }[] {
  return bounds.slice(1).map((end, fold) => ({ begin: at(bounds, fold), end }));
}

/** The mean over target layers of Y_w·Y_wᵀ/D, weights 1/√SS_tot over the training rows: (n, n), float32. */
export async function meanTargetGram(
  { targets }: Pick<Problem, 'targets'>,
  rows: readonly number[],
  gemm: Gemm,
): Promise<Matrix32> {
  const count = targets.reduce((sum, { layers }) => sum + layers, 0);
  const gram = matrixOf(rows.length, rows.length, new Float32Array(rows.length ** 2));
  for (const target of targets)
    for (let layer = 0; layer < target.layers; layer++) {
      const y = await readChecked(target, 'target', layer);
      const means = rowMeans(y, rows);
      const share = 1 / (target.hiddenSize * count);
      const weights = sumsOfSquares(y, rows, means).map((total) =>
        total === 0 ? 0 : Math.sqrt(share / total),
      );
      const out = matrixOf(rows.length, y.columns, new Float32Array(rows.length * y.columns));
      const weighted = fillWeighted(y, rows, { means, weights }, out);
      await gemm.multiply(weighted, weighted, { transposeB: true, out: gram, update: 'add' });
    }
  return gram;
}

/**
 * 1 − cross-validated R² for every λ, less what constant target dimensions would add.
 *
 * @param x (samples, D)
 * @param targets (n, n), see `meanTargetGram`; rows in the order of the folds
 */
export async function crossValidate(
  x: Matrix,
  folds: Folds,
  targets: Matrix32,
  lambdas: readonly number[],
  gemm: Gemm,
): Promise<number[]> {
  const { rows } = folds;
  const n = rows.length;
  const centred = fillRows(x, rows, rowMeans(x, rows), zeros(n, x.columns));
  const losses: number[] = [];
  for (const lambda of lambdas) {
    const inverse = await smootherComplement(centred, lambda, gemm);
    let loss = 0;
    for (const { begin, end } of foldsOf(folds)) {
      const held = rowView(inverse, begin, end);
      const block = toSymmetricBlocks(copyColumns(held, begin, end));
      const factor = await factorInPlace(block, gemm);
      const solved = await factor.solve({ ...held, data: held.data.slice() });
      const residual = matrixOf(end - begin, n, Float32Array.from(solved.data));
      loss += dot(residual.data, (await gemm.multiply(residual, targets)).data);
    }
    losses.push(loss);
  }
  return losses;
}

/**
 * (I − H) up to a factor, H being what ridge regression with a free intercept does to its training targets. A large
 * multiple of 11ᵀ stands for the intercept while A is inverted, and what it leaves behind is taken off: without it,
 * the constant vector's eigenvalue 1/λ would drown all others.
 *
 * @param centred (n, D), float64
 */
async function smootherComplement(centred: Matrix64, lambda: number, gemm: Gemm): Promise<Matrix64> {
  const n = centred.rows;
  const gram = symmetricZeros(n);
  await updateGram(gram, centred, 'add', gemm);
  const trace = gram.columns.reduce((sum, { begin, end, values }) => {
    for (let i = begin; i < end; i++) sum += values.data[i * values.columns + i - begin]!;
    return sum;
  }, 0);
  const intercept = trace / n + lambda;
  const ones = matrixOf(n, 1, new Float64Array(n).fill(Math.sqrt(intercept / n)));
  await updateGram(gram, ones, 'add', gemm);
  const factor = await factorInPlace(addToDiagonal(gram, lambda), gemm);
  const inverse = zeros(n, n);
  for (let i = 0; i < n; i++) inverse.data[i * n + i] = 1;
  await factor.solve(inverse);
  const rest = 1 / (n * (lambda + intercept));
  for (let i = 0; i < inverse.data.length; i++) inverse.data[i]! -= rest;
  return inverse;
}

function copyColumns({ rows, columns, data }: Matrix64, begin: number, end: number): Matrix64 {
  const copy = zeros(rows, end - begin);
  for (let row = 0; row < rows; row++)
    copy.data.set(data.subarray(row * columns + begin, row * columns + end), row * copy.columns);
  return copy;
}
