// A finished episode read by somebody who takes no part (docs/method.md §3, paper §3.3): prefill only, nothing is said.

import { createHash } from 'node:crypto';
import type { LanguageModel } from '../models/language-model.ts';
import type { Utterance } from '../prompts/dialogue.ts';
import { builtInPrompts, DEFAULT_STYLE, type Prompts } from '../prompts/prompts.ts';
import type { PassiveFormat } from '../prompts/styles/style.ts';
import { viewOf } from '../prompts/view.ts';
import type { Encounter } from '../scenarios/schema.ts';
import { stackStates } from './stack-states.ts';
import type { AgentStates, Episode, Seat } from './types.ts';

/** What it takes to read one episode in one seat. */
export interface ReadingRequest {
  readonly encounter: Encounter;
  readonly episode: Pick<Episode, 'turns'>;
  /** The seat in whose place the model reads. */
  readonly seat: Seat;
  readonly model: LanguageModel;
  readonly format: PassiveFormat;
  /** The words that the reader is given; the default style's built-in ones otherwise. */
  readonly prompts?: Prompts | undefined;
  /** Checked between prompts; an aborted reading rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A prompt that a reader was given, as a turn tells of its own. */
export interface ReadPrompt {
  /** Index of the turn of which it is the reader's counterpart. */
  readonly turn: number;
  /** SHA-256 of the rendered prompt, hex. */
  readonly sha256: string;
  readonly tokens: number;
  readonly reusedTokens: number;
}

/** A reader's states, one round for every turn of the agent in its seat. */
export interface EpisodeReading {
  readonly states: AgentStates;
  readonly prompts: readonly ReadPrompt[];
}

/**
 * Reads an episode as far as the agent in a seat had heard it before each of its turns. The state is that at the last
 * token of the prompt, after the chat template's generation prompt, as in the episode itself. The result depends on the
 * model, the encounter and what was said, and on nothing else.
 *
 * @throws BadInput if a prompt does not fit into the model's context; the signal's reason when aborted
 */
export async function readAlong(request: ReadingRequest): Promise<EpisodeReading> {
  const {
    encounter,
    episode,
    seat,
    model,
    format,
    signal,
    prompts = builtInPrompts(DEFAULT_STYLE),
  } = request;
  const view = viewOf(encounter, seat);
  const conversation = model.converse();
  const dialogue: Utterance[] = [];
  const states: Float32Array[] = [];
  const read: ReadPrompt[] = [];
  try {
    for (const [turn, { seat: speaking, speaker, text }] of episode.turns.entries()) {
      if (speaking === seat) {
        signal?.throwIfAborted();
        const messages = prompts.render(format, view, dialogue);
        const prompt = model.tokenize(messages);
        const reading = await conversation.read(prompt);
        states.push(reading.states);
        const sha256 = createHash('sha256').update(model.render(messages)).digest('hex');
        read.push({ turn, sha256, tokens: prompt.length, reusedTokens: reading.reusedTokens });
      }
      dialogue.push({ speaker, text });
    }
  } finally {
    conversation.close();
  }
  return { states: stackStates(states, model.info), prompts: read };
}
