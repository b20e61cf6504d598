// The words with which agents name their mental state before they speak (docs/method.md §11, paper Appendix J): an emotion
// and an action type, one word each. What they name is theirs: the partner's prompt holds the utterance alone.

import type { KnownUtterance } from './dialogue.ts';

/** Plutchik's eight primary emotions, in the order in which all distributions over them are given. */
export const EMOTIONS = [
  'joy',
  'trust',
  'fear',
  'surprise',
  'sadness',
  'disgust',
  'anger',
  'anticipation',
] as const;
export type Emotion = (typeof EMOTIONS)[number];

/** Searle's five kinds of speech act, in the order in which all distributions over them are given. */
export const ACTIONS = ['assertive', 'directive', 'commissive', 'expressive', 'declaration'] as const;
export type Action = (typeof ACTIONS)[number];

/** What an agent said that it feels and does, if it said so. */
export interface NamedState {
  readonly emotion: Emotion | undefined;
  readonly action: Action | undefined;
}

const capitalise = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** A list of words as a prompt shows it: `Joy, Trust, …`. */
export const listed = (words: readonly string[]) => words.map(capitalise).join(', ');

/** What was said, with what the agent named before it if the line is its own; a word that it did not name is left out. */
export function knownText({ text, own }: KnownUtterance): string {
  const words = [own?.emotion, own?.action].flatMap((word) => (word ? [`${capitalise(word)}.`] : []));
  return [...words, text].join(' ');
}
