// What every implementation of a language model gives: text in, text out, and the states on the way.

import type { ChatMessage } from '../prompts/chat-message.ts';
import type { Capability } from './capabilities.ts';

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
  /** Number of decoder layers, L. */
  readonly layers: number;
  /** Size of the residual stream, D. */
  readonly hiddenSize: number;
  readonly vocabSize: number;
  /** Longest prompt plus reply, in tokens. */
  readonly contextLength: number;
  readonly parameters: number;
  /** Type of the weights in memory: `fp32`. */
  readonly dtype: string;
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
  /** Logits of the token after the prompt, of a model with the capability `logits`. Shape: (vocabSize), float32. */
  readonly logits?: Float32Array;
  /** How many prompt tokens came from the cache instead of being computed. */
  readonly reusedTokens: number;
}

export interface Reply {
  readonly states: Float32Array;
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
}

/**
 * One agent's side of an episode, one call at a time. It owns the cache of what has been read, so that a prompt that continues
 * an earlier one costs only its new tokens.
 */
export interface Conversation {
  /** Reads a prompt and generates nothing. Throws BadInput if it does not fit into the context. */
  read(prompt: readonly number[]): Promise<Reading>;
  /** Reads a prompt, then generates one line, or all of a reply. Throws BadInput if the prompt does not fit into the context. */
  reply(prompt: readonly number[], sampling: Sampling): Promise<Reply>;
  close(): void;
}

/** A language model whose hidden states can be seen. */
export interface LanguageModel {
  readonly info: ModelInfo;
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
