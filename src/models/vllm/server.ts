// One vLLM server: one request at a time is asked and its answer looked at, so that nothing gets further that is not right.

import { randomUUID } from 'node:crypto';
import { ModelMismatch } from '../../errors.ts';
import { exchange, type HttpServer } from '../../http/exchange.ts';
import { Interruption, shownUrl } from '../../http/failures.ts';
import type { ModelInfo } from '../language-model.ts';
import { type Completion, type Generation, readCompletion } from './protocol.ts';
import { removeOrphans, type StatesPlace, takeStates } from './states.ts';

/** How a server is asked. */
export interface ServerSettings {
  /** The API's address, which ends in /v1. */
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** Seconds until an answer must be complete. */
  readonly timeout: number;
  readonly states: StatesPlace;
}

/** What came of one request, looked at. */
export interface Answer {
  /** (layers, hiddenSize); absent where none were asked for. */
  readonly states: Float32Array | undefined;
  /** Generated ids, the end token among them if there is one. */
  readonly tokens: readonly number[];
  readonly finish: 'stop' | 'length';
  /** Prompt tokens that the server had in its cache, as far as it says. */
  readonly cached: number;
  readonly promptLogProbabilities: Completion['choices'][0]['prompt_logprobs'];
}

export interface AskOptions extends Generation {
  /** Whether the states are wanted; true by default. */
  readonly wantStates?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of an answer beside its states: log-probabilities of every prompt token are the most. */
const ANSWER_BYTES = 20_000_000;

/** A mean log-probability of a reply's tokens below which it is none: noise has −17 to −25, a vocabulary at random −12. */
const NOISE = -12;
/** Tokens from which the mean says something. */
const ENOUGH = 4;

export class VllmServer {
  readonly settings: ServerSettings;
  readonly #info: ModelInfo;
  readonly #name: string;

  /** @param name under which the server has the model */
  constructor(settings: ServerSettings, info: ModelInfo, name: string) {
    this.settings = settings;
    this.#info = info;
    this.#name = name;
  }

  get url(): string {
    return shownUrl(this.settings.url);
  }

  /**
   * Asks once.
   *
   * @throws RemoteFailure for what may pass, Refused for what does not; ModelMismatch or BadInput for a server that was
   *   started otherwise than the study says; the signal's reason when aborted
   */
  async ask(prompt: readonly number[], options: AskOptions): Promise<Answer> {
    const requestId = `interbrain-${randomUUID()}`;
    const { states: place } = this.settings;
    const { wantStates = true, signal } = options;
    try {
      const json = this.#requestOf(requestId, prompt, options);
      const asked = await exchange(this.#http(signal), { path: 'completions', json }, readCompletion);
      const { kv_transfer_params: transfer, ...answer } = asked.value;
      // First what the answer says of itself: one that is cut short has no states either.
      const checked = this.#check(answer, prompt, options);
      const where = { url: this.url, place, expected: this.#info, signal };
      return { states: wantStates ? await takeStates(transfer, prompt, where) : undefined, ...checked };
    } catch (error) {
      // An answer that never came, or was not read, may have left a file.
      await removeOrphans(place, requestId);
      throw error;
    } finally {
      if (!wantStates) await removeOrphans(place, requestId);
    }
  }

  #http(signal: AbortSignal | undefined): HttpServer {
    const { url, apiKey, timeout } = this.settings;
    const { layers, hiddenSize } = this.#info;
    // base64 of float32 takes 5.4 bytes for each value.
    const mostBytes = ANSWER_BYTES + 6 * layers * hiddenSize;
    return { url, apiKey, timeout, signal, mostBytes, fresh: true, backoff: 0, retries: 0 };
  }

  #requestOf(
    requestId: string,
    prompt: readonly number[],
    { maxTokens, sampling, wantStates = true }: AskOptions,
  ): unknown {
    const inline = this.settings.states === 'inline';
    return {
      model: this.#name,
      request_id: requestId,
      prompt,
      max_tokens: maxTokens,
      n: 1,
      stream: false,
      logprobs: 0,
      return_token_ids: true,
      ...sampling,
      kv_transfer_params: wantStates ? { inline } : { states: false },
    };
  }

  /** Everything of an answer but its states. */
  #check(
    { choices: [choice], usage }: Completion,
    prompt: readonly number[],
    { maxTokens, sampling }: AskOptions,
  ): Omit<Answer, 'states'> {
    const { url } = this;
    const { finish_reason: finish, token_ids: tokens, prompt_token_ids: heard } = choice;
    // A server that is being stopped answers so, with status 200 and half a reply.
    if (finish !== 'stop' && finish !== 'length')
      throw new Interruption(url, `the server ended the reply early (${finish ?? 'it does not say why'})`);
    if (!heard || heard.length !== prompt.length || heard.some((token, i) => token !== prompt[i]))
      throw new Interruption(url, 'the answer is to another prompt');
    const { vocabSize, id } = this.#info;
    const foreign = tokens.find((token) => token >= vocabSize);
    if (foreign !== undefined)
      throw new ModelMismatch(
        id,
        `the server at ${url} says token ${foreign}, and the vocabulary has ${vocabSize}; it has another model`,
      );
    if (tokens.length > maxTokens || (finish === 'length' && tokens.length < maxTokens))
      throw new ModelMismatch(
        id,
        `the server at ${url} cut a reply at ${tokens.length} of ${maxTokens} tokens: its context is shorter than the study takes it to be; start it with a longer --max-model-len`,
      );
    this.#checkSaid(choice.logprobs?.token_logprobs ?? [], sampling);
    return {
      tokens,
      finish,
      cached: Math.min(usage?.prompt_tokens_details?.cached_tokens ?? 0, prompt.length - 1),
      promptLogProbabilities: choice.prompt_logprobs,
    };
  }

  /** Some servers draw all tokens but the first at random, with status 200. */
  #checkSaid(
    all: readonly (number | null)[],
    { temperature, repetition_penalty }: AskOptions['sampling'],
  ): void {
    if (Number(temperature) > 1 || repetition_penalty !== 1) return;
    const later = all.slice(1).filter((value) => value !== null);
    const mean = later.reduce((sum, value) => sum + value, 0) / later.length;
    if (later.length < ENOUGH || mean > NOISE) return;
    throw new ModelMismatch(
      this.#info.id,
      `the server at ${this.url} says what its model would not (mean log-probability ${mean.toFixed(1)} of ${later.length} tokens): its drafts are broken; start it with --scheduler-cls interbrain_states.NoDraftScheduler --no-async-scheduling, as \`interbrain serve-model --print\` says`,
    );
  }
}
