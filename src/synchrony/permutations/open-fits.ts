// A measurement whose fits stay open, for tests that need residuals of several measurements at once or under other
// arrangements of their rows. `measureConditions` is what one wants otherwise.

import { tmpdir } from 'node:os';
import type { Gemm } from '../../numerics/gemm.ts';
import { at, first } from '../../numerics/lookup.ts';
import type { LayerSource } from '../../pairs/layers.ts';
import type { Split } from '../../pairs/split.ts';
import { TargetResiduals } from '../intervals/residuals.ts';
import { type RowResiduals, sampleColumns } from '../intervals/row-residuals.ts';
import { SmootherStore } from '../intervals/smoother-store.ts';
import type { Hooks, Penalty, Problem, TrainTest } from '../problem.ts';
import { chooseLambdas } from '../ridge/cross-validation.ts';
import { score } from '../score.ts';
import { averageSeeds } from '../sync-r2.ts';
import type { Lambda } from '../types.ts';

export interface FitOptions {
  /** With `trainGroupSizes`, if λ is to be chosen by cross-validation. */
  readonly splits: readonly (TrainTest & Pick<Split, 'trainGroupSizes'>)[];
  /** One penalty, one for every split and source layer, or `cv`: chosen for the first target. */
  readonly lambda: Lambda | Penalty;
  /** Bytes for the measure; as in `MeasureSettings`. */
  readonly memory?: number;
  /** Bytes for the kept fits; beyond them they go to a file. 256 MB by default. */
  readonly fitMemory?: number;
  /** Where that file goes; the system's temporary folder by default. */
  readonly scratchFolder?: string;
  readonly method?: 'trace' | 'direct';
  readonly signal?: AbortSignal;
}

/** A measured source with its fits. */
export interface OpenFits {
  /** R² by target and split: (sourceLayers, targetLayers). */
  readonly r2: readonly (readonly Float64Array[])[];
  /** Its mean over splits by target. */
  readonly meanR2: readonly Float64Array[];
  /** λ of every split and source layer. */
  readonly penalty: Penalty;
  /**
   * Residuals of one target, one per source layer.
   *
   * @param columns how many are sampled for screening; 256 by default
   */
  residuals(target: number, columns?: number): Promise<RowResiduals[]>;
  /** Forgets the fits. */
  close(): Promise<void>;
}

async function penaltyOf(
  lambda: Lambda | Penalty,
  rows: Parameters<typeof chooseLambdas>[0],
  hooks: Hooks,
  gemm: Gemm,
): Promise<Penalty> {
  if (typeof lambda === 'number') return () => lambda;
  if (lambda !== 'cv') return lambda;
  const chosen = await chooseLambdas(rows, hooks, gemm);
  return (split, layer) => at(at(chosen, split), layer);
}

/** Measures targets that are paired with the same rows of one source. Errors as in `measureSynchrony`. */
export async function openFits(
  source: LayerSource,
  targets: readonly LayerSource[],
  options: FitOptions,
  gemm: Gemm,
): Promise<OpenFits> {
  const { splits, lambda, memory, fitMemory = 2 ** 28, scratchFolder = tmpdir(), method, signal } = options;
  const evaluations = splits.map(({ train, test }, split) => ({
    split,
    train,
    test,
    positions: test.map((_, position) => position),
  }));
  const rows = { source, targets, splits };
  const penalty = await penaltyOf(lambda, rows, { signal }, gemm);
  const problem: Problem = { ...rows, evaluations, penalties: [penalty], conditioned: false };
  const smoothers = new SmootherStore(fitMemory, scratchFolder);
  try {
    const hooks = { signal, onSmoother: smoothers.keep.bind(smoothers) };
    const { r2 } = await score(
      problem,
      { ...(method && { method }), ...(memory && { memory }) },
      hooks,
      gemm,
    );
    const measured = r2.map(first);
    const meanR2 = measured.map(averageSeeds);
    return {
      r2: measured,
      meanR2,
      penalty,
      async residuals(target, columns = 256) {
        const { hiddenSize, layers } = at(targets, target);
        const means = at(meanR2, target);
        const from = new TargetResiduals(
          problem,
          target,
          smoothers,
          sampleColumns(hiddenSize, columns),
          gemm,
        );
        await from.sample(signal);
        return Array.from({ length: source.layers }, (_, layer) =>
          from.row(layer, means.subarray(layer * layers, (layer + 1) * layers)),
        );
      },
      close: () => smoothers.close(),
    };
  } catch (error) {
    await smoothers.close();
    throw error;
  }
}
