/**
 * Whether an utterance ends the conversation: its first or its last word, punctuation aside, is LEAVE in any case
 * (docs/method.md §2). Nothing else does: a line that closes on "left" goes on.
 */
export function isLeave(text: string): boolean {
  const words = text
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter((word) => word !== '');
  return [words.at(0), words.at(-1)].some((word) => word?.toLowerCase() === 'leave');
}
