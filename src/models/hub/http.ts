// One request to the hub, and what its refusals mean to the user. The same function is given to
// @huggingface/hub for its API calls and used for the files themselves.

import { setTimeout as sleep } from 'node:timers/promises';
import { BadInput, type InterbrainError, RemoteFailure } from '../../errors.ts';
import type { HubName } from './name.ts';
import type { HubSettings } from './settings.ts';

/** A failure that may pass: a cut connection, a hub that is busy. */
export class Interruption extends RemoteFailure {}

/** Milliseconds. */
const FIRST_PAUSE = 300;

export type Fetch = typeof fetch;

/**
 * `fetch` for one repository: sends the token to the hub (and to no other server: `fetch` drops it at a redirect
 * that leaves the origin), and throws for every answer but success and 416.
 */
export function createHubFetch(settings: HubSettings, name: HubName, signal?: AbortSignal): Fetch {
  const { endpoint, token, silence: longest } = settings;
  const origin = new URL(endpoint).origin;
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init.headers);
    headers.set('user-agent', 'interbrain');
    if (token && new URL(url).origin === origin) headers.set('authorization', `Bearer ${token}`);
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error(`no answer in ${longest / 1000} s`)), longest);
    const signals = [signal, init.signal, silence.signal].filter((each) => each != null);
    let response: Response;
    try {
      response = await fetch(url, { ...init, headers, signal: AbortSignal.any(signals) });
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(url.replace(/\?.*/, ''), error);
    } finally {
      clearTimeout(timer);
    }
    if (response.ok || response.status === 416) return response;
    throw await refusal(response, settings, name);
  };
}

/** Error codes of the network, from however deep `fetch` has buried them. */
export function reasonOf(error: unknown): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return `${code}: ${cause.message || 'no connection'}`;
    if (cause.cause === undefined) return cause.message;
  }
  return String(error);
}

function unreachable(url: string, cause: unknown): Interruption {
  const proxy = Object.keys(process.env).some((key) => /^https?_proxy$/i.test(key))
    ? ' A proxy is set: Node.js uses it with NODE_USE_ENV_PROXY=1, from version 22.21 on.'
    : '';
  return new Interruption(
    url,
    `cannot be reached (${reasonOf(cause)}); check the network, or set HF_ENDPOINT to a mirror, or copy the checkpoint ` +
      `from a machine that has it and name its folder with path:.${proxy}`,
    { cause },
  );
}

/** Tells apart what the hub refuses, by its status and its X-Error-Code header. */
async function refusal(
  response: Response,
  { endpoint, token }: HubSettings,
  { id, revision }: HubName,
): Promise<InterbrainError> {
  const { status, headers } = response;
  const code = headers.get('x-error-code');
  const page = `${endpoint}/${id}`;
  const said = headers.get('x-error-message') ?? (await saidIn(response));
  const tokens = `${endpoint}/settings/tokens`;
  if (code === 'GatedRepo' || status === 403)
    return new RemoteFailure(
      page,
      token
        ? `the token in use has no access to this model. Open the page, log in as the token's owner and accept the licence (some authors grant access by hand, later); a fine-grained token also needs the right to read gated repositories: ${tokens}`
        : `is a gated model: open the page, log in, accept its licence, then make a token at ${tokens} and set HF_TOKEN to it`,
    );
  if (code === 'RevisionNotFound')
    return new BadInput(
      `hub model ${id}`,
      `has no revision "${revision}"; name a branch, a tag or a whole commit of ${page}/commits/main`,
    );
  if (code === 'EntryNotFound')
    return new RemoteFailure(response.url, `the hub lists this file and has it not; try again later`);
  if (status === 401 && token && code !== 'RepoNotFound')
    return new RemoteFailure(
      page,
      `the hub does not accept the token (${said}); make a new one at ${tokens} and set HF_TOKEN to it, or unset HF_TOKEN`,
    );
  if (status === 401 || status === 404)
    return new BadInput(
      `hub model ${id}`,
      `there is no such model at ${endpoint}, or it is private; check the spelling${token ? ' and that the token in HF_TOKEN may read it' : ', and for a private one set HF_TOKEN'}`,
    );
  if (status === 429 || status >= 500)
    return new Interruption(page, `the hub is busy or out of order (${status} ${said}); try again later`);
  return new RemoteFailure(response.url, `the hub answered ${status} ${said}`);
}

async function saidIn(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // A page instead of JSON says nothing that would help.
  }
  return response.statusText;
}

export interface RetryOptions {
  /** How many times in a row something may fail. */
  readonly attempts: number;
  readonly signal?: AbortSignal | undefined;
  /** Says whether the last attempt got anywhere; failures in a row are then counted anew. */
  readonly gained?: () => boolean;
}

/** Tries again, after pauses that double, as long as what goes wrong is an `Interruption`. */
export async function retrying<T>(task: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, signal, gained } = options;
  for (let failures = 1; ; failures++) {
    try {
      return await task();
    } catch (error) {
      signal?.throwIfAborted();
      if (gained?.()) failures = 1;
      if (!(error instanceof Interruption) || failures >= attempts) throw error;
      await sleep(FIRST_PAUSE * 2 ** (failures - 1), undefined, signal && { signal }).catch(() => {});
      signal?.throwIfAborted();
    }
  }
}
