// The prompt in which agents name their mental state before they speak (docs/method.md §11, paper Appendix J): an emotion and
// an action type, one word each. What they name is theirs: the partner's prompt holds the utterance alone.

import { renderBackground, type Utterance } from './prompt.ts';
import type { AgentView } from './view.ts';

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

/** What the prompt asks for besides the utterance. */
function renderInstruction({ self }: AgentView): string {
  return [
    `Open your line with two words of which nobody else learns: what ${self.name} feels, then what ${self.name} does by speaking.`,
    `The feeling is one of ${EMOTIONS.map(capitalise).join(', ')}; the doing is one of ${ACTIONS.map(capitalise).join(', ')}.`,
    'Put a full stop after each, then what is said aloud, all in one line: Feeling. Doing. Words.',
  ].join(' ');
}

/** A line of an agent's own, as its own later prompts show it. A word that it did not name is left out. */
function renderNamed({ emotion, action }: NamedState, text: string): string {
  const words = [emotion, action].flatMap((word) => (word ? [`${capitalise(word)}.`] : []));
  return [...words, text].join(' ');
}

/** One line of dialogue as one agent knows it. */
export interface KnownUtterance extends Utterance {
  /** What the agent itself named before it, if it was the one that spoke; never the partner's. */
  readonly own?: NamedState | undefined;
}

/**
 * The whole text of an agent's turn, as `renderPrompt`, with the instruction to name a mental state first. The agent
 * sees its own words of earlier turns, so that its next prompt begins with its last one.
 */
export function renderMentalStatePrompt(view: AgentView, dialogue: readonly KnownUtterance[]): string {
  const lines = dialogue.map(
    ({ speaker, text, own }) => `${speaker}: ${own ? renderNamed(own, text) : text}`,
  );
  return [renderBackground(view), renderInstruction(view), '', ...lines, `${view.self.name}:`].join('\n');
}
