// The ridge problem of a source layer for many splits and penalties, in float64 and in bounded memory: rows are
// taken from the layer a chunk at a time, Gram matrices are kept as half a matrix, and what splits have in common
// is computed once. ridge.ts says the same thing plainly.

import { BadInput } from '../../errors.ts';
import { factorInPlace, NotPositiveDefinite } from '../../numerics/cholesky.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix64, matrixOf, rowView } from '../../numerics/matrix.ts';
import {
  addToDiagonal,
  copySymmetric,
  multiplyVector,
  type SymmetricBlocks,
  updateGram,
} from '../../numerics/symmetric.ts';
import { Workspace } from '../../numerics/workspace.ts';
import type { TrainTest } from '../problem.ts';
import { fillFeatures, fillRows, rowMeans } from './centred-rows.ts';
import { largestEigenvalue, smallestEigenvalue } from './condition-number.ts';

/** Rows that are converted to float64 at a time: enough for GEMM's full speed. */
export const ROW_CHUNK = 1024;

/**
 * How much larger a column's sum of squares over all splits' rows may be than over the training rows alone, for
 * the one to be computed from the other: each factor of ten costs a digit.
 */
const LARGEST_CANCELLATION = 100;

/** A fitted ridge regression, as far as it depends on X alone. Valid until the next fit. */
export interface SourceFit {
  /** Of XᵀX + λI, X centred; a lower bound. NaN where it was not asked for. */
  readonly conditionNumber: number;
  readonly form: 'primal' | 'dual';
  /** Rows `begin` … `end` − 1 of Kᵀ: (end − begin, n_test), float64. Valid until the next call. */
  smootherRows(begin: number, end: number): Promise<Matrix64>;
}

/** Fits one layer after another, in the same memory. */
export class SourceSolver {
  readonly #gemm: Gemm;
  readonly #memory = new Workspace();

  constructor(gemm: Gemm) {
    this.#gemm = gemm;
  }

