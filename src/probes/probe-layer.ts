// One probe of one layer, on one split.

import type { Gemm } from '../numerics/gemm.ts';
import { first, take } from '../numerics/lookup.ts';
import { type Matrix, type Matrix64, takeRows } from '../numerics/matrix.ts';
import type { Split } from '../pairs/split.ts';
import { standardisationOf, standardiseRows64 } from '../synchrony/networks/standardise.ts';
import type { ProbeSettings } from './probe-settings.ts';
import { fitProbe, meanDivergence, type Probe, probeLogProbabilities } from './soft-labels.ts';
import type { ProbeTarget } from './targets.ts';

/** What a probe of one layer came to on one split. */
export interface LayerFit {
  /** On the test rows: mean, in nats. */
  readonly divergence: number;
  /** On the held-back training groups; undefined if nothing was to be chosen. */
  readonly validation: number | undefined;
  /** λ. */
  readonly l2: number;
  readonly converged: boolean;
}

/** What a probe says of the test rows of a split. */
export interface ProbeReading {
  /** Distributions that were to be told: (test rows, labels). */
  readonly p: Matrix64;
  /** Logarithms of what is said: (test rows, labels), or (1, labels) for the same everywhere. */
  readonly logQ: Matrix64;
}

/**
 * Chooses a penalty if there is a choice, fits on all training rows and tests.
 *
 * @param x all states of the layer, (n, D)
 * @param inner what the training rows are divided into to choose; undefined if there is one penalty
 */
export async function probeLayer(
  x: Matrix,
  target: ProbeTarget,
  split: Pick<Split, 'train' | 'test'>,
  inner: Pick<Split, 'train' | 'test'> | undefined,
  settings: Pick<ProbeSettings, 'l2'>,
  signal: AbortSignal | undefined,
  gemm: Gemm,
): Promise<{ readonly fit: LayerFit; readonly reading: ProbeReading }> {
  const best = await choosePenalty(x, target, inner, settings, signal, gemm);
  const { converged, ...reading } = await readWithPenalty(x, target, split, best.l2, signal, gemm);
  const divergence = meanDivergence(reading.p, reading.logQ);
  return { fit: { ...best, divergence, converged }, reading };
}

async function choosePenalty(
  x: Matrix,
  target: ProbeTarget,
  inner: Pick<Split, 'train' | 'test'> | undefined,
  { l2 }: Pick<ProbeSettings, 'l2'>,
  signal: AbortSignal | undefined,
  gemm: Gemm,
): Promise<Pick<LayerFit, 'l2' | 'validation'>> {
  let best: Pick<LayerFit, 'l2' | 'validation'> = { l2: first(l2), validation: undefined };
  if (!inner) return best;
  const rows = rowsOf(x, target, inner);
  // From the largest penalty down, each beginning where the last one ended.
  let start: Probe | undefined;
  for (const penalty of l2) {
    const options = { l2: penalty, start, signal, tolerance: 1e-6 };
    start = await fitProbe(rows.train.x, rows.train.p, options, gemm);
    const validation = meanDivergence(rows.test.p, await probeLogProbabilities(rows.test.x, start, gemm));
    if (best.validation === undefined || validation < best.validation) best = { l2: penalty, validation };
  }
  return best;
}

/** Fits on all training rows and reads the test rows. */
export async function readWithPenalty(
  x: Matrix,
  target: ProbeTarget,
  split: Pick<Split, 'train' | 'test'>,
  l2: number,
  signal: AbortSignal | undefined,
  gemm: Gemm,
): Promise<ProbeReading & Pick<LayerFit, 'converged'>> {
  const { train, test } = rowsOf(x, target, split);
  const probe = await fitProbe(train.x, train.p, { l2, signal }, gemm);
  const logQ = await probeLogProbabilities(test.x, probe, gemm);
  return { p: test.p, logQ, converged: probe.search.converged };
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
  const standardisation = standardisationOf(x, take(target.rows, train));
  const of = (rows: readonly number[]): ProbeRows => ({
    x: standardiseRows64(x, take(target.rows, rows), standardisation),
    p: takeRows(target.distributions, rows),
  });
  return { train: of(train), test: of(test) };
}
