// Keys and values of many sequences: one buffer per layer, a row per sequence. A view of one row is what a prefill
// writes into, a view of the first n rows is what n sequences are decoded in, and neither copies anything.
//
// A row is as long as the context. What no token was written to is never touched, and so takes no memory on systems
// that hand out pages on their first use (all that we know of).

import type { Tensor } from 'onnxruntime-node';
import type { ModelConfig } from './config.ts';

type TensorConstructor = typeof Tensor;

/** What one sequence's run yields, for its last token. The next run of the cache overwrites both. */
export interface Output {
  /** Shape: (layers, hiddenSize), float32. */
  readonly states: Float32Array;
  /** The states before an intervention, of the same shape; undefined for a run without one. */
  readonly before?: Float32Array;
  /** Shape: (vocabSize), float32. */
  readonly logits: Float32Array;
}

/** Inputs and outputs of a run over neighbouring rows. */
export interface Binding {
  readonly rows: number;
  /** Past keys and values. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Present keys and values in the same memory; states and logits; null for the output that nobody reads. */
  readonly fetches: Readonly<Record<string, Tensor | null>>;
  /** One for each row. */
  readonly outputs: readonly Output[];
}

type KvShape = Pick<ModelConfig, 'layers' | 'kvHeads' | 'headSize'>;

/** Bytes that the keys and values of one token take, all layers together. */
export function kvBytesPerToken({ layers, kvHeads, headSize }: KvShape): number {
  return layers * 2 * kvHeads * headSize * Float32Array.BYTES_PER_ELEMENT;
}

export class KvCache implements Output {
  readonly rows: number;
  /** Longest sequence that a row holds, tokens. */
  readonly capacity: number;
  /** Shape: (rows, layers, hiddenSize). After a run of one row it is the first one's. */
  readonly states: Float32Array;
  /** Shape: (rows, vocabSize). */
  readonly logits: Float32Array;
  readonly #Tensor: TensorConstructor;
  readonly #config: ModelConfig;
  /** Keys of layer 0, values of layer 0, keys of layer 1, …; each (rows, kvHeads, capacity, headSize). */
  readonly #buffers: readonly Float32Array[];
  readonly #bindings = new Map<number, Binding>();

  constructor(tensor: TensorConstructor, config: ModelConfig, rows: number, capacity: number) {
    this.#Tensor = tensor;
    this.#config = config;
    this.rows = rows;
    this.capacity = capacity;
    const length = rows * this.#rowLength;
    this.#buffers = Array.from({ length: config.layers * 2 }, () => new Float32Array(length));
    this.states = new Float32Array(rows * config.layers * config.hiddenSize);
    this.logits = new Float32Array(rows * config.vocabSize);
  }

  get #rowLength(): number {
    return this.#config.kvHeads * this.capacity * this.#config.headSize;
  }

  /** Rows `from` … `from + rows` − 1 as a run takes them. */
  bind(from: number, rows: number): Binding {
    const key = from * (this.rows + 1) + rows;
    const known = this.#bindings.get(key);
    if (known) return known;
    const { kvHeads, headSize, layers, hiddenSize, vocabSize } = this.#config;
    const feeds: Record<string, Tensor> = {};
    const fetches: Record<string, Tensor | null> = { finished: null };
    for (const [i, buffer] of this.#buffers.entries()) {
      const what = `${i % 2 === 0 ? 'key' : 'value'}.${Math.floor(i / 2)}`;
      const view = buffer.subarray(from * this.#rowLength, (from + rows) * this.#rowLength);
      const tensor = new this.#Tensor('float32', view, [rows, kvHeads, this.capacity, headSize]);
      feeds[`past_${what}`] = tensor;
      fetches[`present_${what}`] = tensor;
    }
    const D = layers * hiddenSize;
    const states = this.states.subarray(0, rows * D);
    const logits = this.logits.subarray(0, rows * vocabSize);
    fetches['states'] = new this.#Tensor('float32', states, [rows, layers, hiddenSize]);
    fetches['logits'] = new this.#Tensor('float32', logits, [rows, vocabSize]);
    const outputs = Array.from({ length: rows }, (_, row) => ({
      states: states.subarray(row * D, (row + 1) * D),
      logits: logits.subarray(row * vocabSize, (row + 1) * vocabSize),
    }));
    const binding = { rows, feeds, fetches, outputs };
    this.#bindings.set(key, binding);
    return binding;
  }

  /** Copies the first `length` tokens of a row into another. */
  copy(from: number, to: number, length: number): void {
    const { kvHeads, headSize } = this.#config;
    for (const buffer of this.#buffers)
      for (let head = 0; head < kvHeads; head++) {
        const at = (row: number) => (row * kvHeads + head) * this.capacity * headSize;
        buffer.copyWithin(at(to), at(from), at(from) + length * headSize);
      }
  }

  /** Exchanges the first `length` tokens of two rows. */
  exchange(row: number, other: number, length: number): void {
    const { kvHeads, headSize } = this.#config;
    const size = length * headSize;
    const aside = new Float32Array(size);
    for (const buffer of this.#buffers) {
      for (let head = 0; head < kvHeads; head++) {
        const at = (index: number) => (index * kvHeads + head) * this.capacity * headSize;
        const first = buffer.subarray(at(row), at(row) + size);
        const second = buffer.subarray(at(other), at(other) + size);
        aside.set(first);
        first.set(second);
        second.set(aside);
      }
    }
  }
}
