// Does the partner's state say more of a state than its own previous one does, and than the text that both have read? (Granger's
// question; docs/method.md §19.) Banded ridge regressions from the own past, the partner and the text, alone and together,
// each block with a penalty of its own.
//
// Inner products of the rows are all that a fit needs of a block. They are made once per layer and split: of L_A source
// layers, of L_B target layers' pasts, of the text. A regression from own past and partner together depends on both
// layers, so it is one factorisation of order n for every layer pair that is looked at, n³ / 3 each.

import { type Gemm, openGemm } from '../numerics/gemm.ts';
import { at } from '../numerics/lookup.ts';
import type { Matrix, Matrix32, Matrix64 } from '../numerics/matrix.ts';
import { addShare, subtract } from '../numerics/vectors.ts';
import { arrayLayers, type LayerSource } from '../pairs/layers.ts';
import type { Split } from '../pairs/split.ts';
import {
  type ChosenPenalties,
  choosePenalties,
  LEFT_OUT_PLACE,
  MIDDLE,
} from '../synchrony/banded/choose-penalties.ts';
import { blockKernel, fitKernel, jointKernel } from '../synchrony/banded/kernels.ts';
import type { LeaveOneOut } from '../synchrony/intervals/leave-one-out.ts';
import { r2Without } from '../synchrony/intervals/leave-one-out.ts';
import { leftOutOfSplits } from '../synchrony/intervals/target-intervals.ts';
import type { LayerPair } from '../synchrony/networks/layer-pairs.ts';
import type { RunSettings } from '../synchrony/options.ts';
import { sampleTargets } from '../synchrony/ridge/cross-validation.ts';
import { type Folds, foldRows } from '../synchrony/ridge/inner-folds.ts';
import { meanR2 } from '../synchrony/ridge/r2.ts';
import { readChecked } from '../synchrony/ridge/read-layer.ts';
import { centreSplit } from '../synchrony/ridge/ridge.ts';
import { type Block, MODEL_NAMES, MODELS, type ModelName, type ModelR2 } from './variance-partition.ts';

/** As when λ of a source layer is chosen. */
const FOLDS = 3;
/** Target dimensions on which penalties are chosen: every search costs several factorisations, and solves beside them. */
const TARGET_COLUMNS = 64;

export interface OwnPastOptions extends Pick<RunSettings, 'threads' | 'device' | 'onProgress' | 'signal'> {
  readonly splits: readonly Pick<Split, 'train' | 'test' | 'trainGroupSizes'>[];
  /** The group of every sample. */
  readonly groups: readonly string[];
  readonly cells: readonly LayerPair[];
  /** Whether to see what leaving out each held-out group changes; not where a split holds out fewer than three. */
  readonly intervals: boolean;
}

/** What a regression predicts from, besides the source: all of the same samples in the same order. */
export interface OwnPastPredictors {
  /** The target model's states at its turn before: (samples, D_target) by target layer. */
  readonly past: LayerSource;
  /** Features of the text that both have read: (samples, F). */
  readonly text: Matrix32;
}

/** One layer pair. */
export interface OwnPastCell extends LayerPair {
  /** Mean over splits. */
  readonly r2: ModelR2;
  /** R² without each held-out group, SS_tot about the training mean: (1 + groups), of everything first. Absent without intervals. */
  readonly without?: Readonly<Record<ModelName, Float64Array>>;
  /** By model and split: λ of its blocks in the order of `MODELS`; null for a block that cross-validation left out. */
  readonly lambdas: Readonly<Record<ModelName, readonly (readonly (number | null)[])[]>>;
}

export interface OwnPastResult {
  readonly cells: readonly OwnPastCell[];
  /** Absent without intervals. */
  readonly leftOut?: LeaveOneOut;
}

/**
 * Held-out R² of a target's states from its own previous state, from the source's state, from the shared text, and from each
 * two and all three of them.
 *
 * @param source every layer (samples, D_source)
 * @param target every layer (samples, D_target)
 * @throws RangeError if shapes differ; NotEnoughSamples for a split with a single training group; CorruptFile from layers
 */
export async function measureOwnPast(
  source: LayerSource,
  target: LayerSource,
  { past, text }: OwnPastPredictors,
  options: OwnPastOptions,
): Promise<OwnPastResult> {
  const { splits, groups, cells, intervals, threads = 0, device = 'cpu' } = options;
  for (const other of [target, past, { samples: text.rows }])
    if (other.samples !== source.samples)
      throw new RangeError(`${other.samples} samples beside ${source.samples}`);
  const leftOut = intervals ? leftOutOfSplits({ splits }, groups) : undefined;
  const gemm = await openGemm({ threads, device });
  try {
    const sums = cells.map((cell) => emptyCell(cell, leftOut?.replicates));
    for (const [s, split] of splits.entries()) {
      const pass = { source, target, past, text, options, leftOut, gemm, s };
      await addSplit(pass, split, sums);
    }
    return { cells: sums, ...(leftOut && { leftOut }) };
  } finally {
    await gemm.close();
  }
}

function byModel<T>(of: (model: ModelName) => T): Record<ModelName, T> {
  return Object.fromEntries(MODEL_NAMES.map((model) => [model, of(model)])) as Record<ModelName, T>;
}

interface CellSums extends LayerPair {
  readonly r2: Record<ModelName, number>;
  readonly without?: Record<ModelName, Float64Array>;
  readonly lambdas: Record<ModelName, (number | null)[][]>;
}

