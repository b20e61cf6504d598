// How much of the training is over, and how long the rest will take.

/** How long all of it takes, by what has been trained so far. */
export interface NonlinearEstimate {
  /** Seconds that are left. */
  readonly seconds: number;
  /** Networks that are left, the one in training included. */
  readonly networks: number;
}

/** What a clock tells. */
export interface ClockHooks {
  /** Called after the first epoch, and then after every network. */
  readonly onEstimate?: (estimate: NonlinearEstimate) => void;
  /** Counts networks, parts of one included. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Counts networks. */
export class Clock {
  readonly #hooks: ClockHooks;
  readonly #epochs: number;
  readonly #networks: number;
  readonly #skipped: number;
  readonly #start = performance.now();
  #done = 0;

  /**
   * @param networks to be trained, `epochs` each
   * @param skipped that are known and count as done
   */
  constructor(networks: number, skipped: number, epochs: number, hooks: ClockHooks) {
    this.#hooks = hooks;
    this.#epochs = epochs;
    this.#networks = networks;
    this.#skipped = skipped;
  }

  /** To be called after each epoch of the network in training. */
  tick(epochs: number): void {
    const last = epochs === this.#epochs;
    const done = this.#done + epochs / this.#epochs;
    if (last) this.#done += 1;
    const left = this.#networks - done;
    if (last || (epochs === 1 && this.#done === 0))
      this.#hooks.onEstimate?.({
        seconds: ((performance.now() - this.#start) / 1000) * (left / done),
        networks: this.#networks - this.#done,
      });
    this.#hooks.onProgress?.({ done: this.#skipped + done, total: this.#skipped + this.#networks });
  }
}
