// One agent's side of an episode: reading prompts, and speaking token by token.

import { BadInput, ModelMismatch } from '../../errors.ts';
import { createRandom } from '../../numerics/random.ts';
import type { Conversation, ModelInfo, Reading, Reply, Sampling } from '../language-model.ts';
import { beforeStop, commonPrefix, firstLine } from '../line.ts';
import { checkSampling, sampleToken } from '../sampling.ts';
import type { ChatTokenizer } from '../tokenizer.ts';
import type { Output } from './kv-cache.ts';
import type { Scheduler } from './scheduler.ts';
import type { Sequence } from './sequence.ts';

type Generated = Pick<Reply, 'tokens' | 'text' | 'finish'>;

export class OnnxConversation implements Conversation {
  readonly #info: ModelInfo;
  readonly #scheduler: Scheduler;
  /** The tokens whose keys and values have been computed. */
  readonly #sequence: Sequence;
  readonly #tokenizer: ChatTokenizer;
  readonly #endTokens: ReadonlySet<number>;
  #busy = false;

  constructor(
    info: ModelInfo,
    scheduler: Scheduler,
    tokenizer: ChatTokenizer,
    endTokens: ReadonlySet<number>,
  ) {
    this.#info = info;
    this.#scheduler = scheduler;
    this.#sequence = scheduler.open();
    this.#tokenizer = tokenizer;
    this.#endTokens = endTokens;
  }

  read(prompt: readonly number[]): Promise<Reading> {
    return this.#alone(() => this.#read(prompt));
  }

  reply(prompt: readonly number[], sampling: Sampling): Promise<Reply> {
    return this.#alone(async () => {
      checkSampling(this.#info.id, sampling);
      this.#scheduler.hold(this.#sequence);
      try {
        const { states, logits, reusedTokens } = await this.#read(prompt);
        return { states, ...(await this.#generate(prompt, logits, sampling)), reusedTokens };
      } finally {
        this.#scheduler.release(this.#sequence);
      }
    });
  }

  close(): void {
    this.#scheduler.close(this.#sequence);
  }

  /** Two steps at once would write into the same row. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error('a conversation reads one prompt at a time; await the one before');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  async #read(prompt: readonly number[]): Promise<Required<Reading>> {
    this.#checkPrompt(prompt);
    // The last token is computed in any case: its states are what is asked for.
    const reusedTokens = Math.min(commonPrefix(prompt, this.#sequence.tokens), prompt.length - 1);
    const { states, logits } = await this.#step(reusedTokens, prompt.slice(reusedTokens));
    this.#checkFinite('hidden state', states);
    this.#checkFinite('logit', logits);
    return { states: states.slice(), logits: logits.slice(), reusedTokens };
  }

  /**
   * Feeds `tokens` after the first `past` cached ones, and forgets what came behind those. Other conversations write
   * into the same arrays as soon as the caller awaits something else.
   */
  #step(past: number, tokens: readonly number[]): Promise<Output> {
    return this.#scheduler.read(this.#sequence, past, tokens);
  }

  async #generate(prompt: readonly number[], first: Float32Array, sampling: Sampling): Promise<Generated> {
    const { stop = [], lines = 'first' } = sampling;
    const oneLine = lines === 'first';
    const stopTokens = new Set(stop.map((text) => this.#tokenizer.specialToken(text)));
    const random = createRandom(sampling.seed);
    const room = this.#info.contextLength - this.#sequence.tokens.length;
    const limit = Math.min(sampling.maxNewTokens, room);
    const tokens: number[] = [];
    const weights = new Float64Array(this.#info.vocabSize);
    let logits = first;
    while (tokens.length < limit) {
      // Copied for the repetition penalty alone: a prompt is long.
      const context = sampling.repetitionPenalty === undefined ? [] : [...prompt, ...tokens];
      const token = sampleToken(logits, sampling, random, weights, context);
      if (this.#endTokens.has(token)) return this.#finished(tokens, 'end', lines);
      if (stopTokens.has(token)) return this.#finished(tokens, 'stop', lines);
      tokens.push(token);
      if (stop.length > 0 || (oneLine && this.#tokenizer.breaksLine(token))) {
        const text = this.#tokenizer.decode(tokens);
        const before = beforeStop(text, stop) ?? text;
        if (oneLine && firstLine(before).ended) return this.#finished(tokens, 'line', lines, before);
        if (before !== text) return this.#finished(tokens, 'stop', lines, before);
      }
      // The last token that fits is not fed: nobody asks what would come after it.
      if (tokens.length < limit) ({ logits } = await this.#step(this.#sequence.tokens.length, [token]));
    }
    return this.#finished(tokens, 'length', lines);
  }

  /** `said` is the decoded text up to where a line break or a stop string ended it, if one did. */
  #finished(
    tokens: readonly number[],
    finish: Reply['finish'],
    lines: 'first' | 'all',
    said?: string,
  ): Generated {
    const decode = (length: number) => this.#tokenizer.decode(tokens.slice(0, length));
    const whole = said ?? decode(tokens.length);
    const text = lines === 'all' ? whole : firstLine(whole).line;
    let kept = tokens.length;
    // The last token goes if it is nothing but the end of the line; it may also be `!\n`.
    if (finish === 'line' && firstLine(decode(kept - 1)).line === text) kept -= 1;
    // A stop string may be spread over several tokens.
    if (finish === 'stop' && said !== undefined)
      while (kept > 0 && decode(kept - 1).startsWith(said)) kept -= 1;
    return { tokens: tokens.slice(0, kept), text, finish };
  }

  #checkFinite(what: string, values: Float32Array): void {
    const wrong = values.find((value) => !Number.isFinite(value));
    if (wrong === undefined) return;
    const advice = 'the weights are damaged or too large for float32; compare their hashes with the source';
    throw new ModelMismatch(this.#info.id, `a ${what} is ${wrong}: ${advice}`);
  }

  #checkPrompt(prompt: readonly number[]): void {
    const { id, contextLength, vocabSize } = this.#info;
    if (prompt.length === 0) throw new BadInput(id, 'the prompt is empty; a prompt has at least one token');
    if (prompt.length > contextLength)
      throw new BadInput(
        id,
        `the prompt has ${prompt.length} tokens, but the model's context holds ${contextLength}; use fewer rounds, a shorter scenario or a model with a longer context`,
      );
    for (const token of prompt)
      if (!Number.isInteger(token) || token < 0 || token >= vocabSize)
        throw new BadInput(id, `token ${token} is not in the vocabulary of ${vocabSize} tokens`);
  }
}
