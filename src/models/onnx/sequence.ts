// What has been read in one conversation, and how: enough to read it again to the last bit.

import type { RowIntervention } from './intervene.ts';

/** One run of the engine: `tokens` read after the first `past` tokens. */
export interface Run {
  readonly past: number;
  readonly tokens: readonly number[];
  /** What was done to states on the way. */
  readonly intervention?: RowIntervention | undefined;
}

const same = (one: readonly number[], other: readonly number[]) =>
  one.length === other.length && one.every((token, i) => token === other[i]);

/**
 * Whether a row that is made of `runs` has at its beginning what the runs `first`, each behind the one before it, leave
 * there.
 */
export function beginsWith(runs: readonly Run[], first: readonly Run[]): boolean {
  const length = first.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return (
    first.every(({ past, tokens }, i) => {
      const own = runs[i];
      return own?.past === past && !own.intervention && same(own.tokens, tokens);
    }) && runs.slice(first.length).every(({ past }) => past >= length)
  );
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
  /** Where the first token is to which something was done. */
  #touched = Number.POSITIVE_INFINITY;

  /** In the order in which they were made. Later ones may overwrite what earlier ones wrote. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Forgets what comes behind the first `length` tokens. */
  truncate(length: number): void {
    this.tokens.length = length;
    this.#runs = this.#runs.filter(({ past }) => past < length);
    if (this.#touched >= length) this.#touched = Number.POSITIVE_INFINITY;
  }

  /**
   * Leading tokens whose keys and values are what reading them leaves: from the first token on to which something was
   * done, nothing is.
   */
  get untouched(): number {
    return Math.min(this.#touched, this.tokens.length);
  }

  append(tokens: readonly number[], intervention?: RowIntervention): void {
    const past = this.tokens.length;
    this.#runs.push({ past, tokens, ...(intervention && { intervention }) });
    const first = intervention?.on === 'all' ? past : past + tokens.length - 1;
    if (intervention) this.#touched = Math.min(this.#touched, first);
    for (const token of tokens) this.tokens.push(token);
  }
}
