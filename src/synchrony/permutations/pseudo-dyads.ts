// The pseudo-dyad null distribution of SyncR² (docs/method.md §13): the fitted maps stay as they are, and the test rows'
// targets are exchanged between interactions of the same scenario. A permutation of the test rows leaves SS_tot and
// Σ‖y‖² alone, so that R² of any arrangement is a sum over one product of all predictions with all targets: after
// that, an arrangement costs a look-up per row.
//
// What it tests: whether a source state says more about its own partner than about another dialogue of the scenario.
// It may do so because both read the same dialogue; only the passive condition tells that from interaction.

import type { Gemm } from '../../numerics/gemm.ts';
import { at, first } from '../../numerics/lookup.ts';
import { columnMeans, type Matrix64, subtractFromRows, takeRows } from '../../numerics/matrix.ts';
import { giveSpare, takeSpare } from '../../numerics/spare.ts';
import { addShare } from '../../numerics/vectors.ts';
import type { RowResiduals, TestResiduals } from '../intervals/row-residuals.ts';
import { permutationP, summariseNull } from './null-distribution.ts';
import { type ChosenCells, maximiseRow, meanOverRows, type RowMaximum, sampleShifts } from './row-maximum.ts';
import type { SurrogateSplit, Surrogates } from './surrogates.ts';

/** One number against its surrogates. */
export interface SurrogateTest {
  /** On the rows that have a surrogate partner, with their own. */
  readonly observed: number;
  /** Of the surrogates, in which every row has another interaction's target. */
  readonly mean: number;
  readonly standardDeviation: number;
  /** (observed − mean) / standardDeviation; null without spread. */
  readonly z: number | null;
  /**
   * One-sided, from exchanging interactions within their blocks at random, the observed arrangement being one of the
   * possible ones. That makes it a permutation test, which surrogates without any own partner are not: with two
   * interactions per block there would be only one of them.
   */
  readonly p: number;
}

/** A cell of the map, 0-based. */
export interface SurrogateCell extends SurrogateTest {
  readonly source: number;
  readonly target: number;
}

/** SyncR² against pseudo-dyads. */
export interface PseudoDyadNull extends SurrogateTest {
  /** SyncR² of every surrogate: (surrogates). */
  readonly surrogates: Float64Array;
  /** SyncR² of every exchange in which an interaction may keep its own partner, from which p is: (surrogates). */
  readonly exchanges: Float64Array;
  /** Test rows with a surrogate partner, per split. */
  readonly rows: readonly number[];
  /** Of the cells that were computed: those that can be a row's maximum in some arrangement, or all. */
  readonly cells: readonly SurrogateCell[];
}

/**
 * Tests SyncR² and its cells against pseudo-dyads. In every arrangement each source layer takes its best target layer
 * anew.
 *
 * @param rows one per source layer
 * @param surrogates of the same splits
 */
export async function pseudoDyadNull(
  rows: readonly RowResiduals[],
  surrogates: Surrogates,
  cells: ChosenCells,
  gemm: Gemm,
): Promise<PseudoDyadNull> {
  const maxima: RowMaximum[] = [];
  for (const row of rows) maxima.push(await surrogateRow(row, surrogates, cells, gemm));
  const syncR2 = meanOverRows(maxima);
  return {
    ...testOf(syncR2, surrogates),
    surrogates: syncR2.slice(1, 1 + surrogates.surrogates),
    exchanges: syncR2.slice(1 + surrogates.surrogates),
    rows: surrogates.splits.map((split) => split.rows.length),
    cells: maxima.flatMap((row, source) =>
      [...row.cells]
        .sort(([a], [b]) => a - b)
        .map(([target, r2]) => ({ source, target, ...testOf(r2, surrogates) })),
    ),
  };
}

function testOf(replicates: Float64Array, { surrogates }: Surrogates): SurrogateTest {
  const observed = first(replicates);
  const summary = summariseNull({ observed, values: replicates.subarray(1, 1 + surrogates) });
  // The sums of two arrangements that differ in nothing that matters differ by rounding.
  const values = replicates.subarray(1 + surrogates);
  return { observed, ...summary, p: permutationP({ observed, values }, { tolerance: 1e-9 }) };
}

