// The connection to Redis: made within a time or not at all; once it is there, it is made again whenever it breaks.

import { Redis } from 'ioredis';
import { BadInput, codeOf, messageOf, RemoteFailure } from '../errors.ts';
import type { QueueAddress } from './address.ts';
import { PASSWORD } from './address.ts';

/** Milliseconds without a word from Redis, while it is asked something, after which the connection is made anew. */
const SILENCE = 15_000;

export interface ConnectOptions {
  /** Seconds in which Redis has to answer. */
  readonly patience: number;
  /** Hears once of every time that Redis is away, and of its coming back. */
  readonly onTrouble?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Connects to Redis.
 *
 * @throws BadInput if it does not let us in; RemoteFailure if it does not answer in time
 */
export async function connectQueue(
  { shown, options }: QueueAddress,
  { patience, onTrouble = () => {}, signal }: ConnectOptions,
): Promise<Redis> {
  const redis = new Redis({
    ...options,
    ...{ lazyConnect: true, maxRetriesPerRequest: null, connectTimeout: 10_000 },
    ...{ keepAlive: 10_000, socketTimeout: SILENCE },
    retryStrategy: (times) => Math.min(100 * times, 1000),
  });
  let trouble: unknown;
  redis.on('error', (error: unknown) => {
    trouble = error;
  });
  try {
    await answered(redis, patience, () => trouble, signal);
  } catch (error) {
    redis.disconnect();
    signal?.throwIfAborted();
    throw explained(shown, error, patience);
  }
  tellTrouble(redis, shown, onTrouble);
  return redis;
}

/** Waits until Redis has answered; an answer that it will give again ends the waiting. */
async function answered(
  redis: Redis,
  patience: number,
  trouble: () => unknown,
  signal: AbortSignal | undefined,
): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), patience * 1000);
  const late = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(trouble() ?? new Error('it does not answer')));
    signal?.addEventListener('abort', () => reject(signal.reason));
    redis.on('error', (error: unknown) => {
      if (isRefusal(error)) reject(error);
    });
  });
  try {
    redis.connect().catch(() => {});
    await Promise.race([redis.ping(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function isRefusal(error: unknown): boolean {
  return /^(WRONGPASS|NOAUTH|NOPERM|ERR)\b/.test(messageOf(error));
}

function explained(shown: string, error: unknown, patience: number) {
  const reason = messageOf(error);
  if (isRefusal(error))
    return new BadInput('--queue', `${shown} refuses: ${reason}; a password goes into ${PASSWORD}`);
  const code = codeOf(error);
  const said = typeof code === 'string' && !reason.includes(code) ? `${code}: ${reason}` : reason;
  const advice =
    'start one there (redis-server), or name another with --queue; for TLS the address begins with rediss://';
  return new RemoteFailure(shown, `no Redis answers within ${patience} s (${said}); ${advice}`);
}

function tellTrouble(redis: Redis, shown: string, tell: (message: string) => void): void {
  let away = false;
  redis.on('close', () => {
    if (away || redis.status === 'end') return;
    away = true;
    tell(`${shown} is away; what is under way goes on, and so does the rest when it is back`);
  });
  redis.on('ready', () => {
    if (away) tell(`${shown} is back`);
    away = false;
  });
}
