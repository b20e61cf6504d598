// A checkpoint folder as a LanguageModel.

import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { BadInput, ModelMismatch } from '../../errors.ts';
import { createRandom } from '../../numerics/random.ts';
import type {
  ChatMessage,
  Conversation,
  LanguageModel,
  ModelInfo,
  Reading,
  Reply,
  Sampling,
} from '../language-model.ts';
import { beforeStop, commonPrefix, firstLine } from '../line.ts';
import { checkSampling, sampleToken } from '../sampling.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type Cache, Engine, type Output } from './engine.ts';
import { type ChatTokenizer, createTokenizer } from './tokenizer.ts';

export interface OnnxOptions {
  /** The name shown to users; the folder's own name by default. */
  readonly id?: string;
  /** Commit of the repository that the folder is a snapshot of; only passed on to `ModelInfo`. */
  readonly commit?: string;
  /** Threads inside one operator. By default 1 for models below 30 M parameters, otherwise one per core. */
  readonly threads?: number;
  /** Longest prompt plus reply, tokens; 4096 by default, and never more than the model was trained for. */
  readonly contextLength?: number;
}

const DEFAULT_CONTEXT = 4096;

/** Below this, handing work to a second thread takes longer than the work: 1.4 M parameters decode at half speed. */
const SMALL_MODEL = 30_000_000;

/**
 * Loads a checkpoint in Hugging Face layout, of an architecture that families.ts names; it runs in float32 on the CPU.
 *
 * @throws BadInput if `folder` is none; ModelMismatch for a model that cannot be run exactly; CorruptFile for
 *   damaged files; MissingDependency without onnxruntime-node
 */
export async function loadOnnxModel(folder: string, options: OnnxOptions = {}): Promise<LanguageModel> {
  const checkpoint = await openCheckpoint(folder);
  const { config, parameters, revision } = checkpoint;
  const id = options.id ?? basename(resolve(folder));
  const tokenizer = createTokenizer(checkpoint);
  const contextLength = Math.min(
    config.maxPositions,
    checkLimit(id, 'contextLength', options.contextLength ?? DEFAULT_CONTEXT),
  );
  const threads = parameters < SMALL_MODEL ? 1 : availableParallelism();
  const engine = await Engine.load(checkpoint, {
    threads: checkLimit(id, 'threads', options.threads ?? threads),
    contextLength,
  });
  const info: ModelInfo = {
    id,
    revision,
    ...(options.commit !== undefined && { commit: options.commit }),
    architecture: config.architecture,
    layers: config.layers,
    hiddenSize: config.hiddenSize,
    vocabSize: config.vocabSize,
    contextLength,
    parameters,
    dtype: 'fp32',
    toy: config.toy,
    ...(tokenizer.notes.length > 0 && { notes: tokenizer.notes }),
  };
  const own = tokenizer.eosTokenId;
  const endTokens = new Set([...checkpoint.eosTokenIds, ...(own === undefined ? [] : [own])]);
  return new OnnxModel(info, engine, tokenizer, endTokens);
}

function checkLimit(model: string, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new BadInput(model, `${name} ${value} is not a whole number above 0`);
}

class OnnxModel implements LanguageModel {
  readonly info: ModelInfo;
  readonly #engine: Engine;
  readonly #tokenizer: ChatTokenizer;
  readonly #endTokens: ReadonlySet<number>;
  #disposed = false;

  constructor(info: ModelInfo, engine: Engine, tokenizer: ChatTokenizer, endTokens: ReadonlySet<number>) {
    this.info = info;
    this.#engine = engine;
    this.#tokenizer = tokenizer;
    this.#endTokens = endTokens;
  }

  render(messages: readonly ChatMessage[]): string {
    return this.#tokenizer.render(messages);
  }

  tokenize(messages: readonly ChatMessage[]): number[] {
    return this.#tokenizer.encode(this.render(messages));
  }

  tokenizeContinuation(text: string): number[] {
    return this.#tokenizer.encodeContinuation(text);
  }

