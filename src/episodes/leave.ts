import type { Leave } from '../prompts/styles.ts';

const bare = (word: string) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '').toLowerCase();

/** Places of the first and the last word of a text, of those that are more than punctuation. */
function endsOf(text: string): RegExpMatchArray[] {
  const words = [...text.matchAll(/\S+/g)].filter(([word]) => bare(word) !== '');
  return words.filter((_, i) => i === 0 || i === words.length - 1);
}

/**
 * Whether an utterance ends the conversation: its first or its last word, punctuation aside, is the marker, in any case
 * (docs/method.md §2). Nothing else does: where it is LEAVE, a line that closes on "left" goes on.
 */
export function isLeave(text: string, { marker }: Pick<Leave, 'marker'>): boolean {
  return endsOf(text).some(([word]) => bare(word) === bare(marker));
}

/** The utterance without the marker at its ends. */
export function withoutMarker(text: string, { marker }: Pick<Leave, 'marker'>): string {
  const marks = endsOf(text).filter(([word]) => bare(word) === bare(marker));
  return marks
    .reduceRight(
      (rest, { 0: word, index = 0 }) => rest.slice(0, index) + rest.slice(index + word.length),
      text,
    )
    .trim();
}
