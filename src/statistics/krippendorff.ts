/**
 * Krippendorff's α for interval data: 1 − D_o / D_e with squared differences, over units with two ratings or more.
 * Raters may differ from unit to unit. 1 is perfect agreement, 0 what chance gives.
 *
 * @param units the ratings of each unit, in any order
 * @returns NaN if no unit has two ratings, or all of their ratings are equal
 */
export function krippendorffAlpha(units: readonly (readonly number[])[]): number {
  const paired = units.filter((ratings) => ratings.length >= 2);
  const all = paired.flat();
  const observed = paired.reduce(
    (sum, ratings) => sum + squaredDifferences(ratings) / (ratings.length - 1),
    0,
  );
  const expected = squaredDifferences(all) / (all.length - 1);
  return expected > 0 ? 1 - observed / expected : Number.NaN;
}

/** Σ over ordered pairs of (x − y)², which is 2 n Σ (x − mean)². */
function squaredDifferences(values: readonly number[]): number {
  const first = values[0] ?? 0;
  if (values.every((value) => value === first)) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return 2 * values.length * values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
