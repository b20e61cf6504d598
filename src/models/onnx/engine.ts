// Runs a decoder on ONNX Runtime. The engine knows tokens and caches, nothing of text.
//
// Keys and values live in buffers of ours that ONNX Runtime is given as past and as present at once, so that a
// step writes one row and copies nothing.
//
// There is one trap. After a run, onnxruntime-node copies every output into a new array for its return value,
// even when the output was written into a tensor of ours: megabytes of keys and values per token, and a garbage
// collector that never rests (four fifths of the time of a small model). Nobody reads that return value. So the
// graph's first output is a sequence, which the binding cannot convert: it stops there, when everything has been
// computed and nothing copied, and says so in an error that `run` expects. A later version that can convert it
// will give the same results, slower; `Engine.copiedRuns` counts such runs, and a test holds it at 0.
//
// A row's numbers do not depend on the rows beside it: not on how many there are, how long they are or what they
// say, to the last bit. This holds for float32 and 8-bit weights at every batch size; the kernel for 4-bit weights
// has a way of its own for a single row, so there `smallestBatch` is 2. batch.test.ts holds it.

import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { MissingDependency, ModelFailure, ModelMismatch, messageOf } from '../../errors.ts';
import { first } from '../../numerics/lookup.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ModelConfig } from './config.ts';
import type { ModelDevice } from './device-names.ts';
import { providersOf, tryDevice } from './devices.ts';
import { buildGraph } from './graph.ts';
import type { GraphOptions } from './graph-builder.ts';
import { type Binding, KvCache, type Output } from './kv-cache.ts';

type OnnxRuntime = typeof import('onnxruntime-node');

/** Tokens per run of a prefill: bounds the memory that attention takes, heads · CHUNK · length · 4 bytes. */
const CHUNK = 512;

/** What onnxruntime-node says when it comes to the sequence among the outputs, after a complete run. */
const STOPPED_AT_SEQUENCE = 'Non tensor type is temporarily not supported';

export interface EngineOptions {
  /** Threads inside one operator. */
  readonly threads: number;
  /** Longest sequence, tokens. */
  readonly contextLength: number;
  /**
   * Microseconds that a thread stays awake for its next piece of work; 20 by default, which is about the gap between
   * the operators of a decoding step. Does not change a number.
   */
  readonly spin?: number;
  /** Rows below which the kernels take another way and round otherwise; 1 by default. */
  readonly smallestBatch?: number;
  /** Keeps what is multiplied with quantised weights in float32, for comparison: many times slower. */
  readonly exactActivations?: boolean;
  /** What errors call the model; its folder by default. */
  readonly name?: string;
  /** Where products are computed; the CPU by default. */
  readonly device?: ModelDevice;
  /** Type in which values are multiplied with weights that are not quantised; `fp32` by default. */
  readonly products?: GraphOptions['products'];
}

/** A model in memory. */
export class Engine {
  readonly config: ModelConfig;
  readonly smallestBatch: number;
  readonly contextLength: number;
  /** Runs after which onnxruntime-node copied all outputs, keys and values included. */
  copiedRuns = 0;
  readonly #name: string;
  readonly #runtime: OnnxRuntime;
  readonly #session: InferenceSession;

  private constructor(
    { config, folder }: Checkpoint,
    runtime: OnnxRuntime,
    session: InferenceSession,
    options: EngineOptions,
  ) {
    this.config = config;
    this.contextLength = options.contextLength;
    this.smallestBatch = options.smallestBatch ?? 1;
    this.#name = options.name ?? folder;
    this.#runtime = runtime;
    this.#session = session;
  }

