// What a server has been found not to take of a question, and what it gets instead: newer models of one API want
// another name for the limit, or no temperature; some servers have no structured output. Learnt once per server.

import { isDeepStrictEqual } from 'node:util';
import { askChat, type ChatAnswer } from './chat-server.ts';
import type { HttpServer } from './exchange.ts';
import { Refused } from './failures.ts';

export type Request = { readonly model: string } & Readonly<Record<string, unknown>>;

interface Habit {
  /** What the server says of a question that has it. */
  readonly about: RegExp;
  /** The key that is refused. */
  readonly key: string;
  /** What the question has then. */
  readonly instead: (request: Request) => Readonly<Record<string, unknown>>;
  /** What a user should know of the answers; what is said of a server. */
  readonly note: string;
}

const HABITS: readonly Habit[] = [
  {
    key: 'max_tokens',
    about: /max_tokens|max_completion_tokens/i,
    instead: ({ max_tokens }) => ({ max_completion_tokens: max_tokens }),
    note: 'takes max_completion_tokens in place of max_tokens',
  },
  {
    key: 'temperature',
    about: /temperature/i,
    instead: () => ({}),
    note: 'takes no temperature, so its own was used and not the one that was asked for',
  },
  { key: 'seed', about: /\bseed\b/i, instead: () => ({}), note: 'takes no seed' },
  { key: 'stop', about: /\bstop\b/i, instead: () => ({}), note: 'takes no texts that end an answer' },
  { key: 'top_k', about: /top_k/i, instead: () => ({}), note: 'takes no topK, so that its choice was wider' },
  { key: 'min_p', about: /min_p/i, instead: () => ({}), note: 'takes no minP, so that its choice was wider' },
  {
    key: 'repetition_penalty',
    about: /repetition_penalty/i,
    instead: () => ({}),
    note: 'takes no repetitionPenalty, so that there was none',
  },
  { key: 'n', about: /['"`]n['"`]/, instead: () => ({}), note: 'takes no number of answers' },
  {
    key: 'response_format',
    about: /response_format|json_schema|structured|guided|grammar|schema/i,
    instead: () => ({}),
    note: 'has no structured output; answers were read out of its text',
  },
];

/** What one server does not take, as far as it is known. */
export class ServerHabits {
  readonly #known = new Set<Habit>();

  /** A question in the form that the server takes. */
  adapt(request: Request): Request {
    let adapted = request;
    for (const { key, instead } of this.#known) {
      if (!(key in adapted)) continue;
      const { [key]: _, ...rest } = adapted;
      adapted = { ...rest, ...instead(adapted), model: request.model };
    }
    return adapted;
  }

  /** Whether a refusal of a question taught something, so that it can be asked again in another form. */
  learn(refused: Refused, asked: Request): boolean {
    if (refused.status !== 400 && refused.status !== 422) return false;
    const habit = HABITS.find(({ key, about }) => key in asked && about.test(refused.said));
    if (!habit || this.#known.has(habit)) return false;
    this.#known.add(habit);
    return true;
  }

  /**
   * What a user should know.
   *
   * @param who at the beginning of each sentence: `The judge’s server`
   */
  notes(who: string): string[] {
    return [...this.#known].map(({ note }) => `${who} ${note}.`);
  }
}

/**
 * Asks for a chat completion in the form that a server takes.
 *
 * @param habits of the server, which learn from what it refuses
 * @throws Refused for what no other form mends; else as `askChat`
 */
export async function askAdapted(
  server: HttpServer,
  request: Request,
  habits: ServerHabits,
): Promise<ChatAnswer> {
  for (let before = 0; ; before++) {
    const question = habits.adapt(request);
    try {
      const answer = await askChat(server, question);
      return { ...answer, requests: answer.requests + before };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Of questions that are asked side by side, one has taught it to all.
      const learnt = habits.learn(error, question) || !isDeepStrictEqual(habits.adapt(request), question);
      if (!learnt) throw error;
    }
  }
}
