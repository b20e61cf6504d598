// A checkpoint folder as a LanguageModel.

import { availableParallelism } from 'node:os';
import { forbidTf32 } from '../../numerics/device.ts';
import type { ChatMessage } from '../../prompts/chat-message.ts';
import type { Conversation, LanguageModel, ModelInfo } from '../language-model.ts';
import { type ChatTokenizer, createTokenizer } from '../tokenizer.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint-type.ts';
import { OnnxConversation } from './conversation.ts';
import type { QuantizeOptions } from './derived-weights.ts';
import { checkLimit, describeCheckpoint, type OnnxIdentity } from './describe.ts';
import { checkDevice } from './devices.ts';
import { checkDtype, checkGgufDtype } from './dtype.ts';
import { Engine } from './engine.ts';
import { kvBytesPerToken } from './kv-cache.ts';
import { disposedError, type OnnxSetup } from './onnx-setup.ts';
import { smallestBatch } from './quantize.ts';
import { Scheduler } from './scheduler.ts';
import { prepareWeights } from './weights-cache.ts';

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

/** Below this, handing work to a second thread takes longer than the work: 1.4 M parameters decode at half speed. */
const SMALL_MODEL = 30_000_000;

/**
 * Conversations in memory at most. While episodes are played every other one of them speaks: so twice as many as there are
 * rows in a step beyond which two steps of half as many take hardly longer. That is 16 where a step has to fetch the
 * weights from memory, and 8 where they stay in the processor's caches.
 */
const MOST_ROWS = { small: 16, large: 32 };

/**
 * Loads a checkpoint in Hugging Face layout or a GGUF file, of an architecture that families.ts names. For `q8`, `w8a8` and `q4` it is quantised once, into a cache on disk, and the blocks of a GGUF file are unpacked into it; sums, norms, attention and states are float32 all the same.
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
  if (opened.gguf) checkGgufDtype(options.id ?? folder, dtype);
  const tokenizer = createTokenizer(opened);
  const setup = setUp(opened, tokenizer, options);
  const checkpoint = await prepareWeights(opened, dtype, options);
  if (!options.worker) return startOnnxModel(checkpoint, setup, tokenizer);
  const { startWorkerModel } = await import('./worker-client.ts');
  return startWorkerModel(checkpoint, setup, tokenizer);
}

function setUp(checkpoint: Checkpoint, tokenizer: ChatTokenizer, options: OnnxOptions): OnnxSetup {
  const info = describeCheckpoint(checkpoint, tokenizer.notes, options);
  const { kvMemory, threads = info.parameters < SMALL_MODEL ? 1 : availableParallelism() } = options;
  if (kvMemory !== undefined) checkLimit(info.id, 'kvMemory', kvMemory);
  return { info, threads: checkLimit(info.id, 'threads', threads), kvMemory, device: options.device };
}

/** Loads a model in this thread. Throws as `loadOnnxModel` does. */
export async function startOnnxModel(
  checkpoint: Checkpoint,
  { info, threads, kvMemory, device = 'cpu' }: OnnxSetup,
  tokenizer: ChatTokenizer,
): Promise<LanguageModel> {
  const { contextLength, id } = info;
  const engine = await Engine.load(checkpoint, {
    threads,
    contextLength,
    name: id,
    smallestBatch: smallestBatch(checkpoint.weights),
    activations: info.dtype === 'q8' ? 'two-parts' : 'rounded',
    device,
    ...((info.dtype === 'fp16' || info.dtype === 'bf16') && { products: info.dtype }),
  });
  const own = tokenizer.eosTokenId;
  const endTokens = new Set([...checkpoint.eosTokenIds, ...(own === undefined ? [] : [own])]);
  const rowBytes = kvBytesPerToken(checkpoint.config) * contextLength;
  const rows = Math.floor((kvMemory ?? process.availableMemory() / 4) / rowBytes);
  const most = info.parameters < SMALL_MODEL ? MOST_ROWS.small : MOST_ROWS.large;
  const scheduler = new Scheduler(engine, Math.max(2, Math.min(most, rows)));
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
