// R² of every source layer to every target layer, over all split seeds. This is the plain way: one factorisation
// per source layer and split, one product per layer pair. Faster ways are compared with it.

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { type Gemm, openGemm } from '../numerics/gemm.ts';
import type { Matrix } from '../numerics/matrix.ts';
import { alignPairs, type Direction } from '../pairs/align.ts';
import { type LayerSource, recordingLayers, withCache } from '../pairs/layers.ts';
import type { OpenRecording } from '../pairs/open.ts';
import { type Split, splitSamples } from '../pairs/split.ts';
import { meanR2 } from './r2.ts';
import { centreSplit, fitRidge, predict, type Ridge } from './ridge.ts';
import { averageSeeds, summariseSyncR2 } from './sync-r2.ts';
import type { SplitRecord, SynchronyResult } from './types.ts';

/** Target layers up to this many bytes are kept in memory, since every source layer asks for all of them. */
const CACHE_BYTES = 2 ** 30;

/** What a result says of itself, as far as the states do not. */
interface MeasureLabels {
  readonly condition: string;
  readonly direction: Direction;
  readonly sourceModel: string;
  readonly targetModel: string;
  readonly groupBy: string;
}

interface MeasureHooks {
  /** Called after every layer pair; `total` is sourceLayers · targetLayers. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Checked before every layer pair. */
  readonly signal?: AbortSignal;
}

export interface MeasureOptions extends MeasureLabels, MeasureHooks {
  /** Ridge penalty λ. Paper §4.2: 0.1. */
  readonly lambda: number;
  /** One split per split seed; R² is reported for each and as their mean. */
  readonly splits: readonly Split[];
}

export interface RecordingsOptions extends MeasureLabels, MeasureHooks {
  readonly lambda: number;
  /** Training and test samples together. Paper §4.2: 6500. */
  readonly samples: number | 'all';
  /** Share that is held out. Paper §4.2: 0.2. */
  readonly testFraction: number;
  readonly splitSeeds: readonly number[];
}

/**
 * Measures synchrony over all layer pairs of one direction.
 *
 * @param source rows of X: every layer (samples, D_source)
 * @param target rows of Y: every layer (samples, D_target), the same samples in the same order
 * @throws BadInput for values that are not finite, or a λ that does not work; NotEnoughSamples for a split with
 *   fewer than two rows on a side; CorruptFile from a source on disk; the signal's reason when aborted
 */
export async function measureSynchrony(
  source: LayerSource,
  target: LayerSource,
  options: MeasureOptions,
): Promise<SynchronyResult> {
  const { condition, direction, sourceModel, targetModel, groupBy, lambda, splits } = options;
  checkSplits(splits);
  const { r2, conditionNumbers } = await measureCells(source, target, options);
  return {
    format: 'interbrain-synchrony-1',
    condition,
    direction,
    sourceModel,
    targetModel,
    sourceLayers: source.layers,
    targetLayers: target.layers,
    samples: splits[0]!.train.length + splits[0]!.test.length,
    lambda,
    groupBy,
    splits: splits.map(recordSplit),
    r2,
    meanR2: averageSeeds(r2),
    conditionNumbers,
    syncR2: summariseSyncR2(r2, source.layers, target.layers),
  };
}

/**
 * Measures synchrony between the two seats of recordings: pairs their states in time, splits them by group and
 * measures every layer pair. Errors as in `measureSynchrony` and `splitSamples`.
 */
export async function measureRecordings(
  recordings: readonly OpenRecording[],
  options: RecordingsOptions,
): Promise<SynchronyResult> {
  const pairs = alignPairs(recordings, options.direction);
  const { samples, testFraction } = options;
  const splits = options.splitSeeds.map((seed) => splitSamples(pairs, { seed, samples, testFraction }));
  const source = recordingLayers(recordings, pairs, 'source');
  const target = withCache(recordingLayers(recordings, pairs, 'target'), CACHE_BYTES);
  return measureSynchrony(source, target, { ...options, splits });
}

async function measureCells(
  source: LayerSource,
  target: LayerSource,
  options: MeasureOptions,
): Promise<{ r2: Float64Array[]; conditionNumbers: number[][] }> {
  const total = source.layers * target.layers;
  const r2 = options.splits.map(() => new Float64Array(total));
  const conditionNumbers: number[][] = options.splits.map(() => []);
  const gemm = await openGemm();
  try {
    for (let from = 0; from < source.layers; from++) {
      const ridges = await fitSplits(await readChecked(source, 'source', from), options, gemm);
      for (const [s, { conditionNumber }] of ridges.entries()) conditionNumbers[s]!.push(conditionNumber);
      for (let to = 0; to < target.layers; to++) {
        options.signal?.throwIfAborted();
        const cell = from * target.layers + to;
        const y = await readChecked(target, 'target', to);
        for (const [s, ridge] of ridges.entries())
          r2[s]![cell] = await scoreTarget(ridge, y, options.splits[s]!, gemm);
        options.onProgress?.({ done: cell + 1, total });
      }
    }
  } finally {
    await gemm.close();
  }
  return { r2, conditionNumbers };
}

/** One fitted ridge per split, for one source layer. */
async function fitSplits(
  x: Matrix,
  { splits, lambda, signal }: MeasureOptions,
  gemm: Gemm,
): Promise<Ridge[]> {
  const ridges: Ridge[] = [];
  for (const { train, test } of splits) {
    signal?.throwIfAborted();
    ridges.push(await fitRidge(centreSplit(x, train, test), lambda, gemm));
  }
  return ridges;
}

/** R² of one target layer in one split. */
async function scoreTarget(ridge: Ridge, y: Matrix, split: Split, gemm: Gemm): Promise<number> {
  const { train, test } = centreSplit(y, split.train, split.test);
  return meanR2(test, await predict(ridge, train, gemm));
}

/** A NaN would make every R² that it touches NaN without a word. */
async function readChecked(layers: LayerSource, side: string, layer: number): Promise<Matrix> {
  const matrix = await layers.read(layer);
  const { data, columns } = matrix;
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! - data[i]!;
  if (sum === 0) return matrix;
  const bad = data.findIndex((value: number) => !Number.isFinite(value));
  const place = `sample ${Math.floor(bad / columns)}, dimension ${bad % columns}`;
  throw new BadInput(`${side} layer ${layer}`, `${place} is ${data[bad]}; states must be finite`);
}

function checkSplits(splits: readonly Split[]): void {
  if (splits.length === 0) throw new BadInput('splitSeeds', 'no split seeds; one or more are needed');
  for (const { seed, train, test } of splits)
    for (const [name, { length }] of Object.entries({ train, test }))
      if (length < 2)
        throw new NotEnoughSamples(`split seed ${seed}, ${name} set`, length, 2, 'take more samples');
}

function recordSplit({ seed, train, test, trainGroups, testGroups }: Split): SplitRecord {
  return { seed, trainSamples: train.length, testSamples: test.length, testGroups, trainGroups };
}