  /** @throws MissingDependency without ONNX Runtime or without the device; ModelMismatch if it refuses the model */
  static async load(checkpoint: Checkpoint, options: EngineOptions): Promise<Engine> {
    const { config, weights, weightsFolder, folder } = checkpoint;
    const runtime = await importRuntime();
    const { device = 'cpu', products } = options;
    const graph = buildGraph(config, weights, positions(options.contextLength), {
      products,
      gemm: device !== 'cpu' || (products !== undefined && products !== 'fp32'),
      // Elsewhere nothing is gained by rounding activations to 8 bits.
      exactActivations: options.exactActivations === true || device !== 'cpu',
    });
    if (device !== 'cpu') await tryDevice(device);
    try {
      const session = await runtime.InferenceSession.create(graph, {
        executionProviders: providersOf(device, config),
        // DirectML cannot do with planned memory.
        enableMemPattern: device !== 'dml',
        intraOpNumThreads: options.threads,
        executionMode: 'sequential',
        // Silent: it warns of each shape that it cannot know beforehand, and errors are thrown besides.
        logSeverityLevel: 4,
        extra: {
          session: {
            model_external_initializers_file_folder_path: weightsFolder,
            intra_op: spinning(options.spin),
          },
        },
      });
      return new Engine(checkpoint, runtime, session, options);
    } catch (cause) {
      const reason = messageOf(cause);
      throw new ModelMismatch(folder, `ONNX Runtime cannot load the checkpoint: ${reason}`, { cause });
    }
  }

  /** An empty cache for `rows` sequences. */
  createCache(rows = 1): KvCache {
    return new KvCache(this.#runtime.Tensor, this.config, rows, positions(this.contextLength));
  }

  /**
   * Reads `tokens`, of which there is at least one, after the first `past` tokens of a row. What the row holds
   * from `past` on is overwritten.
   *
   * @throws RangeError beyond the context length; ModelFailure if ONNX Runtime fails
   */
  async run(cache: KvCache, past: number, tokens: readonly number[], row = 0): Promise<Output> {
    const length = past + tokens.length;
    if (length > this.contextLength)
      throw new RangeError(`${length} tokens do not fit into ${this.contextLength}`);
    const binding = cache.bind(row, 1);
    for (let from = 0; from < tokens.length; from += CHUNK) {
      const chunk = tokens.slice(from, from + CHUNK);
      await this.#compute(binding, chunk, [past + from + chunk.length]);
    }
    return first(binding.outputs);
  }

  /**
   * Reads one token in each of the first rows, all at once.
   *
   * @param tokens one for each of the rows 0, 1, …
   * @param lengths tokens in each row, the new one included
   * @throws ModelFailure if ONNX Runtime fails
   */
  async step(
    cache: KvCache,
    tokens: readonly number[],
    lengths: readonly number[],
  ): Promise<readonly Output[]> {
    const binding = cache.bind(0, tokens.length);
    await this.#compute(binding, tokens, lengths);
    return binding.outputs;
  }

  async #compute(
    { rows, feeds, fetches }: Binding,
    tokens: readonly number[],
    lengths: readonly number[],
  ): Promise<void> {
    const { Tensor } = this.#runtime;
    const ids = BigInt64Array.from(tokens, BigInt);
    const last = Int32Array.from(lengths, (length) => length - 1);
    const inputs: Record<string, Tensor> = {
      ...feeds,
      input_ids: new Tensor('int64', ids, [rows, tokens.length / rows]),
      seqlens_k: new Tensor('int32', last, [rows]),
      total_length: new Tensor('int32', Int32Array.of(Math.max(...lengths)), []),
    };
    try {
      await this.#session.run(inputs, fetches);
      this.copiedRuns += 1;
    } catch (cause) {
      if (cause instanceof Error && cause.message.includes(STOPPED_AT_SEQUENCE)) return;
      throw new ModelFailure(this.#name, `ONNX Runtime: ${messageOf(cause)}`, { cause });
    }
  }

  /** Frees the model. Caches that are left cannot be used any more. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** One more than the longest sequence has: a row that only fills up a batch writes behind its own tokens. */
function positions(contextLength: number): number {
  return contextLength + 1;
}

/**
 * Threads that spin while they wait take the cores from the other model of a conversation, which computes at the same
 * time: with ONNX Runtime's own limit both together were four times slower on two cores. Threads that sleep at once
 * are woken hundreds of times in a step.
 */
function spinning(microseconds = 20): Record<string, string> {
  if (microseconds === 0) return { allow_spinning: '0' };
  return { allow_spinning: '1', spin_duration_us: String(microseconds) };
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
