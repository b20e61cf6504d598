// What every implementation of a language model gives: text in, text out, and the states on the way.

import type { ChatMessage } from '../prompts/chat-message.ts';
import type { Capability } from './capabilities.ts';
import type { Intervention } from './intervention.ts';

/** What a results file says of a model. */
export interface ModelInfo {
  /** The name shown to users: the checkpoint's folder or its Hugging Face id, for example. */
  readonly id: string;
  /** Content hash of what determines the model's behaviour (config, weights, tokenizer); hex SHA-256. */
  readonly revision: string;
  /** Commit of the hub repository, for a model that comes from there. */
  readonly commit?: string | undefined;
  /** The name of its class: `LlamaForCausalLM` for example, or `scripted`. */
  readonly architecture: string;
  /** Number of decoder layers, L; 0 for a model whose states nobody sees. */
  readonly layers: number;
  /** Size of the residual stream, D; 0 as `layers` is. */
  readonly hiddenSize: number;
  /** 0 if it is not known. */
  readonly vocabSize: number;
  /** Longest prompt plus reply, in tokens; 0 if it is not known. */
  readonly contextLength: number;
  /** 0 if it is not known. */
  readonly parameters: number;
  /** Type of the weights in memory: `fp32`. */
  readonly dtype: string;
  /** Raised when the same type comes to give other states; absent for a type that never has. */
  readonly dtypeVersion?: number | undefined;
  /** Where products with weights are computed, if not on the CPU: `webgpu`. */
  readonly device?: string | undefined;
  /** True for the embedded models, which every page labels as toys. */
  readonly toy: boolean;
  /** What it can do beside reading and replying. */
  readonly capabilities: readonly Capability[];
  /** What is done to chats that the model's template does not take as they are; absent if nothing is. */
  readonly notes?: readonly string[];
}

export interface Sampling {
  /** 0 is greedy. */
  readonly temperature: number;
  readonly maxNewTokens: number;
  /** Only the k likeliest tokens, and what ties with the last of them; 1 up. */
  readonly topK?: number | undefined;
  /** Only the likeliest tokens that together hold this share of the probability; above 0, up to 1. */
  readonly topP?: number | undefined;
  /** Only tokens at least this share as likely as the likeliest; 0 to 1. */
  readonly minP?: number | undefined;
  /** Logits of tokens of the prompt and of the reply so far are divided by it (multiplied if negative); 1 is none. */
  readonly repetitionPenalty?: number | undefined;
  /** Texts that end a reply, and are no part of it; on one line unless `lines` is `all`. A special token counts by its name. */
  readonly stop?: readonly string[] | undefined;
  /**
   * `all`: the reply goes on over line breaks, and its text is what was generated, blanks at its ends included. By
   * default it is the first line that is not blank.
   */
  readonly lines?: 'first' | 'all' | undefined;
  /** Names the stream of random numbers. The same seed gives the same reply whatever else runs beside it. */
  readonly seed: string;
}

/** What one prefill yields. */
export interface Reading {
  /**
   * The residual stream after every decoder layer at the last prompt token, before the final norm for the
   * last layer. Shape: (layers, hiddenSize), float32, row-major (docs/method.md §1, paper §3.1).
   */
  readonly states: Float32Array;
  /**
   * The same, after an intervention, as they were before it was made in each layer: where no layer before has been changed
   * they are the untouched ones. Absent without an intervention.
   */
  readonly statesBefore?: Float32Array;
  /** Logits of the token after the prompt, of a model with the capability `logits`. Shape: (vocabSize), float32. */
  readonly logits?: Float32Array;
  /** How many prompt tokens came from the cache instead of being computed. */
  readonly reusedTokens: number;
}

