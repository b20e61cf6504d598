// A checkpoint folder as a LanguageModel.

import { availableParallelism } from 'node:os';
import { BadInput, ModelMismatch } from '../../errors.ts';
import { forbidTf32 } from '../../numerics/device.ts';
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
import { type ChatTokenizer, createTokenizer } from '../tokenizer.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { checkLimit, describeCheckpoint, type OnnxIdentity } from './describe.ts';
import type { ModelDevice } from './device-names.ts';
import { checkDevice } from './devices.ts';
import { bitsOf, checkDtype, isQuantized, smallestBatch } from './dtype.ts';
import { Engine } from './engine.ts';
import { kvBytesPerToken, type Output } from './kv-cache.ts';
import { Scheduler } from './scheduler.ts';
import type { Sequence } from './sequence.ts';
import { type QuantizeOptions, quantizeCheckpoint } from './weights-cache.ts';

export interface OnnxOptions extends OnnxIdentity, QuantizeOptions {
  /** Threads inside one operator. By default 1 for models below 30 M parameters, otherwise one per core. */
  readonly threads?: number | undefined;
  /**
   * Bytes for the keys and values of conversations, which decide how many are in memory at once: each is counted
   * with its longest length, and there are always two. By default a quarter of the memory that is free.
   */
  readonly kvMemory?: number | undefined;
  /** Whether the model runs in a thread of its own, so that this one stays free. */
  readonly worker?: boolean | undefined;
}

/** Conversations in memory at most: beyond this, a step of all together takes hardly less than two of half as many. */
const MOST_ROWS = 16;

/** Below this, handing work to a second thread takes longer than the work: 1.4 M parameters decode at half speed. */
const SMALL_MODEL = 30_000_000;

/**
 * Loads a checkpoint in Hugging Face layout, of an architecture that families.ts names. For `q8` and `q4` it is quantised once, into a cache on disk; sums, norms, attention and states are float32 all the same.
 *
 * @throws BadInput if `folder` is none, for a dtype that cannot be had, or if the cache's disk is full; ModelMismatch for a model that cannot be run exactly; CorruptFile for
 *   damaged files; MissingDependency without onnxruntime-node
 */
export async function loadOnnxModel(folder: string, options: OnnxOptions = {}): Promise<LanguageModel> {
  const device = await checkDevice(options.id ?? folder, options.device ?? 'cpu');
  const dtype = checkDtype(options.id ?? folder, options.dtype ?? 'fp32', device);
  // Before a thread begins, which has a copy of the environment that libraries do not see.
  if (device === 'cuda') forbidTf32();
  const opened = await openCheckpoint(folder);
  const tokenizer = createTokenizer(opened);
  const setup = setUp(opened, tokenizer, options);
  const checkpoint = isQuantized(dtype) ? await quantizeCheckpoint(opened, bitsOf(dtype), options) : opened;
  if (!options.worker) return startOnnxModel(checkpoint, setup, tokenizer);
  const { startWorkerModel } = await import('./worker-client.ts');
  return startWorkerModel(checkpoint, setup, tokenizer);
}

/** A checkpoint's options with all defaults filled in. */
export interface OnnxSetup {
  readonly info: ModelInfo;
  readonly threads: number;
  /** Bytes; undefined for a share of what is free. */
  readonly kvMemory: number | undefined;
}

function setUp(checkpoint: Checkpoint, tokenizer: ChatTokenizer, options: OnnxOptions): OnnxSetup {
  const info = describeCheckpoint(checkpoint, tokenizer.notes, options);
  const { kvMemory, threads = info.parameters < SMALL_MODEL ? 1 : availableParallelism() } = options;
  if (kvMemory !== undefined) checkLimit(info.id, 'kvMemory', kvMemory);
  return { info, threads: checkLimit(info.id, 'threads', threads), kvMemory };
}

/** Loads a model in this thread. Throws as `loadOnnxModel` does. */
export async function startOnnxModel(
  checkpoint: Checkpoint,
  { info, threads, kvMemory }: OnnxSetup,
  tokenizer: ChatTokenizer,
): Promise<LanguageModel> {
  const { contextLength, id } = info;
  const engine = await Engine.load(checkpoint, {
    threads,
    contextLength,
    name: id,
    smallestBatch: smallestBatch(info.dtype),
    ...(info.device && { device: info.device as ModelDevice }),
    ...((info.dtype === 'fp16' || info.dtype === 'bf16') && { products: info.dtype }),
  });
  const own = tokenizer.eosTokenId;
  const endTokens = new Set([...checkpoint.eosTokenIds, ...(own === undefined ? [] : [own])]);
  const rowBytes = kvBytesPerToken(checkpoint.config) * contextLength;
  const rows = Math.floor((kvMemory ?? process.availableMemory() / 4) / rowBytes);
  const scheduler = new Scheduler(engine, Math.max(2, Math.min(MOST_ROWS, rows)));
  return new OnnxModel(info, engine, scheduler, tokenizer, endTokens);
}

class OnnxModel implements LanguageModel {
  readonly info: ModelInfo;
  readonly #engine: Engine;
  readonly #scheduler: Scheduler;
  readonly #tokenizer: ChatTokenizer;
  readonly #endTokens: ReadonlySet<number>;
  #disposed = false;

  constructor(
    info: ModelInfo,
    engine: Engine,
    scheduler: Scheduler,
    tokenizer: ChatTokenizer,
    endTokens: ReadonlySet<number>,
  ) {
    this.info = info;
    this.#engine = engine;
    this.#scheduler = scheduler;
    this.#tokenizer = tokenizer;
    this.#endTokens = endTokens;
  }

  get concurrency(): number {
    return this.#scheduler.rows;
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
    if (this.#disposed) throw disposedError(this.info.id);
    return new OnnxConversation(this.info, this.#scheduler, this.#tokenizer, this.#endTokens);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#scheduler.stop(disposedError(this.info.id));
    await this.#engine.release();
  }
}

/** What a model says to those who use it after its end. */
export function disposedError(id: string): Error {
  return new Error(`model ${id} has been disposed of`);
}

type Generated = Pick<Reply, 'tokens' | 'text' | 'finish'>;

class OnnxConversation implements Conversation {
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
