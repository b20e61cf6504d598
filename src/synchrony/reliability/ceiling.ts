// How well a target layer can be predicted at all, by a linear map from this many rows: from the target model's own other layers at the same
// turn (docs/method.md §18), on the rows and splits of the measure. What SyncR² is of that, is its share of what there is.

import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { addShare, subtract } from '../../numerics/vectors.ts';
import type { LayerSource } from '../../pairs/layers.ts';
import { type Jackknife, ratioJackknife } from '../intervals/interval.ts';
import { r2Without } from '../intervals/leave-one-out.ts';
import { jackknifeOfRows, leftOutOfSplits } from '../intervals/target-intervals.ts';
import { measureSynchrony } from '../measure.ts';
import type { MeasureOptions } from '../options.ts';
import { penaltyOf } from '../results.ts';
import { readChecked } from '../ridge/read-layer.ts';
import { centreSplit, fitRidge, predict } from '../ridge/ridge.ts';
import type { SynchronyResult, SyncR2 } from '../types.ts';

/** The best of the target model's other layers for one layer. */
export interface LayerCeiling {
  /** 0-based. */
  readonly target: number;
  /** Which other layer predicts it best. */
  readonly from: number;
  /** Mean R² over splits, clamped below at 0. */
  readonly r2: number;
}

export interface Ceiling {
  /** Of every target layer. */
  readonly layers: readonly LayerCeiling[];
  /** The mean over source layers of the ceiling of their best target layers. */
  readonly value: number;
  /** SyncR² over it; null where it is 0. */
  readonly share: number | null;
  /** Of the share; absent where SyncR² has none, or too few groups are held out. */
  readonly jackknife?: Jackknife;
}

/** The measure that the ceiling is about. */
type Measured = Pick<SynchronyResult, 'intervals'> & { readonly syncR2: SyncR2 };

/**
 * @param target (samples, D) by layer: the rows of Y
 * @param options of the measure, with its splits
 * @returns null for a target model of one layer
 * @throws as `measureSynchrony`
 */
export async function measureCeiling(
  target: LayerSource,
  { syncR2, intervals }: Measured,
  options: MeasureOptions,
): Promise<Ceiling | null> {
  if (target.layers < 2) return null;
  const own = await measureSynchrony(target, target, { ...options, intervals: false });
  const layers = Array.from({ length: target.layers }, (_, to) => bestOther(own.meanR2, to, target.layers));
  const chosen = syncR2.bestTarget.map((to) => at(layers, to));
  const value = chosen.reduce((sum, { r2 }) => sum + r2, 0) / chosen.length;
  const share = value > 0 ? syncR2.value / value : null;
  const leaving = options.groups && leftOutOfSplits(options, options.groups);
  const part = intervals?.jackknife;
  // Components of other layers are other ones: no interval of layers as they are would be about them.
  if (!leaving || !part || share === null || options.reduce || !(part.centre > 0 && part.estimate > 0))
    return { layers, value, share };
  const byLayer = await replicates(target, chosen, own, leaving, options);
  const rows = chosen.map(({ target: to }) => ({ best: at(byLayer, to) }));
  const whole = jackknifeOfRows(value, rows, leaving);
  if (!(whole.centre > 0)) return { layers, value, share };
  return { layers, value, share, jackknife: ratioJackknife(part, whole) };
}

function bestOther(r2: Float64Array, target: number, layers: number): LayerCeiling {
  let best = { target, from: target === 0 ? 1 : 0, r2: Number.NEGATIVE_INFINITY };
  for (let from = 0; from < layers; from++) {
    const value = at(r2, from * layers + target);
    if (from !== target && value > best.r2) best = { target, from, r2: value };
  }
  return { ...best, r2: Math.max(0, best.r2) };
}

/** R² of the chosen layers without each held-out group, by layer. */
async function replicates(
  target: LayerSource,
  chosen: readonly LayerCeiling[],
  own: SynchronyResult,
  leaving: NonNullable<ReturnType<typeof leftOutOfSplits>>,
  { splits, threads = 0, device = 'cpu', signal }: MeasureOptions,
): Promise<Float64Array[]> {
  const penalty = penaltyOf(own);
  const found: Float64Array[] = [];
  const gemm: Gemm = await openGemm({ threads, device });
  try {
    for (const { target: to, from } of new Map(chosen.map((one) => [one.target, one])).values()) {
      const [x, y] = [await readChecked(target, 'source', from), await readChecked(target, 'target', to)];
      const mean = new Float64Array(leaving.replicates);
      for (const [s, { train, test }] of splits.entries()) {
        signal?.throwIfAborted();
        const fit = await fitRidge(centreSplit(x, train, test), penalty(s, from), gemm);
        const centred = centreSplit(y, train, test);
        const predicted = await predict(fit, centred.train, gemm);
        const residual = { ...centred.test, data: centred.test.data.slice() };
        subtract(residual.data, predicted.data);
        const without = r2Without({ residual, target: centred.test }, at(leaving.splits, s));
        addShare(mean, without, splits.length);
      }
      found[to] = mean;
    }
    return found;
  } finally {
    await gemm.close();
  }
}
