// One question to a server with the OpenAI chat API (vLLM, llama.cpp, a hosted one), and everything that can go wrong
// on the way: busy, broken, silent, endless or not such a server at all.

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { BadInput, RemoteFailure } from '../errors.ts';

export interface ChatServer {
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
  readonly signal?: AbortSignal | undefined;
}

export interface ChatAnswer {
  readonly content: string;
  /** The server cut it at the most tokens allowed. */
  readonly cut: boolean;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number };
  /** Requests that were sent for it. */
  readonly requests: number;
}

/** The server refused this request for good, with a 4xx status that repeating does not change. */
export class Refused extends RemoteFailure {
  readonly status: number;
  constructor(url: string, status: number, said: string) {
    super(url, `refused the request with status ${status}: ${said || '(no message)'}`);
    this.status = status;
  }
}

/** No connection could be made: nobody will be judged before that is mended. */
export class Unreachable extends RemoteFailure {}

const MOST_BYTES = 2_000_000;
const LONGEST_WAIT = 120;

interface Raw {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

class Passing extends Error {
  readonly wait: number | undefined;
  readonly connected: boolean;
  constructor(message: string, connected: boolean, wait?: number) {
    super(message);
    this.connected = connected;
    this.wait = wait;
  }
}

/** Sends JSON and reads the whole body, within the time and size allowed. Redirections are not followed. */
function send(url: URL, method: 'GET' | 'POST', body: string | undefined, server: ChatServer): Promise<Raw> {
  const limit = AbortSignal.timeout(server.timeout * 1000);
  const signal = server.signal ? AbortSignal.any([limit, server.signal]) : limit;
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    let connected = false;
    const fail = (cause: Error) => {
      if (server.signal?.aborted) reject(server.signal.reason);
      else if (limit.aborted) reject(new Passing(`no complete answer within ${server.timeout} s`, true));
      else reject(new Passing((cause as NodeJS.ErrnoException).code ?? cause.message, connected));
    };
    const headers = {
      accept: 'application/json',
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...(server.apiKey && { authorization: `Bearer ${server.apiKey}` }),
    };
    const sent = start(url, { method, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MOST_BYTES) chunks.push(chunk);
        else response.destroy(new Error(`the answer is longer than ${MOST_BYTES} bytes`));
      });
      response.on('error', fail);
      response.on('end', () => {
        if (!response.complete) return fail(new Error('the answer was cut'));
        const { statusCode = 0, headers: got } = response;
        resolve({
          status: statusCode,
          retryAfter: got['retry-after'],
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    sent.on('socket', (socket) => {
      if (!socket.connecting) connected = true;
      socket.once('connect', () => {
        connected = true;
      });
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

/** Seconds that `Retry-After` names, as a number or a date. */
export function retryAfterSeconds(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

const errorBody = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ message: z.string() }).transform(({ message }) => message),
  z.object({ detail: z.string() }).transform(({ detail }) => detail),
]);

/** What a server said of an error, shortened, on one line, without the key even if it was repeated. */
function said(body: string, apiKey: string | undefined): string {
  let text = body;
  try {
    const parsed = errorBody.safeParse(JSON.parse(body));
    if (parsed.success) text = parsed.data;
  } catch {
    // Not JSON: shown as it is.
  }
  const safe = apiKey ? text.replaceAll(apiKey, '***') : text;
  return safe.replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** The status decides: an answer, worth another try, or refused. */
function accept(url: URL, raw: Raw, server: ChatServer): string {
  const { status, body } = raw;
  if (status >= 200 && status < 300) return body;
  const what = said(body, server.apiKey);
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const wait = retryAfterSeconds(raw.retryAfter);
    throw new Passing(`status ${status}${what ? `: ${what}` : ''}`, true, wait);
  }
  throw new Refused(url.href, status, what);
}

const completion = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z
    .object({ prompt_tokens: z.number().nonnegative(), completion_tokens: z.number().nonnegative() })
    .nullish()
    .catch(null),
});

function readCompletion(body: string): Omit<ChatAnswer, 'requests'> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Passing(`the answer is no JSON: ${body.replace(/\s+/g, ' ').slice(0, 80)}`, true);
  }
  const parsed = completion.safeParse(json);
  if (!parsed.success) throw new Passing('the answer is no chat completion', true);
  const { choices, usage } = parsed.data;
  return {
    content: choices[0]!.message.content ?? '',
    cut: choices[0]!.finish_reason === 'length',
    usage: { promptTokens: usage?.prompt_tokens ?? 0, completionTokens: usage?.completion_tokens ?? 0 },
  };
}

