// R² of a source layer's cells without each held-out group (docs/method.md §6). The fitted maps stay as they are. SyncR²
// takes each source layer's best target layer, and without a group that may be another one, so every cell would be
// needed every time; but most cells lose always.
//
// Which cells are computed: every row of cells is screened on a random sample of target columns, the same for all
// target layers, which costs as much as a few cells. Of a cell, the full R² is known, and the sample says how
// far it moves in each replicate; that is a mean over columns, with a standard error. It also says how much further
// it moves than the row's best cell, which is more precise where layers resemble one another column by column, as
// neighbours in a residual stream do. The row's best cell is computed in full first. Then any cell that, by either
// account, is expected to add something to the best one so far in some replicate is a candidate, until there is none:
// where the account is precise enough it is taken as it is, otherwise the cell is computed in full as well. With a
// precision of 0 a candidate is any cell within `MARGIN` standard errors of the best, and all are computed. The margin
// grows, and with it the standard errors, when a computed cell shows the screening to have been worse than its standard
// error said, as it is where a few columns carry much of R²; beyond `RELIABLE` nothing is taken on its word, and at
// worst all cells are computed. That is care and not proof: what only columns outside the sample would show, of a cell
// that is never computed, is missed. With all columns in the sample the result is exact.

import { normalCdf } from '../../numerics/distributions.ts';
import { at, first as firstOf } from '../../numerics/lookup.ts';
import type { Matrix, Matrix64 } from '../../numerics/matrix.ts';
import { giveSpare } from '../../numerics/spare.ts';
import { addShare, raise } from '../../numerics/vectors.ts';
import { rowMeans, sumsOfSquares } from '../ridge/centred-rows.ts';
import { r2Of } from '../ridge/r2.ts';
import { columnsWithout, type LeaveOneOut, r2Without, type SplitGroups } from './leave-one-out.ts';
import type { RowResiduals, TestResiduals } from './row-residuals.ts';

/** Standard errors by which a screened cell may miss the best and still be computed. */
const MARGIN = 4;

/**
 * Standard error, in R² of one replicate times √groups, that a cell's estimate may have in place of the full computation:
 * intervals are shown with three decimals, and the errors of all replicates add up in them. On a plateau of layers that
 * are all but the same every one would otherwise be computed for the sake of its last digits.
 */
export const PRECISION = 2e-3;

/** Share of the precision that a cell which is left out may be expected to add to the best, in any replicate. */
const LEFT_OUT = 0.1;

/** Up to this margin the screening's standard errors are taken for what they are. */
const RELIABLE = 2 * MARGIN;

/** How much worse than the worst screening seen so far the next one may be. */
const CAUTION = 1.5;

/** A source layer, with everything and without each group. */
export interface LeftOutRow {
  /** The best target layer's mean R² over splits, not clamped: (replicates). */
  readonly best: Float64Array;
  /** Mean R² over splits of the cells that were computed, by target layer: (replicates) each. */
  readonly cells: ReadonlyMap<number, Float64Array>;
}

/**
 * Leaves out one group after another in one source layer.
 *
 * @param cells `candidates` for the cells that can be the row's maximum in some replicate, or `all`
 * @param precision see `PRECISION`; 0 computes every candidate on all columns
 */
export async function leaveOutOfRow(
  row: RowResiduals,
  groups: LeaveOneOut,
  cells: 'candidates' | 'all' = 'candidates',
  precision: number = PRECISION,
): Promise<LeftOutRow> {
  const computed = new Map<number, Float64Array>();
  const best = new Float64Array(groups.replicates).fill(Number.NEGATIVE_INFINITY);
  const add = (target: number, r2: Float64Array): void => {
    computed.set(target, r2);
    raise(best, r2);
  };
  const compute = async (target: number): Promise<Float64Array> => {
    const r2 = await replicateCell(row, target, groups);
    add(target, r2);
    return r2;
  };
  const ranked = Array.from(row.r2, (r2, target) => ({ r2, target }))
    .sort((a, b) => b.r2 - a.r2)
    .map(({ target }) => target);
  if (cells === 'all') for (const target of ranked) await compute(target);
  else {
    const screened = await screenRow(row, firstOf(ranked), groups);
    const ofOne = precision / Math.sqrt(groups.groups.length);
    await computeCandidates(ranked, screened, { best, precision: ofOne, add, compute });
  }
  return { best, cells: computed };
}

