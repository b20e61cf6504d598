// The nonlinear map beside the affine one (docs/method.md §10, paper Appendix I): one network per layer pair and split, on the
// same rows and with the same R². A network takes seconds where a layer pair of ridge takes microseconds, so layer
// pairs can be chosen, each is handed over as soon as it is done, and the time it will take is told early.

import { BadInput } from '../../errors.ts';
import { openGemm } from '../../numerics/gemm.ts';
import type { Matrix } from '../../numerics/matrix.ts';
import type { LayerSource } from '../../pairs/layers.ts';
import type { Split } from '../../pairs/split.ts';
import { readChecked } from '../ridge/read-layer.ts';
import { summariseSyncR2 } from '../sync-r2.ts';
import type { SynchronyResult, SyncR2 } from '../types.ts';
import { NETWORK_DEFAULTS, type NetworkSettings, trainAndScore } from './train-network.ts';

/** A source and a target layer, 0-based. */
export interface LayerPair {
  readonly source: number;
  readonly target: number;
}

/** One layer pair, affine and nonlinear side by side. All lists are by split. */
export interface NonlinearCell extends LayerPair {
  /** R² of the ridge map. */
  readonly affine: readonly number[];
  /** R² of the network. */
  readonly nonlinear: readonly number[];
  /** Mean squared error of standardised training targets in the last epoch. */
  readonly trainLoss: readonly number[];
}

/** SyncR² by both maps over the same layer pairs. */
export interface NonlinearComparison {
  readonly affine: SyncR2;
  readonly nonlinear: SyncR2;
  /** Source layers that it is the mean over, in the order of `bestTarget` and `bestR2`. */
  readonly sourceLayers: readonly number[];
  /** Whether these are all layer pairs. If not, neither number is SyncR²: the best target was chosen among fewer. */
  readonly complete: boolean;
}

/** One direction of one condition, by networks. */
export interface NonlinearResult
  extends Pick<
    SynchronyResult,
    | 'condition'
    | 'direction'
    | 'sourceModel'
    | 'targetModel'
    | 'sourceLayers'
    | 'targetLayers'
    | 'samples'
    | 'lambda'
    | 'groupBy'
  > {
  readonly format: 'interbrain-nonlinear-1';
  readonly network: NetworkSettings;
  readonly splitSeeds: readonly number[];
  /** By source layer, then by target layer. */
  readonly cells: readonly NonlinearCell[];
  readonly comparison: NonlinearComparison;
}

/** How long all of it takes, by what has been trained so far. */
export interface NonlinearEstimate {
  /** Seconds that are left. */
  readonly seconds: number;
  /** Networks that are left, the one in training included. */
  readonly networks: number;
}

export interface NonlinearOptions extends Partial<NetworkSettings> {
  /**
   * `best`, the default: each source layer with the target layer that the affine map predicts best. `all` is the
   * paper's; or a list.
   */
  readonly layerPairs?: 'all' | 'best' | readonly LayerPair[];
  /** The splits that the affine result was measured with. */
  readonly splits: readonly Split[];
  /** Layer pairs whose networks are trained; their affine numbers are taken from the affine result. */
  readonly known?: readonly NonlinearCell[];
  /** Awaited after every layer pair, with the result so far. */
  readonly onCell?: (soFar: NonlinearResult) => Promise<void> | void;
  /** Called after the first epoch, and then after every network. */
  readonly onEstimate?: (estimate: NonlinearEstimate) => void;
  /** Counts networks, parts of one included. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Checked before every step of training. */
  readonly signal?: AbortSignal;
  /** Threads; as many as there are cores by default. */
  readonly threads?: number;
}

/**
 * Trains a network for every chosen layer pair and split. The same settings give the same numbers whichever other
 * layer pairs are chosen and however often the work was interrupted.
 *
 * @param source rows of X: every layer (samples, D_source)
 * @param target rows of Y: every layer (samples, D_target), the same samples in the same order
 * @param affine what the ridge maps came to on the same splits
 * @throws BadInput for settings that do not work, or splits that are not the affine result's; the signal's reason
 */
