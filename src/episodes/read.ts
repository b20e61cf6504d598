// A finished episode read by somebody who takes no part (docs/method.md §3, paper §3.3): prefill only, nothing is said.

import { createHash } from 'node:crypto';
import type { Conversation, LanguageModel, Reading } from '../models/language-model.ts';
import { commonPrefix } from '../models/line.ts';
import { readEach } from '../models/read-each.ts';
import { at } from '../numerics/lookup.ts';
import type { Utterance } from '../prompts/dialogue.ts';
import { builtInPrompts, DEFAULT_STYLE, type Prompts } from '../prompts/prompts.ts';
import type { PassiveFormat } from '../prompts/styles/style.ts';
import { viewOf } from '../prompts/view.ts';
import type { Encounter } from '../scenarios/schema.ts';
import type { LayerChoice } from './recorded-layers.ts';
import { stackStates } from './stack-states.ts';
import { meanState, type StatePosition } from './state-position.ts';
import type { AgentStates, Episode, Seat } from './types.ts';

/** A first word that nobody says: up to it, every episode's prompts are alike. */
const UNSAID = '§';

/** What it takes to read one episode in one seat. */
export interface ReadingRequest {
  readonly encounter: Encounter;
  readonly episode: Pick<Episode, 'turns'>;
  /** The seat in whose place the model reads. */
  readonly seat: Seat;
  readonly model: LanguageModel;
  readonly format: PassiveFormat;
  /** Where in a prompt the state is taken, as in the episode; `last` by default. */
  readonly position?: StatePosition | undefined;
  /** Of which layers states are given back, as in the episode; `all` by default. */
  readonly layers?: LayerChoice | undefined;
  /** The words that the reader is given; the default style's built-in ones otherwise. */
  readonly prompts?: Prompts | undefined;
  /** An aborted reading rejects with the signal's reason. */
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
    position = 'last',
    prompts = builtInPrompts(DEFAULT_STYLE),
  } = request;
  signal?.throwIfAborted();
  const view = viewOf(encounter, seat);
  const dialogue = episode.turns.map(({ speaker, text }): Utterance => ({ speaker, text }));
  const render = (heard: readonly Utterance[]) => prompts.render(format, view, heard);
  const given = episode.turns
    .flatMap((turn, i) => (turn.seat === seat ? [i] : []))
    .map((turn) => {
      const messages = render(dialogue.slice(0, turn));
      const sha256 = createHash('sha256').update(model.render(messages)).digest('hex');
      return { turn, sha256, tokens: model.tokenize(messages) };
    });
  const lists = given.map(({ tokens }) => tokens);
  // Who speaks first is given a prompt without a dialogue, which is the same in every episode.
  const [opening] = episode.turns;
  const probe = opening && opening.seat !== seat ? [{ speaker: opening.speaker, text: UNSAID }] : [];
  const shared =
    probe.length > 0 && lists[0] ? commonPrefix(lists[0], model.tokenize(render(probe))) : undefined;
  const read = await readThrough(model, signal, async (conversation) => {
    if (position === 'last') return readEach(conversation, lists, shared);
    const readings: Reading[] = [];
    for (const { turn, tokens: prompt } of given) {
      const parts = { prompt, dialogue: dialogue.slice(0, turn), render };
      const states = await meanState(position, model, conversation, parts);
      const before = lists[readings.length - 1] ?? [];
      readings.push({ states, reusedTokens: Math.min(commonPrefix(prompt, before), prompt.length - 1) });
    }
    return readings;
  });
  const states = read.map((reading) => reading.states);
  return {
    states: stackStates(states, model.info, request.layers),
    prompts: given.map((prompt, i) => ({
      ...prompt,
      tokens: prompt.tokens.length,
      reusedTokens: at(read, i).reusedTokens,
    })),
  };
}

/** Reads in a conversation of its own, which is closed when the signal says so, and in any case at the end. */
async function readThrough<T>(
  model: LanguageModel,
  signal: AbortSignal | undefined,
  read: (conversation: Conversation) => Promise<T>,
): Promise<T> {
  const conversation = model.converse();
  const close = () => conversation.close();
  // Many read at once; a signal warns of more than a few listeners.
  const own = signal && AbortSignal.any([signal]);
  own?.addEventListener('abort', close);
  try {
    return await read(conversation);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    own?.removeEventListener('abort', close);
    close();
  }
}
