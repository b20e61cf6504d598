// Many episodes at once: who may speak or read, and how all of them stop together.

import type { LanguageModel } from '../models/language-model.ts';
import { entryOf } from '../numerics/lookup.ts';

/** Episodes at once where no model sets a limit. */
const MOST_EPISODES = 64;

/** One way to stop for everything that is under way. */
interface Stopper {
  readonly signal: AbortSignal;
  /** Rejects with the reason when it is time to stop. */
  readonly stopped: Promise<never>;
  readonly stop: (reason: unknown) => void;
  readonly release: () => void;
}

/** One signal for both ways in which work stops: from outside, or at the first failure. */
function stopper(outer: AbortSignal | undefined): Stopper {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (reason: unknown) => controller.abort(reason);
  const passOn = () => stop(outer?.reason);
  outer?.addEventListener('abort', passOn);
  if (outer?.aborted) passOn();
  const stopped = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  // An abort when nothing is being played is nobody's unhandled rejection.
  stopped.catch(() => {});
  return { signal, stopped, stop, release: () => outer?.removeEventListener('abort', passOn) };
}

/** Who may speak: every model has as many slots as it keeps conversations, and an episode takes two. */
class ConversationSlots {
  readonly #models: ReadonlyMap<string, LanguageModel>;
  readonly #taken = new Map<LanguageModel, number>();
  readonly #playing = new Set<Promise<void>>();
  readonly #atOnce: number;

  constructor(models: ReadonlyMap<string, LanguageModel>, atOnce = MOST_EPISODES) {
    this.#models = models;
    this.#atOnce = atOnce;
  }

  /** Waits until both models have a slot free, then begins. Never rejects. */
  async play(names: readonly string[], begin: () => Promise<void>): Promise<void> {
    const speakers = names.map((name) => entryOf(this.#models, name));
    // With nobody playing there is always room, so that a model with a single slot can still talk with itself.
    while (this.#playing.size > 0 && !this.#fits(speakers)) await Promise.race(this.#playing);
    this.#take(speakers, 1);
    const playing: Promise<void> = begin().finally(() => {
      this.#take(speakers, -1);
      this.#playing.delete(playing);
    });
    this.#playing.add(playing);
  }

  /** Resolves when nobody plays any more. */
  async empty(): Promise<void> {
    await Promise.all(this.#playing);
  }

  #fits(speakers: readonly LanguageModel[]): boolean {
    if (this.#playing.size >= this.#atOnce) return false;
    return speakers.every((model) => {
      const wanted = speakers.filter((other) => other === model).length;
      return (this.#taken.get(model) ?? 0) + wanted <= model.concurrency;
    });
  }

  #take(speakers: readonly LanguageModel[], change: 1 | -1): void {
    for (const model of speakers) this.#taken.set(model, (this.#taken.get(model) ?? 0) + change);
  }
}

/** How one of many is played; rejects when `stopped` does. */
export interface PlayedTogether {
  /** Rejects when it is time to stop. */
  readonly stopped: Promise<never>;
  readonly signal: AbortSignal;
}

export interface PlayTogetherOptions<Item> {
  readonly models: ReadonlyMap<string, LanguageModel>;
  /** The two models that an item takes, as the study calls them. */
  readonly names: (item: Item) => readonly string[];
  /** At most; by default as many as the models keep conversations of. */
  readonly atOnce?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does something for every item: begun in order, as many at once as the models keep conversations of. The first failure
 * stops the others; what is being written then is written to its end.
 *
 * @throws the signal's reason when aborted, or what the first item failed with
 */
export async function playTogether<Item>(
  items: readonly Item[],
  { models, names, atOnce, signal: outer }: PlayTogetherOptions<Item>,
  play: (item: Item, together: PlayedTogether) => Promise<void>,
): Promise<void> {
  const { signal, stopped, stop, release } = stopper(outer);
  const slots = new ConversationSlots(models, atOnce);
  try {
    for (const item of items) {
      signal.throwIfAborted();
      await slots.play(names(item), () => play(item, { stopped, signal }).catch(stop));
    }
    await slots.empty();
    signal.throwIfAborted();
  } finally {
    // Files that are being written are finished; what is still being played has ended with `stopped`.
    await slots.empty();
    release();
  }
}
