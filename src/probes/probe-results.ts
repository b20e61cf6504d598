// What the probes of one kind of word and one relation come to over layers and splits.

import { layerNumber, type RecordedLayers } from '../episodes/recorded-layers.ts';
import { at, first } from '../numerics/lookup.ts';
import { takeRows } from '../numerics/matrix.ts';
import type { Split } from '../pairs/split.ts';
import type { LayerFit } from './probe-layer.ts';
import type { ProbeTests } from './probe-tests.ts';
import { logMean, meanDivergence } from './soft-labels.ts';
import type { ProbeKind, ProbeRelation, ProbeTarget } from './targets.ts';

/** A mean over split seeds. */
export interface SeedMean {
  readonly mean: number;
  /** Sample standard deviation over seeds / √seeds; 0 with one seed, since nothing is known. */
  readonly standardError: number;
}

/** A layer, 0-based in its model, and its test divergence. */
export interface LayerScore extends SeedMean {
  readonly layer: number;
}

/** One kind of word and one relation, from all layers of an agent. All divergences are test means in nats. */
export interface ProbeResult {
  readonly kind: ProbeKind;
  readonly relation: ProbeRelation;
  readonly samples: number;
  /** By split seed. */
  readonly splits: readonly {
    readonly seed: number;
    readonly trainSamples: number;
    readonly testSamples: number;
    /** Of the mean training distribution. */
    readonly baseline: number;
    /** By layer. */
    readonly divergence: readonly number[];
    /** By layer, on the held-back training groups; empty if nothing was to be chosen. */
    readonly validation: readonly number[];
    /** λ by layer. */
    readonly l2: readonly number[];
    /** Layers whose search ended before the gradient was small; their divergence is an upper bound. */
    readonly unconverged: readonly number[];
  }[];
  readonly baseline: SeedMean;
  /** Every layer. */
  readonly layers: readonly LayerScore[];
  /** The layer with the smallest mean test divergence, as the paper has it: chosen on the test set. */
  readonly best: LayerScore;
  /** The layer with the smallest mean divergence on the training side's validation groups; absent without them. */
  readonly chosen?: LayerScore;
  /** What that layer's probe is tested against. */
  readonly tests?: ProbeTests;
}

/** A split and the fit of every layer on it. */
export interface SplitFits {
  readonly split: Split;
  readonly fits: readonly LayerFit[];
}

/**
 * Sums up over splits.
 *
 * @param splits one at least, each with the same layers
 * @param recorded which of the model's layers these are; all by default
 */
export function resultOf(
  { kind, relation, rows, distributions }: ProbeTarget,
  splits: readonly SplitFits[],
  recorded?: RecordedLayers,
): ProbeResult {
  const perSplit = splits.map(({ split, fits }) => ({
    seed: split.seed,
    trainSamples: split.train.length,
    testSamples: split.test.length,
    baseline: meanDivergence(
      takeRows(distributions, split.test),
      logMean(takeRows(distributions, split.train)),
    ),
    divergence: fits.map(({ divergence }) => divergence),
    validation: fits.flatMap(({ validation }) => validation ?? []),
    l2: fits.map(({ l2 }) => l2),
    unconverged: fits.flatMap(({ converged }, i) => (converged ? [] : [layerNumber(recorded, i)])),
  }));
  const layers = first(splits).fits.map((_, i): LayerScore => {
    return {
      layer: layerNumber(recorded, i),
      ...overSeeds(perSplit.map(({ divergence }) => at(divergence, i))),
    };
  });
  const validation = layers.map((_, i) =>
    perSplit.reduce((sum, split) => sum + (split.validation[i] ?? Number.NaN), 0),
  );
  const chosen = Number.isFinite(validation[0]) ? layers[lowest(validation)] : undefined;
  return {
    kind,
    relation,
    samples: rows.length,
    splits: perSplit,
    baseline: overSeeds(perSplit.map(({ baseline }) => baseline)),
    layers,
    best: at(layers, lowest(layers.map(({ mean }) => mean))),
    ...(chosen && { chosen }),
  };
}

function lowest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value < at(values, best) ? i : best), 0);
}

function overSeeds(values: readonly number[]): SeedMean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, standardError: 0 };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, standardError: Math.sqrt(variance / values.length) };
}
