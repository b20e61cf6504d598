// What a run of the graph is given beside the cache: tokens, where they stand, what they see, and of which of them the
// states are asked for.

import type { Tensor } from 'onnxruntime-node';
import type { ModelConfig } from './config.ts';
import { interventionFeeds, type RowIntervention } from './intervene.ts';

/** Tokens per run of a prefill: bounds the memory that attention takes, heads · CHUNK · length · 4 bytes. */
const CHUNK = 512;

/** What one run computes. */
export interface Run {
  /** Of every row the same number. */
  readonly tokens: readonly number[];
  /** Tokens in each row afterwards. */
  readonly lengths: readonly number[];
  /** Indices of the tokens of a row whose states are asked for; the last by default. */
  readonly places?: readonly number[];
  /** Where the states go, if not where the binding has them. Shape: (layers, places, hiddenSize). */
  readonly states?: Float32Array;
  /** Of each token, if not where it stands in its row. */
  readonly positions?: readonly number[];
  /** As `Packed.bias` has it; nothing is added by default. */
  readonly bias?: Float32Array;
  /** What is done in each row; nothing by default. */
  readonly interventions?: readonly (RowIntervention | undefined)[];
}

export class RunInputs {
  readonly #Tensor: typeof Tensor;
  readonly #branches: boolean;
  readonly #config: ModelConfig;
  /** An attention bias that adds nothing, at least as long as any run has needed it. */
  #noBias = new Float32Array();

  /** @param branches whether the graph has inputs for what branches need */
  constructor(tensor: typeof Tensor, config: ModelConfig, branches: boolean) {
    this.#Tensor = tensor;
    this.#config = config;
    this.#branches = branches;
  }

  of(run: Run, rows: number): Record<string, Tensor> {
    const Tensor = this.#Tensor;
    const { tokens, lengths } = run;
    const each = tokens.length / rows;
    const places = run.places ?? [each - 1];
    const last = Int32Array.from(lengths, (length) => length - 1);
    return {
      input_ids: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [rows, each]),
      seqlens_k: new Tensor('int32', last, [rows]),
      total_length: new Tensor('int32', Int32Array.of(Math.max(...lengths)), []),
      places: new Tensor('int64', BigInt64Array.from(places, BigInt), [places.length]),
      ...(this.#branches && this.#placed(run, rows)),
      ...(run.interventions && interventionFeeds(Tensor, this.#config, run.interventions, each)),
    };
  }

  /** Where the tokens stand, and what they do not see. */
  #placed({ tokens, lengths, positions: given, bias }: Run, rows: number): Record<string, Tensor> {
    const Tensor = this.#Tensor;
    const each = tokens.length / rows;
    const standing = lengths.flatMap((length) => Array.from({ length: each }, (_, i) => length - each + i));
    const total = Math.max(...lengths);
    if (this.#noBias.length < each * total) this.#noBias = new Float32Array(each * total);
    return {
      position_ids: new Tensor('int64', BigInt64Array.from(given ?? standing, BigInt), [rows, each]),
      attention_bias: new Tensor('float32', bias ?? this.#noBias.subarray(0, each * total), [
        1,
        1,
        each,
        total,
      ]),
    };
  }
}

/** Where the chunks of a prefill begin and end. */
export function chunks(length: number): [number, number][] {
  const count = Math.ceil(length / CHUNK);
  return Array.from({ length: count }, (_, i) => [i * CHUNK, Math.min(length, (i + 1) * CHUNK)]);
}

/** (layers, places, hiddenSize) → (layers, hiddenSize) of one place */
export function statesAt(
  states: Float32Array,
  place: number,
  places: number,
  { layers, hiddenSize }: Pick<ModelConfig, 'layers' | 'hiddenSize'>,
): Float32Array {
  const result = new Float32Array(layers * hiddenSize);
  for (let layer = 0; layer < layers; layer++) {
    const from = (layer * places + place) * hiddenSize;
    result.set(states.subarray(from, from + hiddenSize), layer * hiddenSize);
  }
  return result;
}
