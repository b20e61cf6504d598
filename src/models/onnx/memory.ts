// What a model needs in memory, from its checkpoint alone.

import type { Checkpoint } from './checkpoint-type.ts';
import { type Dtype, isQuantized } from './dtype.ts';
import { kvBytesPerToken } from './kv-cache.ts';
import { quantizedMemory } from './weights-cache.ts';

/** Bytes. */
export interface ModelMemory {
  /** Of the weights once they are loaded. */
  readonly weights: number;
  /** While the model is loaded, at most: never two copies of the weights, but one matrix in two forms. */
  readonly loading: number;
  /** Keys and values of one token, in every layer. */
  readonly token: number;
}

/** Above the weights while loading: measured for 698 M weights of Mistral-7B's shape (docs/models.md). */
const LOADING = { fp32: 1.125, quantized: 1.08 };

const BYTES = { fp32: 4, fp16: 2, bf16: 2 } as const;

/** What a checkpoint needs with its weights in a type. */
export function modelMemory(checkpoint: Checkpoint, dtype: Dtype): ModelMemory {
  const weights = isQuantized(dtype)
    ? quantizedMemory(checkpoint, dtype)
    : checkpoint.parameters * BYTES[dtype];
  const loading = weights * (isQuantized(dtype) ? LOADING.quantized : LOADING.fp32);
  return { weights, loading, token: kvBytesPerToken(checkpoint.config) };
}
