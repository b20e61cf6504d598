// What has been said, as an agent knows it.

import { capitalise, type NamedState } from './mental-states.ts';

/** One line of dialogue that both agents have heard. */
export interface Utterance {
  readonly speaker: string;
  readonly text: string;
}

/** One line of dialogue as one agent knows it. */
export interface KnownUtterance extends Utterance {
  /** What the agent itself named before it, if it was the one that spoke; never the partner's. */
  readonly own?: NamedState | undefined;
}

/** What was said, with what the agent named before it if the line is its own; a word that it did not name is left out. */
export function knownText({ text, own }: KnownUtterance): string {
  const words = [own?.emotion, own?.action].flatMap((word) => (word ? [`${capitalise(word)}.`] : []));
  return [...words, text].join(' ');
}
