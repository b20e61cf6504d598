// Explicit residuals of the test rows, for what needs every row by itself: predictions of the fits that the measure
// kept, one product per layer pair. Columns are scaled so that float32 serves all of them alike; R² of a column does
// not depend on its scale.

import type { Gemm } from '../../numerics/gemm.ts';
import { at, first as firstOf } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix32, matrixOf, rowOf, takeColumns, zeros32 } from '../../numerics/matrix.ts';
import type { LayerSource } from '../../pairs/layers.ts';
import type { Problem, TrainTest } from '../problem.ts';
import { readChecked } from '../ridge/read-layer.ts';
import { fillWeighted, weighTarget } from '../trace/target-weights.ts';
import type { ColumnUnits, RowResiduals, TestResiduals } from './row-residuals.ts';
import type { SmootherStore } from './smoother-store.ts';

/** Centre and scale of every column, and the columns that are one number in test and another in training. */
interface Scaling extends ColumnUnits {
  readonly missed: readonly number[];
}

/** Some columns of one target layer or of several, side by side. */
interface ScaledRows {
  readonly train: Matrix32;
  readonly test: Matrix32;
  /** Columns with a residual that no map can take away. */
  readonly missed: readonly number[];
  readonly units: ColumnUnits;
}

/** Residuals of one target in all splits. */
export class TargetResiduals {
  readonly #problem: Problem;
  readonly #source: LayerSource;
  readonly #smoothers: SmootherStore;
  readonly #columns: readonly number[];
  readonly #gemm: Gemm;
  /** By split: the sampled columns of all target layers, layer after layer. */
  #sampled: ScaledRows[] = [];
  /** By target layer and split: what a pass over all rows has found. */
  readonly #scalings = new Map<string, Scaling>();
  #layer: { readonly index: number; readonly y: Matrix } | undefined;
  #smoother: { readonly layer: number; readonly bySplit: Matrix32[] } | undefined;

  /**
   * @param target index into the problem's targets
   * @param smoothers of every source layer and split
   * @param columns of `sampleColumns`, for the screening
   */
  constructor(
    problem: Problem,
    target: number,
    smoothers: SmootherStore,
    columns: readonly number[],
    gemm: Gemm,
  ) {
    this.#problem = problem;
    this.#source = at(problem.targets, target);
    this.#smoothers = smoothers;
    this.#columns = columns;
    this.#gemm = gemm;
  }

