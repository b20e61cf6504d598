// The one way to try again: ever more slowly, or when the server says so, and not for ever.

import { setTimeout as sleep } from 'node:timers/promises';
import { Interruption } from './failures.ts';

/** Seconds between two tries at most, unless the server asks for more. */
const LONGEST_PAUSE = 30;

/** Seconds that a server may ask to wait; one that asks for more is given up. */
const LONGEST_WAIT = 120;

export interface RetryOptions {
  /** How many times in a row something may fail. */
  readonly attempts: number;
  /** Seconds before the first repetition, 0.3 by default; doubled for each further one. */
  readonly pause?: number;
  readonly signal?: AbortSignal | undefined;
  /** Says whether the last attempt got anywhere; failures in a row are then counted anew. */
  readonly gained?: () => boolean;
}

/**
 * Tries again as long as what goes wrong is an `Interruption`.
 *
 * @throws what the last try threw; at once if that is no `Interruption`, or its server asks to wait too long; the
 *   signal's reason when aborted
 */
export async function retrying<T>(task: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, pause = 0.3, signal, gained } = options;
  for (let failures = 1; ; failures++) {
    signal?.throwIfAborted();
    try {
      return await task();
    } catch (error) {
      signal?.throwIfAborted();
      if (gained?.()) failures = 1;
      if (!(error instanceof Interruption) || failures >= attempts || asksTooMuch(error.wait)) throw error;
      const seconds = error.wait ?? Math.min(pause * 2 ** (failures - 1), LONGEST_PAUSE);
      await sleep(seconds * 1000, undefined, signal && { signal }).catch(() => {});
    }
  }
}

function asksTooMuch(wait: number | undefined): boolean {
  return wait !== undefined && wait > LONGEST_WAIT;
}

/** What a message adds for a server that asks for more patience than there is; nothing for all others. */
export function askedToWait(wait: number | undefined): string {
  return wait !== undefined && asksTooMuch(wait)
    ? `; it asks to wait ${Math.round(wait)} s, try again later`
    : '';
}

/** Seconds that `Retry-After` names, as a number or a date; undefined for anything else. */
export function retryAfterSeconds(
  header: string | null | undefined,
  now: number = Date.now(),
): number | undefined {
  if (header === null || header === undefined) return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
