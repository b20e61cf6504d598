// What ridge regression loses on folds that it was not fitted to, for several λ (docs/method.md §5). What a fold leaves to be
// fitted is all rows' Gram matrix less its own, so that Gram matrices are made once, whatever the λ; for every λ and fold
// one Cholesky factor is left, and the targets are a sample of columns, so that it is all that costs.

import { factorInPlace, NotPositiveDefinite } from '../../numerics/cholesky.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix64, matrixOf, rowView } from '../../numerics/matrix.ts';
import { giveSpare, takeSpare } from '../../numerics/spare.ts';
import {
  addToDiagonal,
  copySymmetric,
  fillSymmetric,
  type SymmetricBlocks,
  updateGram,
} from '../../numerics/symmetric.ts';
import { dot, subtract } from '../../numerics/vectors.ts';
import { Workspace } from '../../numerics/workspace.ts';
import { fillFeatures, fillRows, rowMeans } from './centred-rows.ts';
import { type Folds, foldsOf } from './inner-folds.ts';

/** A fold, and what is fitted without it. */
interface HeldOut {
  /** To be factorised once λ stands on its diagonal: centred on the fitted rows. */
  readonly gram: SymmetricBlocks;
  /** Memory for the factor. */
  readonly work: SymmetricBlocks;
  /** (order, k): what the factor is applied to. */
  readonly right: Matrix64;
  /** Predictions of the fold less the fitted rows' mean: (fold rows, k). */
  readonly predict: (solved: Matrix64, out: Matrix64) => Promise<Matrix64>;
  /** Targets of the fold less the fitted rows' mean: (fold rows, k). */
  readonly wanted: Matrix64;
}

/** Squared errors on held-out folds, summed over folds and columns, and how they change with λ. */
export interface FoldLoss {
  /** Infinite where float64 cannot tell the matrix from a singular one. */
  readonly loss: number;
  /** Its derivative by λ; negative where a larger λ loses less, and there where the loss is infinite. */
  readonly slope: number;
}

/** Where folds lie. */
interface FoldMemory {
  readonly memory: Workspace;
  /** What the memory of a fold is called: all have the same where one is done with before the next is made. */
  nameOf(nth: number): string;
}

/** Folds that take no more than this are kept from one λ to the next, and made anew otherwise: bytes. */
const KEPT_BYTES = 2 ** 26;

/**
 * The folds of one source layer, to be asked for the loss of one λ after another.
 *
 * @param x (samples, D)
 * @param y (n, k), float64: targets of the folds' rows in their order, centred on all of them
 * @param memory that the next layer's folds may use as well: these are no longer asked for anything then
 * @returns what `foldLosses` does, for any λ
 */
export function openFolds(
  x: Matrix,
  y: Matrix64,
  folds: Folds,
  gemm: Gemm,
  memory: Workspace = new Workspace(),
): (lambdas: readonly number[]) => Promise<FoldLoss[]> {
  const largest = Math.max(...foldsOf(folds).map(({ begin, end }) => end - begin));
  const dual = folds.rows.length - largest < x.columns;
  const order = dual ? folds.rows.length : x.columns;
  const keep = 8 * foldsOf(folds).length * order * (order / 2 + y.columns) < KEPT_BYTES;
  const place: FoldMemory = { memory, nameOf: (nth) => (keep ? `fold ${nth}` : 'fold') };
  const make = () => (dual ? dualFolds(x, y, folds, place, gemm) : primalFolds(x, y, folds, place, gemm));
  let kept: HeldOut[] | undefined;
  return async (lambdas) => {
    if (keep && kept === undefined) {
      kept = [];
      for await (const fold of make()) kept.push(fold);
    }
    return lossesOf(kept ?? make(), lambdas, gemm);
  };
}

/** The loss of every λ; see `openFolds`. */
export function foldLosses(
  x: Matrix,
  y: Matrix64,
  folds: Folds,
  lambdas: readonly number[],
  gemm: Gemm,
): Promise<FoldLoss[]> {
  return openFolds(x, y, folds, gemm)(lambdas);
}

/**
 * What is lost on held-out folds with a kernel in place of features, at λ = 1: kernel / λ is any other λ's.
 *
 * @param kernel (n, n): inner products of the folds' rows in their order, about any centre
 * @param y (n, k), as in `openFolds`
 * @returns squared errors over folds and columns; infinite where float64 cannot tell the matrix from a singular one
 */