/** An address below the API's. */
export function endpoint(url: string, path: string): URL {
  return new URL(`${url.replace(/\/+$/, '')}/${path}`);
}

/**
 * Asks for a chat completion, again and ever more slowly while the server is busy, broken or silent.
 *
 * @throws BadInput for a key that is not accepted or a model that is not served; Refused for other 4xx;
 * Unreachable if there is no connection; RemoteFailure when all tries failed; the signal's reason when aborted
 */
export async function askChat(
  server: ChatServer,
  request: { readonly model: string } & Readonly<Record<string, unknown>>,
): Promise<ChatAnswer> {
  const url = endpoint(server.url, 'chat/completions');
  const body = JSON.stringify(request);
  for (let tries = 0; ; tries++) {
    server.signal?.throwIfAborted();
    try {
      const raw = await send(url, 'POST', body, server);
      return { ...readCompletion(accept(url, raw, server)), requests: tries + 1 };
    } catch (error) {
      if (error instanceof Refused) throw await explained(error, server, request.model);
      if (!(error instanceof Passing)) throw error;
      const own = server.backoff * 2 ** tries;
      const wait = error.wait ?? Math.min(own, 30);
      if (tries >= server.retries || wait > LONGEST_WAIT) throw givenUp(url.href, error, tries + 1, wait);
      await delay(wait * 1000, undefined, server.signal ? { signal: server.signal } : {}).catch(() => {
        server.signal?.throwIfAborted();
      });
    }
  }
}

function givenUp(url: string, error: Passing, tries: number, wait: number): RemoteFailure {
  const times = `${tries} ${tries === 1 ? 'request' : 'requests'}`;
  if (!error.connected)
    return new Unreachable(
      url,
      `cannot be reached (${error.message}, ${times}); start the server or correct the address, which ends in /v1 for most`,
    );
  const asked = wait > LONGEST_WAIT ? `; it asks to wait ${Math.round(wait)} s, try again later` : '';
  return new RemoteFailure(url, `${error.message} (${times})${asked}`);
}

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

async function servedModels(server: ChatServer): Promise<string[]> {
  try {
    const url = endpoint(server.url, 'models');
    const { body } = await send(url, 'GET', undefined, { ...server, timeout: Math.min(server.timeout, 10) });
    return modelList.parse(JSON.parse(body)).data.map(({ id }) => id);
  } catch {
    return [];
  }
}

/** A refusal in terms of the settings that are wrong. */
async function explained(refused: Refused, server: ChatServer, model: string): Promise<Error> {
  const { status, url, message } = refused;
  if (status === 401 || status === 403) {
    const advice = server.apiKey
      ? 'the API key is not accepted; correct the environment variable that judge.apiKeyEnv names'
      : 'the server wants an API key; put it into an environment variable and name that in judge.apiKeyEnv';
    return new BadInput('judge', `${advice} (${message})`, { cause: refused });
  }
  if (status === 404) {
    const models = (await servedModels(server)).slice(0, 20);
    const advice =
      models.length > 0
        ? `the server has no model "${model}"; models are ${models.join(', ')}`
        : `the server knows no model "${model}", or ${url} is no chat API; the address ends in /v1 for most`;
    return new BadInput('judge', `${advice} (${message})`, { cause: refused });
  }
  if (status >= 300 && status < 400)
    return new BadInput('judge.url', `the server sends elsewhere; give the final address (${message})`);
  return refused;
}
