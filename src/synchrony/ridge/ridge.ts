// Ridge regression from one layer to any number of target layers (docs/method.md §5, paper §3.2): Y ≈ XW + 1b with ‖W‖²
// penalised by λ and b free, so X and Y are centred on the training means. What the test rows are predicted to be
// is linear in the training targets, Ŷ − b = K·(Y − b) with K = X_te·(XᵀX + λI)⁻¹·Xᵀ, and K knows nothing of Y:
// one factorisation serves every target layer, each of which then costs one product.

import { BadInput } from '../../errors.ts';
import { type Cholesky, factorCholesky, NotPositiveDefinite } from '../../numerics/cholesky.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import {
  addToDiagonal,
  columnMeans,
  type Matrix,
  type Matrix64,
  subtractFromRows,
  takeRows,
  transpose,
} from '../../numerics/matrix.ts';
import { largestEigenvalue, smallestEigenvalue } from './condition-number.ts';

/** Rows of one layer, both parts centred on the training means. */
export interface CentredSplit {
  /** (n_train, D), float64 */
  readonly train: Matrix64;
  /** (n_test, D), float64 */
  readonly test: Matrix64;
}

/** A fitted ridge regression, as far as it depends on X alone. */
export interface Ridge {
  /** Kᵀ: (n_train, n_test), float64. */
  readonly smoother: Matrix64;
  /** Which matrix was factorised: XᵀX + λI, or XXᵀ + λI where there are fewer training rows than dimensions. */
  readonly form: 'primal' | 'dual';
}

/** A fit, and how ill-conditioned it is. */
export interface ConditionedRidge extends Ridge {
  /** Of XᵀX + λI, X centred; a lower bound, see `largestEigenvalue`. */
  readonly conditionNumber: number;
}

/** What a fit leaves behind: the matrix that was factorised and its factor. */
interface Fitted extends Ridge {
  readonly gram: Matrix64;
  readonly factor: Cholesky;
}

/**
 * Takes the training and the test rows and centres both on the training means. A column that is the same
 * number in all of them becomes exactly zero.
 *
 * @param matrix (samples, D), float32 or float64
 */
export function centreSplit(matrix: Matrix, train: readonly number[], test: readonly number[]): CentredSplit {
  const trainRows = takeRows(matrix, train);
  const means = columnMeans(trainRows);
  return {
    train: subtractFromRows(trainRows, means),
    test: subtractFromRows(takeRows(matrix, test), means),
  };
}

/**
 * Factorises the ridge problem of one source layer and one split, in float64 throughout.
 *
 * @param x centred: (n_train, D) and (n_test, D)
 * @param lambda λ ≥ 0
 * @throws BadInput if λ is negative, or too small for float64 to tell the matrix from a singular one
 */
export async function fitRidge(x: CentredSplit, lambda: number, gemm: Gemm): Promise<Ridge> {
  const { smoother, form } = await factoriseAndSolve(x, lambda, gemm);
  return { smoother, form };
}

/** `fitRidge` with its condition number, which for small problems takes about as long as the fit. */
export async function fitConditionedRidge(
  x: CentredSplit,
  lambda: number,
  gemm: Gemm,
): Promise<ConditionedRidge> {
  const { smoother, form, gram, factor } = await factoriseAndSolve(x, lambda, gemm);
  const largest = await largestEigenvalue(gram.rows, (v) => gemm.multiply(gram, v));
  // In the dual XᵀX is of lower rank than its order D, so the smallest eigenvalue of XᵀX + λI is λ itself.
  const smallest = form === 'primal' ? await smallestEigenvalue(factor) : lambda;
  return { smoother, form, conditionNumber: largest / smallest };
}

async function factoriseAndSolve(x: CentredSplit, lambda: number, gemm: Gemm): Promise<Fitted> {
  if (!(lambda >= 0 && Number.isFinite(lambda)))
    throw new BadInput('lambda', `${lambda} is no ridge penalty; 0 or more is valid`);
  // Centred rows span one dimension fewer than there are, so the matrix is singular; rounding might hide it.
  if (lambda === 0 && x.train.rows <= x.train.columns)
    throw new BadInput(
      'lambda',
      `0 needs more training rows than the ${x.train.columns} dimensions; take 0.1`,
    );
  return x.train.rows < x.train.columns ? fitDual(x, lambda, gemm) : fitPrimal(x, lambda, gemm);
}

/**
 * Predicts the centred test targets.
 *
 * @param yTrain (n_train, D), centred on the training means
 * @returns (n_test, D): Ŷ minus the training means
 */
export function predict({ smoother }: Ridge, yTrain: Matrix64, gemm: Gemm): Promise<Matrix64> {
  return gemm.multiply(smoother, yTrain, { transposeA: true });
}

/** Kᵀ = X·(XᵀX + λI)⁻¹·X_teᵀ by way of a matrix of order D. */
async function fitPrimal({ train, test }: CentredSplit, lambda: number, gemm: Gemm): Promise<Fitted> {
  const gram = addToDiagonal(await gemm.multiply(train, train, { transposeA: true }), lambda);
  const factor = await factorise(gram, lambda, gemm);
  const solved = await factor.solve(transpose(test));
  return { smoother: await gemm.multiply(train, solved), form: 'primal', gram, factor };
}

/** The same Kᵀ = (XXᵀ + λI)⁻¹·X·X_teᵀ by way of a matrix of order n_train. */
async function fitDual({ train, test }: CentredSplit, lambda: number, gemm: Gemm): Promise<Fitted> {
  const gram = addToDiagonal(await gemm.multiply(train, train, { transposeB: true }), lambda);
  const factor = await factorise(gram, lambda, gemm);
  const smoother = await factor.solve(await gemm.multiply(train, test, { transposeB: true }));
  return { smoother, form: 'dual', gram, factor };
}

async function factorise(gram: Matrix64, lambda: number, gemm: Gemm): Promise<Cholesky> {
  try {
    return await factorCholesky(gram, gemm);
  } catch (cause) {
    if (!(cause instanceof NotPositiveDefinite)) throw cause;
    const reason = `with λ = ${lambda} the ridge problem is singular in float64 (${cause.message})`;
    throw new BadInput('lambda', `${reason}; take a larger λ, the paper's is 0.1`, { cause });
  }
}
