// One agent's side of an episode on a server. What it has read is remembered there: a prompt that continues an earlier one
// costs what is new, as long as the server's prefix cache has room.

import { createHash } from 'node:crypto';
import { ModelMismatch } from '../../errors.ts';
import type { Conversation, LogLikelihood, ModelInfo, Reading, Reply, Sampling } from '../language-model.ts';
import { checkPrompt } from '../prompt-check.ts';
import { type Generated, ReplyTaker } from '../reply-taker.ts';
import { checkSampling } from '../sampling.ts';
import type { ChatTokenizer } from '../tokenizer.ts';
import type { Fleet } from './fleet.ts';
import { NEUTRAL } from './protocol.ts';
import type { Answer } from './server.ts';

/** What a reply is made with, in vLLM's words. */
type ServerSampling = Readonly<Record<string, unknown>> & { readonly stop?: readonly string[] };

export class VllmConversation implements Conversation {
  readonly #info: ModelInfo;
  readonly #fleet: Fleet;
  readonly #tokenizer: ChatTokenizer;
  readonly #endTokens: ReadonlySet<number>;
  readonly #closed = new AbortController();
  readonly #signal: AbortSignal;

  /** @param disposed aborted when the model is disposed of */
  constructor(
    info: ModelInfo,
    fleet: Fleet,
    tokenizer: ChatTokenizer,
    endTokens: ReadonlySet<number>,
    disposed: AbortSignal,
  ) {
    this.#info = info;
    this.#fleet = fleet;
    this.#tokenizer = tokenizer;
    this.#endTokens = endTokens;
    this.#signal = AbortSignal.any([this.#closed.signal, disposed]);
  }

  async read(prompt: readonly number[]): Promise<Reading> {
    const answer = await this.#ask(prompt, 1, NEUTRAL);
    return { states: statesOf(answer), reusedTokens: answer.cached };
  }

  /** Prompts that begin alike are read one after the other, so that the server has what they share. */
  async logLikelihoods(
    prompt: readonly number[],
    continuations: readonly (readonly number[])[],
  ): Promise<LogLikelihood[]> {
    return Promise.all(continuations.map((tokens) => this.#likelihood(prompt, tokens)));
  }

  async reply(prompt: readonly number[], sampling: Sampling): Promise<Reply> {
    checkSampling(this.#info.id, sampling);
    const limit = Math.min(sampling.maxNewTokens, this.#info.contextLength - prompt.length);
    if (limit <= 0) {
      const { states, reusedTokens } = await this.read(prompt);
      return { states, reusedTokens, tokens: [], text: '', finish: 'length' };
    }
    const taker = new ReplyTaker(this.#tokenizer, this.#endTokens, sampling);
    const asked = this.#samplingOf(sampling, 0);
    // A server that ends a reply at a text counts it as broken off and gives no states with it. So these are asked for
    // before, and what they take of the prompt is in its cache then.
    const reading = asked.stop && (await this.read(prompt));
    const first = await this.#ask(prompt, limit, asked, reading === undefined);
    const reply = await this.#take(taker, first, prompt, limit, sampling);
    const { states, reusedTokens } = reading ?? { states: statesOf(first), reusedTokens: first.cached };
    return { states, ...reply, reusedTokens };
  }

  close(): void {
    this.#closed.abort(new Error('the conversation has been closed'));
  }

  #ask(
    prompt: readonly number[],
    maxTokens: number,
    sampling: ServerSampling,
    wantStates = true,
  ): Promise<Answer> {
    this.#signal.throwIfAborted();
    checkPrompt(this.#info, prompt);
    return this.#fleet.ask(prompt, { maxTokens, sampling, wantStates, signal: this.#signal });
  }

  /** Takes tokens until the reply has ended; a server stops at the first line break, which may have been a blank line. */
  async #take(
    taker: ReplyTaker,
    first: Answer,
    prompt: readonly number[],
    limit: number,
    sampling: Sampling,
  ): Promise<Generated> {
    for (let [answer, part] = [first, 1]; ; part++) {
      for (const token of answer.tokens) {
        const reply = taker.take(token);
        if (reply) return reply;
      }
      const left = limit - taker.tokens.length;
      // A server may end a reply at a token that we take for none: its own settings of the checkpoint say so.
      if (answer.finish === 'length' || left <= 0) return taker.end('length');
      if (answer.tokens.length === 0) return taker.end('end');
      answer = await this.#ask([...prompt, ...taker.tokens], left, this.#samplingOf(sampling, part), false);
    }
  }

  #samplingOf(
    { temperature, topK, topP, minP, repetitionPenalty, stop = [], lines, seed }: Sampling,
    part: number,
  ): ServerSampling {
    const special = stop.flatMap((text) => this.#tokenizer.specialToken(text) ?? []);
    const ends = [...this.#endTokens, ...special];
    // Only texts: a server that ends a reply at one of them has said the tokens of all of it.
    const texts = [...stop, ...(lines === 'all' ? [] : ['\n', '\r'])];
    return {
      temperature,
      top_k: topK ?? 0,
      top_p: topP ?? 1,
      min_p: minP ?? 0,
      repetition_penalty: repetitionPenalty ?? 1,
      seed: seedOf(part === 0 ? seed : `${seed}/${part}`),
      ...(ends.length > 0 && { stop_token_ids: ends }),
      ...(texts.length > 0 && { stop: texts }),
    };
  }

  async #likelihood(prompt: readonly number[], tokens: readonly number[]): Promise<LogLikelihood> {
    if (tokens.length === 0) return { logProbability: 0, tokens: 0, greedy: true };
    const whole = [...prompt, ...tokens];
    const answer = await this.#ask(whole, 1, { ...NEUTRAL, prompt_logprobs: 0 }, false);
    const places = answer.promptLogProbabilities?.slice(prompt.length) ?? [];
    const found = tokens.map((token, i) => places[i]?.[token]);
    const all = found.flatMap((one) => (one?.logprob == null ? [] : [{ ...one, logprob: one.logprob }]));
    if (all.length < tokens.length)
      throw new ModelMismatch(
        this.#info.id,
        'the server gives no log-probabilities of prompts, which label probabilities need; start it without --max-logprobs 0',
      );
    return {
      logProbability: all.reduce((sum, { logprob }) => sum + logprob, 0),
      tokens: tokens.length,
      greedy: all.every(({ rank }) => rank === 1),
    };
  }
}

/** A number that vLLM takes, from the name of a stream. */
function seedOf(name: string): number {
  return createHash('sha256').update(name).digest().readUIntBE(0, 6);
}

function statesOf({ states }: Answer): Float32Array {
  if (states === undefined) throw new RangeError('states were not asked for');
  return states;
}
