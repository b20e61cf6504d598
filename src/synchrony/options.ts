// What a measurement can be told, and what comes back besides the result itself.

import type { Device } from '../numerics/device.ts';
import type { Direction } from '../pairs/align.ts';
import type { LayerSource } from '../pairs/layers.ts';
import type { OpenRecording } from '../pairs/open.ts';
import type { Split } from '../pairs/split.ts';
import type { IntervalOptions } from './intervals/target-intervals.ts';
import type { Weighting } from './problem.ts';
import type { Plan } from './trace/plan.ts';
import type { Lambda, Solver, SynchronyResult, SyncR2 } from './types.ts';

/** What a result says of itself, as far as the states do not. */
export interface MeasureLabels {
  readonly condition: string;
  readonly direction: Direction;
  readonly sourceModel: string;
  readonly targetModel: string;
  readonly groupBy: string;
}

/** How a measurement was gone about. */
export interface PlanReport extends Plan {
  /** Fits that the trace form scored in float64, because float32 might have spoilt their scores. */
  readonly float64Fits: number;
  /** Fits that needed float64 and more memory than there was: they were scored the plain way, pair by pair. */
  readonly leftOverFits: number;
  /** Products that were computed on the device, if that is not the CPU. */
  readonly deviceRuns: number;
}

/** How a measurement is computed, whichever measure it is. What it computes does not depend on it. */
export interface RunSettings {
  /** Where is room for what memory does not hold; the system's temporary folder by default. */
  readonly scratchFolder?: string;
  /** Bytes that may be used, some 300 MB for the program itself not counted; half of what is free by default. */
  readonly memory?: number;
  /** Threads per product; as many as there are cores by default. */
  readonly threads?: number;
  /** Where large products are computed; `cpu` by default. */
  readonly device?: Device;
  /** Called from time to time, the last time with `done` = `total`: layer pairs, or what takes a measure's time. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Checked between layers, or more often. */
  readonly signal?: AbortSignal;
}

/** Layers are replaced by principal components (docs/method.md §5). */
export interface Reduce {
  /** Of the training rows of each split, at most. */
  readonly components: number;
}

/** What a measurement by ridge maps can be told. */
export interface MeasureSettings extends RunSettings {
  /**
   * Ridge penalty λ (paper §4.1: 0.1), or several, measured side by side: the first is the result's own, which has the
   * intervals, the others are its variants. `cv` chooses one by cross-validation for every split and source layer.
   */
  readonly lambda: Lambda | readonly Lambda[];
  /**
   * `exact` by default. `published-float32` computes what the published code computes, one float32 solve per layer
   * pair, so that the difference can be seen; it gives no intervals and takes no `cv`.
   */
  readonly solver?: Solver;
  /**
   * Intervals by leaving out each held-out group; they need `groups`, and are made by default with them. `false` leaves
   * them out, and so does a split that holds out fewer than three groups.
   */
  readonly intervals?: IntervalOptions | false;
  /** Whether to see how closely the maps fit the rows that they were fitted to; false by default. */
  readonly training?: boolean;
  /** Measure the leading principal components of every source and target layer in place of its dimensions. */
  readonly reduce?: Reduce | undefined;
  /** The cheaper one by default. */
  readonly method?: 'trace' | 'direct';
  /** Called at the end. */
  readonly onPlan?: (report: PlanReport) => void;
}

export interface MeasureOptions extends MeasureLabels, MeasureSettings {
  /** One split per split seed; R² is reported for each and as their mean. */
  readonly splits: readonly Split[];
  /** The interaction of every sample, for the intervals. */
  readonly groups?: readonly string[];
}

export interface RecordingsOptions extends MeasureLabels, MeasureSettings {
  /** Where the source states are taken from, in the order of the recordings: a reader's. The recordings by default. */
  readonly sources?: readonly Pick<OpenRecording, 'states'>[];
  /** Training and test samples together. Paper §4.1: 6500. */
  readonly samples: number | 'all';
  /** Share that is held out. Paper §4.1: 0.2. */
  readonly testFraction: number;
  readonly splitSeeds: readonly number[];
}

/** Some of the test rows, such as those of one relationship (docs/method.md §7). */
export interface Subset {
  readonly name: string;
  /** Whether a sample belongs to it, given also which of the splits it is evaluated in. */
  readonly includes: (sample: number, split: number) => boolean;
  /** How the target's dimensions are averaged; `uniform` by default. */
  readonly weighting?: Weighting;
}

/** The same fitted maps, evaluated on some of the test rows. */
export interface SubsetResult {
  readonly name: string;
  /** Evaluated rows per split. */
  readonly testSamples: readonly number[];
  /** R² at the result's own λ per split seed, each (sourceLayers, targetLayers). */
  readonly r2: readonly Float64Array[];
  readonly meanR2: Float64Array;
  readonly syncR2: SyncR2;
}

/** Target states that go with the same source rows, and what their result is called. */
export interface TargetCondition extends Pick<MeasureLabels, 'condition' | 'targetModel'> {
  readonly target: LayerSource;
}

export type ConditionsOptions = Omit<MeasureOptions, 'condition' | 'targetModel'> & {
  readonly subsets?: readonly Subset[];
};

/** One target's result. */
export interface ConditionResult {
  readonly result: SynchronyResult;
  readonly subsets: readonly SubsetResult[];
}
