// Files as they are read: regular ones alone, and none longer than it may be. A folder, a pipe or a device in a file's
// place would end in an error that explains nothing, or never.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BadInput, CorruptFile } from '../errors.ts';
import { fileProblem } from './file-problem.ts';

/** Longest text that is read, bytes; JavaScript's own limit is not far above. */
export const LONGEST_TEXT = 500_000_000;

export interface ReadOptions {
  /** What to do if the file is not what it should be: `name the study's file`. */
  readonly advice: string;
  /** Longest file, bytes. */
  readonly mostBytes?: number;
}

/** A file that is open, and how long it was then, bytes. */
export interface OpenFile {
  readonly file: FileHandle;
  readonly size: number;
}

/**
 * Opens a regular file for reading.
 *
 * @throws BadInput if there is none, or it is a folder, a pipe or a device; FileFailure if it cannot be read
 */
export async function openRegular(path: string, advice: string): Promise<OpenFile> {
  let file: FileHandle;
  try {
    // A pipe that nobody writes into would never open otherwise.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw fileProblem(path, 'read', cause, advice);
  }
  const found = await file.stat();
  if (found.isFile()) return { file, size: found.size };
  await file.close();
  const what = found.isDirectory() ? 'is a folder' : 'is a pipe or a device';
  throw new BadInput(path, `cannot be read: ${what}, where a file is needed; ${advice}`);
}

/**
 * The bytes of a regular file.
 *
 * @throws as `openRegular`; CorruptFile if it is longer than `mostBytes`
 */
export async function readBytes(path: string, options: ReadOptions): Promise<Buffer> {
  const { advice, mostBytes = LONGEST_TEXT } = options;
  const { file, size } = await openRegular(path, advice);
  try {
    if (size > mostBytes)
      throw new CorruptFile(path, `has ${size} bytes; at most ${mostBytes} are read; ${advice}`);
    return await readWhole(file, size);
  } catch (cause) {
    throw cause instanceof CorruptFile ? cause : fileProblem(path, 'read', cause, advice);
  } finally {
    await file.close();
  }
}

/** What a file of this size holds, in as few calls as there can be: most files are short, and there are many. */
async function readWhole(file: FileHandle, size: number): Promise<Buffer> {
  // What the system makes up has no size.
  if (size === 0) return file.readFile();
  const bytes = Buffer.allocUnsafeSlow(size);
  return bytes.subarray(0, await readInto(file, bytes, 0));
}

/**
 * Fills memory with what a file holds from a position on.
 *
 * @returns how many bytes there were: fewer than asked for where the file ends
 */
export async function readInto(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  // One pread may return less than it was asked for, above all beyond 2 GB.
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(
      bytes,
      done,
      Math.min(bytes.length - done, 2 ** 30),
      position + done,
    );
    if (bytesRead === 0) return done;
    done += bytesRead;
  }
  return bytes.length;
}

/**
 * The text of a regular file, in UTF-8, without a byte order mark.
 *
 * @throws as `readBytes`
 */
export async function readText(path: string, options: ReadOptions): Promise<string> {
  return withoutMark((await readBytes(path, options)).toString('utf8'));
}

/** A text without the byte order mark that some programs write before it. */
export function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
