// What the system says of a file, in one voice: what is wrong with it, whose fault that is, and what to do.

import { BadInput, codeOf, FileFailure, type InterbrainError, messageOf } from '../errors.ts';

/** What was to be done with a file. */
export type FileUse = 'read' | 'written' | 'listed';

/** A path that is wrong. Everything else lies with the machine. */
const WRONG_PATH: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'is a folder, where a file is needed',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
  EEXIST: 'something of that name is there already',
  ERR_INVALID_ARG_VALUE: 'is no valid path',
};

const MACHINE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; make room',
  EDQUOT: 'this user’s share of the disk is used up; make room',
  EROFS: 'the disk can only be read; take another folder',
  EACCES: 'this user has no right to it; change its permissions, or take another place',
  EPERM: 'this user has no right to it; change its permissions, or take another place',
  EMFILE: 'too many files are open; raise the limit (ulimit -n) or do less at once',
  ENFILE: 'too many files are open; end other programs',
  EIO: 'the disk fails; copy what is on it to another one',
  EBUSY: 'another program uses it; end that first',
  EFBIG: 'the file would be too large for this disk; take another one',
};

/**
 * The error for a file that could not be used.
 *
 * @param advice what to do where nothing is known of the reason but its name
 * @returns BadInput for a path that is wrong; FileFailure for a disk, a right or a limit
 */
export function fileProblem(path: string, use: FileUse, cause: unknown, advice: string): InterbrainError {
  const code = String(codeOf(cause));
  const wrong = Object.hasOwn(WRONG_PATH, code) ? WRONG_PATH[code] : undefined;
  if (wrong !== undefined && !(use === 'written' && code === 'ENOENT'))
    return new BadInput(path, `cannot be ${use}: ${wrong}; ${advice}`, { cause });
  const known = Object.hasOwn(MACHINE, code) ? `${MACHINE[code]} (${code})` : reasonOf(cause);
  return new FileFailure(path, `cannot be ${use}: ${known}; ${advice}`, { cause });
}

/** What Node.js says, without the call and the path that it ends in: `ENODEV: no such device`. */
function reasonOf(cause: unknown): string {
  return messageOf(cause).replace(/, \w+(?: '.*)?$/s, '');
}

/** An error of the system that nobody explained, as one that names its file; others are undefined. */
export function systemProblem(error: unknown): InterbrainError | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  const { syscall, code } = error;
  const known = typeof code === 'string' && (Object.hasOwn(WRONG_PATH, code) || Object.hasOwn(MACHINE, code));
  if (!known) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : 'a file';
  const use = ['write', 'mkdir', 'rename', 'fsync', 'ftruncate', 'unlink', 'copyfile'].includes(
    String(syscall),
  )
    ? 'written'
    : 'read';
  return fileProblem(path, use, error, 'then do the same again');
}