  /**
   * Fits every split with every λ, and hands each fit on before the next is made.
   *
   * @param x (samples, D), float32 or float64
   * @param lambdas the penalties of each split
   * @param onFit awaited; splits in their order, and for each the penalties in theirs
   * @param conditioned whether condition numbers are asked for
   * @throws BadInput if a λ is too small for float64 to tell the matrix from a singular one
   */
  async fitAll(
    x: Matrix,
    splits: readonly TrainTest[],
    lambdas: readonly (readonly number[])[],
    onFit: (fit: SourceFit, split: number, lambda: number) => Promise<void>,
    conditioned = true,
  ): Promise<void> {
    const shared = await this.#sharedGram(x, splits);
    for (const [s, split] of splits.entries()) {
      const means = rowMeans(x, split.train);
      const dual = split.train.length < x.columns;
      const gram = dual ? await this.#dualGram(x, split, means) : await this.#gram(x, split, means, shared);
      const largest = conditioned
        ? await largestEigenvalue(gram.order, (v) => multiplyVector(gram, v, this.#gemm))
        : Number.NaN;
      const own = at(lambdas, s);
      for (const [l, lambda] of own.entries()) {
        checkLambda(lambda, split, x.columns);
        // The last one may overwrite the Gram matrix.
        const work =
          l === own.length - 1 ? gram : copySymmetric(gram, this.#memory.symmetric('work', gram.order));
        const factor = await this.#factorise(addToDiagonal(work, lambda), lambda);
        // XᵀX is of lower rank than D in the dual form, so the smallest eigenvalue of XᵀX + λI is λ itself.
        const smallest = dual || !conditioned ? lambda : await smallestEigenvalue(factor);
        const right = dual
          ? await this.#dualRight(x, split, means)
          : fillFeatures(x, split.test, means, this.#memory.matrix('solved', x.columns, split.test.length));
        const solved = await factor.solve(right);
        const smootherRows = dual
          ? async (begin: number, end: number) => rowView(solved, begin, end)
          : (begin: number, end: number) => this.#primalRows(x, split, means, solved, begin, end);
        const conditionNumber = (largest + lambda) / smallest;
        await onFit({ conditionNumber, form: dual ? 'dual' : 'primal', smootherRows }, s, l);
      }
    }
  }

  /** Kᵀ = X·(XᵀX + λI)⁻¹·X_teᵀ, some rows of it. */
  async #primalRows(
    x: Matrix,
    { train }: TrainTest,
    means: Float64Array,
    solved: Matrix64,
    begin: number,
    end: number,
  ): Promise<Matrix64> {
    const rows = fillRows(
      x,
      train.slice(begin, end),
      means,
      this.#memory.matrix('chunk', end - begin, x.columns),
    );
    const out = this.#memory.matrix('smoother', end - begin, solved.columns);
    return this.#gemm.multiply(rows, solved, { out });
  }

  /** XᵀX of the training rows about their means. */
  async #gram(
    x: Matrix,
    split: TrainTest,
    means: Float64Array,
    shared: SharedGram | undefined,
  ): Promise<SymmetricBlocks> {
    const gram = this.#memory.symmetric('gram', x.columns);
    if (shared && (await this.#subtractOthers(x, split, means, shared, gram))) return gram;
    for (const { values } of gram.columns) values.data.fill(0);
    await this.#updateGram(gram, x, split.train, means, 'add');
    return gram;
  }

  /** The shared Gram matrix less the rows that are not trained on. False if that would cost too many digits. */
  async #subtractOthers(
    x: Matrix,
    { train }: TrainTest,
    means: Float64Array,
    { rows, centre, total }: SharedGram,
    gram: SymmetricBlocks,
  ): Promise<boolean> {
    copySymmetric(total, gram);
    const trained = new Set(train);
    const others = rows.filter((row) => !trained.has(row));
    await this.#updateGram(gram, x, others, centre, 'subtract');
    // About another centre: Σ(x − c)(x − c)ᵀ = Σ(x − m)(x − m)ᵀ + n·(m − c)(m − c)ᵀ.
    const scale = Math.sqrt(train.length);
    const shift = means.map((mean, i) => scale * (mean - at(centre, i)));
    await updateGram(gram, matrixOf(shift.length, 1, shift), 'subtract', this.#gemm);
    const [before, after] = [diagonalOf(total), diagonalOf(gram)];
    return before.every((value, i) => value <= LARGEST_CANCELLATION * at(after, i));
  }

  /** The Gram matrix of all rows that any split trains on, if the splits come cheaper with it than without. */
  async #sharedGram(x: Matrix, splits: readonly TrainTest[]): Promise<SharedGram | undefined> {
    const primal = splits.filter(({ train }) => train.length >= x.columns);
    const rows = sharedRows(primal);
    if (rows.length === 0) return undefined;
    const centre = rowMeans(x, rows);
    const total = this.#memory.symmetric('total', x.columns);
    for (const { values } of total.columns) values.data.fill(0);
    await this.#updateGram(total, x, rows, centre, 'add');
    return { rows, centre, total };
  }

  async #updateGram(
    gram: SymmetricBlocks,
    x: Matrix,
    rows: readonly number[],
    centre: Float64Array,
    update: 'add' | 'subtract',
  ): Promise<void> {
    for (let begin = 0; begin < rows.length; begin += ROW_CHUNK) {
      const chunk = rows.slice(begin, begin + ROW_CHUNK);
      const features = fillFeatures(x, chunk, centre, this.#memory.matrix('chunk', x.columns, chunk.length));
      await updateGram(gram, features, update, this.#gemm);
    }
  }

  /** XXᵀ of the centred training rows. */
  async #dualGram(x: Matrix, { train }: TrainTest, means: Float64Array): Promise<SymmetricBlocks> {
    const gram = this.#memory.symmetric('gram', train.length);
    for (const { values } of gram.columns) values.data.fill(0);
    const rows = fillRows(x, train, means, this.#memory.matrix('train', train.length, x.columns));
    await updateGram(gram, rows, 'add', this.#gemm);
    return gram;
  }

  /** X·X_teᵀ; the training rows are still where `#dualGram` left them. */
  #dualRight(x: Matrix, { train, test }: TrainTest, means: Float64Array): Promise<Matrix64> {
    const trainRows = this.#memory.matrix('train', train.length, x.columns);
    const testRows = fillRows(x, test, means, this.#memory.matrix('chunk', test.length, x.columns));
    const out = this.#memory.matrix('solved', train.length, test.length);
    return this.#gemm.multiply(trainRows, testRows, { transposeB: true, out });
  }

  async #factorise(gram: SymmetricBlocks, lambda: number) {
    try {
      return await factorInPlace(gram, this.#gemm);
    } catch (cause) {
      if (!(cause instanceof NotPositiveDefinite)) throw cause;
      const reason = `with λ = ${lambda} the ridge problem is singular in float64 (${cause.message})`;
      throw new BadInput('lambda', `${reason}; take a larger λ, the paper's is 0.1`, { cause });
    }
  }
}

interface SharedGram {
  readonly rows: readonly number[];
  readonly centre: Float64Array;
  /** Σ (x − centre)(x − centre)ᵀ over `rows`. */
  readonly total: SymmetricBlocks;
}

/** The rows of a Gram matrix worth sharing between splits: all that any of them trains on, or none. */
export function sharedRows(splits: readonly TrainTest[]): number[] {
  const union = [...new Set(splits.flatMap(({ train }) => train))].sort((a, b) => a - b);
  const apart = splits.reduce((sum, { train }) => sum + train.length, 0);
  const shared = union.length + splits.reduce((sum, { train }) => sum + union.length - train.length, 0);
  return shared < apart ? union : [];
}

function diagonalOf({ columns }: SymmetricBlocks): number[] {
  return columns.flatMap(({ begin, end, values }) =>
    Array.from({ length: end - begin }, (_, i) => at(values.data, (begin + i) * values.columns + i)),
  );
}

/** @throws BadInput for a λ that is none, or 0 where it needs more rows than there are */
export function checkLambda(lambda: number, { train }: TrainTest, hiddenSize: number): void {
  if (!(lambda >= 0 && Number.isFinite(lambda)))
    throw new BadInput('lambda', `${lambda} is no ridge penalty; 0 or more is valid`);
  // Centred rows span one dimension fewer than there are, so the matrix is singular; rounding might hide it.
  if (lambda === 0 && train.length <= hiddenSize)
    throw new BadInput('lambda', `0 needs more training rows than the ${hiddenSize} dimensions; take 0.1`);
}
