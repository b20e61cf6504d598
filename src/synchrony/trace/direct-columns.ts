// Target columns that the trace form leaves out (target-weights.ts), of all target layers together: few enough that
// every source predicts them outright, with its smoother in float64, while it is at hand.

import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix64, matrixOf, rowView, zeros } from '../../numerics/matrix.ts';
import type { EvaluationRows } from '../problem.ts';
import { type TargetWeights, takeDirect } from './target-weights.ts';

/** The columns of one target layer: `begin` … `end` − 1 of the joined matrix. */
interface Owner {
  readonly begin: number;
  readonly end: number;
  readonly totals: readonly number[];
}

/** The direct columns of one evaluation. */
export class DirectColumns {
  readonly #rows: EvaluationRows;
  readonly #positions: readonly number[];
  readonly #owners: Owner[] = [];
  #parts: { train: Matrix64; test: Matrix64 }[] = [];
  #train: Matrix64 = zeros(0, 0);
  #test: Matrix64 = zeros(0, 0);
  #predicted: Matrix64 = zeros(0, 0);

  /** @param positions of the evaluated rows among the split's test rows */
  constructor(rows: EvaluationRows, positions: readonly number[]) {
    this.#rows = rows;
    this.#positions = positions;
  }

  get count(): number {
    return this.#owners.at(-1)?.end ?? 0;
  }

  /** Adds the next target layer. */
  add(y: Matrix, weights: TargetWeights): void {
    const begin = this.count;
    this.#owners.push({ begin, end: begin + weights.direct.length, totals: weights.directTotals });
    const take = (rows: readonly number[]) => takeDirect(y, rows, weights);
    this.#parts.push({ train: take(this.#rows.train), test: take(this.#rows.test) });
  }

  /** To be called when all target layers are there. */
  join(): void {
    this.#train = joinColumns(
      this.#rows.train.length,
      this.#parts.map(({ train }) => train),
    );
    this.#test = joinColumns(
      this.#rows.test.length,
      this.#parts.map(({ test }) => test),
    );
    this.#parts = [];
  }

  /** Begins with a source. */
  begin(splitTestRows: number): void {
    this.#predicted = zeros(splitTestRows, this.count);
  }

  /** Adds what some training rows contribute; `smoother`: rows `begin` … `end` − 1 of Kᵀ, (end − begin, n_test). */
  async addRows(smoother: Matrix64, begin: number, end: number, gemm: Gemm): Promise<void> {
    const out = this.#predicted;
    await gemm.multiply(smoother, rowView(this.#train, begin, end), { transposeA: true, out, update: 'add' });
  }

  /** Σ (1 − R²) over the direct columns of every target layer, in the order in which they were added. */
  losses(): number[] {
    const residual = new Float64Array(this.count);
    for (const [row, position] of this.#positions.entries())
      for (let column = 0; column < residual.length; column++) {
        const actual = this.#test.data[row * residual.length + column]!;
        const predicted = this.#predicted.data[position * residual.length + column]!;
        residual[column]! += (actual - predicted) ** 2;
      }
    return this.#owners.map(({ begin, totals }) =>
      totals.reduce((sum, total, i) => sum + lossOf(at(residual, begin + i), total), 0),
    );
  }
}

/** 1 − R² of a column. One that is constant in the evaluated rows counts 1 if it is predicted exactly, else 0. */
function lossOf(residual: number, total: number): number {
  if (total === 0) return residual === 0 ? 0 : 1;
  return residual / total;
}

function joinColumns(rows: number, parts: readonly Matrix64[]): Matrix64 {
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const joined = matrixOf(rows, columns, new Float64Array(rows * columns));
  let begin = 0;
  for (const part of parts) {
    for (let row = 0; row < rows; row++)
      joined.data.set(
        part.data.subarray(row * part.columns, (row + 1) * part.columns),
        row * columns + begin,
      );
    begin += part.columns;
  }
  return joined;
}
