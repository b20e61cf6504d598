import { distance } from 'fastest-levenshtein';

/** "; did you mean …?" for a mistyped word, or nothing. */
export function guess(word: string, valid: readonly string[]): string {
  const best = valid.toSorted((a, b) => distance(word, a) - distance(word, b))[0];
  return best !== undefined && distance(word, best) <= Math.max(2, word.length / 3)
    ? `; did you mean ${best}?`
    : '';
}
