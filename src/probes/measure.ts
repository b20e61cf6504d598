// Decodes mental states from every layer (docs/method.md §11, paper Appendix J): linear probes, trained on some interactions and
// tested on others, beside a baseline that knows nothing of the states.

import type { Seat } from '../episodes/types.ts';
import { BadInput, NotEnoughSamples } from '../errors.ts';
import { type Gemm, openGemm } from '../numerics/gemm.ts';
import { type Matrix, type Matrix64, takeRows } from '../numerics/matrix.ts';
import { recordingLayers } from '../pairs/layers.ts';
import { type Split, splitSamples } from '../pairs/split.ts';
import { standardisationOf, standardiseRows64 } from '../synchrony/networks/standardise.ts';
import { readChecked } from '../synchrony/ridge/read-layer.ts';
import { fitProbe, logMean, meanDivergence, type Probe, probeLogProbabilities } from './soft-labels.ts';
import {
  type FormatFailures,
  formatFailures,
  type NamedRecording,
  PROBE_KINDS,
  PROBE_RELATIONS,
  type ProbeKind,
  type ProbeRelation,
  type ProbeTarget,
  probeTarget,
  statesOfSeat,
} from './targets.ts';

export interface ProbeSettings {
  /**
   * Penalties λ of mean KL + λ/2·‖W‖², of which the paper says nothing. Of several, one is chosen for every layer and
   * split on a fifth of the training groups. 0.01, 0.1, 1 and 10 by default.
   */
  readonly l2: readonly number[];
  /** Share that is held out; 0.2. */
  readonly testFraction: number;
  /** 0, 1, 2. */
  readonly splitSeeds: readonly number[];
  /** Share of replies that may fail the format before a model's words are not decoded; 0.1. */
  readonly maxFailureRate: number;
}

export const PROBE_DEFAULTS: ProbeSettings = {
  l2: [0.01, 0.1, 1, 10],
  testFraction: 0.2,
  splitSeeds: [0, 1, 2],
  maxFailureRate: 0.1,
};

/** Share of the training groups that is held back to choose a penalty and a layer. */
const VALIDATION_SHARE = 0.2;

/** A mean over split seeds. */
export interface SeedMean {
  readonly mean: number;
  /** Sample standard deviation over seeds / √seeds; 0 with one seed, since nothing is known. */
  readonly standardError: number;
}

/** A layer, 0-based, and its test divergence. */
export interface LayerScore extends SeedMean {
  readonly layer: number;
}

