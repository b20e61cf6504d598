// What a part of `sensitivity` is: one file beside this one that says all of it, and one row in the table of parts.

import type { Condition } from '../../conditions/condition.ts';
import type { Interval, Jackknife } from '../../synchrony/intervals/interval.ts';
import type { SynchronyResult, SyncR2 } from '../../synchrony/types.ts';
import type { StageContext } from '../context.ts';
import type { DirectionRows, DirectionTask } from '../direction-rows.ts';
import type { SensitivitySettings, Study } from '../schema.ts';
import type { Combinable, Estimate, PartName, PartResult } from './part-files.ts';

/** What a part is computed from. */
export interface PartSource {
  readonly task: DirectionTask;
  /** What the measure of the direction came to. */
  readonly measured: SynchronyResult;
  /** The direction's rows, opened at the first call. */
  readonly rows: () => Promise<DirectionRows>;
  readonly settings: SensitivitySettings;
  readonly context: StageContext;
  readonly signal: AbortSignal;
}

export interface SensitivityPart<Name extends PartName = PartName> {
  readonly name: Name;
  /** Raised when a change of the program changes the numbers. */
  readonly version: number;
  readonly asked: (settings: SensitivitySettings) => boolean;
  /** What it depends on besides the measure of the interactive condition. */
  readonly depends: (settings: SensitivitySettings, study: Study) => readonly unknown[];
  /** Conditions whose measures it is made of; the interactive one by default. */
  readonly conditions?: (study: Study) => readonly Condition[];
  readonly compute: (source: PartSource) => Promise<PartResult<Name>>;
}

/** SyncR² with what is known of its error, as it is kept. */
export function estimateOf({
  syncR2: { value, standardError },
  intervals,
}: {
  readonly syncR2: Pick<SyncR2, 'value' | 'standardError'>;
  readonly intervals?: { readonly syncR2: Interval };
}): Estimate {
  return { value, standardError, ...(intervals && { interval: intervals.syncR2 }) };
}

/** The same with what its interval is made of. */
export function combinableOf(measured: {
  readonly syncR2: Pick<SyncR2, 'value' | 'standardError'>;
  readonly intervals?: { readonly syncR2: Interval; readonly jackknife: Jackknife };
}): Combinable {
  const { intervals } = measured;
  if (!intervals) return estimateOf(measured);
  const { groups, influences, ...jackknife } = intervals.jackknife;
  return {
    ...estimateOf(measured),
    jackknife: { ...jackknife, groups: [...groups], influences: [...influences] },
  };
}

/** Numbers of samples of a result, with its estimate. */
export function sizeOf(result: SynchronyResult) {
  const [split] = result.splits;
  const { trainSamples: train = 0, testSamples: test = 0 } = split ?? {};
  return { samples: result.samples, train, test, ...estimateOf(result) };
}

/** The estimates under every λ, with R² of the training rows: the result's own λ, then its variants. */
export function byLambda({ training, ...result }: SynchronyResult) {
  return [result, ...(result.variants ?? [])].map((one, i) => {
    const r2 = training?.r2[i];
    const { value, standardError } = one.syncR2;
    return { lambda: one.lambda, value, standardError, ...(r2 !== undefined && { training: r2 }) };
  });
}
