// Where interbrain keeps what it can make again: quantised weights and checksums of large checkpoints. Everything in
// it may be deleted at any time.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { BadInput, codeOf } from '../errors.ts';

/** INTERBRAIN_CACHE, or `interbrain` in XDG_CACHE_HOME or `~/.cache`. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['INTERBRAIN_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'interbrain');
}

const DISK_FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NO_RIGHTS: ReadonlySet<unknown> = new Set(['EACCES', 'EROFS', 'EPERM', 'ENOTDIR']);
const ELSEWHERE = 'or set INTERBRAIN_CACHE to a folder on another disk';

/** What the system says about the cache's disk, as an error that says what to do; anything else as it is. */
export function cacheError(path: string, cause: unknown): unknown {
  const code = codeOf(cause);
  if (DISK_FULL.has(code))
    return new BadInput(path, `the disk is full; free some space, ${ELSEWHERE}`, { cause });
  if (NO_RIGHTS.has(code))
    return new BadInput(path, `cannot be written to (${code}); change its rights, ${ELSEWHERE}`, { cause });
  return cause;
}

/** A disk that cannot take `needed` bytes, found out before hours of work rather than after. */
export function diskTooSmall(path: string, needed: number, free: number): BadInput {
  const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return new BadInput(
    path,
    `the weights that are made take ${gibibytes(needed)}, but the disk has ${gibibytes(free)} free; free some space, ${ELSEWHERE}`,
  );
}
