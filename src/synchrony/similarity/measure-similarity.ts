// A measure of similarity over all layer pairs and splits, with the interval of its mean over source layers.

import { NotEnoughSamples } from '../../errors.ts';
import { type Gemm, openGemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { addShare } from '../../numerics/vectors.ts';
import { type LayerSource, sideLayers } from '../../pairs/layers.ts';
import { checkSamples, checkSplits } from '../evaluations.ts';
import { type Interval, intervalOf, type Jackknife } from '../intervals/interval.ts';
import { jackknifeOfRows, leftOutOfSplits } from '../intervals/target-intervals.ts';
import type { RunOptions } from '../measures/interface.ts';
import type { TargetCondition } from '../options.ts';
import { average, recordSplit } from '../results.ts';
import { readChecked } from '../ridge/read-layer.ts';
import { type MeasureId, type MeasureResult, RESULT_FORMAT, type SyncR2 } from '../types.ts';
import type { Comparison } from './comparison.ts';

/** Of the budget, what forms of source layers may take. */
const FORMS_SHARE = 0.5;

/** What a measure of similarity gives: its own number stands where R² stands in a ridge result. */
export interface SimilarityResult<Settings = unknown> extends MeasureResult {
  readonly settings: Settings;
  readonly syncR2: SyncR2;
  /** Absent without groups, or where a split holds out too few of them. */
  readonly intervals?: { readonly syncR2: Interval; readonly jackknife: Jackknife };
}

export interface SimilarityOptions<Settings>
  extends Omit<RunOptions<SimilarityResult<Settings>>, 'ridge' | 'known' | 'onGrown'> {
  readonly measure: MeasureId;
  readonly settings: Settings;
  /** Coverage of the intervals. */
  readonly level: number;
}

interface Pass<Form> {
  readonly comparison: Comparison<Form>;
  readonly source: LayerSource;
  readonly targets: readonly LayerSource[];
  readonly gemm: Gemm;
}

/**
 * Compares every source layer with every layer of the targets on the held-out rows of every split.
 *
 * @returns a result per target
 * @throws as `Measure.run`
 */
export async function measureSimilarity<Form, Settings>(
  comparison: Comparison<Form>,
  source: LayerSource,
  targets: readonly TargetCondition[],
  options: SimilarityOptions<Settings>,
): Promise<SimilarityResult<Settings>[]> {
  const { splits, groups, threads = 0, device = 'cpu', measure, settings } = options;
  checkSplits(splits);
  checkSamples({ source, targets: targets.map(({ target }) => target), splits }, groups);
  checkRows(comparison, options);
  const gemm = await openGemm({ threads, device });
  try {
    const pass = { comparison, source, targets: targets.map(({ target }) => target), gemm };
    const cells = await allCells(pass, options);
    const results: SimilarityResult<Settings>[] = [];
    for (const [t, { condition, target, targetModel }] of targets.entries()) {
      const means = average(at(cells, t), source.layers, target.layers);
      const intervals = await intervalsOf(pass, t, means.syncR2, options);
      const { direction, sourceModel, groupBy } = options;
      const { train, test } = at(splits, 0);
      results.push({
        ...{ format: RESULT_FORMAT, measure, condition, direction, sourceModel, targetModel, groupBy },
        ...sideLayers(source, target),
        ...{ samples: train.length + test.length, splits: splits.map(recordSplit) },
        ...{ ...means, settings },
        ...(intervals && { intervals }),
      });
    }
    return results;
  } finally {
    await gemm.close();
  }
}

function checkRows<Form, Settings>(
  { fewestRows }: Comparison<Form>,
  { splits, measure }: SimilarityOptions<Settings>,
): void {
  for (const { seed, test } of splits)
    if (test.length < fewestRows)
      throw new NotEnoughSamples(
        `${measure.name}, test set of split seed ${seed}`,
        ...([test.length, fewestRows, 'take more samples'] as const),
      );
}

/** By target and split, (sourceLayers, targetLayers). */
async function allCells<Form, Settings>(
  { comparison, source, targets, gemm }: Pass<Form>,
  { splits, memory = process.availableMemory() / 2, signal, onProgress }: SimilarityOptions<Settings>,
): Promise<Float64Array[][]> {
  const cells = targets.map(({ layers }) => splits.map(() => new Float64Array(source.layers * layers)));
  const total = source.layers * targets.reduce((sum, { layers }) => sum + layers, 0);
  let done = 0;
  for (const [s, split] of splits.entries()) {
    const bytes = Math.max(1, comparison.bytes(split));
    const together = Math.max(1, Math.min(source.layers, Math.floor((FORMS_SHARE * memory) / bytes)));
    for (let begin = 0; begin < source.layers; begin += together) {
      const forms: Form[] = [];
      for (let layer = begin; layer < Math.min(source.layers, begin + together); layer++)
        forms.push(await comparison.formOf(await readChecked(source, 'source', layer), split, gemm));
      for (const [t, target] of targets.entries())
        for (let to = 0; to < target.layers; to++) {
          signal?.throwIfAborted();
          const y = await comparison.formOf(await readChecked(target, 'target', to), split, gemm);
          for (const [i, x] of forms.entries())
            at(at(cells, t), s)[(begin + i) * target.layers + to] = await comparison.compare(x, y, gemm);
          done += forms.length;
          onProgress?.({ done: Math.floor(done / splits.length + 1e-9), total });
        }
    }
  }
  return cells;
}

/** By leaving out each held-out group at every source layer's best target layer. */
async function intervalsOf<Form, Settings>(
  { comparison, source, targets, gemm }: Pass<Form>,
  t: number,
  { value, bestTarget }: SyncR2,
  { splits, groups, level, signal }: SimilarityOptions<Settings>,
): Promise<SimilarityResult['intervals']> {
  const leaving = groups && leftOutOfSplits({ splits }, groups);
  if (!leaving) return undefined;
  const rows = bestTarget.map(() => ({ best: new Float64Array(leaving.replicates) }));
  for (const [s, split] of splits.entries())
    for (const to of new Set(bestTarget)) {
      const y = await comparison.formOf(await readChecked(at(targets, t), 'target', to), split, gemm);
      for (const [layer, best] of bestTarget.entries()) {
        if (best !== to) continue;
        signal?.throwIfAborted();
        const x = await comparison.formOf(await readChecked(source, 'source', layer), split, gemm);
        const without = await comparison.without(x, y, at(leaving.splits, s), gemm);
        addShare(at(rows, layer).best, without, splits.length);
      }
    }
  const jackknife = jackknifeOfRows(value, rows, leaving);
  return { syncR2: intervalOf(jackknife, level, 0), jackknife };
}
