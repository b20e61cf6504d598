/** What a result says of itself where a test does not care: `a` to `b`, interactive, by interaction. */
export const MEASURE_LABELS = {
  condition: 'interactive',
  direction: 'A->B',
  sourceModel: 'a',
  targetModel: 'b',
  groupBy: 'interaction',
} as const;
