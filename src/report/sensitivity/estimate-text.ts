// An estimate with its error and, where there is one, its interval.

import { type IntervalOrigin, intervalText, withError } from '../../figures/number-text.ts';
import type { Estimate } from '../../studies/sensitivity/part-files.ts';

/** `0.312 ± 0.004 [0.281, 0.322]`, as much of it as is known. */
export function estimateText(estimate: Estimate, seeds: number): string {
  const { interval } = estimate;
  return `${withError(estimate, seeds)}${interval ? ` ${intervalText(interval)}` : ''}`;
}

/** Intervals of those that have one. */
export function intervalsOf(
  all: readonly { readonly groupBy: string; readonly estimate: Estimate }[],
): IntervalOrigin[] {
  return all.flatMap(({ groupBy, estimate: { interval } }) => (interval ? [{ interval, groupBy }] : []));
}
