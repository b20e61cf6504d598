// What interactions and rounds contribute to R² of one direction: every source layer is fitted once more in each split, and
// the residuals of its test rows are added up by interaction and by round. All of it is float64, one layer pair at a time,
// so memory holds the fits of one source layer and one target layer, whatever the number of layers.

import type { Gemm } from '../../numerics/gemm.ts';
import { openGemm } from '../../numerics/gemm.ts';
import { at, first, take } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix64, takeRows } from '../../numerics/matrix.ts';
import { addShare, subtract } from '../../numerics/vectors.ts';
import { type LayerSource, withCache } from '../../pairs/layers.ts';
import { type Interval, intervalOf, type Jackknife } from '../intervals/interval.ts';
import { r2Without } from '../intervals/leave-one-out.ts';
import { jackknifeOfRows } from '../intervals/target-intervals.ts';
import type { Reduce, RunSettings } from '../options.ts';
import type { Penalty, TrainTest } from '../problem.ts';
import { reduceAll } from '../reduce.ts';
import { readChecked } from '../ridge/read-layer.ts';
import { centreSplit, fitRidge, predict, type Ridge } from '../ridge/ridge.ts';
import { contributionsOf, type HeldOutInteraction, heldOutRows } from './interactions.ts';
import {
  planRounds,
  type RoundCounts,
  type RoundPlan,
  type RowPart,
  type SampleLabels,
  targetsAbout,
} from './rounds.ts';

/** Of the budget, what target layers may take that are kept in memory. */
const CACHE_SHARE = 0.5;

export interface ContributionOptions
  extends Pick<RunSettings, 'memory' | 'threads' | 'device' | 'onProgress' | 'signal'> {
  readonly splits: readonly TrainTest[];
  readonly lambda: number | Penalty;
  readonly labels: SampleLabels;
  /**
   * Other names of the samples, (samples) each: what the rows of each name add at every source layer's best target is added
   * up in the same pass.
   */
  readonly also?: readonly (readonly string[])[];
  /** For each source layer the target layer at which rounds are looked at: the measure's own choice. */
  readonly bestTarget: readonly number[];
  /** Of which layer pairs interactions' contributions are computed: all, or each source layer's best target. */
  readonly cells: 'all' | 'best';
  /** Rows that a round needs in training and in test, in every split. */
  readonly smallest: number;
  /** Coverage of the intervals; none are made if it is absent. */
  readonly level?: number;
  /** The measure's own, where it was made on principal components. */
  readonly reduce?: Reduce | undefined;
}

/** SyncR² of some test rows at the measure's own target layers. */
export interface RoundScore {
  /** Mean over source layers of the mean over splits, clamped below at 0. */
  readonly value: number;
  /** By source layer: mean over splits, not clamped. */
  readonly layers: readonly number[];
  /** Absent where a split holds out too few groups with such rows. */
  readonly intervals?: { readonly syncR2: Interval; readonly jackknife: Jackknife };
}

/** What the rows of every interaction, or of whatever else has a name, add to R². */
export interface AddedUp {
  readonly interactions: readonly HeldOutInteraction[];
  /**
   * (interactions, sourceLayers, targetLayers), row-major: mean over splits of what an interaction adds to R², 0 where it is
   * not held out. Sums to mean R²; NaN for layer pairs that were not asked for.
   */
  readonly cells: Float64Array;
}

/** Of one direction. */
export interface Contributions extends AddedUp {
  /** The same by the names of `also`. */
  readonly also: readonly AddedUp[];
  readonly rounds: readonly (RoundCounts & RoundScore)[];
  /** Rounds with too few rows. */
  readonly leftOut: readonly RoundCounts[];
  /** All rounds together. */
  readonly pooled: {
    /** SS_tot about the training mean of each row's round. */
    readonly within: RoundScore;
    /** The same rows, SS_tot about the mean of all training rows. */
    readonly overall: RoundScore;
    /** Test rows by split, and how many are left out since their round has too few training rows. */
    readonly rows: readonly number[];
    readonly notCounted: readonly number[];
  } | null;
}

