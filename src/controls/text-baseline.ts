// How much of R² the shared text accounts for: the same regression from features of the text in place of the source's
// states, and synchrony of what is left of both sides' states when the text is taken off first. Adjacent prompts share
// nearly all of their dialogue, so a state may predict its partner's without any interaction.

import { tmpdir } from 'node:os';
import { type Gemm, openGemm } from '../numerics/gemm.ts';
import type { Matrix32 } from '../numerics/matrix.ts';
import { arrayLayers, type LayerSource } from '../pairs/layers.ts';
import type { Split } from '../pairs/split.ts';
import { type Interval, intervalOf, type Jackknife } from '../synchrony/intervals/interval.ts';
import { leaveOutOfRow } from '../synchrony/intervals/left-out-row.ts';
import { jackknifeOfRows, leftOutOfSplits } from '../synchrony/intervals/target-intervals.ts';
import { measureConditions } from '../synchrony/measure.ts';
import type { MeasureLabels, MeasureSettings } from '../synchrony/options.ts';
import {
  createResidualiser,
  type Residualiser,
  residualLayers,
  residualSplits,
} from '../synchrony/partial-out.ts';
import { openFits } from '../synchrony/permutations/open-fits.ts';
import { chooseLambdas } from '../synchrony/ridge/cross-validation.ts';
import { averageSeeds, summariseSyncR2 } from '../synchrony/sync-r2.ts';
import type { Lambda, SyncR2 } from '../synchrony/types.ts';

export interface TextBaselineOptions
  extends Pick<MeasureSettings, 'intervals' | 'memory' | 'threads' | 'device' | 'scratchFolder' | 'signal'> {
  readonly labels: MeasureLabels;
  readonly splits: readonly Split[];
  /** The group of every sample. */
  readonly groups: readonly string[];
  /** Ridge penalty of what is left; the text's own is chosen by cross-validation. */
  readonly lambda: Lambda;
  /** Called with the share of the work that is done. */
  readonly onProgress?: (share: number) => void;
}

/** Features of the text of every sample, see `textFeatures`. */
export interface TextFeatures {
  /** What both have read: (samples, F). */
  readonly shared: Matrix32;
  /** What the target has read: (samples, F). */
  readonly heard: Matrix32;
}

/** R² and what it sums up to. */
export interface BaselineScores {
  /** Per split: (1 or sourceLayers, targetLayers). */
  readonly r2: readonly Float64Array[];
  readonly meanR2: Float64Array;
  readonly syncR2: SyncR2;
  readonly interval?: Interval;
  /** What the interval is made of, and those of means and shares. */
  readonly jackknife?: Jackknife;
}

/** A regression from the text, which counts as one source layer. */
export interface TextScores extends BaselineScores {
  /** λ by split, chosen by cross-validation over training groups. */
  readonly lambdas: readonly number[];
}

export interface TextBaseline {
  /** How many features there are. */
  readonly features: number;
  /** From the text that both have read when the source speaks. */
  readonly shared: TextScores;
  /** From that and what the source then said. */
  readonly heard: TextScores;
  /** Between what is left of source and target states when the shared text is taken off both. */
  readonly left: BaselineScores;
}

/**
 * Measures what text says of the target's states, and synchrony of what it does not say.
 *
 * @param source rows of X: every layer (samples, D_source)
 * @param target rows of Y: every layer (samples, D_target)
 * @throws as `measureSynchrony`; NotEnoughSamples for a split with a single training group
 */
export async function measureTextBaseline(
  source: LayerSource,
  target: LayerSource,
  features: TextFeatures,
  options: TextBaselineOptions,
): Promise<TextBaseline> {
  const { threads = 0, device = 'cpu', onProgress } = options;
  const gemm = await openGemm({ threads, device });
  try {
    const shared = await measureText(features.shared, target, options, gemm);
    onProgress?.(0.2);
    const heard = await measureText(features.heard, target, options, gemm);
    onProgress?.(0.4);
    const left = await measureLeft(source, target, features.shared, shared.lambdas, options, gemm);
    onProgress?.(1);
    return { features: features.shared.columns, shared, heard, left };
  } finally {
    await gemm.close();
  }
}

async function measureText(
  features: Matrix32,
  target: LayerSource,
  { splits, groups, intervals = {}, memory, scratchFolder = tmpdir(), signal }: TextBaselineOptions,
  gemm: Gemm,
): Promise<TextScores> {
  const source = arrayLayers([features]);
  const problem = { source, targets: [target], splits, evaluations: [], penalties: [] };
  const lambdas = (await chooseLambdas(problem, { signal }, gemm)).map(([lambda]) => lambda!);
  const fits = await openFits(
    source,
    [target],
    {
      splits,
      lambda: (split) => lambdas[split]!,
      scratchFolder,
      ...(memory && { memory }),
      ...(signal && { signal }),
    },
    gemm,
  );
  try {
    const [r2] = fits.r2;
    const scores = {
      r2: r2!,
      meanR2: fits.meanR2[0]!,
      syncR2: summariseSyncR2(r2!, 1, target.layers),
      lambdas,
    };
    const leftOut = intervals ? leftOutOfSplits({ splits }, groups) : undefined;
    if (!leftOut || !intervals) return scores;
    const [residuals] = await fits.residuals(0);
    const row = await leaveOutOfRow(residuals!, leftOut, 'candidates', intervals.precision);
    const jackknife = jackknifeOfRows(scores.syncR2.value, [row], leftOut);
    return { ...scores, interval: intervalOf(jackknife, intervals.level, 0), jackknife };
  } finally {
    await fits.close();
  }
}

async function measureLeft(
  source: LayerSource,
  target: LayerSource,
  features: Matrix32,
  lambdas: readonly number[],
  { labels, splits, groups, lambda, onProgress, ...settings }: TextBaselineOptions,
  gemm: Gemm,
): Promise<BaselineScores> {
  const residualisers: Residualiser[] = [];
  for (const [s, split] of splits.entries()) {
    settings.signal?.throwIfAborted();
    residualisers.push(await createResidualiser(features, split, lambdas[s]!, gemm));
  }
  const taken = residualisers.reduce((sum, { operator }) => sum + operator.data.byteLength, 0);
  const [x, y] = [source, target].map((layers) => residualLayers(layers, residualisers, gemm));
  const { condition, targetModel } = labels;
  const [measured] = await measureConditions(x!, [{ target: y!, condition, targetModel }], {
    ...labels,
    ...settings,
    ...(settings.memory && { memory: Math.max(settings.memory / 4, settings.memory - taken) }),
    lambda,
    splits: residualSplits(splits),
    groups: residualisers.flatMap(({ rows }) => rows.map((row) => groups[row]!)),
    onProgress: ({ done, total }) => onProgress?.(0.4 + (0.6 * done) / total),
  });
  const { r2, syncR2, intervals } = measured!.result;
  if (!intervals) return { r2, meanR2: averageSeeds(r2), syncR2 };
  const { syncR2: interval, jackknife } = intervals;
  return { r2, meanR2: averageSeeds(r2), syncR2, interval, jackknife };
}
