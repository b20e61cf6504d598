// Files that are whole or absent. Everything that is written to disk goes through here: to a temporary name in
// the same folder, flushed, then renamed, so that a kill at any moment leaves either the old file or the new one.

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ZodError, ZodType } from 'zod';
import { BadInput, CorruptFile, messageOf } from '../errors.ts';
import { type ProcessIdentity, processOf, tagOf, thisProcess } from './processes.ts';

/**
 * A temporary name beside a file that no other writing uses, in this process or another one. It says whose it is, so
 * that `sweepPartials` can tell what a killed process left.
 */
export function partialName(path: string, owner: ProcessIdentity = thisProcess()): string {
  return `${path}.${owner.pid}-${tagOf(owner)}-${randomBytes(4).toString('hex')}.partial`;
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
 * @throws BadInput if the folder cannot be written to, or the disk is full
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
    const advice = 'nothing that was there before is lost';
    throw new BadInput(path, `cannot be written (${messageOf(cause)}); ${advice}`, { cause });
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

/** Writes a value as JSON: keys in the order they have, two spaces, a line break at the end. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Reads a JSON file and checks it.
 *
 * @param advice what to do when the file is not what it should be: `delete it and run the study again`
 * @throws BadInput if there is no such file; CorruptFile if it is not JSON or does not fit the schema
 */
export async function readJson<T>(path: string, schema: ZodType<T>, advice: string): Promise<T> {
  return checkValue(path, await readJsonValue(path, advice), schema, advice);
}

/**
 * Reads a JSON file as it is.
 *
 * @throws BadInput if there is no such file; CorruptFile if it is not JSON
 */
export async function readJsonValue(path: string, advice: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CorruptFile(path, `is not JSON (${messageOf(cause)}); ${advice}`, { cause });
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
    throw new CorruptFile(path, `${describeIssue(checked.error)}; ${advice}`, { cause: checked.error });
  return checked.data;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new BadInput(path, `cannot be read (${messageOf(cause)})`, { cause });
  }
}

function describeIssue(error: ZodError): string {
  const [issue] = error.issues;
  const where = issue?.path.map(String).join('.') || 'the file as a whole';
  return `${where}: ${issue?.message ?? 'is not valid'}`;
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