/** A row of cells under way. */
interface Computation {
  /** The best so far. */
  readonly best: Float64Array;
  readonly precision: number;
  /** Takes a cell whose replicates are known. */
  add(target: number, r2: Float64Array): void;
  /** Computes a cell on all columns, and takes it. */
  compute(target: number): Promise<Float64Array>;
}

/** Takes cells, the most promising first, until no other one can be the best in any replicate. */
async function computeCandidates(
  ranked: readonly number[],
  screened: readonly Screening[],
  { best, precision, add, compute }: Computation,
): Promise<void> {
  const [reference] = ranked;
  if (reference === undefined) return;
  const ofReference = await compute(reference);
  let margin = Math.max(MARGIN, CAUTION * screeningError(at(screened, reference), ofReference, ofReference));
  const left = new Set(ranked.slice(1));
  const mayExceed = (screening: Screening): boolean =>
    best.some((value, i) =>
      accountsOf(screening, ofReference, value, i).every((account) => isMissed(account, margin, precision)),
    );
  for (;;) {
    const next = [...left].find((target) => mayExceed(at(screened, target)));
    if (next === undefined) return;
    left.delete(next);
    const screening = at(screened, next);
    const { lead, leadError } = screening;
    // A margin that had to grow far says that the standard errors are not to be relied on.
    const reliable = precision > 0 && margin <= RELIABLE;
    const precise = reliable && leadError.every((error) => error <= precision);
    if (precise)
      add(
        next,
        ofReference.map((value, i) => value + at(lead, i)),
      );
    else margin = Math.max(margin, CAUTION * screeningError(screening, await compute(next), ofReference));
  }
}

/** How far a cell stands below a value, and the standard error of that. */
interface Account {
  readonly gap: number;
  readonly error: number;
}

/** Both accounts that a screening gives of one replicate: of the cell alone, and of it beside the row's best. */
function accountsOf(
  { r2, error, lead, leadError }: Screening,
  ofReference: Float64Array,
  value: number,
  replicate: number,
): [Account, Account] {
  return [
    { gap: value - r2[replicate]!, error: error[replicate]! },
    { gap: value - ofReference[replicate]! - lead[replicate]!, error: leadError[replicate]! },
  ];
}

/**
 * Whether a cell may be missed in a replicate where it stands `gap` below the best, give or take `error`: whether it
 * can be above, if all candidates are to be exact, and otherwise whether what it is expected to add is worth it. What
 * cannot be told, as where one row alone is left, counts as missed.
 */
function isMissed({ gap, error }: Account, margin: number, precision: number): boolean {
  // Where too few rows are left for an estimate, the cell is computed.
  if (precision === 0) return !(gap >= margin * error);
  return !(expectedExcess(gap, (error * margin) / MARGIN) <= LEFT_OUT * precision);
}

/** E max(0, x) of a normal x with mean −gap and this standard deviation. */
function expectedExcess(gap: number, deviation: number): number {
  if (deviation === 0) return Math.max(0, -gap);
  const z = gap / deviation;
  if (z > 6) return 0;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return deviation * (density - z * normalCdf(-z));
}

/** A cell as seen through the sampled columns; (replicates) each. */
interface Screening {
  /** R² of every replicate, estimated. */
  readonly r2: Float64Array;
  /** Its standard error; 0 if the sample holds all columns. */
  readonly error: Float64Array;
  /** By how much R² exceeds that of the row's best cell, estimated column by column. */
  readonly lead: Float64Array;
  /** Its standard error. */
  readonly leadError: Float64Array;
}

/** The largest error of a screening, in its own standard errors. */
function screeningError(screening: Screening, exact: Float64Array, ofReference: Float64Array): number {
  // What rounding alone does is no sign of a bad sample.
  const inErrors = ({ gap, error }: Account) => (Math.abs(gap) < 1e-6 ? 0 : Math.abs(gap) / error);
  return exact.reduce((worst, value, i) => {
    const [alone, compared] = accountsOf(screening, ofReference, value, i);
    return Math.max(worst, inErrors(alone), inErrors(compared));
  }, 0);
}