function emptyCell(cell: LayerPair, replicates: number | undefined): CellSums {
  return {
    ...cell,
    r2: byModel(() => 0),
    ...(replicates !== undefined && { without: byModel(() => new Float64Array(replicates)) }),
    lambdas: byModel(() => []),
  };
}

interface Pass extends OwnPastPredictors {
  readonly source: LayerSource;
  readonly target: LayerSource;
  readonly options: OwnPastOptions;
  readonly leftOut: LeaveOneOut | undefined;
  readonly gemm: Gemm;
  /** Which split. */
  readonly s: number;
}

/** A target layer's rows of one split. */
interface TargetRows {
  /** Centred on the training means; training rows in the folds' order. */
  readonly train: Matrix64;
  readonly test: Matrix64;
  /** What penalties are chosen on. */
  readonly sample: Matrix64;
  readonly folds: Folds;
}

async function addSplit(
  pass: Pass,
  split: OwnPastOptions['splits'][number],
  sums: CellSums[],
): Promise<void> {
  const { source, target, past, text, options, gemm, s } = pass;
  const folds = foldRows(split, FOLDS);
  const rows = { train: folds.rows, test: split.test };
  const textKernel = await blockKernel(text, rows, gemm);
  const kernelOf = async (layers: LayerSource, name: 'source' | 'target', layer: number) =>
    blockKernel(await readChecked(layers, name, layer), rows, gemm);
  const layers = [...new Set(sums.map((cell) => cell.target))].sort((a, b) => a - b);
  let done = s * sums.length;
  for (const layer of layers) {
    const y = await readChecked(target, 'target', layer);
    const own = { ...(await targetRows(y, rows, folds)), folds };
    const ownPast = await kernelOf(past, 'target', layer);
    const fits = new ModelFits(pass, own);
    for (const cell of sums.filter((one) => one.target === layer)) {
      options.signal?.throwIfAborted();
      const partner = await kernelOf(source, 'source', cell.source);
      await fits.add({ ownPast, partner, text: textKernel }, cell);
      done += 1;
      options.onProgress?.({ done, total: sums.length * options.splits.length });
    }
  }
}

async function targetRows(
  y: Matrix,
  { train, test }: { readonly train: readonly number[]; readonly test: readonly number[] },
  folds: Folds,
): Promise<Omit<TargetRows, 'folds'>> {
  const sample = await sampleTargets(arrayLayers([y]), folds.rows, TARGET_COLUMNS);
  return { ...centreSplit(y, train, test), sample };
}

/** What a model came to in one split. */
interface ModelScore extends ChosenPenalties {
  readonly r2: number;
  readonly without?: Float64Array;
}

/** The models of one target layer in one split. Those without the partner are the same for all source layers. */
class ModelFits {
  readonly #pass: Pass;
  readonly #target: TargetRows;
  readonly #known = new Map<ModelName, ModelScore>();

  constructor(pass: Pass, target: TargetRows) {
    this.#pass = pass;
    this.#target = target;
  }

  /** Adds what all models come to with this source layer. */
  async add(kernels: Readonly<Record<Block, Matrix64>>, cell: CellSums): Promise<void> {
    const count = this.#pass.options.splits.length;
    const scores = new Map<ModelName, ModelScore>();
    for (const model of MODEL_NAMES) {
      const blocks: readonly Block[] = MODELS[model];
      const score = this.#known.get(model) ?? (await this.#score(blocks, kernels, scores));
      if (!blocks.includes('partner')) this.#known.set(model, score);
      scores.set(model, score);
      cell.r2[model] += score.r2 / count;
      cell.lambdas[model].push(score.lambdas.map((lambda) => (Number.isFinite(lambda) ? lambda : null)));
      if (cell.without && score.without) addShare(cell.without[model], score.without, count);
    }
  }

  async #score(
    blocks: readonly Block[],
    kernels: Readonly<Record<Block, Matrix64>>,
    smaller: ReadonlyMap<ModelName, ModelScore>,
  ): Promise<ModelScore> {
    const { gemm, leftOut, s } = this.#pass;
    const { train, test, sample, folds } = this.#target;
    const own = blocks.map((block) => kernels[block]);
    const chosen = await choosePenalties(own, sample, folds, startsOf(blocks, smaller), gemm);
    const smoother = await fitKernel(jointKernel(own, chosen.lambdas), gemm);
    const predicted = await gemm.multiply(smoother, train, { transposeA: true });
    const r2 = meanR2(test, predicted);
    if (!leftOut) return { ...chosen, r2 };
    const residual = { ...test, data: test.data.slice() };
    subtract(residual.data, predicted.data);
    return { ...chosen, r2, without: r2Without({ residual, target: test }, at(leftOut.splits, s)) };
  }
}

/**
 * Where a search may begin: each block where it is best by itself, or a smaller model with the missing block left out, so
 * that no model is worse on the folds than one that it contains.
 */
function startsOf(
  blocks: readonly Block[],
  smaller: ReadonlyMap<ModelName, ModelScore>,
): { readonly places: readonly number[]; readonly loss?: number }[] {
  if (blocks.length === 1) return [{ places: [MIDDLE] }];
  const alone = blocks.map((block) => smaller.get(block)?.places[0] ?? MIDDLE);
  const contained = [...smaller].filter(([model]) => MODELS[model].every((block) => blocks.includes(block)));
  return [
    { places: alone },
    ...contained.map(([model, { places, loss }]) => {
      const known: readonly Block[] = MODELS[model];
      return {
        places: blocks.map((block) =>
          known.includes(block) ? at(places, known.indexOf(block)) : LEFT_OUT_PLACE,
        ),
        loss,
      };
    }),
  ];
}