  /** Reads every target layer once and takes the sampled columns. */
  async sample(signal?: AbortSignal): Promise<void> {
    const { splits } = this.#problem;
    const width = this.#columns.length;
    const { layers } = this.#source;
    this.#sampled = splits.map(({ train, test }) => ({
      train: zeros32(train.length, width * layers),
      test: zeros32(test.length, width * layers),
      missed: [],
      units: unitsOf(width * layers),
    }));
    for (let layer = 0; layer < layers; layer++) {
      signal?.throwIfAborted();
      const y = await this.#read(layer);
      const part = takeColumns(y, this.#columns);
      for (const [s, split] of splits.entries()) {
        const scaled = scaleRows(part, split, scalingOf(part, split));
        const { train, test, missed, units } = at(this.#sampled, s);
        pasteColumns(scaled.train, train, layer * width);
        pasteColumns(scaled.test, test, layer * width);
        for (const part of ['means', 'weights', 'first'] as const)
          units[part].set(scaled.units[part], layer * width);
        this.#sampled[s] = {
          train,
          test,
          units,
          missed: [...missed, ...scaled.missed.map((c) => layer * width + c)],
        };
      }
    }
  }

  /**
   * Where one source layer's residuals come from.
   *
   * @param r2 mean over splits, one per target layer
   */
  row(layer: number, r2: Float64Array): RowResiduals {
    return {
      r2,
      hiddenSize: this.#source.hiddenSize,
      sampled: async (split) => {
        const all = await this.#predict(await this.#smootherOf(layer, split), at(this.#sampled, split));
        const width = this.#columns.length;
        return Array.from(r2, (_, target) => ({
          residual: columnsOf(all.residual, target * width, width),
          target: columnsOf(all.target, target * width, width),
          units: partOf(all.units, target * width, width),
        }));
      },
      cell: async (split, target) => {
        const y = await this.#read(target);
        const rows = scaleRows(y, at(this.#problem.splits, split), this.#scalingOf(y, target, split));
        return this.#predict(await this.#smootherOf(layer, split), rows);
      },
    };
  }

  async #predict(
    smoother: Matrix32,
    { train, test, missed, units }: ScaledRows,
  ): Promise<TestResiduals & { units: ColumnUnits }> {
    const residual = await this.#gemm.multiply(smoother, train, { transposeA: true });
    for (let i = 0; i < residual.data.length; i++) residual.data[i] = test.data[i]! - residual.data[i]!;
    for (const column of missed)
      for (let row = 0; row < residual.rows; row++) residual.data[row * residual.columns + column] = 1;
    return { residual, target: test, units };
  }

  #scalingOf(y: Matrix, target: number, split: number): Scaling {
    const key = `${target}/${split}`;
    const scaling = this.#scalings.get(key) ?? scalingOf(y, at(this.#problem.splits, split));
    this.#scalings.set(key, scaling);
    return scaling;
  }

  /** The same layer is asked for once per split. */
  async #read(layer: number): Promise<Matrix> {
    if (this.#layer?.index !== layer) {
      const y = await readChecked(this.#source, 'target', layer);
      this.#layer = { index: layer, y };
    }
    return this.#layer.y;
  }

  async #smootherOf(layer: number, split: number): Promise<Matrix32> {
    if (this.#smoother?.layer !== layer) {
      const bySplit = [];
      for (const s of this.#problem.splits.keys()) bySplit.push(await this.#smoothers.take(layer, s));
      this.#smoother = { layer, bySplit };
    }
    return at(this.#smoother.bySplit, split);
  }
}

function scaleRows(y: Matrix, split: TrainTest, scaling: Scaling): ScaledRows {
  const rows = (indices: readonly number[]) =>
    fillWeighted(y, indices, scaling, zeros32(indices.length, y.columns));
  return { train: rows(split.train), test: rows(split.test), missed: scaling.missed, units: scaling };
}

/** Weights as in the trace form; the columns that it computes apart are scaled by all their squares instead. */
function scalingOf(y: Matrix, { train, test }: TrainTest): Scaling {
  const { means, weights, direct } = weighTarget(y, { train, test });
  for (const column of direct) {
    const mean = at(means, column);
    let squares = 0;
    for (const rows of [train, test])
      for (const row of rows) squares += (y.data[row * y.columns + column]! - mean) ** 2;
    weights[column] = 1 / Math.sqrt(squares);
  }
  const first = Float64Array.from(rowOf(y, firstOf(test)));
  const missed = [...weights.keys()].filter(
    (column) => weights[column] === 0 && first[column] !== means[column],
  );
  return { means, weights, first, missed };
}

function unitsOf(columns: number): ColumnUnits {
  const zeros = () => new Float64Array(columns);
  return { means: zeros(), weights: zeros(), first: zeros() };
}

function partOf({ means, weights, first }: ColumnUnits, begin: number, count: number): ColumnUnits {
  const part = (values: Float64Array) => values.subarray(begin, begin + count);
  return { means: part(means), weights: part(weights), first: part(first) };
}

function pasteColumns(from: Matrix32, to: Matrix32, begin: number): void {
  for (let row = 0; row < from.rows; row++)
    to.data.set(from.data.subarray(row * from.columns, (row + 1) * from.columns), row * to.columns + begin);
}

function columnsOf({ rows, columns, data }: Matrix, begin: number, count: number): Matrix32 {
  const part = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    const from = row * columns + begin;
    part.set(data.subarray(from, from + count), row * count);
  }
  return matrixOf(rows, count, part);
}
