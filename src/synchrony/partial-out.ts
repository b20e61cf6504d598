// What is left of states when what a few features predict of them is taken off: the residuals of a ridge regression on
// the features, fitted to the training rows alone. A training row's own residual comes from a fit to other groups, as a
// test row's does: were it from a fit that has seen the row, it would be too small, and the two sets would differ.

import type { Gemm } from '../numerics/gemm.ts';
import { at, entryOf } from '../numerics/lookup.ts';
import { type Matrix, type Matrix32, matrixOf, rowOf, zeros32 } from '../numerics/matrix.ts';
import { subtract } from '../numerics/vectors.ts';
import type { LayerSource } from '../pairs/layers.ts';
import type { Split } from '../pairs/split.ts';
import type { TrainTest } from './problem.ts';
import { fillRows, rowMeans } from './ridge/centred-rows.ts';
import { foldRows, foldsOf } from './ridge/inner-folds.ts';
import { centreSplit, fitRidge } from './ridge/ridge.ts';

/** Takes off what the features predict, in one split. */
export interface Residualiser {
  /** Training rows and then test rows. */
  readonly rows: readonly number[];
  /** How many of them are training rows. */
  readonly trainRows: number;
  /** (rows, trainRows), float32: what training rows, less their mean, contribute to each row's prediction. */
  readonly operator: Matrix32;
}

/**
 * Fits the features' side of a split.
 *
 * @param features (samples, F)
 * @param lambda of the regression on the features
 * @throws NotEnoughSamples for a single training group; BadInput as `fitRidge`
 */
export async function createResidualiser(
  features: Matrix,
  split: Split,
  lambda: number,
  gemm: Gemm,
): Promise<Residualiser> {
  const { train, test } = split;
  const folds = foldRows(split);
  const position = new Map(train.map((row, i) => [row, i]));
  const operator = zeros32(train.length + test.length, train.length);
  const predictFrom = async (
    fitted: readonly number[],
    rows: readonly number[],
    placeOf: (i: number) => number,
  ) => {
    const places = fitted.map((row) => entryOf(position, row));
    const { smoother } = await fitRidge(centreSplit(features, fitted, rows), lambda, gemm);
    for (let row = 0; row < rows.length; row++) {
      const out = rowOf(operator, placeOf(row));
      let sum = 0;
      for (let i = 0; i < fitted.length; i++) sum += smoother.data[i * rows.length + row]!;
      // Of the mean of the fitted rows: as it is, and as what the weights of all of them take off.
      const share = (1 - sum) / fitted.length;
      for (const [i, place] of places.entries()) out[place] = smoother.data[i * rows.length + row]! + share;
    }
  };
  for (const { begin, end } of foldsOf(folds)) {
    const held = folds.rows.slice(begin, end);
    const others = [...folds.rows.slice(0, begin), ...folds.rows.slice(end)];
    const places = held.map((row) => entryOf(position, row));
    await predictFrom(others, held, (i) => at(places, i));
  }
  await predictFrom(train, test, (i) => train.length + i);
  return { rows: [...train, ...test], trainRows: train.length, operator };
}

/**
 * Layers less what the features predict of them, in every split: the rows of the first split's residualiser, training
 * rows before test rows, then those of the next. `residualSplits` names them.
 */
export function residualLayers(
  layers: LayerSource,
  residualisers: readonly Residualiser[],
  gemm: Gemm,
): LayerSource {
  const samples = residualisers.reduce((sum, { rows }) => sum + rows.length, 0);
  return {
    layers: layers.layers,
    recorded: layers.recorded,
    hiddenSize: layers.hiddenSize,
    samples,
    async read(layer) {
      const values = await layers.read(layer);
      const out = zeros32(samples, layers.hiddenSize);
      let begin = 0;
      for (const residualiser of residualisers) {
        const end = begin + residualiser.rows.length;
        const part = out.data.subarray(begin * layers.hiddenSize, end * layers.hiddenSize);
        await takeOff(values, residualiser, matrixOf(end - begin, layers.hiddenSize, part), gemm);
        begin = end;
      }
      return out;
    },
  };
}

/** Splits of the rows of `residualLayers`; seeds and groups stay what they are. */
export function residualSplits<Divided extends TrainTest>(splits: readonly Divided[]): Divided[] {
  let begin = 0;
  return splits.map((split) => {
    const [train, test] = [split.train.length, split.test.length];
    const first = begin;
    begin += train + test;
    return {
      ...split,
      train: Array.from({ length: train }, (_, i) => first + i),
      test: Array.from({ length: test }, (_, i) => first + train + i),
    };
  });
}

/** Fills `out` with a layer's rows less their predictions. About the training means, so that float32 will do. */
async function takeOff(
  layer: Matrix,
  { rows, trainRows, operator }: Residualiser,
  out: Matrix32,
  gemm: Gemm,
): Promise<void> {
  const means = rowMeans(layer, rows.slice(0, trainRows));
  const { columns } = layer;
  fillRows(layer, rows, means, out);
  const train = matrixOf(trainRows, columns, out.data.slice(0, trainRows * columns));
  const predicted = await gemm.multiply(operator, train);
  subtract(out.data, predicted.data);
}
