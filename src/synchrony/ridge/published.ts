// Ridge regression as the paper's authors published it, to show what it does to a result, not to be relied on:
// normal equations in float32 with a column of ones for the intercept (X is not centred, the ones are not
// penalised), one LU solve with partial pivoting, and R² on float32 predictions. The squared condition number of
// residual streams leaves float32 no digits; `ridge.ts` is the sound way. The published code solves anew for every
// layer pair. Here one factor serves all target layers of a source layer, which gives the same numbers.

import { BadInput } from '../../errors.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { factorLu, type Lu, SingularMatrix } from '../../numerics/lu.ts';
import { type Matrix, type Matrix32, rowOf } from '../../numerics/matrix.ts';
import { addScaled, divide } from '../../numerics/vectors.ts';
import {
  allFits,
  cellsOf,
  emptyScores,
  type Hooks,
  type Problem,
  type Scores,
  setConditionNumber,
} from '../problem.ts';
import { readChecked } from './read-layer.ts';
import { centreSplit, fitConditionedRidge } from './ridge.ts';

const ADVICE = 'the published code stops here too; take solver: exact';

/** Which rows are trained on and which are held out. */
interface Rows {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** The normal equations of one source layer and split, factorised in float32. */
export interface PublishedRidge {
  readonly factor: Lu;
  /** (n_train, D + 1): the states as they are, and a column of ones. */
  readonly train: Matrix32;
  /** (n_test, D + 1) */
  readonly test: Matrix32;
}

/**
 * Factorises XᵀX + λI in float32, X with a column of ones for which λ is 0.
 *
 * @param x (samples, D), not centred
 * @throws BadInput if float32 finds the matrix exactly singular
 */
export async function fitPublished(
  x: Matrix,
  split: Rows,
  lambda: number,
  gemm: Gemm,
): Promise<PublishedRidge> {
  const train = takeFloats(x, split.train, 1);
  const gram = await gemm.multiply(train, train, { transposeA: true });
  for (let i = 0; i < x.columns; i++) gram.data[i * gram.columns + i]! += lambda;
  try {
    return { factor: await factorLu(gram, gemm), train, test: takeFloats(x, split.test, 1) };
  } catch (cause) {
    if (!(cause instanceof SingularMatrix)) throw cause;
    throw new BadInput('solver', `published-float32: ${cause.message}; ${ADVICE}`, { cause });
  }
}

/**
 * Predicts the test rows of one target layer, W = (XᵀX + λI)⁻¹XᵀY solved in float32.
 *
 * @param y (samples, D_target), the same samples in the same order as x
 * @returns (n_test, D_target)
 * @throws BadInput if a prediction is NaN or infinite
 */
async function predictPublished(
  { factor, train, test }: PublishedRidge,
  y: Matrix,
  split: Rows,
  gemm: Gemm,
): Promise<Matrix32> {
  const right = await gemm.multiply(train, takeFloats(y, split.train), { transposeA: true });
  const predicted = await gemm.multiply(test, await factor.solve(right));
  if (!predicted.data.every(Number.isFinite))
    throw new BadInput('solver', `published-float32: a prediction is not finite; ${ADVICE}`);
  return predicted;
}

/**
 * R² of one target layer over the test rows, as the published code computes it.
 *
 * @param ridge of the source layer in the same split
 * @param y (samples, D_target), the same samples in the same order as the source's
 * @throws BadInput if a prediction is NaN or infinite
 */
export async function scorePublished(
  ridge: PublishedRidge,
  y: Matrix,
  split: Rows,
  gemm: Gemm,
): Promise<number> {
  return meanR2Float32(takeFloats(y, split.test), await predictPublished(ridge, y, split, gemm));
}

/**
 * Scores every layer pair as the published code does. The condition numbers are those of the exact way, which say
 * how far float32 is from being enough.
 *
 * @throws BadInput where the published code stops: a matrix that is singular in float32, a prediction that is not finite
 */
export async function measurePublished(
  problem: Problem,
  { onProgress, signal }: Hooks,
  gemm: Gemm,
): Promise<Scores> {
  const { source, targets, splits, evaluations, penalties } = problem;
  const scores = emptyScores(problem);
  const fits = allFits(problem);
  for (const [done, { layer, split: s, penalty }] of fits.entries()) {
    const split = at(splits, s);
    const lambda = at(penalties, penalty)(s, layer);
    const x = await readChecked(source, 'source', layer);
    const exact = await fitConditionedRidge(centreSplit(x, split.train, split.test), lambda, gemm);
    setConditionNumber(scores, { layer, split: s, penalty }, exact.conditionNumber);
    const ridge = await fitPublished(x, split, lambda, gemm);
    for (const [t, target] of targets.entries())
      for (let to = 0; to < target.layers; to++) {
        signal?.throwIfAborted();
        const y = await readChecked(target, 'target', to);
        const predicted = await predictPublished(ridge, y, split, gemm);
        for (const [e, { split: of, test, positions }] of evaluations.entries())
          if (of === s)
            cellsOf(scores, t, penalty, e)[layer * target.layers + to] = meanR2Float32(
              takeFloats(y, test),
              takeFloats(predicted, positions),
            );
      }
    onProgress?.((done + 1) / fits.length);
  }
  return scores;
}

/**
 * What scikit-learn's `r2_score` makes of float32 arrays: differences, squares and sums over rows all in float32,
 * the uniform average over columns.
 */
function meanR2Float32(actual: Matrix32, predicted: Matrix32): number {
  const { rows, columns, data } = actual;
  const means = new Float32Array(columns);
  for (let row = 0; row < rows; row++) addScaled(means, rowOf(actual, row), 1);
  divide(means, rows);
  const total = new Float32Array(columns);
  const residual = new Float32Array(columns);
  for (const [i, value] of data.entries()) {
    const column = i % columns;
    total[column]! += Math.fround(Math.fround(value - means[column]!) ** 2);
    residual[column]! += Math.fround(Math.fround(value - predicted.data[i]!) ** 2);
  }
  let sum = 0;
  for (const [column, ssTot] of total.entries()) {
    if (ssTot !== 0) sum += 1 - at(residual, column) / ssTot;
    else if (residual[column] === 0) sum += 1;
  }
  return sum / columns;
}

/** The named rows in float32, followed by `ones` columns of ones. */
function takeFloats({ rows, columns, data }: Matrix, indices: readonly number[], ones = 0): Matrix32 {
  const width = columns + ones;
  const taken = new Float32Array(indices.length * width).fill(1);
  for (const [row, index] of indices.entries()) {
    if (!(index >= 0 && index < rows)) throw new RangeError(`row ${index} of a matrix with ${rows} rows`);
    taken.set(data.subarray(index * columns, (index + 1) * columns), row * width);
  }
  return { rows: indices.length, columns: width, data: taken };
}
