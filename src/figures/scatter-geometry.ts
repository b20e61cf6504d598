// Axes, scales and straight lines of a scatter plot.

export type Domain = readonly [number, number];

/** A tenth of the range on either side, where labels find room; something around a single value. */
export function paddedDomain(values: readonly number[]): Domain {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = 0.12 * (high - low) || 0.1 * Math.abs(high) || 1;
  return [low - pad, high + pad];
}

/** From values to pixels, and back. */
export function scaleOf([low, high]: Domain, size: number) {
  return {
    to: (value: number) => ((value - low) / (high - low)) * size,
    from: (pixel: number) => low + (pixel / size) * (high - low),
  };
}

/** The line y = intercept + slope · x with the least squares; undefined where x does not vary. */
export function leastSquares(
  points: readonly (readonly [number, number])[],
): { readonly slope: number; readonly intercept: number } | undefined {
  const mean = (of: (x: number, y: number) => number) =>
    points.reduce((sum, [x, y]) => sum + of(x, y), 0) / points.length;
  const [meanX, meanY] = [mean((x) => x), mean((_, y) => y)];
  const spread = mean((x) => (x - meanX) ** 2);
  if (!(spread > 0)) return undefined;
  const slope = mean((x, y) => (x - meanX) * (y - meanY)) / spread;
  return { slope, intercept: meanY - slope * meanX };
}