export interface Reply {
  readonly states: Float32Array;
  /** As those of a reading. */
  readonly statesBefore?: Float32Array;
  /**
   * The generated ids, without the end-of-text token, the line break or the stop string that ended the reply. A
   * token that holds both the end of the text and what ended it (`!\n`) is kept.
   */
  readonly tokens: readonly number[];
  /** The decoded first line of the reply up to a stop string, trimmed; or all of it (`Sampling.lines`). */
  readonly text: string;
  /**
   * `end`: an end token; `line`: a line break after some text; `stop`: a stop string; `length`: maxNewTokens or the
   * context ran out.
   */
  readonly finish: 'end' | 'line' | 'stop' | 'length';
  readonly reusedTokens: number;
  /** How many tokens there were by the count of a server that does not say which; then `tokens` is empty. */
  readonly counted?: { readonly prompt: number; readonly generated: number };
}

/** How likely a model finds a continuation of a prompt. */
export interface LogLikelihood {
  /** Natural logarithm of the probability of all its tokens, each given what comes before it; float64. */
  readonly logProbability: number;
  /** How many tokens it has, for a mean per token. */
  readonly tokens: number;
  /** True if every token is the likeliest one at its place (the lowest id of a tie): greedy decoding says it. */
  readonly greedy: boolean;
}

/**
 * One agent's side of an episode, one call at a time. It owns the cache of what has been read, so that a prompt that continues
 * an earlier one costs only its new tokens.
 */
export interface Conversation {
  /**
   * Reads a prompt and generates nothing. What an intervention has touched is not kept for later prompts, which are read as
   * if it had never been.
   *
   * @throws BadInput if the prompt does not fit into the context, if the intervention does not fit the model, or if the
   *   model takes none
   */
  read(prompt: readonly number[], intervention?: Intervention): Promise<Reading>;
  /**
   * Reads prompts as `read` does one after the other, and may compute them together where they begin alike; a model that
   * has no better way leaves it out, and `readEach` in read-each.ts goes one by one. Gives no logits.
   *
   * @param shared how many tokens at the beginning other conversations are likely to read as well; by default all that
   *   the prompts have in common
   */
  readEach?(prompts: readonly (readonly number[])[], shared?: number): Promise<Reading[]>;
  /**
   * Log-likelihoods of continuations of a prompt, of a model with the capability `likelihoods` that gives no logits;
   * `logLikelihoods` in likelihood.ts makes them of logits otherwise. Throws as `read` does.
   */
  logLikelihoods?(
    prompt: readonly number[],
    continuations: readonly (readonly number[])[],
  ): Promise<LogLikelihood[]>;
  /** Reads a prompt, then generates one line, or all of a reply. Interventions and errors as in `read`. */
  reply(prompt: readonly number[], sampling: Sampling, intervention?: Intervention): Promise<Reply>;
  close(): void;
}

/** A server that computes a model, as it was found: what no study file can know. */
export interface ServerFacts {
  /** Its address, without a password. */
  readonly url: string;
  /** Of the program that serves. */
  readonly version?: string;
  /** Longest prompt plus reply that it takes, tokens. */
  readonly contextLength?: number;
  /** Tokens whose keys and values it keeps. */
  readonly capacity?: number;
  /** What it did not take of what was asked for: sentences. */
  readonly notes?: readonly string[];
}

/** A language model whose hidden states can be seen. */
export interface LanguageModel {
  readonly info: ModelInfo;
  /** Where it is computed, if not by this process. */
  readonly servers?: readonly ServerFacts[];
  /** How many conversations it keeps in memory. More are possible, but cost the reading of prompts again. */
  readonly concurrency: number;
  /** Renders the chat with the model's own template, the generation prompt included, and tokenises it. */
  tokenize(messages: readonly ChatMessage[]): number[];
  /** Token ids of a text that goes on from what stands before it: nothing is put before the text, no ▁ and no `<s>`. */
  tokenizeContinuation(text: string): number[];
  /** The exact text that `tokenize` turns into ids. */
  render(messages: readonly ChatMessage[]): string;
  converse(): Conversation;
  dispose(): Promise<void>;
}

/** A type of weights with its version, as results depend on it. */
export function typeKey({ dtype, dtypeVersion }: Pick<ModelInfo, 'dtype' | 'dtypeVersion'>): string {
  return dtypeVersion === undefined ? dtype : `${dtype}.${dtypeVersion}`;
}
