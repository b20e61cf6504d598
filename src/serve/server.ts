// `interbrain serve`: the explorer over HTTP. It reads, and nothing else: no request changes anything.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InterbrainError } from '../errors.ts';
import { PLAIN, type Site, send } from './answer.ts';
import { cookieFor, type Guard, hasToken, refusalOf } from './guard.ts';
import { RunSite } from './run-site.ts';
import { RunsSite } from './runs-site.ts';

export interface ServeOptions {
  /** An address of this machine; 127.0.0.1 by default. */
  readonly host?: string | undefined;
  /** 0 for any that is free. */
  readonly port?: number | undefined;
  /** Must be given for an address that others reach. */
  readonly token?: string | undefined;
}

export interface Serving {
  /** To be opened in a browser. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function guardOf(host: string, port: number, token: string | undefined): Guard {
  if (token !== undefined) return { hosts: undefined, token };
  const names = ['localhost', '127.0.0.1', '[::1]', host.includes(':') ? `[${host}]` : host];
  return { hosts: new Set(names.map((name) => `${name}:${port}`)), token };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  guard: Guard,
  site: Site,
): Promise<void> {
  const url = URL.parse(request.url ?? '', 'http://server');
  if (!url) return send(response, 400, PLAIN, 'this is no address');
  const refusal = refusalOf(request, url, guard);
  if (refusal) return send(response, refusal.status, PLAIN, refusal.message);
  if (guard.token !== undefined && hasToken(url, guard))
    response.setHeader('set-cookie', cookieFor(guard.token));
  try {
    await site.answer(response, url.pathname, url.searchParams);
  } catch (error) {
    if (!response.headersSent)
      send(response, error instanceof InterbrainError ? 422 : 500, PLAIN, messageFor(error));
  }
}

/** What a user can do something about is told; of a bug only that there is one. */
function messageFor(error: unknown): string {
  if (error instanceof InterbrainError) return error.message;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 'this is a bug of interbrain; the terminal of interbrain serve says where';
}

function listening(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/**
 * Serves a run's folder, whether there is a run in it yet or not.
 *
 * @param run the run's folder
 * @throws what the system says of an address or port that cannot be had
 */
export async function serveRun(run: string, options: ServeOptions = {}): Promise<Serving> {
  return serveSite((followers) => RunSite.open(run, followers), options);
}

/**
 * Serves a folder of runs: their list, and each of them.
 *
 * @param folder where runs are kept, like `runs`; there need be none yet
 * @throws as `serveRun`
 */
export async function serveRuns(folder: string, options: ServeOptions = {}): Promise<Serving> {
  return serveSite(async (followers) => new RunsSite(folder, followers), options);
}

async function serveSite(
  open: (followers: Set<ServerResponse>) => Promise<Site>,
  { host = '127.0.0.1', port = 0, token }: ServeOptions,
): Promise<Serving> {
  const followers = new Set<ServerResponse>();
  let guard: Guard = { hosts: new Set(), token };
  let site: Site | undefined;
  const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 30_000 }, (request, response) => {
    if (site) void handle(request, response, guard, site);
    else send(response, 503, PLAIN, 'not yet');
  });
  const found = await listening(server, port, host);
  guard = guardOf(host, found, token);
  const opened = await open(followers);
  site = opened;
  const name = host.includes(':') ? `[${host}]` : host;
  const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`;
  return {
    url: `http://${name}:${found}/${query}`,
    async close() {
      for (const response of followers) response.end();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await opened.close();
    },
  };
}
