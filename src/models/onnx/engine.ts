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

import type { InferenceSession } from 'onnxruntime-node';
import { ModelFailure, ModelMismatch, messageOf } from '../../errors.ts';
import { at, first } from '../../numerics/lookup.ts';
import { loadRuntime, type Runtime } from '../../numerics/onnx-runtime.ts';
import type { Checkpoint } from './checkpoint-type.ts';
import type { ModelConfig } from './config.ts';
import type { ModelDevice } from './device-names.ts';
import { providersOf, tryDevice } from './devices.ts';
import { buildGraph } from './graph.ts';
import type { Activations, GraphOptions } from './graph-builder.ts';
import type { RowIntervention } from './intervene.ts';
import { type Binding, KvCache, type Output } from './kv-cache.ts';
import { type Branch, packBranches } from './passage.ts';
import { chunks, type Run, RunInputs, statesAt } from './run-inputs.ts';

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
  /** What is multiplied with quantised weights; rounded to 8 bits by default, and in float32 on any device but the CPU. */
  readonly activations?: Activations | undefined;
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
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;
  readonly #branches: boolean;
  readonly #inputs: RunInputs;
  readonly #checkpoint: Checkpoint;
  readonly #options: EngineOptions;
  /** The graph that takes interventions, with weights of its own; made when the first one is asked for. */
  #changeable: Promise<InferenceSession> | undefined;

  private constructor(
    checkpoint: Checkpoint,
    runtime: Runtime,
    session: InferenceSession,
    options: EngineOptions,
  ) {
    const { config, folder } = checkpoint;
    this.config = config;
    this.#checkpoint = checkpoint;
    this.#options = options;
    this.contextLength = options.contextLength;
    this.smallestBatch = options.smallestBatch ?? 1;
    this.#name = options.name ?? folder;
    this.#runtime = runtime;
    this.#session = session;
    this.#branches = hasBranches(options);
    this.#inputs = new RunInputs(runtime.Tensor, config, this.#branches);
  }

  /** @throws MissingDependency without ONNX Runtime or without the device; ModelMismatch if it refuses the model */
  static async load(checkpoint: Checkpoint, options: EngineOptions): Promise<Engine> {
    const runtime = await loadRuntime();
    const { device = 'cpu' } = options;
    if (device !== 'cpu') await tryDevice(device);
    return new Engine(checkpoint, runtime, await createSession(runtime, checkpoint, options, false), options);
  }

  /** An empty cache for `rows` sequences. */
  createCache(rows = 1): KvCache {
    return new KvCache(this.#runtime.Tensor, this.config, rows, positions(this.contextLength));
  }

  /**
   * Longest row, tokens, of `readBranches`: the prompt and its branches together. 0 if the device cannot read them. Within
   * a window the kernel counts where tokens are stored, which for branches is not their position.
   */
  get longestWithBranches(): number {
    if (!this.#branches) return 0;
    return Math.min(
      positions(this.contextLength),
      ...this.config.attention.map(({ window }) => window ?? Infinity),
    );
  }

  /**
   * Reads `tokens`, of which there is at least one, after the first `past` tokens of a row. What the row holds
   * from `past` on is overwritten.
   *
   * @param intervention what is done to states on the way
   * @throws RangeError beyond the context length; ModelFailure if ONNX Runtime fails
   */
  async run(
    cache: KvCache,
    past: number,
    tokens: readonly number[],
    row = 0,
    intervention?: RowIntervention,
  ): Promise<Output> {
    this.#checkLength(past + tokens.length);
    const binding = cache.bind(row, 1);
    let before: readonly Float32Array[] = [];
    for (const [from, to] of chunks(tokens.length)) {
      const asked = intervention && (intervention.on === 'all' || to === tokens.length);
      const run = { tokens: tokens.slice(from, to), lengths: [past + to] };
      before = await this.#compute(binding, { ...run, ...(asked && { interventions: [intervention] }) });
    }
    return { ...first(binding.outputs), ...(before[0] && { before: before[0] }) };
  }

  /**
   * The same, with states on the way and no logits.
   *
   * @param places indices of the tokens whose states are asked for, ascending
   * @returns the states of each place, (layers, hiddenSize)
   * @throws as `run` does
   */
  async readPlaces(
    cache: KvCache,
    past: number,
    tokens: readonly number[],
    places: readonly number[],
    row = 0,
  ): Promise<Float32Array[]> {
    this.#checkLength(past + tokens.length);
    return this.#readChunks(cache.bind(row, 1), places, tokens.length, (from, to) => ({
      tokens: tokens.slice(from, to),
      lengths: [past + to],
    }));
  }

  /**
   * Reads branches behind the first `length` tokens of a row, which stay as they are; what the row holds behind them
   * is overwritten.
   *
   * @returns the states of each branch's last token, (layers, hiddenSize)
   * @throws RangeError beyond `longestWithBranches`; ModelFailure if ONNX Runtime fails
   */
  async readBranches(
    cache: KvCache,
    length: number,
    branches: readonly Branch[],
    row = 0,
  ): Promise<Float32Array[]> {
    const { tokens, places, bias, positions: positionsOf } = packBranches(branches, length);
    if (length + tokens.length > this.longestWithBranches)
      throw new RangeError(`${length + tokens.length} tokens do not fit into ${this.longestWithBranches}`);
    return this.#readChunks(cache.bind(row, 1), places, tokens.length, (from, to) => ({
      tokens: tokens.slice(from, to),
      lengths: [length + to],
      positions: positionsOf.slice(from, to),
      bias: bias(from, to),
    }));
  }

  /**
   * Reads one token in each of the first rows, all at once.
   *
   * @param tokens one for each of the rows 0, 1, …
   * @param lengths tokens in each row, the new one included
   * @param interventions what is done in each row; nothing by default
   * @throws ModelFailure if ONNX Runtime fails
   */
  async step(
    cache: KvCache,
    tokens: readonly number[],
    lengths: readonly number[],
    interventions?: Run['interventions'],
  ): Promise<readonly Output[]> {
    const binding = cache.bind(0, tokens.length);
    const before = await this.#compute(binding, { tokens, lengths, ...(interventions && { interventions }) });
    if (!interventions) return binding.outputs;
    return binding.outputs.map((output, row) => ({ ...output, before: at(before, row) }));
  }

  async #readChunks(
    binding: Binding,
    places: readonly number[],
    length: number,
    runOf: (from: number, to: number) => Run,
  ): Promise<Float32Array[]> {
    const { layers, hiddenSize } = this.config;
    const found: Float32Array[] = [];
    for (const [from, to] of chunks(length)) {
      const here = places.filter((place) => place >= from && place < to).map((place) => place - from);
      const states = new Float32Array(layers * here.length * hiddenSize);
      const asked = here.length > 0 && { places: here, states };
      await this.#compute(binding, { ...runOf(from, to), ...asked });
      for (const place of here.keys()) found.push(statesAt(states, place, here.length, this.config));
    }
    return found;
  }

  #checkLength(length: number): void {
    if (length > this.contextLength)
      throw new RangeError(`${length} tokens do not fit into ${this.contextLength}`);
  }

  /** @returns the states of each row before an intervention; none without one */
  async #compute({ rows, feeds, fetches }: Binding, run: Run): Promise<readonly Float32Array[]> {
    const { Tensor } = this.#runtime;
    const { states, places, interventions } = run;
    const inputs = { ...feeds, ...this.#inputs.of(run, rows) };
    const { layers, hiddenSize } = this.config;
    const shape = [rows, layers * (places?.length ?? 1), hiddenSize];
    const own = states && { states: new Tensor('float32', states, shape) };
    const size = layers * hiddenSize;
    const before = interventions && new Float32Array(rows * size);
    const untouched = before && { before: new Tensor('float32', before, shape) };
    const session = interventions ? await this.#withInterventions() : this.#session;
    try {
      await session.run(inputs, { ...fetches, ...own, ...untouched });
      this.copiedRuns += 1;
    } catch (cause) {
      if (!(cause instanceof Error && cause.message.includes(STOPPED_AT_SEQUENCE)))
        throw new ModelFailure(this.#name, `ONNX Runtime: ${messageOf(cause)}`, { cause });
    }
    if (!before) return [];
    return Array.from({ length: rows }, (_, row) => before.subarray(row * size, (row + 1) * size));
  }

  #withInterventions(): Promise<InferenceSession> {
    this.#changeable ??= createSession(this.#runtime, this.#checkpoint, this.#options, true);
    return this.#changeable;
  }

  /** Frees the model. Caches that are left cannot be used any more. */
  async release(): Promise<void> {
    await this.#session.release();
    await (await this.#changeable?.catch(() => undefined))?.release();
  }
}

/** @throws ModelMismatch if ONNX Runtime refuses the model */
async function createSession(
  runtime: Runtime,
  { config, weights, weightsFolder, folder }: Checkpoint,
  options: EngineOptions,
  interventions: boolean,
): Promise<InferenceSession> {
  const { device = 'cpu', products } = options;
  const graph = buildGraph(config, weights, positions(options.contextLength), {
    products,
    gemm: device !== 'cpu' || (products !== undefined && products !== 'fp32'),
    // Elsewhere nothing is gained by rounding activations to 8 bits.
    activations: device === 'cpu' ? options.activations : 'float32',
    branches: hasBranches(options),
    interventions,
  });
  try {
    return await runtime.InferenceSession.create(graph, {
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
  } catch (cause) {
    const reason = messageOf(cause);
    throw new ModelMismatch(folder, `ONNX Runtime cannot load the checkpoint: ${reason}`, { cause });
  }
}

/** Whether rows can have branches: that the kernels of other devices know positions and a bias is not known. */
function hasBranches({ device = 'cpu' }: EngineOptions): boolean {
  return device === 'cpu';
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
