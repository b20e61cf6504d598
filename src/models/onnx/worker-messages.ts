// What a model in a worker and its client say to each other.

import type { PackedError } from '../../files/packed-error.ts';
import type { Conversation } from '../language-model.ts';
import type { Checkpoint } from './checkpoint-type.ts';
import type { OnnxSetup } from './onnx-setup.ts';

/** What a worker starts with. */
export interface WorkerStart {
  readonly checkpoint: Checkpoint;
  readonly setup: OnnxSetup;
}

/** Calls of a conversation that are answered. */
export type ConversationCall =
  | { readonly method: 'read'; readonly args: Parameters<Conversation['read']> }
  | { readonly method: 'readEach'; readonly args: Parameters<Required<Conversation>['readEach']> }
  | { readonly method: 'reply'; readonly args: Parameters<Conversation['reply']> };

/** To the worker. A conversation begins with the first call that names it. */
export type Request =
  | (ConversationCall & { readonly what: 'call'; readonly id: number; readonly conversation: number })
  | { readonly what: 'close'; readonly conversation: number }
  | { readonly what: 'dispose' };

/** From the worker: first `ready` or `failed`, then one answer for every call. */
export type Answer =
  | { readonly what: 'ready'; readonly concurrency: number }
  | { readonly what: 'failed'; readonly error: PackedError }
  | { readonly what: 'result'; readonly id: number; readonly value: unknown }
  | { readonly what: 'error'; readonly id: number; readonly error: PackedError };

/** The memory of a result's arrays, which moves to the other thread instead of being copied. */
export function transferables(value: unknown): ArrayBuffer[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(transferables);
  return Object.values(value)
    .filter((field): field is Float32Array<ArrayBuffer> => field instanceof Float32Array)
    .filter((array) => array.byteLength === array.buffer.byteLength)
    .map(({ buffer }) => buffer);
}
