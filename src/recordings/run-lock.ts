// One run at a time in a folder. Who works there has a file in it that says who that is. It is made whole or not at all
// and only where there is none; what a process left that is gone is taken over.

import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { BadInput, codeOf, InterbrainError } from '../errors.ts';
import { fileProblem } from '../files/file-problem.ts';
import { withoutPasswords } from '../http/failures.ts';
import { partialName, writeFlushed } from './atomic-file.ts';
import { isRunning, thisProcess } from './processes.ts';

const LOCK = 'run.lock';

/** How long another who is just taking a lock over is waited for: tries, and milliseconds between them. */
const TRIES = 100;
const WAIT = 20;

const holderSchema = z.object({
  /** Of this lock alone. */
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  /** When the process was started, as its system says it; null where that cannot be known. */
  start: z.string().nullable(),
  /** ISO 8601. */
  since: z.string(),
  command: z.string(),
});

/** Who works in a folder. */
type Holder = z.infer<typeof holderSchema>;

/**
 * Takes a run's folder for this process alone, making it if need be. A holder of this machine that is gone, killed
 * say, is replaced; the lock also goes when this process ends or is interrupted.
 *
 * @returns gives the folder back; the second time it does nothing
 * @throws BadInput if another run holds the folder: who, since when, and how to go on if that one is dead
 */
export async function lockRun(folder: string): Promise<() => void> {
  const path = join(folder, LOCK);
  // The file is there for everyone to read.
  const command = withoutPasswords(['interbrain', ...process.argv.slice(2)].join(' '));
  const holder = { id: randomUUID(), host: hostname(), ...thisProcess(), since: now(), command };
  const other = await mkdir(folder, { recursive: true })
    .then(() => acquire(path, holder))
    .catch((cause: unknown) => {
      if (cause instanceof InterbrainError) throw cause;
      throw fileProblem(folder, 'written', cause, 'the run is kept there, or name another folder with --out');
    });
  if (other !== undefined) throw new BadInput(folder, describe(other));
  await sweepRights(folder);
  return releaseAtEnd(path, holder.id);
}

/** What tells a folder's present lock from all others; undefined if nobody holds the folder. */
export async function lockId(folder: string): Promise<string | undefined> {
  return (await readHolder(join(folder, LOCK)))?.id;
}

/** Whether a run works in a folder, as far as it can be known from here: of another machine's it is believed. */
export async function isRunLocked(folder: string): Promise<boolean> {
  const holder = await readHolder(join(folder, LOCK)).catch((error: unknown) => {
    // A lock that does not say whose it is.
    if (error instanceof InterbrainError) return undefined;
    throw error;
  });
  return holder !== undefined && !isGone(holder);
}

/** Somebody else's lock. */
interface OtherLock {
  readonly path: string;
  readonly holder: Holder;
}

/**
 * Makes a lock, or takes it over from a holder that is gone. Only who holds the right to do so, a lock named after the
 * dead one, replaces it. So of several who saw it dead none removes the lock of another who was quicker: an id never
 * comes back.
 *
 * @returns whose it is if not ours
 */
async function acquire(path: string, holder: Holder): Promise<OtherLock | undefined> {
  for (let tries = 0; !(await create(path, holder)); ) {
    const found = await readHolder(path);
    if (found === undefined) continue;
    if (!isGone(found)) return { path, holder: found };
    const right = `${path}.${found.id.slice(0, 8)}`;
    const quicker = await acquire(right, { ...holder, id: randomUUID() });
    if (quicker === undefined) {
      if (await replace(path, found, holder).finally(() => rm(right, { force: true }))) return undefined;
    } else if (++tries === TRIES) return quicker;
    else await setTimeout(WAIT);
  }
  return undefined;
}

/** @returns whether ours is the lock now; nothing is done if the dead one is there no more */
async function replace(path: string, dead: Holder, holder: Holder): Promise<boolean> {
  if ((await readHolder(path))?.id !== dead.id) return false;
  const partial = partialName(path);
  await writeFlushed(partial, textOf(holder));
  await rename(partial, path);
  return true;
}

/** @returns whether there was none yet */
async function create(path: string, holder: Holder): Promise<boolean> {
  const partial = partialName(path);
  try {
    await writeFlushed(partial, textOf(holder));
    // Whole from the first moment on, which an exclusive write alone is not. Some file systems have no links.
    await link(partial, path).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') throw error;
      return writeFile(path, textOf(holder), { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(partial, { force: true });
  }
}

/**
 * Who holds a lock; undefined if nobody does.
 *
 * @throws BadInput if the file stays unreadable: it may be about to be written
 */
async function readHolder(path: string): Promise<Holder | undefined> {
  for (let tries = 0; ; tries++) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    const holder = parseHolder(text);
    if (holder !== undefined) return holder;
    if (tries === TRIES) {
      const advice = 'if no run is working in this folder, delete that file and run again';
      throw new BadInput(path, `this lock does not say whose it is; ${advice}`);
    }
    await setTimeout(WAIT);
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function textOf(holder: Holder): string {
  return `${JSON.stringify(holder, null, 2)}\n`;
}

/** Of another machine's processes nothing can be known. */
function isGone(holder: Holder): boolean {
  return holder.host === hostname() && !isRunning(holder);
}

function describe({ path, holder }: OtherLock): string {
  const { host, pid, start, since, command } = holder;
  const who = `another run is working here: \`${command}\`, process ${pid} on ${host}, since ${since}`;
  const free = `delete ${path} and run again; what is recorded stays`;
  if (host !== hostname())
    return `${who}; whether it still runs cannot be told from this machine: if not, ${free}`;
  const advice = `it is running: wait for its end or stop it (kill ${pid})`;
  return start === null
    ? `${who}; ${advice}; if that process is something else by now, ${free}`
    : `${who}; ${advice}`;
}

/** Removes rights to replace a lock whose holders were killed. Those of the living are theirs to remove. */
async function sweepRights(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^run\.lock(\.[0-9a-f]{8})+$/.test(name)) continue;
    const holder = await readHolder(join(folder, name)).catch(() => undefined);
    if (holder && isGone(holder)) await rm(join(folder, name), { force: true });
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How each lock that this process holds is given back. */
const releases = new Set<() => void>();

function releaseAtEnd(path: string, id: string): () => void {
  const release = () => {
    if (!releases.delete(release)) return;
    if (releases.size === 0) listen('off');
    if (parseHolder(readOrNothing(path))?.id === id) rmSync(path, { force: true });
  };
  if (releases.size === 0) listen('on');
  releases.add(release);
  return release;
}

function listen(how: 'on' | 'off'): void {
  process[how]('exit', releaseAll);
  for (const signal of SIGNALS) process[how](signal, onSignal);
}

function releaseAll(): void {
  for (const release of releases) release();
}

/** A signal that others listen to ends the process when they see fit; for us alone it means what it usually does. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  releaseAll();
  process.kill(process.pid, signal);
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function now(): string {
  return new Date().toISOString();
}
