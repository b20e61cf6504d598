// Who downloads a file: one process at a time, so that nothing is fetched twice. Nothing but bandwidth depends
// on it: two that download the same file write the same bytes to the same places, and the checksum decides.

import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { codeOf } from '../../errors.ts';

/** Milliseconds. */
const HEARTBEAT = 2_000;
const POLL = 200;
/** An owner without a heartbeat for so long is gone. */
const STALE = 30_000;

/** Who holds a lock, as its file says. */
const owner = z.object({ pid: z.number(), host: z.string() });

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then while another holds the lock. */
  readonly onWait?: (() => Promise<void>) | undefined;
}

/** Runs a task while holding the lock file at `path`. A lock left by a process that was killed is taken over. */
export async function withLock<T>(path: string, options: LockOptions, task: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const owner = await acquire(path, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, HEARTBEAT);
  heartbeat.unref();
  try {
    return await task();
  } finally {
    clearInterval(heartbeat);
    // Only our own: another may have taken it over while this process was suspended.
    if ((await readFile(path, 'utf8').catch(() => '')) === owner) await rm(path, { force: true });
  }
}

async function acquire(path: string, { signal, onWait }: LockOptions): Promise<string> {
  const owner = JSON.stringify({ pid: process.pid, host: hostname(), key: randomUUID() });
  let seen = '';
  let since = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    if (await create(path, owner)) return owner;
    // The beat is compared with an earlier look, not with our clock: a network drive keeps its own time.
    const beat = await heartbeatOf(path);
    if (beat !== seen) {
      seen = beat;
      since = performance.now();
    }
    if ((await isDead(path)) || performance.now() - since > STALE) {
      const aside = `${path}.${randomUUID()}`;
      await rename(path, aside).catch(() => {});
      await rm(aside, { force: true });
      continue;
    }
    await onWait?.();
    await sleep(POLL);
  }
}

async function create(path: string, owner: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(owner);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function heartbeatOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found ? `${found.ino} ${found.mtimeMs}` : '';
}

/** Whether the owner was a process of this machine that has ended. Of other machines only the heartbeat tells. */
async function isDead(path: string): Promise<boolean> {
  try {
    const { pid, host } = owner.parse(JSON.parse(await readFile(path, 'utf8')));
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}
