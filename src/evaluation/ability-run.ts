// What all ability tests have in common: many prompts at once, as many as the model keeps conversations of, and a
// file that grows with the answers, so that an interrupted test goes on.

import type { Conversation, LanguageModel } from '../models/language-model.ts';
import { spread } from '../scenarios/encounters.ts';

/** Conversations at once where the model sets no limit. */
const MOST_AT_ONCE = 32;

/** How far a test is. */
export interface AbilityProgress {
  readonly done: number;
  readonly total: number;
  /** How many of those done an earlier run had answered. */
  readonly skipped: number;
}

export interface AbilityRunOptions {
  /** Where the result is kept; undefined to keep it nowhere. */
  readonly path?: string | undefined;
  /** Ask only so many of the entries, spread evenly over them; all by default. */
  readonly limit?: number | undefined;
  readonly onProgress?: ((progress: AbilityProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** `limit` of the entries spread evenly over them, or all. A limit beyond the last one is all. */
export function choose<T>(entries: readonly T[], limit = entries.length): T[] {
  return spread(entries, Math.min(limit, entries.length), 'limit');
}

/**
 * Asks every unit, each in a conversation of its own.
 *
 * @throws the signal's reason when aborted, or what the first unit failed with; `onAnswer` has had the others
 */
async function askAll<Unit, Answer>(
  model: LanguageModel,
  units: readonly Unit[],
  ask: (conversation: Conversation, unit: Unit) => Promise<Answer>,
  onAnswer: (unit: Unit, answer: Answer) => void,
  signal?: AbortSignal,
): Promise<void> {
  const left = units.values();
  let stopped: { readonly reason: unknown } | undefined;
  const work = async () => {
    // All that are at work take their units from the same iterator.
    for (const unit of left) {
      if (stopped !== undefined || signal?.aborted) return;
      const conversation = model.converse();
      try {
        onAnswer(unit, await ask(conversation, unit));
      } catch (reason) {
        stopped ??= { reason };
      } finally {
        conversation.close();
      }
    }
  };
  const atOnce = Math.max(1, Math.min(model.concurrency, MOST_AT_ONCE, units.length));
  await Promise.race([Promise.all(Array.from({ length: atOnce }, work)), aborted(signal)]);
  signal?.throwIfAborted();
  if (stopped !== undefined) throw stopped.reason;
}

/** Rejects with the signal's reason; never resolves. Who stops does not wait for replies of a thousand tokens. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  promise.catch(() => {});
  return promise;
}

/** Writes a growing result: at once where the last writing is over, otherwise when it is. */
class Saver {
  readonly #write: () => Promise<void>;
  #writing: Promise<void> | undefined;
  #again = false;
  #failed: { readonly reason: unknown } | undefined;

  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** Says that there is something new. */
  touch(): void {
    if (this.#writing !== undefined) {
      this.#again = true;
      return;
    }
    this.#writing = this.#write()
      .catch((reason: unknown) => {
        this.#failed ??= { reason };
      })
      .finally(() => {
        this.#writing = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.touch();
      });
  }

  /** Waits until everything is written. Throws what a writing failed with. */
  async settle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failed !== undefined) throw this.#failed.reason;
  }
}

/** A test under way. */
export interface AbilityTest<Unit, Answer> {
  readonly model: LanguageModel;
  /** What is asked. */
  readonly chosen: readonly Unit[];
  /** By unit. What is there is not asked again; what is answered is added. */
  readonly answers: Map<Unit, Answer>;
  readonly ask: (conversation: Conversation, unit: Unit) => Promise<Answer>;
  /** Writes what is answered by then. */
  readonly save: () => Promise<void>;
}

/**
 * Asks what is not answered yet, and saves as answers come.
 *
 * @throws BadInput if they cannot be saved; the signal's reason when aborted; what asking failed with. Answers that
 *   have come by then are saved.
 */
export async function answerAll<Unit, Answer>(
  { model, chosen, answers, ask, save }: AbilityTest<Unit, Answer>,
  { onProgress, signal }: Pick<AbilityRunOptions, 'onProgress' | 'signal'>,
): Promise<void> {
  const open = chosen.filter((unit) => !answers.has(unit));
  const [total, skipped] = [chosen.length, chosen.length - open.length];
  let done = skipped;
  const saver = new Saver(save);
  onProgress?.({ done, total, skipped });
  const onAnswer = (unit: Unit, answer: Answer) => {
    answers.set(unit, answer);
    done++;
    saver.touch();
    onProgress?.({ done, total, skipped });
  };
  try {
    await askAll(model, open, ask, onAnswer, signal);
    saver.touch();
  } finally {
    await saver.settle();
  }
}

/** A prompt with room for an answer behind it: what does not fit is cut off its beginning, as usual for these tests. */
export function fitPrompt(
  prompt: readonly number[],
  contextLength: number,
  answerTokens: number,
): { readonly tokens: readonly number[]; readonly cut: boolean } {
  const room = Math.max(1, contextLength - answerTokens);
  return prompt.length <= room ? { tokens: prompt, cut: false } : { tokens: prompt.slice(-room), cut: true };
}
