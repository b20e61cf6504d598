// What has been read in one conversation, and how: enough to read it again to the last bit.

/** One run of the engine: `tokens` read after the first `past` tokens. */
interface Run {
  readonly past: number;
  readonly tokens: readonly number[];
}

/**
 * The tokens of one conversation whose keys and values are there, or can be had again.
 *
 * A prefill rounds otherwise than the same tokens read one by one. So a sequence that had to leave the cache comes
 * back by the runs that it was made of, and nobody can tell that it was away.
 */
export class Sequence {
  readonly tokens: number[] = [];
  /** Its row of the cache; undefined while it has none. */
  row: number | undefined;
  /** A held sequence is in the middle of a reply and keeps its row. */
  held = false;
  closed = false;
  #runs: Run[] = [];

  /** In the order in which they were made. Later ones may overwrite what earlier ones wrote. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Forgets what comes behind the first `length` tokens. */
  truncate(length: number): void {
    this.tokens.length = length;
    this.#runs = this.#runs.filter(({ past }) => past < length);
  }

  append(tokens: readonly number[]): void {
    this.#runs.push({ past: this.tokens.length, tokens });
    for (const token of tokens) this.tokens.push(token);
  }
}
