// What can go wrong between here and a server, told apart by what helps against it; and what no message may show.

import { RemoteFailure } from '../errors.ts';

interface InterruptionOptions extends ErrorOptions {
  /** Seconds that the server asks to wait before the next request. */
  readonly wait?: number | undefined;
  /** False if no connection could be made. */
  readonly connected?: boolean;
}

/** A failure that may pass: a cut connection, a server that is busy, an answer that is garbled. */
export class Interruption extends RemoteFailure {
  /** The message without the address. */
  readonly reason: string;
  readonly wait: number | undefined;
  readonly connected: boolean;
  constructor(url: string, reason: string, { wait, connected = true, ...options }: InterruptionOptions = {}) {
    super(url, reason, options);
    this.reason = reason;
    this.wait = wait;
    this.connected = connected;
  }
}

/** The server refused this request for good, with a status that repeating does not change. */
export class Refused extends RemoteFailure {
  readonly status: number;
  /** What the server said of it. */
  readonly said: string;
  constructor(url: string, status: number, said: string) {
    super(url, `refused the request with status ${status}: ${said || '(no message)'}`);
    this.status = status;
    this.said = said;
  }
}

/** No connection could be made: nothing will be answered before that is mended. */
export class Unreachable extends RemoteFailure {}

/** Whether a status says that the same request may succeed later. */
export function mayPass(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Error codes of the network, from however deep `fetch` has buried them; passwords in addresses are left out. */
export function reasonOf(error: unknown): string {
  return withoutPasswords(buriedReason(error));
}

function buriedReason(error: unknown): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string')
      return `${cause.code}: ${cause.message || 'no connection'}`;
    if (cause.cause === undefined) return cause.message;
  }
  return String(error);
}

/** A text without the names and passwords of the addresses in it. */
export const withoutPasswords = (text: string) => text.replace(/\/\/[^/\s]*@/g, '//***@');

/** A text of a server as part of a message: on one line, shortened, without the key even if the server repeats it. */
export function quoted(text: string, secret: string | undefined, longest = 300): string {
  const safe = secret ? text.replaceAll(secret, '***') : text;
  return withoutPasswords(safe.replace(/\s+/g, ' ').trim()).slice(0, longest);
}

/** An address as messages show it: without a password, and without a query, which signs the addresses of files. */
export function shownUrl(url: string | URL): string {
  const shown = new URL(url);
  [shown.username, shown.password, shown.search, shown.hash] = ['', '', '', ''];
  return shown.href;
}
