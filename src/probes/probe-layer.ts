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
  { l2 }: ProbeSettings,
  signal: AbortSignal | undefined,
  gemm: Gemm,
): Promise<LayerFit> {
  let best: Pick<LayerFit, 'l2' | 'validation'> = { l2: first(l2), validation: undefined };
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
  const standardisation = standardisationOf(x, take(target.rows, train));
  const of = (rows: readonly number[]): ProbeRows => ({
    x: standardiseRows64(x, take(target.rows, rows), standardisation),
    p: takeRows(target.distributions, rows),
  });
  return { train: of(train), test: of(test) };
}