export async function measureNonlinear(
  source: LayerSource,
  target: LayerSource,
  affine: SynchronyResult,
  options: NonlinearOptions,
): Promise<NonlinearResult> {
  const network = networkSettings(options);
  checkSplits(affine, options.splits);
  const pairs = choosePairs(affine, options.layerPairs ?? 'best');
  const known = new Map((options.known ?? []).map((cell) => [nameOf(cell), cell]));
  const affineAt = ({ source: from, target: to }: LayerPair) =>
    affine.r2.map((plane) => plane[from * affine.targetLayers + to]!);
  const cells = pairs.flatMap((pair): NonlinearCell[] => {
    const cell = known.get(nameOf(pair));
    return cell ? [{ ...cell, affine: affineAt(pair) }] : [];
  });
  const open = pairs.filter((pair) => !known.has(nameOf(pair)));
  const clock = new Clock(pairs.length, open.length, network.epochs, options);
  const gemm = await openGemm({ threads: options.threads ?? 0 });
  let x: { layer: number; matrix: Matrix } | undefined;
  try {
    for (const pair of open) {
      if (x?.layer !== pair.source)
        x = { layer: pair.source, matrix: await readChecked(source, 'source', pair.source) };
      const y = await readChecked(target, 'target', pair.target);
      const scores = [];
      for (const split of options.splits) {
        const name = `nonlinear/${network.seed}/${split.seed}/${affine.direction}/${nameOf(pair)}`;
        const hooks = { signal: options.signal, onEpoch: (epochs: number) => clock.tick(epochs) };
        scores.push(await trainAndScore(x.matrix, y, split, network, name, hooks, gemm));
      }
      cells.push({
        ...pair,
        affine: affineAt(pair),
        nonlinear: scores.map(({ r2 }) => r2),
        trainLoss: scores.map(({ trainLoss }) => trainLoss),
      });
      await options.onCell?.(resultOf(affine, network, options.splits, cells));
    }
  } finally {
    await gemm.close();
  }
  return resultOf(affine, network, options.splits, cells);
}

/** The paper's settings where nothing else was asked for. Throws BadInput for numbers that are none. */
export function networkSettings(options: Partial<NetworkSettings>): NetworkSettings {
  const { hidden, learningRate, weightDecay, epochs, batchSize, seed } = { ...NETWORK_DEFAULTS, ...options };
  for (const [name, value] of Object.entries({ hidden, epochs, batchSize }))
    if (!(Number.isInteger(value) && value > 0))
      throw new BadInput(`nonlinear.${name}`, `${value}; it should be a whole number above 0`);
  if (!(learningRate > 0 && Number.isFinite(learningRate)))
    throw new BadInput('nonlinear.learningRate', `${learningRate}; it should be above 0`);
  if (!(weightDecay >= 0 && learningRate * weightDecay < 1))
    throw new BadInput(
      'nonlinear.weightDecay',
      `${weightDecay}; it should be 0 or more, and less than a step`,
    );
  if (!Number.isInteger(seed)) throw new BadInput('nonlinear.seed', `${seed}; it should be a whole number`);
  return { hidden, learningRate, weightDecay, epochs, batchSize, seed };
}

/** Compares both maps over some layer pairs: each source layer at its best target among them, clamped, averaged. */
export function compareMaps(
  cells: readonly NonlinearCell[],
  { sourceLayers, targetLayers }: Pick<SynchronyResult, 'sourceLayers' | 'targetLayers'>,
): NonlinearComparison {
  const sources = [...new Set(cells.map(({ source }) => source))].sort((a, b) => a - b);
  const splits = cells[0]?.affine.length ?? 0;
  const summarise = (map: 'affine' | 'nonlinear'): SyncR2 => {
    const planes = Array.from({ length: splits }, (_, split) => {
      const plane = new Float64Array(sources.length * targetLayers).fill(Number.NEGATIVE_INFINITY);
      for (const cell of cells)
        plane[sources.indexOf(cell.source) * targetLayers + cell.target] = cell[map][split]!;
      return plane;
    });
    return summariseSyncR2(planes, sources.length, targetLayers);
  };
  const none: SyncR2 = { value: Number.NaN, standardError: Number.NaN, bestTarget: [], bestR2: [] };
  return {
    affine: cells.length > 0 ? summarise('affine') : none,
    nonlinear: cells.length > 0 ? summarise('nonlinear') : none,
    sourceLayers: sources,
    complete: cells.length === sourceLayers * targetLayers,
  };
}

