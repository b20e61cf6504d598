// The words with which agents name their mental state before they speak (docs/method.md §11, paper Appendix J): an emotion
// and an action type, one word each. What they name is theirs: the partner's prompt holds the utterance alone.

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

/** `Joy`, as a prompt shows a word. */
export const capitalise = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** A list of words as a prompt shows it: `Joy, Trust, …`. */
export const listed = (words: readonly string[]) => words.map(capitalise).join(', ');
