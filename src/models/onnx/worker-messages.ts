// What a model in a worker and its client say to each other.

import * as errors from '../../errors.ts';
import type { Conversation } from '../language-model.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { OnnxSetup } from './onnx-setup.ts';

/** What a worker starts with. */
export interface WorkerStart {
  readonly checkpoint: Checkpoint;
  readonly setup: OnnxSetup;
}

/** Calls of a conversation that are answered. */
export type ConversationCall =
  | { readonly method: 'read'; readonly args: Parameters<Conversation['read']> }
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

/** An error as it crosses between threads, where its class would be lost. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its own fields: `model`, `path`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), stack: undefined, fields: {} };
  const { name, message, stack } = error;
  const isPlain = (value: unknown) => ['string', 'number'].includes(typeof value);
  const plain = Object.entries(error).filter(
    ([, value]) => isPlain(value) || (Array.isArray(value) && value.every(isPlain)),
  );
  return { name, message, stack, fields: Object.fromEntries(plain) };
}

const KINDS: Readonly<Record<string, { readonly prototype: Error }>> = { ...errors, RangeError, TypeError };

export function unpackError({ name, message, stack, fields }: PackedError): Error {
  const error = Object.assign(new Error(message), fields);
  if (stack !== undefined) error.stack = stack;
  return Object.setPrototypeOf(error, (KINDS[name] ?? Error).prototype);
}

/** The memory of a result's arrays, which moves to the other thread instead of being copied. */
export function transferables(value: unknown): ArrayBuffer[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value)
    .filter((field): field is Float32Array<ArrayBuffer> => field instanceof Float32Array)
    .filter((array) => array.byteLength === array.buffer.byteLength)
    .map(({ buffer }) => buffer);
}