/** A source layer's replicates. */
function surrogateRow(
  row: RowResiduals,
  { replicates, splits }: Surrogates,
  cells: ChosenCells,
  gemm: Gemm,
): Promise<RowMaximum> {
  const add = async (mean: Float64Array, residuals: TestResiduals, split: SurrogateSplit) => {
    const r2 = await surrogateR2(residuals, split, replicates, gemm);
    addShare(mean, r2, splits.length);
  };
  return maximiseRow(
    {
      targetLayers: row.r2.length,
      async estimate() {
        const sampled = [];
        for (const s of splits.keys()) sampled.push(await row.sampled(s));
        const { shifts, exact } = sampleShifts(row, sampled);
        const means = Array.from(shifts, (shift) => new Float64Array(replicates).fill(shift));
        for (const [s, split] of splits.entries())
          for (const [target, mean] of means.entries()) await add(mean, at(at(sampled, s), target), split);
        return { r2: means, exact };
      },
      async compute(target) {
        const mean = new Float64Array(replicates);
        for (const [s, split] of splits.entries()) await add(mean, await row.cell(s, target), split);
        return mean;
      },
    },
    cells,
  );
}

/**
 * R² of every arrangement of one cell's test rows: Σ‖y − ŷ‖² is Σ‖y‖² + Σ‖ŷ‖² − 2 Σ y·ŷ, columns divided by √SS_tot.
 *
 * @param residuals of all the split's test rows
 * @returns (replicates), float64
 */
export async function surrogateR2(
  { residual, target }: TestResiduals,
  { rows, partners }: SurrogateSplit,
  replicates: number,
  gemm: Gemm,
): Promise<Float64Array> {
  const [y, prediction] = [takeRows(target, rows), takeRows(residual, rows)];
  const { constantR2, energy } = normalise(y, prediction);
  const count = rows.length;
  // (rows, rows): row i's prediction times row j's target.
  const out = takeSpare(count, count);
  const { data: product } = await gemm.multiply(prediction, y, { transposeB: true, out });
  const r2 = new Float64Array(replicates);
  for (let replicate = 0, at = 0; replicate < replicates; replicate++) {
    let sum = 0;
    for (let begin = 0; begin < product.length; begin += count, at++) sum += product[begin + partners[at]!]!;
    r2[replicate] = (constantR2 - energy + 2 * sum) / y.columns;
  }
  giveSpare(out, y, prediction);
  return r2;
}

/**
 * Turns residuals into predictions, and divides centred targets and predictions by √SS_tot, in place. Columns that are
 * constant in these rows become 0: their R² is 1 if predicted exactly and 0 otherwise, whatever the arrangement.
 */
function normalise(y: Matrix64, prediction: Matrix64): { constantR2: number; energy: number } {
  const means = columnMeans(y);
  subtractFromRows(y, means);
  const [ssTot, ssRes] = [new Float64Array(y.columns), new Float64Array(y.columns)];
  // Row by row: a walk down a long column misses the cache at every step.
  for (let row = 0, at = 0; row < y.rows; row++)
    for (let column = 0; column < y.columns; column++, at++) {
      ssTot[column]! += y.data[at]! ** 2;
      ssRes[column]! += prediction.data[at]! ** 2;
    }
  const constantR2 = ssTot.reduce((sum, total, c) => sum + (total === 0 && ssRes[c] === 0 ? 1 : 0), 0);
  const scales = ssTot.map((total) => (total === 0 ? 0 : 1 / Math.sqrt(total)));
  let energy = 0;
  for (let row = 0, at = 0; row < y.rows; row++)
    for (let column = 0; column < y.columns; column++, at++) {
      const predicted = (y.data[at]! - prediction.data[at]!) * scales[column]!;
      prediction.data[at] = predicted;
      y.data[at]! *= scales[column]!;
      energy += predicted ** 2;
    }
  return { constantR2, energy };
}