export async function kernelFoldLoss(
  kernel: Matrix64,
  y: Matrix64,
  folds: Folds,
  gemm: Gemm,
): Promise<number> {
  const place: FoldMemory = { memory: new Workspace(), nameOf: () => 'fold' };
  const [found] = await lossesOf(kernelFolds(kernel, y, folds, place, gemm), [1], gemm, false);
  return found?.loss ?? Number.POSITIVE_INFINITY;
}

/** @param slopes whether the derivative is wanted, which takes a second solve */
async function lossesOf(
  held: Iterable<HeldOut> | AsyncIterable<HeldOut>,
  lambdas: readonly number[],
  gemm: Gemm,
  slopes = true,
): Promise<FoldLoss[]> {
  const losses = lambdas.map(() => ({ loss: 0, slope: 0 }));
  for await (const { gram, work, right, predict, wanted } of held) {
    for (const [l, lambda] of lambdas.entries()) {
      const factor = await factorOf(addToDiagonal(copySymmetric(gram, work), lambda), gemm);
      if (factor === undefined) {
        losses[l] = { loss: Number.POSITIVE_INFINITY, slope: Number.NEGATIVE_INFINITY };
        continue;
      }
      const solved = takeSpare(right.rows, right.columns);
      solved.data.set(right.data);
      const { rows, columns } = wanted;
      const error = takeSpare(rows, columns);
      await predict(await factor.solve(solved), error);
      subtract(error.data, wanted.data);
      const own = at(losses, l);
      own.loss += dot(error.data, error.data);
      if (slopes) {
        // By λ, A⁻¹·R changes as −A⁻¹·A⁻¹·R does.
        const change = takeSpare(rows, columns);
        await predict(await factor.solve(solved), change);
        own.slope -= 2 * dot(error.data, change.data);
        giveSpare(change);
      }
      factor.release();
      giveSpare(solved, error);
    }
  }
  return losses;
}

async function factorOf(gram: SymmetricBlocks, gemm: Gemm) {
  try {
    return await factorInPlace(gram, gemm);
  } catch (error) {
    if (error instanceof NotPositiveDefinite) return undefined;
    throw error;
  }
}

/** By way of matrices of order D. */
async function* primalFolds(
  x: Matrix,
  y: Matrix64,
  folds: Folds,
  { memory, nameOf }: FoldMemory,
  gemm: Gemm,
): AsyncGenerator<HeldOut, void> {
  const { rows } = folds;
  const [n, size, k] = [rows.length, x.columns, y.columns];
  const means = rowMeans(x, rows);
  const features = ({ begin, end }: { begin: number; end: number }) =>
    fillFeatures(x, rows.slice(begin, end), means, memory.matrix('features', size, end - begin));
  const total = memory.symmetric('total', size);
  for (const { values } of total.columns) values.data.fill(0);
  const cross = memory.matrix('cross', size, k);
  cross.data.fill(0);
  for (const fold of foldsOf(folds)) {
    const f = features(fold);
    await updateGram(total, f, 'add', gemm);
    await gemm.multiply(f, rowView(y, fold.begin, fold.end), { out: cross, update: 'add' });
  }
  for (const [nth, fold] of foldsOf(folds).entries()) {
    const name = nameOf(nth);
    const gram = memory.symmetric(name, size);
    const { begin, end } = fold;
    const [f, own] = [features(fold), rowView(y, begin, end)];
    const count = n - (end - begin);
    // About all rows' mean the sums are 0, so the fitted rows' are the fold's own, taken off.
    const centre = meanOfOthers(sumsOfRows(f, 'columns'), count);
    const level = meanOfOthers(sumsOfRows(own, 'rows'), count);
    copySymmetric(total, gram);
    await updateGram(gram, f, 'subtract', gemm);
    const scaled = centre.map((value) => value * Math.sqrt(count));
    await updateGram(gram, matrixOf(size, 1, scaled), 'subtract', gemm);
    const right = memory.matrix(`${name}, right`, size, k);
    right.data.set(cross.data);
    await gemm.multiply(f, own, { out: right, update: 'subtract' });
    for (let i = 0, to = 0; i < size; i++)
      for (let column = 0; column < k; column++) right.data[to++]! -= count * centre[i]! * level[column]!;
    const fill = memory.matrix(`${name}, held out`, end - begin, size);
    const held = fillRows(x, rows.slice(begin, end), add(means, centre), fill);
    yield {
      gram,
      work: memory.symmetric(`${name}, work`, size),
      right,
      predict: (solved, out) => gemm.multiply(held, solved, { out }),
      wanted: lessRow(own, level, memory.matrix(`${name}, wanted`, end - begin, k)),
    };
  }
}

