// Who may ask the server: a browser on this machine that shows our own page, or whoever has the token. Everything else is
// refused before anything is looked up.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Guard {
  /** `localhost:8080` and its like; undefined where any name may lead here, since a token is asked for. */
  readonly hosts: ReadonlySet<string> | undefined;
  /** Undefined on a loopback address. */
  readonly token: string | undefined;
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: 401 | 403 | 405;
  readonly message: string;
}

const COOKIE = 'interbrain';

/** Whether two texts are the same, in a time that does not tell how far they are. */
function same(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return x !== undefined && y !== undefined && timingSafeEqual(x, y);
}

function cookieOf(request: IncomingMessage): string | undefined {
  const found = (request.headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim().split('='))
    .find(([name]) => name === COOKIE);
  return found?.slice(1).join('=');
}

/** The header that lets a browser come back without the token in its address. */
export function cookieFor(token: string): string {
  return `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`;
}

/** Whether an address has the token. */
export function hasToken(url: URL, { token }: Guard): boolean {
  return token !== undefined && same(url.searchParams.get('token') ?? '', token);
}

/** The origin of a page that was sent from the host that is asked. */
const originOf = (host: string) => `http://${host}`;

/** Nothing for a request that may be answered. */
export function refusalOf(request: IncomingMessage, url: URL, guard: Guard): Refusal | undefined {
  const { host = '', origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, message: 'only GET: nothing here can be changed' };
  if (guard.hosts && !guard.hosts.has(host.toLowerCase()))
    return { status: 403, message: `this server is not ${JSON.stringify(host)}` };
  if (origin !== undefined && origin !== originOf(host))
    return { status: 403, message: 'asked by another page' };
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return { status: 403, message: 'asked by another site' };
  if (guard.token === undefined || hasToken(url, guard)) return undefined;
  const own = cookieOf(request);
  if (own !== undefined && same(own, guard.token)) return undefined;
  return { status: 401, message: 'open the address that interbrain serve printed, with its token' };
}