/** One kind of word and one relation, from all layers of an agent. All divergences are test means in nats. */
export interface ProbeResult {
  readonly kind: ProbeKind;
  readonly relation: ProbeRelation;
  readonly samples: number;
  /** What came out for each split seed. */
  readonly splits: readonly {
    readonly seed: number;
    readonly trainSamples: number;
    readonly testSamples: number;
    /** Test KL of the mean training distribution, nats. */
    readonly baseline: number;
    /** Test KL by layer, nats. */
    readonly divergence: readonly number[];
    /** KL by layer on the held-back training groups, nats; empty if nothing was to be chosen. */
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
}

/** What one agent's states say of named states. */
export interface AgentProbes {
  readonly format: 'interbrain-probes-1';
  readonly seat: Seat;
  /** Names that the study gives the models. */
  readonly model: string;
  readonly partner: string;
  readonly groupBy: string;
  readonly settings: ProbeSettings;
  readonly failures: { readonly own: FormatFailures; readonly partner: FormatFailures };
  readonly probes: readonly ProbeResult[];
  /** What is not decoded, and why. */
  readonly excluded: readonly {
    readonly kind: ProbeKind;
    readonly relation: ProbeRelation;
    readonly reason: string;
  }[];
}

export interface ProbeOptions extends Partial<ProbeSettings> {
  readonly seat: Seat;
  readonly model: string;
  readonly partner: string;
  /** What the recordings' groups are. */
  readonly groupBy: string;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
  /** Threads; as many as there are cores by default. */
  readonly threads?: number;
}

/**
 * Decodes an agent's own current, the partner's previous and the partner's next emotion and action type from every
 * layer of the agent's states. Words of a model that fails the format more often than `maxFailureRate` are not decoded;
 * `excluded` says so, with the rate.
 *
 * @throws BadInput for settings that do not work; CorruptFile from states on disk; the signal's reason when aborted
 */
export async function probeMentalStates(
  recordings: readonly NamedRecording[],
  options: ProbeOptions,
): Promise<AgentProbes> {
  const settings = probeSettings(options);
  const { seat, model, partner, groupBy } = options;
  const failures = {
    own: formatFailures(recordings, seat),
    partner: formatFailures(recordings, seat === 'A' ? 'B' : 'A'),
  };
  const states = statesOfSeat(recordings, seat);
  const usable: Splitted[] = [];
  const excluded: AgentProbes['excluded'][number][] = [];
  for (const kind of PROBE_KINDS)
    for (const relation of PROBE_RELATIONS) {
      const named =
        relation === 'self' ? { who: model, ...failures.own } : { who: partner, ...failures.partner };
      const target = probeTarget(recordings, states, kind, relation);
      const ready = tooManyFailures(named, settings) ?? splitTarget(target, settings);
      if (typeof ready === 'string') excluded.push({ kind, relation, reason: ready });
      else usable.push(ready);
    }
  const gemm = await openGemm({ threads: options.threads ?? 0 });
  try {
    const probes =
      usable.length > 0 ? await probeLayers(recordings, states, usable, options, settings, gemm) : [];
    return {
      format: 'interbrain-probes-1',
      seat,
      model,
      partner,
      groupBy,
      settings,
      failures,
      probes,
      excluded,
    };
  } finally {
    await gemm.close();
  }
}

/** A table of all layers of all probes, a row each: for CSV. */
export function probeTable({ model, partner, seat, probes }: AgentProbes): (string | number)[][] {
  const head = ['model', 'partner', 'seat', 'kind', 'relation', 'layer', 'samples'];
  const numbers = ['kl', 'kl_standard_error', 'baseline_kl', 'baseline_standard_error'];
  const rows = probes.flatMap(({ kind, relation, samples, baseline, layers }) =>
    layers.map(({ layer, mean, standardError }) => [
      ...[model, partner, seat, kind, relation, layer, samples],
      ...[mean, standardError, baseline.mean, baseline.standardError],
    ]),
  );
  return [[...head, ...numbers], ...rows];
}

/** Settings with their defaults. Throws BadInput for numbers that are none. */
export function probeSettings(options: Partial<ProbeSettings>): ProbeSettings {
  const { l2, testFraction, splitSeeds, maxFailureRate } = { ...PROBE_DEFAULTS, ...options };
  if (l2.length === 0 || l2.some((value) => !(value > 0 && Number.isFinite(value))))
    throw new BadInput('mentalStates.l2', `${l2.join(', ') || 'an empty list'}; penalties are above 0`);
  if (splitSeeds.length === 0)
    throw new BadInput('mentalStates.splitSeeds', 'no seeds; one or more are needed');
  if (!(maxFailureRate >= 0 && maxFailureRate <= 1))
    throw new BadInput('mentalStates.maxFailureRate', `${maxFailureRate}; a share from 0 to 1 is valid`);
  return { l2: [...l2].sort((a, b) => b - a), testFraction, splitSeeds, maxFailureRate };
}

function tooManyFailures(
  { who, turns, failed, rate }: FormatFailures & { readonly who: string },
  { maxFailureRate }: ProbeSettings,
): string | undefined {
  if (turns === 0) return `${who} was never asked for its state`;
  if (rate <= maxFailureRate) return undefined;
  const share = `${failed} of ${turns} replies of ${who} (${(100 * rate).toFixed(1)} %) do not follow the format`;
  return `${share}; up to ${100 * maxFailureRate} % are accepted`;
}

interface Splitted {
  readonly target: ProbeTarget;
  readonly splits: readonly {
    readonly split: Split;
    readonly inner: Pick<Split, 'train' | 'test'> | undefined;
  }[];
}

/** The splits of a target, or why it cannot be split. */
function splitTarget(
  target: ProbeTarget,
  { testFraction, splitSeeds, l2 }: ProbeSettings,
): Splitted | string {
  const samples = target.groups.map((group) => ({ group }));
  try {
    const splits = splitSeeds.map((seed) => {
      const split = splitSamples(samples, { seed, samples: 'all', testFraction });
      if (l2.length === 1) return { split, inner: undefined };
      const within = split.train.map((row) => samples[row]!);
      const inner = splitSamples(within, { seed, samples: 'all', testFraction: VALIDATION_SHARE });
      const rowsOf = (rows: readonly number[]) => rows.map((row) => split.train[row]!);
      return { split, inner: { train: rowsOf(inner.train), test: rowsOf(inner.test) } };
    });
    return { target, splits };
  } catch (error) {
    if (error instanceof NotEnoughSamples) return error.message;
    throw error;
  }
}

interface LayerFit {
  readonly divergence: number;
  readonly validation: number | undefined;
  readonly l2: number;
  readonly converged: boolean;
}

async function probeLayers(
  recordings: readonly NamedRecording[],
  states: ReturnType<typeof statesOfSeat>,
  usable: readonly Splitted[],
  { onProgress, signal }: ProbeOptions,
  settings: ProbeSettings,
  gemm: Gemm,
): Promise<ProbeResult[]> {
  const source = recordingLayers(recordings, states, 'source');
  const total = source.layers * usable.length * settings.splitSeeds.length;
  let done = 0;
  // By target and split: one fit per layer.
  const fits: LayerFit[][][] = usable.map(({ splits }) => splits.map(() => []));
  for (let layer = 0; layer < source.layers; layer++) {
    const x = await readChecked(source, 'source', layer);
    for (const [t, { target, splits }] of usable.entries())
      for (const [s, { split, inner }] of splits.entries()) {
        fits[t]![s]!.push(await probeLayer(x, target, split, inner, settings, signal, gemm));
        onProgress?.({ done: ++done, total });
      }
  }
  return usable.map((one, t) => resultOf(one, fits[t]!));
}

/** Chooses a penalty if there is a choice, fits on all training rows and tests. */
async function probeLayer(
  x: Matrix,
  target: ProbeTarget,
  split: Pick<Split, 'train' | 'test'>,
  inner: Pick<Split, 'train' | 'test'> | undefined,
  { l2 }: ProbeSettings,
  signal: AbortSignal | undefined,
  gemm: Gemm,
): Promise<LayerFit> {
  let best = { l2: l2[0]!, validation: undefined as number | undefined };
  if (inner) {
    const rows = rowsOf(x, target, inner);
    // From the largest penalty down, each beginning where the last one ended.
    let start: Probe | undefined;
    for (const penalty of l2) {
      start = await fitProbe(
        rows.train.x,
        rows.train.p,
        { l2: penalty, start, signal, tolerance: 1e-6 },
        gemm,
      );
      const validation = meanDivergence(rows.test.p, await probeLogProbabilities(rows.test.x, start, gemm));
      if (best.validation === undefined || validation < best.validation) best = { l2: penalty, validation };
    }
  }
  const { train, test } = rowsOf(x, target, split);
  const probe = await fitProbe(train.x, train.p, { l2: best.l2, signal }, gemm);
  const divergence = meanDivergence(test.p, await probeLogProbabilities(test.x, probe, gemm));
  return { ...best, divergence, converged: probe.search.converged };
}

interface ProbeRows {
  /** States, standardised by the training rows: (n, D). */
  readonly x: Matrix64;
  /** Distributions: (n, labels). */
  readonly p: Matrix64;
}

function rowsOf(
  x: Matrix,
  target: ProbeTarget,
  { train, test }: Pick<Split, 'train' | 'test'>,
): { train: ProbeRows; test: ProbeRows } {
  const states = (rows: readonly number[]) => rows.map((row) => target.rows[row]!);
  const standardisation = standardisationOf(x, states(train));
  const take = (rows: readonly number[]): ProbeRows => ({
    x: standardiseRows64(x, states(rows), standardisation),
    p: takeRows(target.distributions, rows),
  });
  return { train: take(train), test: take(test) };
}

function resultOf({ target, splits }: Splitted, fits: readonly (readonly LayerFit[])[]): ProbeResult {
  const { kind, relation, rows, distributions } = target;
  const perSplit = splits.map(({ split }, s) => ({
    seed: split.seed,
    trainSamples: split.train.length,
    testSamples: split.test.length,
    baseline: meanDivergence(
      takeRows(distributions, split.test),
      logMean(takeRows(distributions, split.train)),
    ),
    divergence: fits[s]!.map(({ divergence }) => divergence),
    validation: fits[s]!.flatMap(({ validation }) => validation ?? []),
    l2: fits[s]!.map(({ l2 }) => l2),
    unconverged: fits[s]!.flatMap(({ converged }, layer) => (converged ? [] : [layer])),
  }));
  const layers = fits[0]!.map((_, layer): LayerScore => {
    return { layer, ...overSeeds(perSplit.map(({ divergence }) => divergence[layer]!)) };
  });
  const validation = layers.map(({ layer }) =>
    perSplit.reduce((sum, split) => sum + (split.validation[layer] ?? Number.NaN), 0),
  );
  const chosen = Number.isFinite(validation[0]) ? layers[lowest(validation)] : undefined;
  return {
    kind,
    relation,
    samples: rows.length,
    splits: perSplit,
    baseline: overSeeds(perSplit.map(({ baseline }) => baseline)),
    layers,
    best: layers[lowest(layers.map(({ mean }) => mean))]!,
    ...(chosen && { chosen }),
  };
}

function lowest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value < values[best]! ? i : best), 0);
}

function overSeeds(values: readonly number[]): SeedMean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, standardError: 0 };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, standardError: Math.sqrt(variance / values.length) };
}
