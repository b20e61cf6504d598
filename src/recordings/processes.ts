// Which process of this machine is meant, long after: its id alone is given to others again, so its start belongs to it.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/** A process of this machine, told from all others that have or had the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in words of the system's own that only compare; null where that cannot be known. */
  readonly start: string | null;
}

let own: ProcessIdentity | undefined;

/** This process. */
export function thisProcess(): ProcessIdentity {
  own ??= { pid: process.pid, start: startOf(process.pid) };
  return own;
}

/** The process that has an id now; undefined if none has, or it has ended and is only waited for. */
export function processOf(pid: number): ProcessIdentity | undefined {
  if (!exists(pid)) return undefined;
  if (process.platform !== 'linux') return { pid, start: startOf(pid) };
  const [state] = statOnLinux(pid);
  return state === 'Z' || state === 'X' ? undefined : { pid, start: startOf(pid) };
}

/** Whether it is still there: a process of its id, started when it was. */
export function isRunning({ pid, start }: ProcessIdentity): boolean {
  const found = processOf(pid);
  // Where the system does not say when a process was started, one of that id is taken for it.
  return found !== undefined && (start === null || found.start === null || found.start === start);
}

/** Eight hex digits for one process, the same in all its threads. */
export function tagOf({ pid, start }: ProcessIdentity): string {
  return createHash('sha256').update(`${pid} ${start}`).digest('hex').slice(0, 8);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is another user's process that we may not signal.
    return codeOf(error) === 'EPERM';
  }
}

function startOf(pid: number): string | null {
  if (process.platform === 'linux') return startOnLinux(pid);
  if (process.platform === 'win32') return null;
  try {
    const said = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return said.trim() || null;
  } catch {
    return null;
  }
}

/** Which boot, and clock ticks since it. */
function startOnLinux(pid: number): string | null {
  const ticks = statOnLinux(pid)[19];
  return ticks === undefined ? null : `${readOrNothing('/proc/sys/kernel/random/boot_id').trim()} ${ticks}`;
}

/** The fields of /proc/<pid>/stat from the third on; the second is a name that may hold anything. */
function statOnLinux(pid: number): string[] {
  const text = readOrNothing(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
