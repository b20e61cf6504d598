// Files from an address, with `fetch`, which follows redirections: a server that says nothing is given up, one that is busy
// is asked again, and no answer is longer than it may be.

import { RemoteFailure } from '../errors.ts';
import { Interruption, mayPass, reasonOf, shownUrl } from './failures.ts';
import { askedToWait, retryAfterSeconds, retrying } from './retry.ts';

export interface Patience {
  /** Seconds for which a server may say nothing. */
  readonly silence: number;
  readonly signal?: AbortSignal | undefined;
}

/** `fetch` until the answer begins, whatever it is. Throws an error that `reasonOf` explains; the signal's reason. */
export async function begin(
  url: string,
  init: RequestInit,
  { silence, signal }: Patience,
): Promise<Response> {
  const quiet = new AbortController();
  const timer = setTimeout(() => quiet.abort(new Error(`no answer in ${silence} s`)), silence * 1000);
  const signals = [signal, init.signal, quiet.signal].filter((each) => each != null);
  try {
    return await fetch(url, { ...init, signal: AbortSignal.any(signals) });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The body of an answer, piece by piece. Throws when no piece comes for `silence` seconds, or the connection ends. */
export async function* chunksOf(response: Response, silence: number): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  let silent = false;
  const giveUp = () => {
    silent = true;
    reader.cancel().catch(() => {});
  };
  try {
    for (;;) {
      // Only the server's time counts, not that of whoever takes the bytes.
      const timer = setTimeout(giveUp, silence * 1000);
      const next = await reader.read().finally(() => clearTimeout(timer));
      if (silent) throw new Error(`no bytes in ${silence} s`);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The body of an answer as text; undefined if it is longer than `mostBytes`. Throws as `chunksOf` does. */
export async function readText(
  response: Response,
  silence: number,
  mostBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(response, silence)) {
    size += chunk.length;
    if (size > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

export interface TextOptions extends Partial<Patience> {
  /** What messages end with: what to do instead. */
  readonly advice: string;
  /** Longest text, bytes; 256 MB by default. */
  readonly mostBytes?: number | undefined;
  /** How many times it may fail; 3 by default. */
  readonly attempts?: number | undefined;
  /** Seconds before the first repetition. */
  readonly pause?: number;
}

/**
 * The text at an address.
 *
 * @throws RemoteFailure if the server cannot be reached, refuses, or sends too much; the signal's reason when aborted
 */
export function fetchText(url: string, options: TextOptions): Promise<string> {
  const { silence = 60, mostBytes = 256e6, attempts = 3, advice, signal, pause = 0.3 } = options;
  const shown = shownUrl(url);
  const once = async () => {
    const response = await begin(url, {}, { silence, signal }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      const reason = `could not be reached (${reasonOf(cause)}); ${advice}`;
      throw new Interruption(shown, reason, { connected: false, cause });
    });
    if (!response.ok) throw await refusal(response, shown, advice);
    const text = await readText(response, silence, mostBytes).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new Interruption(shown, `the answer was cut (${reasonOf(cause)}); ${advice}`, { cause });
    });
    if (text === undefined) throw new RemoteFailure(shown, `sends more than ${mostBytes} bytes; ${advice}`);
    return text;
  };
  return retrying(once, { attempts, pause, signal });
}

async function refusal(response: Response, shown: string, advice: string): Promise<RemoteFailure> {
  await response.body?.cancel();
  const { status, statusText, headers } = response;
  if (!mayPass(status)) return new RemoteFailure(shown, `answered ${status} ${statusText}; ${advice}`);
  const wait = retryAfterSeconds(headers.get('retry-after'));
  return new Interruption(shown, `answered ${status} ${statusText}${askedToWait(wait)}; ${advice}`, { wait });
}