/** R² of the replicates of one part, by source layer. */
type PartRows = Map<RowPart, Float64Array[]>;

/** One direction under way. */
interface Pass extends ContributionOptions {
  readonly source: LayerSource;
  readonly target: LayerSource;
  readonly gemm: Gemm;
  readonly byInteraction: Sums;
  readonly byOther: readonly Sums[];
  readonly parts: PartRows;
}

/** What is added up by the names that test rows have. */
interface Sums extends AddedUp {
  /** By split, for every test row the index of its name. */
  readonly ofRow: readonly (readonly number[])[];
}

function emptySums(splits: readonly TrainTest[], names: readonly string[], size: number): Sums {
  const { interactions, ofRow } = heldOutRows(splits, names);
  return { interactions, ofRow, cells: new Float64Array(interactions.length * size).fill(Number.NaN) };
}

/**
 * Adds up the residuals of a measurement by interaction and by round.
 *
 * @param source every layer (samples, D_source)
 * @param target every layer (samples, D_target), the same samples in the same order
 * @throws RangeError if labels or target layers do not fit; otherwise as `measureSynchrony`
 */
export async function measureContributions(
  source: LayerSource,
  target: LayerSource,
  options: ContributionOptions,
): Promise<Contributions> {
  const { reduce, labels } = options;
  checkOptions(source, target, options);
  if (reduce === undefined) return addUp(source, target, options);
  const { rows, ...reduced } = await reduceAll(source, [{ target }], reduce, options);
  const also = (options.also ?? []).map((names) => take(names, rows));
  const stacked = { ...reduced.options, labels: labelsOfRows(labels, rows), also };
  return addUp(reduced.source.layers, first(reduced.targets).target, stacked);
}

function labelsOfRows({ interactions, rounds, groups }: SampleLabels, rows: readonly number[]): SampleLabels {
  return {
    interactions: take(interactions, rows),
    rounds: take(rounds, rows),
    groups: take(groups, rows),
  };
}

/** As `measureContributions`, of the layers as they are. */
async function addUp(
  source: LayerSource,
  target: LayerSource,
  options: ContributionOptions,
): Promise<Contributions> {
  const { splits, labels, smallest, memory = process.availableMemory() / 2 } = options;
  const size = source.layers * target.layers;
  const byInteraction = emptySums(splits, labels.interactions, size);
  const byOther = (options.also ?? []).map((names) => emptySums(splits, names, size));
  const plan = planRounds(splits, labels, smallest);
  const { threads = 0, device = 'cpu' } = options;
  const gemm = await openGemm({ threads, device });
  try {
    const pass: Pass = {
      ...options,
      ...{ source, gemm, byInteraction, byOther },
      target: withCache(target, CACHE_SHARE * memory),
      parts: partRows(plan, source.layers),
    };
    for (let layer = 0; layer < source.layers; layer++) await addLayer(pass, layer);
    return {
      ...{ interactions: byInteraction.interactions, cells: byInteraction.cells },
      also: byOther.map(({ interactions, cells }) => ({ interactions, cells })),
      ...scoresOf(plan, pass),
    };
  } finally {
    await gemm.close();
  }
}

function checkOptions(
  { samples, layers }: LayerSource,
  target: LayerSource,
  { labels, also = [], bestTarget }: ContributionOptions,
): void {
  for (const [name, { length }] of [...Object.entries(labels), ...Object.entries(also)])
    if (length !== samples) throw new RangeError(`${name} of ${length} samples, but there are ${samples}`);
  if (bestTarget.length !== layers || bestTarget.some((layer) => !(layer >= 0 && layer < target.layers)))
    throw new RangeError(`target layers ${bestTarget.join(', ')} of ${layers} source layers`);
}

function partsOf({ rounds, pooled }: RoundPlan): RowPart[] {
  return [...rounds.map(({ part }) => part), ...(pooled ? [pooled.within, pooled.overall] : [])];
}

function partRows(plan: RoundPlan, layers: number): PartRows {
  const zerosOf = (part: RowPart) =>
    Array.from({ length: layers }, () => new Float64Array(part.groups.replicates));
  return new Map(partsOf(plan).map((part) => [part, zerosOf(part)]));
}