  converse(): Conversation {
    if (this.#disposed) throw new Error(`model ${this.info.id} has been disposed of`);
    return new OnnxConversation(this.info, this.#engine, this.#tokenizer, this.#endTokens);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#engine.release();
  }
}

type Generated = Pick<Reply, 'tokens' | 'text' | 'finish'>;

class OnnxConversation implements Conversation {
  readonly #info: ModelInfo;
  readonly #engine: Engine;
  readonly #tokenizer: ChatTokenizer;
  readonly #endTokens: ReadonlySet<number>;
  #cache: Cache | undefined;
  /** The tokens whose keys and values the cache holds. */
  #cached: number[] = [];
  #busy = false;

  constructor(info: ModelInfo, engine: Engine, tokenizer: ChatTokenizer, endTokens: ReadonlySet<number>) {
    this.#info = info;
    this.#engine = engine;
    this.#tokenizer = tokenizer;
    this.#endTokens = endTokens;
    this.#cache = engine.createCache();
  }

  read(prompt: readonly number[]): Promise<Reading> {
    return this.#alone(() => this.#read(prompt));
  }

  reply(prompt: readonly number[], sampling: Sampling): Promise<Reply> {
    return this.#alone(async () => {
      checkSampling(this.#info.id, sampling);
      const { states, logits, reusedTokens } = await this.#read(prompt);
      return { states, ...(await this.#generate(prompt, logits, sampling)), reusedTokens };
    });
  }

  close(): void {
    this.#cache = undefined;
    this.#cached = [];
  }

  /** Two steps at once would write into the same cache. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error('a conversation reads one prompt at a time; await the one before');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  async #read(prompt: readonly number[]): Promise<Reading> {
    this.#checkPrompt(prompt);
    // The last token is computed in any case: its states are what is asked for.
    const reusedTokens = Math.min(commonPrefix(prompt, this.#cached), prompt.length - 1);
    const { states, logits } = await this.#step(reusedTokens, prompt.slice(reusedTokens));
    this.#checkFinite('hidden state', states);
    this.#checkFinite('logit', logits);
    return { states: states.slice(), logits: logits.slice(), reusedTokens };
  }

  /** Feeds `tokens` after the first `past` cached ones, and forgets what came behind those. */
  async #step(past: number, tokens: readonly number[]): Promise<Output> {
    if (!this.#cache) throw new Error('the conversation has been closed');
    this.#cached.length = past;
    const output = await this.#engine.run(this.#cache, past, tokens);
    // After the run: a failed one must not leave tokens behind that were never computed.
    for (const token of tokens) this.#cached.push(token);
    return output;
  }

  async #generate(prompt: readonly number[], first: Float32Array, sampling: Sampling): Promise<Generated> {
    const { stop = [] } = sampling;
    const stopTokens = new Set(stop.map((text) => this.#tokenizer.specialToken(text)));
    const random = createRandom(sampling.seed);
    const room = this.#info.contextLength - this.#cached.length;
    const limit = Math.min(sampling.maxNewTokens, room);
    const tokens: number[] = [];
    const weights = new Float64Array(this.#info.vocabSize);
    let logits = first;
    while (tokens.length < limit) {
      // Copied for the repetition penalty alone: a prompt is long.
      const context = sampling.repetitionPenalty === undefined ? [] : [...prompt, ...tokens];
      const token = sampleToken(logits, sampling, random, weights, context);
      if (this.#endTokens.has(token)) return this.#finished(tokens, 'end');
      if (stopTokens.has(token)) return this.#finished(tokens, 'stop');
      tokens.push(token);
      if (stop.length > 0 || this.#tokenizer.breaksLine(token)) {
        const text = this.#tokenizer.decode(tokens);
        const before = beforeStop(text, stop) ?? text;
        if (firstLine(before).ended) return this.#finished(tokens, 'line', before);
        if (before !== text) return this.#finished(tokens, 'stop', before);
      }
      // The last token that fits is not fed: nobody asks what would come after it.
      if (tokens.length < limit) ({ logits } = await this.#step(this.#cached.length, [token]));
    }
    return this.#finished(tokens, 'length');
  }

  /** `said` is the decoded text up to where a line break or a stop string ended it, if one did. */
  #finished(tokens: readonly number[], finish: Reply['finish'], said?: string): Generated {
    const decode = (length: number) => this.#tokenizer.decode(tokens.slice(0, length));
    const text = firstLine(said ?? decode(tokens.length)).line;
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
