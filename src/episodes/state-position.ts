// Where in a prompt a round's state is taken (docs/method.md §1): at its last token, as in the paper, or as the mean over the tokens of
// one utterance in it.

import type { Conversation, LanguageModel } from '../models/language-model.ts';
import { commonPrefix } from '../models/line.ts';
import { readEach } from '../models/read-each.ts';
import { addScaled } from '../numerics/vectors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import type { Utterance } from '../prompts/dialogue.ts';
import type { Seat } from './types.ts';

export const STATE_POSITIONS = ['last', 'mean-of-heard', 'mean-of-own'] as const;

/** `last`: the last token of the prompt; otherwise the mean over what the partner said last, or over the own last line. */
export type StatePosition = (typeof STATE_POSITIONS)[number];

/** Turns that have nothing to take a mean of: who has heard nothing, and who has said nothing. Their states are zeros. */
export function turnsWithout(
  position: StatePosition,
): readonly { readonly seat: Seat; readonly round: number }[] {
  const first = (seat: Seat) => ({ seat, round: 1 });
  if (position === 'last') return [];
  return position === 'mean-of-heard' ? [first('A')] : [first('A'), first('B')];
}

/** A prompt, and how it came about. */
export interface PromptParts {
  readonly prompt: readonly number[];
  readonly dialogue: readonly Utterance[];
  readonly render: (dialogue: readonly Utterance[]) => readonly ChatMessage[];
}

/** Words that nobody says, in place of an utterance: whatever of a prompt changes with them is the utterance. */
const UNSAID = ['§', '¤ ¤'];

/**
 * The tokens of an utterance in a prompt, found by saying something else in its place. A token that holds an end of it and
 * what stands beside it is one of them.
 *
 * @param index of the utterance in the dialogue
 * @returns from … to − 1
 */
export function utteranceTokens(
  model: Pick<LanguageModel, 'tokenize'>,
  { prompt, dialogue, render }: PromptParts,
  index: number,
): { readonly from: number; readonly to: number } {
  const others = UNSAID.map((text) => {
    return model.tokenize([...render(dialogue.map((one, i) => (i === index ? { ...one, text } : one)))]);
  });
  const reversed = prompt.toReversed();
  const from = Math.min(...others.map((other) => commonPrefix(prompt, other)));
  const same = Math.min(...others.map((other) => commonPrefix(reversed, other.toReversed())));
  return { from, to: Math.max(from + 1, prompt.length - same) };
}

/**
 * The mean of the states over an utterance's tokens. The conversation then has read the prompt that far.
 *
 * @returns (layers, D), float32; zeros where there is no such utterance
 * @throws BadInput if the prompt does not fit into the context
 */
export async function meanState(
  position: Exclude<StatePosition, 'last'>,
  model: LanguageModel,
  conversation: Conversation,
  parts: PromptParts,
): Promise<Float32Array> {
  const { layers, hiddenSize } = model.info;
  // Whoever speaks next has heard the last utterance, and said the one before.
  const index = parts.dialogue.length - (position === 'mean-of-heard' ? 1 : 2);
  if (index < 0) return new Float32Array(layers * hiddenSize);
  const { from, to } = utteranceTokens(model, parts, index);
  const places = Array.from({ length: to - from }, (_, i) => parts.prompt.slice(0, from + i + 1));
  const sum = new Float64Array(layers * hiddenSize);
  for (const { states } of await readEach(conversation, places)) addScaled(sum, states, 1 / places.length);
  return Float32Array.from(sum);
}