/** One source layer: its fits, and every target layer that it is asked for. */
async function addLayer(pass: Pass, layer: number): Promise<void> {
  const { source, target, splits, lambda, cells, gemm, signal, onProgress } = pass;
  const best = at(pass.bestTarget, layer);
  const x = await readChecked(source, 'source', layer);
  const fits: Ridge[] = [];
  for (const [split, { train, test }] of splits.entries()) {
    signal?.throwIfAborted();
    const penalty = typeof lambda === 'number' ? lambda : lambda(split, layer);
    fits.push(await fitRidge(centreSplit(x, train, test), penalty, gemm));
  }
  const targets = cells === 'best' ? [best] : [...Array(target.layers).keys()];
  for (const [done, to] of targets.entries()) {
    const y = await readChecked(target, 'target', to);
    for (const [split, ridge] of fits.entries()) {
      signal?.throwIfAborted();
      const { actual, residual } = await residualsOf(ridge, y, at(splits, split), gemm);
      const sums = to === best ? [pass.byInteraction, ...pass.byOther] : [pass.byInteraction];
      for (const own of sums) addCell(pass, own, split, layer * target.layers + to, { actual, residual });
      if (to === best) addRounds(pass, split, layer, y, residual);
    }
    onProgress?.({ done: layer * targets.length + done + 1, total: source.layers * targets.length });
  }
}

/** Test targets, centred on the training means, and what the fit leaves of them. */
async function residualsOf(
  ridge: Ridge,
  y: Matrix,
  { train, test }: TrainTest,
  gemm: Gemm,
): Promise<{ actual: Matrix64; residual: Matrix64 }> {
  const centred = centreSplit(y, train, test);
  const predicted = await predict(ridge, centred.train, gemm);
  const residual = { ...centred.test, data: centred.test.data.slice() };
  subtract(residual.data, predicted.data);
  return { actual: centred.test, residual };
}

function addCell(
  { source, target, splits }: Pass,
  { interactions, ofRow, cells }: Sums,
  split: number,
  cell: number,
  { actual, residual }: { readonly actual: Matrix64; readonly residual: Matrix64 },
): void {
  const size = source.layers * target.layers;
  const added = contributionsOf(actual, residual, at(ofRow, split), interactions.length);
  for (const [interaction, value] of added.entries()) {
    const i = interaction * size + cell;
    cells[i] = (split === 0 ? 0 : at(cells, i)) + value / splits.length;
  }
}

function addRounds(
  { parts, splits, labels }: Pass,
  split: number,
  layer: number,
  y: Matrix,
  residual: Matrix64,
): void {
  for (const [{ positions, about, groups }, rows] of parts) {
    const own = at(positions, split);
    const target = targetsAbout(y, at(splits, split), own, about, labels.rounds);
    const r2 = r2Without({ residual: takeRows(residual, own), target }, at(groups.splits, split));
    addShare(at(rows, layer), r2, splits.length);
  }
}

function scoresOf(
  { rounds, leftOut, pooled }: RoundPlan,
  { parts, level }: Pass,
): Pick<Contributions, 'rounds' | 'leftOut' | 'pooled'> {
  const scoreOf = (part: RowPart): RoundScore => {
    const rows = (parts.get(part) ?? []).map((best) => ({ best }));
    const layers = rows.map(({ best }) => at(best, 0));
    const value = layers.reduce((sum, r2) => sum + Math.max(0, r2), 0) / layers.length;
    if (level === undefined || part.groups.groups.length === 0) return { value, layers };
    const jackknife = jackknifeOfRows(value, rows, part.groups);
    return { value, layers, intervals: { syncR2: intervalOf(jackknife, level, 0), jackknife } };
  };
  return {
    rounds: rounds.map(({ part, ...counts }) => ({ ...counts, ...scoreOf(part) })),
    leftOut,
    pooled: pooled && {
      within: scoreOf(pooled.within),
      overall: scoreOf(pooled.overall),
      rows: pooled.rows,
      notCounted: pooled.notCounted,
    },
  };
}
