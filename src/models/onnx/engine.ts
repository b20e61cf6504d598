// Runs a decoder on ONNX Runtime. The engine knows tokens and caches, nothing of text.
//
// Keys and values live in buffers of ours that ONNX Runtime is given as past and as present at once, so that a
// step writes one row and copies nothing. All tensors of a step are made once per cache and used again.
//
// There is one trap. After a run, onnxruntime-node copies every output into a new array for its return value,
// even when the output was written into a tensor of ours: megabytes of keys and values per token, and a garbage
// collector that never rests (four fifths of the time of a small model). Nobody reads that return value. So the
// graph's first output is a sequence, which the binding cannot convert: it stops there, when everything has been
// computed and nothing copied, and says so in an error that `run` expects. A later version that can convert it
// will give the same results, slower; `Engine.copiedRuns` counts such runs, and a test holds it at 0.

import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MissingDependency, ModelMismatch } from '../../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ModelConfig } from './config.ts';
import { buildGraph } from './graph.ts';

type OnnxRuntime = typeof import('onnxruntime-node');

/** Tokens per run of a prefill: bounds the memory that attention takes, heads · CHUNK · length · 4 bytes. */
const CHUNK = 512;

const SMALLEST_CAPACITY = 128;

/** What onnxruntime-node says when it comes to the sequence among the outputs, after a complete run. */
const STOPPED_AT_SEQUENCE = 'Non tensor type is temporarily not supported';

export interface EngineOptions {
  /** Threads inside one operator. */
  readonly threads: number;
  /** Longest sequence, tokens. */
  readonly contextLength: number;
}

/** What one step yields, for the last token that went in. The next step on the same cache overwrites both. */
export interface Output {
  /** Shape: (layers, hiddenSize), float32. */
  readonly states: Float32Array;
  /** Shape: (vocabSize), float32. */
  readonly logits: Float32Array;
}

/** A model in memory. */
export class Engine {
  readonly config: ModelConfig;
  /** Runs after which onnxruntime-node copied all outputs, keys and values included. */
  copiedRuns = 0;
  readonly #runtime: OnnxRuntime;
  readonly #session: InferenceSession;
  readonly #contextLength: number;

  private constructor(
    config: ModelConfig,
    runtime: OnnxRuntime,
    session: InferenceSession,
    contextLength: number,
  ) {
    this.config = config;
    this.#runtime = runtime;
    this.#session = session;
    this.#contextLength = contextLength;
  }

  /** @throws MissingDependency without ONNX Runtime; ModelMismatch if it refuses the model */
  static async load(checkpoint: Checkpoint, options: EngineOptions): Promise<Engine> {
    const { config, weights, weightsFolder, folder } = checkpoint;
    const runtime = await importRuntime();
    const graph = buildGraph(config, weights, options.contextLength);
    try {
      const session = await runtime.InferenceSession.create(graph, {
        intraOpNumThreads: options.threads,
        executionMode: 'sequential',
        // Errors alone: ONNX Runtime warns of each shape that it cannot know beforehand.
        logSeverityLevel: 3,
        extra: { session: { model_external_initializers_file_folder_path: weightsFolder } },
      });
      return new Engine(config, runtime, session, options.contextLength);
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new ModelMismatch(folder, `ONNX Runtime cannot load the checkpoint: ${reason}`, { cause });
    }
  }

  /** An empty cache for one sequence. */
  createCache(): Cache {
    return new Cache(this.#runtime, this.config, this.#contextLength);
  }

  /**
   * Reads `tokens`, of which there is at least one, after the first `past` tokens of the cache.
   * Rows of the cache from `past` on are overwritten.
   */
  async run(cache: Cache, past: number, tokens: readonly number[]): Promise<Output> {
    cache.reserve(past + tokens.length, past);
    for (let from = 0; from < tokens.length; from += CHUNK) {
      const chunk = tokens.slice(from, from + CHUNK);
      const feeds = cache.feed(chunk, past + from + chunk.length);
      await this.#runOnce(feeds, cache.fetches);
    }
    return cache;
  }

  async #runOnce(feeds: Record<string, Tensor>, fetches: Record<string, Tensor | null>): Promise<void> {
    try {
      await this.#session.run(feeds, fetches);
      this.copiedRuns += 1;
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(STOPPED_AT_SEQUENCE))) throw error;
    }
  }

  /** Frees the model. Caches that are left cannot be used any more. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** Keys, values and the other buffers of one sequence. */
