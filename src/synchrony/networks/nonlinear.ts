// The nonlinear map beside the affine one (docs/method.md §10, paper Appendix I): one network per layer pair and split, on the
// same rows and with the same R². A network takes seconds where a layer pair of ridge takes microseconds, so layer
// pairs can be chosen, each is handed over as soon as it is done, and the time it will take is told early.

import { BadInput } from '../../errors.ts';
import { openGemm } from '../../numerics/gemm.ts';
import type { Matrix } from '../../numerics/matrix.ts';
import { type LayerSource, sidesOf } from '../../pairs/layers.ts';
import type { Split } from '../../pairs/split.ts';
import { readChecked } from '../ridge/read-layer.ts';
import { averageSeeds } from '../sync-r2.ts';
import type { MeasureId, ResultHead, SynchronyResult } from '../types.ts';
import { Clock, type ClockHooks } from './clock.ts';
import { compareMaps, mapsOf } from './compare-maps.ts';
import { choosePairs, type LayerPair, type LayerPairChoice, nameOf } from './layer-pairs.ts';
import { NETWORK_DEFAULTS, type NetworkSettings, trainAndScore } from './train-network.ts';
import type { NonlinearCell, NonlinearResult } from './types.ts';

/** How the results of this measure are marked. */
export const NETWORKS: MeasureId<'networks'> = { name: 'networks', version: 1 };

export interface NonlinearOptions extends Partial<NetworkSettings>, ClockHooks {
  /**
   * `best`, the default: each source layer with the target layer that the affine map predicts best. `all` is the
   * paper's; or a list.
   */
  readonly layerPairs?: LayerPairChoice;
  /** The splits that the affine result was measured with. */
  readonly splits: readonly Split[];
  /** Layer pairs whose networks are trained; their affine numbers are taken from the affine result. */
  readonly known?: readonly NonlinearCell[];
  /** Awaited after every layer pair, with the result so far. */
  readonly onCell?: (soFar: NonlinearResult) => Promise<void> | void;
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
  const { splits } = options;
  checkSplits(affine, splits);
  const pairs = choosePairs(affine, options.layerPairs ?? 'best');
  const known = new Map((options.known ?? []).map((cell) => [nameOf(cell), cell]));
  const cells = pairs.flatMap((pair): NonlinearCell[] => {
    const cell = known.get(nameOf(pair));
    return cell ? [{ ...cell, affine: affineOf(affine, pair) }] : [];
  });
  const open = pairs.filter((pair) => !known.has(nameOf(pair)));
  const skipped = (pairs.length - open.length) * splits.length;
  const clock = new Clock(open.length * splits.length, skipped, network.epochs, options);
  const gemm = await openGemm({ threads: options.threads ?? 0 });
  let x: { layer: number; matrix: Matrix } | undefined;
  try {
    for (const pair of open) {
      if (x?.layer !== pair.source)
        x = { layer: pair.source, matrix: await readChecked(source, 'source', pair.source) };
      const y = await readChecked(target, 'target', pair.target);
      const scores = [];
      for (const split of splits) {
        const name = `nonlinear/${network.seed}/${split.seed}/${affine.direction}/${nameOf(pair)}`;
        const hooks = { signal: options.signal, onEpoch: (epochs: number) => clock.tick(epochs) };
        scores.push(await trainAndScore(x.matrix, y, split, network, name, hooks, gemm));
      }
      cells.push({
        ...pair,
        affine: affineOf(affine, pair),
        nonlinear: scores.map(({ r2 }) => r2),
        trainLoss: scores.map(({ trainLoss }) => trainLoss),
      });
      await options.onCell?.(resultOf(affine, network, cells));
    }
  } finally {
    await gemm.close();
  }
  return resultOf(affine, network, cells);
}

/**
 * The paper's settings where nothing else was asked for.
 *
 * @throws BadInput for numbers that are none
 */
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

/**
 * What the cells come to.
 *
 * @param head what the ridge result, or the result itself, says of the direction
 * @param cells in any order
 */
export function nonlinearResult(
  head: Omit<ResultHead, 'measure'> & { readonly measure: MeasureId<'networks'> },
  { lambda, network }: Pick<NonlinearResult, 'lambda' | 'network'>,
  cells: readonly NonlinearCell[],
): NonlinearResult {
  const sorted = cells.toSorted((a, b) => a.source - b.source || a.target - b.target);
  const r2 = mapsOf(sorted, ({ nonlinear }) => nonlinear, head, head.splits.length, Number.NaN);
  const comparison = compareMaps(sorted, head);
  return {
    ...head,
    lambda,
    network,
    r2,
    meanR2: averageSeeds(r2),
    syncR2: comparison.complete ? comparison.nonlinear : null,
    cells: sorted,
    comparison,
  };
}

function resultOf(
  affine: SynchronyResult,
  network: NetworkSettings,
  cells: readonly NonlinearCell[],
): NonlinearResult {
  const { format, condition, direction, sourceModel, targetModel } = affine;
  const { samples, lambda, groupBy, splits, leftOut } = affine;
  const labels = { condition, direction, sourceModel, targetModel, ...sidesOf(affine) };
  const head = { format, measure: NETWORKS, ...labels, samples, groupBy, splits };
  return nonlinearResult({ ...head, ...(leftOut && { leftOut }) }, { lambda, network }, cells);
}

/** R² of the ridge map of a layer pair, by split. */
function affineOf({ r2, targetLayers }: SynchronyResult, { source, target }: LayerPair): number[] {
  const cell = source * targetLayers + target;
  return r2.map((plane) => plane[cell] ?? Number.NaN);
}

function checkSplits(affine: SynchronyResult, splits: readonly Split[]): void {
  const [theirs, ours] = [
    affine.splits.map(({ seed, trainSamples, testSamples }) => `${seed} (${trainSamples} + ${testSamples})`),
    splits.map(({ seed, train, test }) => `${seed} (${train.length} + ${test.length})`),
  ].map((list) => list.join(', '));
  if (ours !== theirs || splits.length === 0)
    throw new BadInput('splits', `seeds ${ours}, but the affine result has ${theirs}; they must be the same`);
}