/** A table of both maps, a row per layer pair: for CSV. */
export function nonlinearTable({ cells, splitSeeds }: NonlinearResult): (string | number)[][] {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const head = ['source_layer', 'target_layer', 'affine_r2', 'nonlinear_r2', 'train_loss'];
  const perSplit = splitSeeds.flatMap((seed) => [`affine_r2_seed_${seed}`, `nonlinear_r2_seed_${seed}`]);
  const rows = cells.map(({ source, target, affine, nonlinear, trainLoss }) => [
    source,
    target,
    mean(affine),
    mean(nonlinear),
    mean(trainLoss),
    ...affine.flatMap((value, split) => [value, nonlinear[split]!]),
  ]);
  return [[...head, ...perSplit], ...rows];
}

function resultOf(
  affine: SynchronyResult,
  network: NetworkSettings,
  splits: readonly Split[],
  found: readonly NonlinearCell[],
): NonlinearResult {
  const { condition, direction, sourceModel, targetModel, sourceLayers, targetLayers } = affine;
  const { samples, lambda, groupBy } = affine;
  const cells = found.toSorted((a, b) => a.source - b.source || a.target - b.target);
  return {
    format: 'interbrain-nonlinear-1',
    condition,
    direction,
    sourceModel,
    targetModel,
    sourceLayers,
    targetLayers,
    samples,
    lambda,
    groupBy,
    network,
    splitSeeds: splits.map(({ seed }) => seed),
    cells,
    comparison: compareMaps(cells, affine),
  };
}

function nameOf({ source, target }: LayerPair): string {
  return `${source}/${target}`;
}

/** The chosen layer pairs, each once, by source layer. */
function choosePairs(
  { sourceLayers, targetLayers, syncR2 }: SynchronyResult,
  chosen: 'all' | 'best' | readonly LayerPair[],
): LayerPair[] {
  const sources = Array.from({ length: sourceLayers }, (_, source) => source);
  if (chosen === 'best') return sources.map((source) => ({ source, target: syncR2.bestTarget[source]! }));
  if (chosen === 'all')
    return sources.flatMap((source) =>
      Array.from({ length: targetLayers }, (_, target) => ({ source, target })),
    );
  if (chosen.length === 0) throw new BadInput('nonlinear.layerPairs', 'an empty list; name one pair or more');
  const valid = (layer: number, layers: number) => Number.isInteger(layer) && layer >= 0 && layer < layers;
  for (const { source, target } of chosen)
    if (!valid(source, sourceLayers) || !valid(target, targetLayers)) {
      const there = `layers are 0 to ${sourceLayers - 1} and 0 to ${targetLayers - 1}`;
      throw new BadInput('nonlinear.layerPairs', `there is no pair ${source}, ${target}; ${there}`);
    }
  const unique = new Map(chosen.map((pair) => [nameOf(pair), pair]));
  return [...unique.values()].sort((a, b) => a.source - b.source || a.target - b.target);
}

function checkSplits(affine: SynchronyResult, splits: readonly Split[]): void {
  const [theirs, ours] = [
    affine.splits.map(({ seed, trainSamples, testSamples }) => `${seed} (${trainSamples} + ${testSamples})`),
    splits.map(({ seed, train, test }) => `${seed} (${train.length} + ${test.length})`),
  ].map((list) => list.join(', '));
  if (ours !== theirs || splits.length === 0)
    throw new BadInput('splits', `seeds ${ours}, but the affine result has ${theirs}; they must be the same`);
}

/** Counts networks and tells how long the rest will take. */
class Clock {
  readonly #options: NonlinearOptions;
  readonly #epochs: number;
  readonly #networks: number;
  readonly #skipped: number;
  readonly #start = performance.now();
  #done = 0;

  constructor(pairs: number, open: number, epochs: number, options: NonlinearOptions) {
    this.#options = options;
    this.#epochs = epochs;
    this.#networks = open * options.splits.length;
    this.#skipped = (pairs - open) * options.splits.length;
  }

  /** After an epoch of the network in training. */
  tick(epochs: number): void {
    const last = epochs === this.#epochs;
    const done = this.#done + epochs / this.#epochs;
    if (last) this.#done += 1;
    const left = this.#networks - done;
    if (last || (epochs === 1 && this.#done === 0))
      this.#options.onEstimate?.({
        seconds: ((performance.now() - this.#start) / 1000) * (left / done),
        networks: this.#networks - this.#done,
      });
    this.#options.onProgress?.({ done: this.#skipped + done, total: this.#skipped + this.#networks });
  }
}
