// Means of things that come in groups: the instructions of one prompt, the questions of one story.

/** A share of what was asked. */
export interface Score {
  /** 0 to 1. */
  readonly value: number;
  /** Standard error over groups; null where there is one group only. */
  readonly standardError: number | null;
  /** How many members the mean is over. */
  readonly n: number;
}

/** Mean over all members with its standard error, groups being independent. */
export function scoreOf(groups: readonly (readonly number[])[]): Score {
  const all = groups.flat();
  const value = all.reduce((sum, x) => sum + x, 0) / all.length;
  return { value, standardError: numberOrNull(clusteredError(groups)), n: all.length };
}

/** The number, or null where it is not finite: JSON knows no NaN. */
export function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * Standard error of a mean over all members, groups being independent and their members not (the sandwich estimate
 * with G/(G−1)). With one member per group it is the sample's standard deviation / √n.
 *
 * @param groups members' values by group
 * @returns NaN for fewer than two groups
 */
function clusteredError(groups: readonly (readonly number[])[]): number {
  return Math.sqrt(groupResiduals(groups).reduce((sum, r) => sum + r * r, 0) * correction(groups.length));
}

/** How much each group moves the mean: Σ(value − mean) / n. */
export function groupResiduals(groups: readonly (readonly number[])[]): number[] {
  const all = groups.flat();
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return groups.map((group) => group.reduce((sum, value) => sum + (value - mean), 0) / all.length);
}

/** G/(G−1). */
export function correction(groups: number): number {
  return groups < 2 ? Number.NaN : groups / (groups - 1);
}