/** Estimates R² of all replicates of a row's cells from the sampled columns. */
async function screenRow(
  row: RowResiduals,
  reference: number,
  { replicates, splits }: LeaveOneOut,
): Promise<Screening[]> {
  const screened = Array.from(row.r2, (value) => ({
    r2: new Float64Array(replicates).fill(value),
    error: new Float64Array(replicates),
    lead: new Float64Array(replicates).fill(value - at(row.r2, reference)),
    leadError: new Float64Array(replicates),
  }));
  for (const [split, groups] of splits.entries()) {
    const sampled = await row.sampled(split);
    const ofReference = changesOf(at(sampled, reference), groups);
    for (const [target, residuals] of sampled.entries()) {
      const columns = target === reference ? ofReference : changesOf(residuals, groups);
      addMoves(at(screened, target), columns, ofReference, {
        population: row.hiddenSize,
        share: 1 / splits.length,
        leftOut: groups.leftOut,
      });
      if (columns !== ofReference) giveSpare(columns);
    }
    giveSpare(ofReference);
  }
  return screened;
}

/**
 * By how much every column's R² without any group, and without each, differs from what the measure found, about the test
 * mean: the rows of `columnsWithout`.
 */
function changesOf(residuals: TestResiduals, groups: SplitGroups): Matrix64 {
  const r2 = columnsWithout(residuals, groups);
  const measured = measuredColumns(residuals);
  const values = r2.data;
  for (let i = 0; i < values.length; )
    for (let column = 0; column < measured.length; column++, i++) values[i]! -= measured[column]!;
  return r2;
}

function measuredColumns({ residual, target }: TestResiduals): Float64Array {
  const ssTot = spreadOf(target);
  const missed = sumsOfSquares(residual, rowsOf(residual), new Float64Array(residual.columns));
  return missed.map((ssRes, column) => r2Of(ssRes, at(ssTot, column)));
}

/** A target's sums serve all source layers. */
const knownSpreads = new WeakMap<Matrix, Float64Array>();

/** SS_tot of every column about the test mean. */
function spreadOf(target: Matrix): Float64Array {
  const rows = rowsOf(target);
  const spread = knownSpreads.get(target) ?? sumsOfSquares(target, rows, rowMeans(target, rows));
  knownSpreads.set(target, spread);
  return spread;
}

const rowsOf = ({ rows }: Matrix): number[] => Array.from({ length: rows }, (_, row) => row);

/**
 * Adds a split's part of the estimates. The splits share their columns, so their errors may all point the same way
 * and are added up.
 */
function addMoves(
  { r2, error, lead, leadError }: Screening,
  { rows, columns, data }: Matrix64,
  { data: reference }: Matrix64,
  { population, share, leftOut }: { population: number; share: number; leftOut: Int32Array },
): void {
  // Of a sample without replacement.
  const correction = columns >= population ? 0 : 1 / columns - 1 / population;
  const errorOf = (sum: number, squares: number) => {
    if (correction === 0) return 0;
    const variance = columns > 1 ? (squares - sum ** 2 / columns) / (columns - 1) : Number.POSITIVE_INFINITY;
    return Math.sqrt(Math.max(0, variance) * correction);
  };
  const [moves, errors] = [new Float64Array(rows), new Float64Array(rows)];
  const [leads, leadErrors] = [new Float64Array(rows), new Float64Array(rows)];
  for (let row = 0, i = 0; row < rows; row++) {
    let [sum, squares, ahead, aheadSquares] = [0, 0, 0, 0];
    for (let column = 0; column < columns; column++, i++) {
      const change = data[i]!;
      const further = change - reference[i]!;
      sum += change;
      squares += change * change;
      ahead += further;
      aheadSquares += further * further;
    }
    moves[row] = (share * sum) / columns;
    errors[row] = share * errorOf(sum, squares);
    leads[row] = (share * ahead) / columns;
    leadErrors[row] = share * errorOf(ahead, aheadSquares);
  }
  for (const [to, values] of [
    [r2, moves],
    [error, errors],
    [lead, leads],
    [leadError, leadErrors],
  ] as const)
    for (const [replicate, group] of leftOut.entries()) to[replicate]! += at(values, 1 + group);
}

/** Mean R² over splits of one cell in every replicate. */
async function replicateCell(
  row: RowResiduals,
  target: number,
  { replicates, splits }: LeaveOneOut,
): Promise<Float64Array> {
  const mean = new Float64Array(replicates);
  for (const [split, groups] of splits.entries())
    addShare(mean, r2Without(await row.cell(split, target), groups), splits.length);
  return mean;
}
