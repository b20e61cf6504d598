// A Redis of a test's own: Debian's redis-server on a free port, its files in a folder of the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

const PROGRAM = '/usr/bin/redis-server';

/** `npm test` installs it where it may (scripts/setup-tests.mjs). */
export const hasRedis = existsSync(PROGRAM);

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends it as a power cut would, and starts it again from what is on the disk. */
  restart(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** A connection to it; the server's end is its end. */
  connect(): Redis;
}

export interface RedisServerOptions {
  /** Whether it keeps what it knows over a restart (AOF). */
  readonly keeps?: boolean;
  readonly password?: string;
  /** PEM files of a certificate and its key, for a server that speaks TLS and nothing else. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts a server; `kill` ends it. */
export async function startRedis(
  folder: string,
  { keeps = true, password, tls }: RedisServerOptions = {},
): Promise<RedisServer> {
  const port = await freePort();
  const connections: Redis[] = [];
  let child: ChildProcess | undefined;
  const options = {
    ...{ host: '127.0.0.1', port },
    ...(password !== undefined && { password }),
    ...(tls && { tls: { ca: readFileSync(tls.certificate) } }),
  };
  const ports = tls
    ? [
        ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
        ...['--tls-cert-file', tls.certificate, '--tls-key-file', tls.key],
      ]
    : ['--port', String(port)];
  const connect = () => {
    const redis = new Redis({ ...options, lazyConnect: true, maxRetriesPerRequest: null });
    redis.on('error', () => {});
    connections.push(redis);
    return redis;
  };
  const start = async () => {
    const secret = password === undefined ? [] : ['--requirepass', password];
    const files = ['--dir', folder, '--save', '', '--appendonly', keeps ? 'yes' : 'no'];
    child = spawn(PROGRAM, [...ports, '--bind', '127.0.0.1', ...files, ...secret], { stdio: 'ignore' });
    const asked = connect();
    await asked.ping();
    asked.disconnect();
  };
  const kill = async () => {
    const ended =
      child && child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child?.kill('SIGKILL');
    await ended;
    for (const one of connections.splice(0)) one.disconnect();
  };
  await start();
  const restart = () => kill().then(start);
  return { url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`, port, connect, start, kill, restart };
}
