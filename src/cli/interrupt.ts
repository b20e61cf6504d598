// Ctrl-C: the work under way comes to a good end, and the program says how to go on.

import type { Reader } from './reader.ts';

/** What a signal is aborted with by Ctrl-C; its message says what there is now and how to go on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(message: string = 'Stopped.') {
    super(message);
  }
}

/** A signal that Ctrl-C (or a polite kill) aborts; a second Ctrl-C ends the program at once. */
export function interruptSignal(say: (text: string) => void): {
  readonly signal: AbortSignal;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    say('\nStopping; Ctrl-C again to stop at once.');
    controller.abort(new Interrupted());
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

/**
 * Does a command's work under a signal that Ctrl-C aborts, and closes its reader after.
 *
 * @param advice what to say when the work was stopped: what is left of it, and how to go on
 * @throws Interrupted with the advice when stopped; whatever the work throws
 */
export async function interruptible<T>(
  reader: Reader,
  advice: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, release } = interruptSignal(reader.say);
  try {
    return await work(signal);
  } catch (error) {
    throw error instanceof Interrupted ? new Interrupted(advice) : error;
  } finally {
    reader.close();
    release();
  }
}
