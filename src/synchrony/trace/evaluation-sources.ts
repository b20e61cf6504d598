// The sources of one pass that are in memory for one evaluation, each in the precision that it needs: float32, or float64
// where the terms of the trace form have to cancel.

import type { Buffers } from '../../numerics/buffers.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Floats, type Matrix, type Matrix64, matrixOf } from '../../numerics/matrix.ts';
import type { EvaluationRows, Fit } from '../problem.ts';
import { ResidentSources } from './resident-sources.ts';
import { fillWeighted, type TargetWeights } from './target-weights.ts';

export type Precision = 'float32' | 'float64';

/** How many sources there is room for, by precision. */
export type Room = Readonly<Record<Precision, number>>;

type Allocate<T> = (name: string, length: number) => T;

/** The fits of a pass, for one evaluation. */
export class EvaluationSources {
  readonly #rows: EvaluationRows;
  readonly #float32: OfPrecision<Float32Array>;
  readonly #float64: OfPrecision<Float64Array>;

  /**
   * @param name of the evaluation among those in memory at once
   * @param buffers memory that other evaluations and the next pass use as well
   */
  constructor(name: string, rows: EvaluationRows, room: Room, buffers: Buffers) {
    this.#rows = rows;
    const { float32, float64 } = buffers;
    const own = <T>(allocate: Allocate<T>): Allocate<T> => {
      return (part, length) => allocate(part === 'scratch' ? part : `${name}, ${part}`, length);
    };
    this.#float32 = new OfPrecision(rows, room.float32, float32, own(float32));
    this.#float64 = new OfPrecision(rows, room.float64, float64, own(float64));
  }

  /**
   * Keeps a fit.
   *
   * @param smoother Kᵀ of the evaluated rows: (n_train, n_test), float64
   * @returns false if there is no room for it in this precision
   */
  store(fit: Fit, smoother: Matrix64, precision: Precision, gemm: Gemm): Promise<boolean> {
    const place = precision === 'float32' ? this.#float32 : this.#float64;
    return place.store(fit, smoother, gemm);
  }

  /** `ResidentSources.residuals` of every fit that is kept. */
  async residuals(y: Matrix, weights: TargetWeights, gemm: Gemm): Promise<[Fit, number][]> {
    const narrow = await this.#float32.residuals(y, this.#rows, weights, gemm);
    return [...narrow, ...(await this.#float64.residuals(y, this.#rows, weights, gemm))];
  }
}

/** The fits of one precision; memory is taken when there is one. */
class OfPrecision<T extends Floats> {
  readonly #fits: Fit[] = [];
  readonly #room: number;
  readonly #shared: Allocate<T>;
  readonly #open: () => ResidentSources<T>;
  #sources: ResidentSources<T> | undefined;

  constructor({ train, test }: EvaluationRows, room: number, shared: Allocate<T>, own: Allocate<T>) {
    this.#room = room;
    this.#shared = shared;
    this.#open = () => new ResidentSources(train.length, test.length, room, own);
  }

  async store(fit: Fit, { rows, columns, data }: Matrix64, gemm: Gemm): Promise<boolean> {
    if (this.#fits.length >= this.#room) return false;
    this.#sources ??= this.#open();
    const smoother = matrixOf(rows, columns, this.#shared('stored smoother', data.length));
    smoother.data.set(data);
    await this.#sources.store(this.#fits.length, smoother, gemm);
    this.#fits.push(fit);
    return true;
  }

  async residuals(
    y: Matrix,
    { train, test }: EvaluationRows,
    weights: TargetWeights,
    gemm: Gemm,
  ): Promise<[Fit, number][]> {
    if (!this.#sources) return [];
    const fill = (name: string, rows: readonly number[]) => {
      const out = matrixOf(rows.length, y.columns, this.#shared(name, rows.length * y.columns));
      return fillWeighted(y, rows, weights, out);
    };
    const sums = await this.#sources.residuals(fill('train', train), fill('test', test), gemm);
    return this.#fits.map((fit, slot) => [fit, at(sums, slot)]);
  }
}
