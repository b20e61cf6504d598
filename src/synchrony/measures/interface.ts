// What a measure is. A new one is a file beside this one and a row in measures.ts.

import type { z } from 'zod';
import type { LayerSource } from '../../pairs/layers.ts';
import type { Split } from '../../pairs/split.ts';
import type { MeasureLabels, RunSettings, TargetCondition } from '../options.ts';
import type { MeasureId, MeasureResult, SynchronyResult } from '../types.ts';
import type { ResultForm } from './result-form.ts';

/** What any measure can be told about one direction, beside its own settings. */
export interface RunOptions<Result> extends Omit<MeasureLabels, 'condition' | 'targetModel'>, RunSettings {
  /** One split per split seed, with two rows or more on either side. */
  readonly splits: readonly Split[];
  /** The group of every sample, for intervals. */
  readonly groups?: readonly string[];
  /** What ridge maps come to for the same targets and splits, for measures that compare; made anew if absent. */
  readonly ridge?: readonly SynchronyResult[];
  /** Per target what an interrupted run with the same settings left: what is in it is not measured again. */
  readonly known?: readonly (Result | undefined)[];
  /** Awaited whenever a target's result has grown, by measures that take long, with what there is of it. */
  onGrown?(soFar: Result, target: number): Promise<void> | void;
}

/** A way of putting a number on every pair of a source and a target layer. */
export interface Measure<Settings = unknown, Result extends MeasureResult = MeasureResult> extends MeasureId {
  /** What it can be told; `{}` gives the defaults. A study's keys are made of it. */
  readonly settings: z.ZodType<Settings>;
  /** How its results lie on disk. */
  readonly form: ResultForm<Result>;
  /**
   * Measures all layer pairs between a source and targets that are paired with the same rows of it. The same input and
   * settings give the same numbers; memory, threads, and which other targets there are may change R² by 1e-6.
   *
   * @param source rows of X: every layer (samples, D_source)
   * @param targets rows of Y: every layer (samples, D_target), the same samples in the same order
   * @returns a result per target, in their order
   * @throws BadInput for values that are not finite, and for settings that do not work; NotEnoughSamples for a split
   *   with fewer than two rows on a side; CorruptFile from layers on disk; the signal's reason when aborted
   */
  run(
    source: LayerSource,
    targets: readonly TargetCondition[],
    settings: Settings,
    options: RunOptions<Result>,
  ): Promise<readonly Result[]>;
}
