// What is to be measured, apart from how: one source, the targets that are paired with the same rows of it, and
// the rows that are trained on and evaluated. All ways of computing R² take this and fill the same scores.

import { at } from '../numerics/lookup.ts';
import type { Matrix } from '../numerics/matrix.ts';
import type { LayerSource } from '../pairs/layers.ts';
import type { Split } from '../pairs/split.ts';

/** What of a split a fit needs. */
export type TrainTest = Pick<Split, 'train' | 'test'>;

/** Rows of one evaluation: what was trained on, and what is predicted. */
export interface EvaluationRows {
  readonly train: readonly number[];
  /** The test rows of a split, or some of them. */
  readonly test: readonly number[];
}

/**
 * How R² is averaged over a target's dimensions: all alike, or each by its variance in the evaluated rows, which is
 * 1 − Σ SS_res / Σ SS_tot. In the latter, dimensions that are constant there do not count.
 */
export type Weighting = 'uniform' | 'variance';

/** R² over some test rows of a split: all of them, or a subset such as one relationship's. */
export interface Evaluation extends EvaluationRows {
  /** Index into the splits. */
  readonly split: number;
  /** Which of the split's test rows: positions, ascending or not. */
  readonly positions: readonly number[];
  /** How the target's dimensions are averaged; `uniform` by default. */
  readonly weighting?: Weighting;
}

/** All layer pairs of one source and any number of targets with the same samples in the same order. */
export interface Problem {
  readonly source: LayerSource;
  readonly targets: readonly LayerSource[];
  readonly splits: readonly TrainTest[];
  readonly evaluations: readonly Evaluation[];
  /** Ridge penalties; each may differ from split to split and from source layer to source layer. */
  readonly penalties: readonly Penalty[];
  /** Whether condition numbers are asked for, as they are by default; of small fits they take as long as the fit. */
  readonly conditioned?: boolean;
}

/** λ of a split and a source layer. */
export type Penalty = (split: number, layer: number) => number;

export interface Scores {
  /** R² by target, penalty and evaluation: (source layers, target layers), float64, row-major. */
  readonly r2: readonly (readonly (readonly Float64Array[])[])[];
  /** Condition numbers by penalty, split and source layer; they may be NaN where they were not asked for. */
  readonly conditionNumbers: readonly (readonly number[][])[];
}

/** A source layer with one penalty in one split: what one factorisation serves. */
export interface Fit {
  readonly layer: number;
  readonly split: number;
  readonly penalty: number;
}

export interface Hooks {
  /** Called with the share of the work that is done, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** Checked between layers. */
  readonly signal?: AbortSignal | undefined;
  /** Awaited for every fit: Kᵀ, (n_train, n_test), which is valid until it returns. A fit may come twice. */
  readonly onSmoother?: ((fit: Fit, smoother: Matrix) => Promise<void>) | undefined;
}

/** R² of one target, penalty and evaluation: (source layers, target layers), to be read or filled in. */
export function cellsOf({ r2 }: Scores, target: number, penalty: number, evaluation: number): Float64Array {
  return at(at(at(r2, target), penalty), evaluation);
}

/** Notes the condition number of a fit. */
export function setConditionNumber(
  { conditionNumbers }: Scores,
  { layer, split, penalty }: Fit,
  value: number,
): void {
  at(at(conditionNumbers, penalty), split)[layer] = value;
}

/** Scores to be filled in. */
export function emptyScores({ source, targets, splits, evaluations, penalties }: Problem): Scores {
  return {
    r2: targets.map((target) =>
      penalties.map(() =>
        evaluations.map(() => new Float64Array(source.layers * target.layers).fill(Number.NaN)),
      ),
    ),
    conditionNumbers: penalties.map(() =>
      splits.map(() => new Array<number>(source.layers).fill(Number.NaN)),
    ),
  };
}

/** Every fit that a problem asks for, by source layer first. */
export function allFits({ source, splits, penalties }: Problem): Fit[] {
  return Array.from({ length: source.layers }, (_, layer) =>
    splits.flatMap((_, split) => penalties.map((_, penalty) => ({ layer, split, penalty }))),
  ).flat();
}
