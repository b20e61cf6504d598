// Where the queue is: an address of Redis, as the command line and messages say it.

import { isIP } from 'node:net';
import { BadInput } from '../errors.ts';
import { shownUrl } from '../http/failures.ts';

/** Where a password is taken from that is not to stand on a command line. */
export const PASSWORD = 'INTERBRAIN_QUEUE_PASSWORD';

export interface QueueAddress {
  /** Without user and password. */
  readonly shown: string;
  readonly options: {
    readonly host: string;
    readonly port: number;
    readonly db: number;
    readonly username?: string;
    readonly password?: string;
    readonly tls?: { readonly servername?: string };
  };
}

/**
 * Reads `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS.
 *
 * @throws BadInput, which quotes no password
 */
export function parseQueueAddress(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): QueueAddress {
  const url = urlOf(text);
  const database = url.pathname.replace(/^\//, '');
  if (!/^\d{0,6}$/.test(database))
    throw wrong(`${shownUrl(url)}: behind the host stands the number of a database, like /0`);
  if (url.search !== '' || url.hash !== '') throw wrong(`${shownUrl(url)}: nothing may follow a ? or #`);
  const password = decoded(url.password) || environment[PASSWORD];
  const username = decoded(url.username);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    shown: shownUrl(url),
    options: {
      ...{ host, port: url.port === '' ? 6379 : Number(url.port), db: Number(database) },
      ...(username !== '' && { username }),
      ...(password !== undefined && password !== '' && { password }),
      // An address of numbers is no server name (RFC 6066); the certificate has to be of it all the same.
      ...(url.protocol === 'rediss:' && { tls: isIP(host) === 0 ? { servername: host } : {} }),
    },
  };
}

function urlOf(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong('it is no address');
  }
  if (!['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '')
    throw wrong(`it begins with ${url.protocol}//`);
  return url;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong('what stands before the @ is not encoded as an address has it (% is %25)');
  }
}

function wrong(reason: string): BadInput {
  const advice = `an address is like redis://host:6379, or rediss:// for TLS; a password goes into ${PASSWORD}`;
  return new BadInput('--queue', `${reason}; ${advice}`);
}
