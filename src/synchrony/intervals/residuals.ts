// Explicit residuals of the test rows, for what needs every row by itself: predictions of the fits that the measure
// kept, one product per layer pair. Columns are scaled so that float32 serves all of them alike; R² of a column does
// not depend on its scale.

import type { Gemm } from '../../numerics/gemm.ts';
import { at, first as firstOf } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix32, rowOf, takeColumns, zeros32 } from '../../numerics/matrix.ts';
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

/** All columns of a target layer, or some. */
interface ScaledRows {
  readonly train: Matrix32;
  readonly test: Matrix32;
  /** Columns with a residual that no map can take away. */
  readonly missed: readonly number[];
  readonly units: ColumnUnits;
}

/** The sampled columns of a target layer, with memory for what a source layer leaves of them. */
interface SampledRows extends ScaledRows {
  readonly residual: Matrix32;
}

/** Residuals of one target in all splits. */
export class TargetResiduals {
  readonly #problem: Problem;
  readonly #source: LayerSource;
  readonly #smoothers: SmootherStore;
  readonly #columns: readonly number[];
  readonly #gemm: Gemm;
  /** By split and target layer. */
  #sampled: SampledRows[][] = [];
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
    const sampled: SampledRows[][] = splits.map(() => []);
    for (let layer = 0; layer < this.#source.layers; layer++) {
      signal?.throwIfAborted();
      const part = takeColumns(await this.#read(layer), this.#columns);
      for (const [s, split] of splits.entries()) {
        const residual = zeros32(split.test.length, part.columns);
        at(sampled, s).push({ ...scaleRows(part, split, scalingOf(part, split)), residual });
      }
    }
    this.#sampled = sampled;
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
        const smoother = await this.#smootherOf(layer, split);
        const all: TestResiduals[] = [];
        for (const rows of at(this.#sampled, split))
          all.push(await this.#predict(smoother, rows, rows.residual));
        return all;
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
    out?: Matrix32,
  ): Promise<TestResiduals> {
    const residual = await this.#gemm.multiply(smoother, train, { transposeA: true, ...(out && { out }) });
    const [values, actual] = [residual.data, test.data];
    for (let i = 0; i < values.length; i++) values[i] = actual[i]! - values[i]!;
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
