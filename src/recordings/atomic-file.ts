// Files that are whole or absent. Everything that is written to disk goes through here: to a temporary name in
// the same folder, flushed, then renamed, so that a kill at any moment leaves either the old file or the new one.

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ZodType } from 'zod';
import { CorruptFile, messageOf } from '../errors.ts';
import { fileProblem } from '../files/file-problem.ts';
import { firstIssue } from '../files/issue-text.ts';
import { readText } from '../files/read-file.ts';
import { type ProcessIdentity, processOf, tagOf, thisProcess } from './processes.ts';
import { stagingFolder } from './staging.ts';

/**
 * A temporary name that no other writing uses, in this process or another one: beside the file, or in the folder of the
 * attempt under way (`stagedIn`). It says whose it is, so that `sweepPartials` can tell what a killed process left.
 */
export function partialName(path: string, owner: ProcessIdentity = thisProcess()): string {
  const staging = stagingFolder();
  const stem = staging === undefined ? path : join(staging, basename(path));
  return `${stem}.${owner.pid}-${tagOf(owner)}-${randomBytes(4).toString('hex')}.partial`;
}

const PARTIAL = /\.(\d+)-([0-9a-f]{8})-[0-9a-f]{8}\.partial$/;

/**
 * Removes the temporary files and folders that processes left which are gone: those with a name of ours whose process no longer
 * runs on this machine. For a folder that no other machine writes into, which is what a run's lock says.
 *
 * @param recursive whether to look into the folders in it as well
 * @returns how many were removed
 */
export async function sweepPartials(folder: string, recursive: boolean = true): Promise<number> {
  const items = await readdir(folder, { recursive, withFileTypes: true }).catch(() => []);
  let removed = 0;
  for (const { name, parentPath } of items) {
    const [, pid, tag] = PARTIAL.exec(name) ?? [];
    if (pid === undefined || tag === undefined || isOwned(Number(pid), tag)) continue;
    await rm(join(parentPath, name), { force: true, recursive: true });
    removed++;
  }
  return removed;
}

function isOwned(pid: number, tag: string): boolean {
  const owner = processOf(pid);
  return owner !== undefined && tagOf(owner) === tag;
}

/**
 * Writes a file so that it is whole or absent, making its folder if need be. Of two that are written at once under one
 * name, in one process or two, one is there in the end, whole.
 *
 * @throws FileFailure if the folder cannot be written to, or the disk is full; BadInput if something else lies there
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const partial = partialName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFlushed(partial, content);
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw fileProblem(path, 'written', cause, 'nothing that was there before is lost');
  }
}

/** Writes a file in its place; it is on the disk when this is over. */
export async function writeFlushed(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Nobody is told to delete what interbrain may not have made. */
export const NOT_OURS =
  'it is not, or no longer, what interbrain writes there; name a run’s folder, or move the file away and run the study again';

/** Writes a value as JSON: keys in the order they have, two spaces, a line break at the end. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Reads a JSON file and checks it.
 *
 * @param advice what to do when the file is not what it should be: `delete it and run the study again`
 * @throws as `readText` if it cannot be read; CorruptFile if it is not JSON or does not fit the schema
 */
export async function readJson<T>(path: string, schema: ZodType<T>, advice: string): Promise<T> {
  return checkValue(path, await readJsonValue(path, advice), schema, advice);
}

/**
 * Reads a JSON file as it is.
 *
 * @throws as `readText` if it cannot be read; CorruptFile if it is not JSON
 */
export async function readJsonValue(path: string, advice: string): Promise<unknown> {
  const text = await readText(path, { advice: NOT_OURS });
  try {
    return JSON.parse(text);
  } catch (cause) {
    const ours = /^\s*\{\s*"format":\s*"interbrain-/.test(text);
    const reason = `is not JSON (${messageOf(cause)})`;
    throw new CorruptFile(path, `${reason}; ${ours ? advice : NOT_OURS}`, { cause });
  }
}

/**
 * What a file holds, if it fits the schema.
 *
 * @throws CorruptFile naming the place that does not
 */
export function checkValue<T>(path: string, value: unknown, schema: ZodType<T>, advice: string): T {
  const checked = schema.safeParse(value);
  if (!checked.success)
    throw new CorruptFile(path, `${firstIssue(checked.error, value, 'the file as a whole')}; ${advice}`, {
      cause: checked.error,
    });
  return checked.data;
}

/** A rename is safe once the folder itself is flushed. Windows knows no such thing and refuses to open a folder. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
