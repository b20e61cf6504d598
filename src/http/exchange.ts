// One question to a server that answers in JSON, and everything that can go wrong on the way: busy, broken, silent, endless
// or not such a server at all. Not `fetch`, which gives up on an answer that takes longer than five minutes to begin.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { z } from 'zod';
import { RemoteFailure } from '../errors.ts';
import { Interruption, mayPass, quoted, Refused, shownUrl, Unreachable } from './failures.ts';
import { askedToWait, retryAfterSeconds, retrying } from './retry.ts';

/** A server, and how much patience it deserves. */
export interface HttpServer {
  /** Address of the API: `http://localhost:8000/v1`. */
  readonly url: string;
  /** Sent as a bearer token; never part of a message or a file. */
  readonly apiKey?: string | undefined;
  /** Seconds until an answer must be complete. */
  readonly timeout: number;
  /** Seconds before the first repetition; doubled for each further one. */
  readonly backoff: number;
  /** How often a request is repeated that the server could not answer. */
  readonly retries: number;
  /** Longest answer, bytes; 2 MB by default. */
  readonly mostBytes?: number | undefined;
  /** A new connection for every request: one that is kept may be closed by the server just when it is used again. */
  readonly fresh?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Question {
  /** Below the server's address: `chat/completions`. */
  readonly path: string;
  /** Sent as JSON with POST; without it the question is a GET. */
  readonly json?: unknown;
}

const MOST_BYTES = 2_000_000;

/** An address below the API's. */
export function endpoint(url: string, path: string): URL {
  return new URL(`${url.replace(/\/+$/, '')}/${path}`);
}

/**
 * Asks a server, again and ever more slowly while it is busy, broken or silent. Redirections are not followed.
 *
 * @param read makes of the body what was asked for; throws an `Interruption` for one that is garbled
 * @returns what `read` made, and how many requests were sent for it
 * @throws Refused for a status that repeating does not change; Unreachable if there is no connection; RemoteFailure when
 *   all tries failed; the signal's reason when aborted
 */
export async function exchange<T>(
  server: HttpServer,
  question: Question,
  read: (body: string, url: string) => T,
): Promise<{ readonly value: T; readonly requests: number }> {
  const url = endpoint(server.url, question.path);
  const { retries, backoff, signal } = server;
  let requests = 0;
  const ask = async () => {
    requests++;
    return read(accept(url, await send(url, question.json, server), server), shownUrl(url));
  };
  try {
    return { value: await retrying(ask, { attempts: retries + 1, pause: backoff, signal }), requests };
  } catch (error) {
    throw error instanceof Interruption ? givenUp(error, requests) : error;
  }
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** Sends a request and reads the whole body, within the time and size allowed. */
function send(url: URL, json: unknown, server: HttpServer): Promise<Answer> {
  const { timeout, signal: stop, mostBytes = MOST_BYTES, apiKey, fresh = false } = server;
  const limit = AbortSignal.timeout(timeout * 1000);
  const signal = stop ? AbortSignal.any([limit, stop]) : limit;
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const body = json === undefined ? undefined : JSON.stringify(json);
  return new Promise((resolve, reject) => {
    let connected = false;
    const fail = (cause: Error) => {
      if (stop?.aborted) return reject(stop.reason);
      const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
      const reason = limit.aborted ? `no complete answer within ${timeout} s` : quoted(code, apiKey);
      reject(new Interruption(shownUrl(url), reason, { connected: limit.aborted || connected, cause }));
    };
    const method = body === undefined ? 'GET' : 'POST';
    const options = { method, headers: headersOf(body, apiKey), signal, ...(fresh && { agent: false }) };
    const sent = start(url, options, (response) => {
      readBody(response, mostBytes).then(resolve, fail);
    });
    sent.on('socket', (socket) => {
      connected = !socket.connecting;
      // One that is kept from an earlier question is connected, and would keep the listener.
      if (!connected)
        socket.once('connect', () => {
          connected = true;
        });
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

function headersOf(body: string | undefined, apiKey: string | undefined): Record<string, string | number> {
  return {
    accept: 'application/json',
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }),
    ...(apiKey && { authorization: `Bearer ${apiKey}` }),
  };
}

async function readBody(response: IncomingMessage, mostBytes: number): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const bytes: AsyncIterable<Buffer> = response;
  for await (const chunk of bytes) {
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer was cut');
  const { statusCode: status = 0, headers } = response;
  return { status, retryAfter: headers['retry-after'], body: Buffer.concat(chunks).toString('utf8') };
}

const errorBody = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ message: z.string() }).transform(({ message }) => message),
  z.object({ detail: z.string() }).transform(({ detail }) => detail),
]);

/** What a server said of an error; the body as it is where that is no JSON. */
export function said(body: string, apiKey: string | undefined): string {
  try {
    return quoted(errorBody.parse(JSON.parse(body)), apiKey);
  } catch {
    return quoted(body, apiKey);
  }
}

/** The status decides: the body of an answer, worth another try, or refused. */
function accept(url: URL, { status, body, retryAfter }: Answer, { apiKey }: HttpServer): string {
  if (status >= 200 && status < 300) return body;
  const what = said(body, apiKey);
  if (!mayPass(status)) throw new Refused(shownUrl(url), status, what);
  const wait = retryAfterSeconds(retryAfter);
  throw new Interruption(shownUrl(url), `status ${status}${what ? `: ${what}` : ''}`, { wait });
}

function givenUp({ url, reason, connected, wait, cause }: Interruption, tries: number): RemoteFailure {
  const times = `${tries} ${tries === 1 ? 'request' : 'requests'}`;
  if (connected) return new RemoteFailure(url, `${reason} (${times})${askedToWait(wait)}`, { cause });
  return new Unreachable(
    url,
    `cannot be reached (${reason}, ${times}); start the server or correct the address, which ends in /v1 for most`,
    { cause },
  );
}
