// How fast a model is on this machine: measured on a prompt that it will get, and on replies as it gives them.

import type { Conversation, LanguageModel, Sampling } from './language-model.ts';
import { generatedTokens } from './reply-taker.ts';

/** Tokens per second of one model. */
export interface Speed {
  /** Length of the prompt, tokens. */
  readonly promptTokens: number;
  /** Tokens per second of a prompt of which nothing is cached. */
  readonly read: number;
  /** Conversations that spoke at once. */
  readonly rows: number;
  /** Tokens per second of all of them together, behind the prompt. */
  readonly speak: number;
}

export interface SpeedOptions {
  /** Conversations that speak at once; as many as the model keeps in memory by default, 16 at most. */
  readonly rows?: number;
  /** Seconds for either of reading and speaking, about; 2 by default. What takes longer once is done once. */
  readonly seconds?: number;
  readonly sampling?: Omit<Sampling, 'seed'>;
  readonly signal?: AbortSignal | undefined;
}

const MOST_ROWS = 16;
const DEFAULT_SAMPLING = { temperature: 0.7, maxNewTokens: 64 };

/** Repeats something until the time is over; returns how many seconds that took, and how often it was done. */
async function repeat(
  seconds: number,
  signal: AbortSignal | undefined,
  work: (round: number) => Promise<void>,
): Promise<{ elapsed: number; rounds: number }> {
  const start = performance.now();
  let rounds = 0;
  let elapsed = 0;
  do {
    signal?.throwIfAborted();
    await work(rounds++);
    elapsed = (performance.now() - start) / 1000;
  } while (elapsed < seconds);
  return { elapsed, rounds };
}

/** Reads the prompt in new conversations, one by one. */
async function readSpeed(
  model: LanguageModel,
  prompt: readonly number[],
  seconds: number,
  signal?: AbortSignal,
): Promise<number> {
  const { elapsed, rounds } = await repeat(seconds, signal, async (round) => {
    const conversation = model.converse();
    try {
      // A server remembers what anybody has read: another beginning is new to it.
      const beginning = prompt[1 + (round % Math.max(1, prompt.length - 1))] ?? prompt[0];
      await conversation.read(beginning === undefined ? prompt : [beginning, ...prompt.slice(1)]);
    } finally {
      conversation.close();
    }
  });
  return (rounds * prompt.length) / elapsed;
}

/** Lets conversations that have read the prompt reply to it, each again and again. */
async function speakSpeed(
  conversations: readonly Conversation[],
  prompt: readonly number[],
  sampling: Omit<Sampling, 'seed'>,
  seconds: number,
  signal?: AbortSignal,
): Promise<number> {
  let tokens = 0;
  const start = performance.now();
  await Promise.all(
    conversations.map((conversation, row) =>
      repeat(seconds, signal, async (round) => {
        const reply = await conversation.reply(prompt, { ...sampling, seed: `speed/${row}/${round}` });
        // What ended the reply was computed like any other token.
        tokens += generatedTokens(reply) + (reply.finish === 'length' ? 0 : 1);
      }),
    ),
  );
  return tokens / ((performance.now() - start) / 1000);
}

/**
 * Measures a model's speed; takes some seconds, and longer for a model that needs longer for one prompt.
 *
 * @param prompt token ids, at least one, that leave room for a reply
 * @throws BadInput for a prompt that does not fit; the signal's reason when aborted
 */
export async function measureSpeed(
  model: LanguageModel,
  prompt: readonly number[],
  options: SpeedOptions = {},
): Promise<Speed> {
  const { seconds = 2, sampling = DEFAULT_SAMPLING, signal } = options;
  const rows = options.rows ?? Math.min(MOST_ROWS, model.concurrency);
  const conversations = Array.from({ length: rows }, () => model.converse());
  try {
    // Each conversation has read the prompt before it is to speak; the first one also wakes the model up.
    for (const conversation of conversations) await conversation.read(prompt);
    const read = await readSpeed(model, prompt, seconds, signal);
    for (const conversation of conversations) await conversation.read(prompt);
    const speak = await speakSpeed(conversations, prompt, sampling, seconds, signal);
    return { promptTokens: prompt.length, read, rows, speak };
  } finally {
    for (const conversation of conversations) conversation.close();
  }
}