export class Cache implements Output {
  readonly states: Float32Array;
  readonly logits: Float32Array;
  /** Given to ONNX Runtime as outputs: it writes into our buffers. Null is an output of its own. */
  readonly fetches: Record<string, Tensor | null> = { finished: null };
  readonly #feeds: Record<string, Tensor> = {};
  readonly #runtime: OnnxRuntime;
  readonly #config: ModelConfig;
  readonly #contextLength: number;
  readonly #token = new BigInt64Array(1);
  readonly #tokenTensor: Tensor;
  readonly #lastPosition = new Int32Array(1);
  readonly #totalLength = new Int32Array(1);
  /** Keys and values of every layer, each (kvHeads, capacity, headSize). */
  #buffers: Float32Array[] = [];
  #capacity = 0;

  constructor(runtime: OnnxRuntime, config: ModelConfig, contextLength: number) {
    this.#runtime = runtime;
    this.#config = config;
    this.#contextLength = contextLength;
    this.states = new Float32Array(config.layers * config.hiddenSize);
    this.logits = new Float32Array(config.vocabSize);
    this.#tokenTensor = new runtime.Tensor('int64', this.#token, [1, 1]);
    this.#feeds['seqlens_k'] = new runtime.Tensor('int32', this.#lastPosition, [1]);
    this.#feeds['total_length'] = new runtime.Tensor('int32', this.#totalLength, []);
    this.fetches['states'] = new runtime.Tensor('float32', this.states, [config.layers, config.hiddenSize]);
    this.fetches['logits'] = new runtime.Tensor('float32', this.logits, [1, config.vocabSize]);
  }

  /** Makes room for `length` tokens and keeps the first `used`. Throws RangeError beyond the context length. */
  reserve(length: number, used: number): void {
    if (length > this.#contextLength)
      throw new RangeError(`${length} tokens do not fit into ${this.#contextLength}`);
    if (length <= this.#capacity) return;
    let capacity = Math.max(SMALLEST_CAPACITY, this.#capacity);
    while (capacity < length) capacity *= 2;
    this.#grow(Math.min(capacity, this.#contextLength), used);
  }

  /** The inputs of a step that brings the sequence to `total` tokens. */
  feed(tokens: readonly number[], total: number): Record<string, Tensor> {
    this.#lastPosition[0] = total - 1;
    this.#totalLength[0] = total;
    if (tokens.length === 1) {
      this.#token[0] = BigInt(tokens[0]!);
      this.#feeds['input_ids'] = this.#tokenTensor;
    } else {
      const ids = BigInt64Array.from(tokens, BigInt);
      this.#feeds['input_ids'] = new this.#runtime.Tensor('int64', ids, [1, tokens.length]);
    }
    return this.#feeds;
  }

  #grow(capacity: number, used: number): void {
    const { layers, kvHeads, headSize } = this.#config;
    const buffers = Array.from({ length: layers * 2 }, () => new Float32Array(kvHeads * capacity * headSize));
    this.#buffers.forEach((old, i) => {
      for (let head = 0; head < kvHeads; head++) {
        const from = head * this.#capacity * headSize;
        buffers[i]!.set(old.subarray(from, from + used * headSize), head * capacity * headSize);
      }
    });
    buffers.forEach((buffer, i) => {
      const what = `${i % 2 === 0 ? 'key' : 'value'}.${Math.floor(i / 2)}`;
      const tensor = new this.#runtime.Tensor('float32', buffer, [1, kvHeads, capacity, headSize]);
      this.#feeds[`past_${what}`] = tensor;
      this.fetches[`present_${what}`] = tensor;
    });
    this.#buffers = buffers;
    this.#capacity = capacity;
  }
}

async function importRuntime(): Promise<OnnxRuntime> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    const advice =
      'run `npm install onnxruntime-node`; it has binaries for Linux, macOS and Windows on x64 and arm64';
    throw new MissingDependency('onnxruntime-node', advice, { cause });
  }
}
