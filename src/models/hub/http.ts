// One request to the hub, and what its refusals mean to the user. The same function is given to
// @huggingface/hub for its API calls and used for the files themselves.

import { z } from 'zod';
import { BadInput, type InterbrainError, RemoteFailure } from '../../errors.ts';
import { begin, readText } from '../../http/download.ts';
import { Interruption, mayPass, quoted, reasonOf, shownUrl } from '../../http/failures.ts';
import { askedToWait, retryAfterSeconds } from '../../http/retry.ts';
import type { HubName } from './name.ts';
import type { HubSettings } from './settings.ts';

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
    const response = await begin(url, { ...init, headers }, { silence: longest / 1000, signal }).catch(
      (error: unknown) => {
        signal?.throwIfAborted();
        throw unreachable(shownUrl(url), error);
      },
    );
    if (response.ok || response.status === 416) return response;
    throw await refusal(response, settings, name);
  };
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
  { endpoint, token, silence }: HubSettings,
  { id, revision }: HubName,
): Promise<InterbrainError> {
  const { status, headers } = response;
  const code = headers.get('x-error-code');
  const page = `${endpoint}/${id}`;
  const url = shownUrl(response.url);
  const said = quoted(headers.get('x-error-message') ?? (await saidIn(response, silence / 1000)), token);
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
    return new RemoteFailure(url, `the hub lists this file and has it not; try again later`);
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
  if (mayPass(status)) {
    const wait = retryAfterSeconds(headers.get('retry-after'));
    const busy = `the hub is busy or out of order (${status} ${said})`;
    return new Interruption(page, `${busy}${askedToWait(wait) || '; try again later'}`, { wait });
  }
  return new RemoteFailure(url, `the hub answered ${status} ${said}`);
}

/** A page instead of JSON says nothing that would help. */
async function saidIn(response: Response, silence: number): Promise<string> {
  try {
    const text = await readText(response, silence, 100_000);
    return z.object({ error: z.string() }).parse(JSON.parse(text ?? '')).error;
  } catch {
    return response.statusText;
  }
}
