// What of the tokens that a model generates is its reply: where it ends, and which tokens and text it keeps. Every model
// whose tokens are known takes its replies here.

import type { Reply, Sampling } from './language-model.ts';
import { beforeStop, firstLine } from './line.ts';
import type { ChatTokenizer } from './tokenizer.ts';

export type Generated = Pick<Reply, 'tokens' | 'text' | 'finish'>;

/** One reply, token by token. */
export class ReplyTaker {
  readonly #tokenizer: ChatTokenizer;
  readonly #endTokens: ReadonlySet<number>;
  readonly #stop: readonly string[];
  readonly #lines: 'first' | 'all';
  readonly #stopTokens: ReadonlySet<number | undefined>;
  readonly #tokens: number[] = [];

  constructor(
    tokenizer: ChatTokenizer,
    endTokens: ReadonlySet<number>,
    { stop = [], lines = 'first' }: Pick<Sampling, 'stop' | 'lines'>,
  ) {
    this.#tokenizer = tokenizer;
    this.#endTokens = endTokens;
    this.#stop = stop;
    this.#lines = lines;
    this.#stopTokens = new Set(stop.map((text) => tokenizer.specialToken(text)));
  }

  /** What was taken so far and has not ended the reply. */
  get tokens(): readonly number[] {
    return this.#tokens;
  }

  /** Takes the next token; returns the reply if it ends with it. */
  take(token: number): Generated | undefined {
    if (this.#endTokens.has(token)) return this.end('end');
    if (this.#stopTokens.has(token)) return this.end('stop');
    this.#tokens.push(token);
    const oneLine = this.#lines === 'first';
    if (this.#stop.length === 0 && !(oneLine && this.#tokenizer.breaksLine(token))) return undefined;
    const text = this.#tokenizer.decode(this.#tokens);
    const before = beforeStop(text, this.#stop) ?? text;
    if (oneLine && firstLine(before).ended) return this.end('line', before);
    return before === text ? undefined : this.end('stop', before);
  }

  /**
   * The reply as it is.
   *
   * @param said the decoded text up to where a line break or a stop string ended it, if one did
   */
  end(finish: Reply['finish'], said?: string): Generated {
    const tokens = this.#tokens;
    const decode = (length: number) => this.#tokenizer.decode(tokens.slice(0, length));
    const whole = said ?? decode(tokens.length);
    const text = this.#lines === 'all' ? whole : firstLine(whole).line;
    let kept = tokens.length;
    // The last token goes if it is nothing but the end of the line; it may also be `!\n`.
    if (finish === 'line' && firstLine(decode(kept - 1)).line === text) kept -= 1;
    // A stop string may be spread over several tokens.
    if (finish === 'stop' && said !== undefined)
      while (kept > 0 && decode(kept - 1).startsWith(said)) kept -= 1;
    return { tokens: tokens.slice(0, kept), text, finish };
  }
}

/** How many tokens a model has generated for a reply, whether or not it says which. */
export function generatedTokens({ tokens, counted }: Pick<Reply, 'tokens' | 'counted'>): number {
  return counted?.generated ?? tokens.length;
}