/** By way of matrices of the order of the fitted rows. */
async function* dualFolds(
  x: Matrix,
  y: Matrix64,
  folds: Folds,
  place: FoldMemory,
  gemm: Gemm,
): AsyncGenerator<HeldOut, void> {
  const { rows } = folds;
  const n = rows.length;
  const centred = fillRows(x, rows, rowMeans(x, rows), place.memory.matrix('centred', n, x.columns));
  const out = place.memory.matrix('kernel', n, n);
  const kernel = await gemm.multiply(centred, centred, { transposeB: true, out });
  yield* kernelFolds(kernel, y, folds, place, gemm);
}

/** Of inner products that are there already, in the order of the folds' rows. */
function* kernelFolds(
  kernel: Matrix64,
  y: Matrix64,
  folds: Folds,
  { memory, nameOf }: FoldMemory,
  gemm: Gemm,
): Generator<HeldOut, void> {
  const n = folds.rows.length;
  const k = y.columns;
  for (const [nth, { begin, end }] of foldsOf(folds).entries()) {
    const name = nameOf(nth);
    const fitted = Array.from({ length: n }, (_, i) => i).filter((i) => i < begin || i >= end);
    const held = Array.from({ length: end - begin }, (_, i) => begin + i);
    const own = rowView(y, begin, end);
    const level = meanOfOthers(sumsOfRows(own, 'rows'), fitted.length);
    const taken = memory.matrix(`${name}, right`, fitted.length, k);
    taken.data.set(y.data.subarray(0, begin * k));
    taken.data.set(y.data.subarray(end * k), begin * k);
    const means = fitted.map((row) => meanAt(kernel, row, fitted));
    const overall = means.reduce((sum, value) => sum + value, 0) / fitted.length;
    const square = memory.matrix('fitted', fitted.length, fitted.length);
    recentred(kernel, fitted, fitted, means, means, overall, square);
    const heldMeans = held.map((row) => meanAt(kernel, row, fitted));
    const between = memory.matrix(`${name}, held out`, held.length, fitted.length);
    recentred(kernel, held, fitted, heldMeans, means, overall, between);
    yield {
      gram: fillSymmetric(square, memory.symmetric(name, fitted.length)),
      work: memory.symmetric(`${name}, work`, fitted.length),
      right: lessRow(taken, level, taken),
      predict: (solved, out) => gemm.multiply(between, solved, { out }),
      wanted: lessRow(own, level, memory.matrix(`${name}, wanted`, held.length, k)),
    };
  }
}

/** Mean of a row of the kernel over the fitted rows. */
function meanAt({ columns, data }: Matrix64, row: number, fitted: readonly number[]): number {
  let sum = 0;
  for (const column of fitted) sum += data[row * columns + column]!;
  return sum / fitted.length;
}

/** Inner products about the fitted rows' mean, from those about another: fills `out`, (rows, fitted). */
function recentred(
  { columns, data }: Matrix64,
  rows: readonly number[],
  fitted: readonly number[],
  rowMean: readonly number[],
  fittedMean: readonly number[],
  overall: number,
  out: Matrix64,
): void {
  const values = out.data;
  const level = fittedMean.map((mean) => overall - mean);
  for (let i = 0, to = 0; i < rows.length; i++) {
    const [from, mean] = [at(rows, i) * columns, at(rowMean, i)];
    for (let j = 0; j < level.length; j++, to++) values[to] = data[from + fitted[j]!]! - mean + level[j]!;
  }
}

/** Of values whose sum over all rows is 0: the mean over those that are not among these. */
function meanOfOthers(sums: Float64Array, others: number): Float64Array {
  return sums.map((sum) => -sum / others);
}

/** Sums over the rows (of a matrix whose columns are values), or over the columns. */
function sumsOfRows({ rows, columns, data }: Matrix64, over: 'rows' | 'columns'): Float64Array {
  const sums = new Float64Array(over === 'rows' ? columns : rows);
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) sums[over === 'rows' ? column : row]! += data[i]!;
  return sums;
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]!);
}

/** Every row less another: fills and returns `out`, which may be the matrix itself. */
function lessRow({ rows, columns, data }: Matrix64, level: Float64Array, out: Matrix64): Matrix64 {
  const values = out.data;
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) values[i] = data[i]! - level[column]!;
  return out;
}
