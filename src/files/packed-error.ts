// Errors that are told by one thread or process and thrown in another.

import * as errors from '../errors.ts';

/** An error as it crosses between threads and processes, where its class would be lost. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its own fields: `model`, `path`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An error as plain data: its message and those of its fields that are texts, numbers or lists of these. */
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

/** The error again, of its own class. */
export function unpackError({ name, message, stack, fields }: PackedError): Error {
  const error = Object.assign(new Error(message), fields);
  if (stack !== undefined) error.stack = stack;
  return Object.setPrototypeOf(error, (KINDS[name] ?? Error).prototype);
}
