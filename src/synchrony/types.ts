import type { Direction, LeftOut } from '../pairs/align.ts';
import type { SideLayers } from '../pairs/layers.ts';
import type { Pairing } from '../pairs/pairing.ts';
import type { SyncR2Intervals } from './intervals/target-intervals.ts';
import type { TrainingFit } from './training-fit.ts';

export type { Direction } from '../pairs/align.ts';

/** Which samples one split seed put where. */
export interface SplitRecord {
  readonly seed: number;
  /** Which of the seed's folds is held out, 0-based; absent for a draw. */
  readonly fold?: number;
  readonly trainSamples: number;
  readonly testSamples: number;
  /** Names of the groups with a test sample, so that anyone can recompute R² elsewhere. */
  readonly testGroups: readonly string[];
  /** Names of the groups with a training sample. */
  readonly trainGroups: readonly string[];
}

/** SyncR² of one direction (docs/method.md §6, paper §3.2). */
export interface SyncR2 {
  readonly value: number;
  /**
   * sqrt(Σ over source layers of the sample variance over split seeds, n − 1 below, at the chosen cell) / L.
   * Clamped rows add 0; with one seed it is 0, since nothing is known.
   */
  readonly standardError: number;
  /** For each source layer the target layer with the highest mean R², 0-based. */
  readonly bestTarget: readonly number[];
  /** For each source layer the mean R² at that cell, clamped below at 0. */
  readonly bestR2: readonly number[];
}

/** A ridge penalty, or `cv` for one that cross-validation chooses (docs/method.md §5). */
export type Lambda = number | 'cv';

/** The same measurement with another penalty. */
export interface RidgeVariant {
  readonly lambda: Lambda;
  /** What cross-validation chose, per split and source layer. */
  readonly chosenLambdas?: readonly (readonly number[])[];
  readonly r2: readonly Float64Array[];
  readonly meanR2: Float64Array;
  readonly conditionNumbers: readonly (readonly number[])[];
  readonly syncR2: SyncR2;
}

/** How the ridge problem is solved; see `MeasureSettings`. */
export type Solver = 'exact' | 'published-float32';

/** The format of all measures' results; raised when their files change. */
export const RESULT_FORMAT = 'interbrain-synchrony-3';

/** Which measure made a result, and in which version. */
export interface MeasureId<Name extends string = string> {
  /** In the table of measures and in the path of the result. */
  readonly name: Name;
  /** Raised when a change of the program changes the numbers. */
  readonly version: number;
}

/** What the result of every measure says of itself: one direction of one condition. */
export interface ResultHead extends SideLayers {
  readonly format: typeof RESULT_FORMAT;
  readonly measure: MeasureId;
  readonly condition: string;
  readonly direction: Direction;
  readonly sourceModel: string;
  readonly targetModel: string;
  /** Training and test samples together, in every split. */
  readonly samples: number;
  /** What the condition could not pair; absent if that is nothing. */
  readonly leftOut?: LeftOut;
  /** What is never divided between training and test. */
  readonly groupBy: string;
  readonly splits: readonly SplitRecord[];
}

/** What every measure gives for the layer pairs. */
export interface Cells {
  /** R² per split seed, each of shape (sourceLayers, targetLayers), float64, row-major; NaN where none was measured. */
  readonly r2: readonly Float64Array[];
  /** Mean over split seeds, same shape. */
  readonly meanR2: Float64Array;
  /** Null as long as a layer pair has not been measured. */
  readonly syncR2: SyncR2 | null;
}

/** As much of a result as every measure gives; each adds what is its own. */
export interface MeasureResult extends ResultHead, Cells {}

/** How many principal components a measurement was made on: what was asked for, and what both sides have. */
export interface Reduction {
  readonly asked: number;
  /** In every layer and split, where some have fewer than asked. */
  readonly source: number;
  readonly target: number;
}

/** What the ridge maps come to: the paper's measure. */
export interface SynchronyResult extends MeasureResult {
  readonly measure: MeasureId<'ridge'>;
  readonly lambda: Lambda;
  /** What cross-validation chose, per split and source layer, where λ is `cv`. */
  readonly chosenLambdas?: readonly (readonly number[])[];
  readonly solver: Solver;
  /** Principal components that took the place of the layers' dimensions; absent where none did. */
  readonly reduced?: Reduction;
  /** Condition number of XᵀX + λI, X centred, per split and source layer; an estimate from below. */
  readonly conditionNumbers: readonly (readonly number[])[];
  readonly syncR2: SyncR2;
  /** Other penalties, if there were several. */
  readonly variants?: readonly RidgeVariant[];
  /** R² of the rows that the maps were fitted to; absent where it was not asked for. */
  readonly training?: TrainingFit;
  /** Which turn is paired with which, in a condition that chooses; absent where every aligned pair is a sample. */
  readonly pairing?: Pairing;
  /** Confidence intervals of SyncR² and of the cells that can be a row's maximum. */
  readonly intervals?: SyncR2Intervals;
}
