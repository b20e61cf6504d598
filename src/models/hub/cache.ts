// The cache that all Hugging Face tools share:
//
//   models--org--name/blobs/<etag>                 a file's bytes, once, under their checksum
//   models--org--name/snapshots/<commit>/<file>    links into blobs/: the repository at one commit
//   models--org--name/refs/<branch or tag>         the commit that it was when it was asked for
//   models--org--name/.no_exist/<commit>/<file>    empty: the repository has no such file at that commit

import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { BadInput, codeOf } from '../../errors.ts';
import type { HubName } from './name.ts';

export const REQUIRED_FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json'] as const;
export const OPTIONAL_FILES = [
  'generation_config.json',
  'chat_template.jinja',
  'special_tokens_map.json',
  'added_tokens.json',
] as const;
export const SINGLE_WEIGHTS = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';

const COMMIT = /^[0-9a-f]{40}$/;

export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

/** One repository's place in the cache. */
export class CachedRepository {
  readonly folder: string;
  readonly blobs: string;
  /** Where locks lie: beside Python's own. */
  readonly locks: string;

  /** All that is wanted of the repository, if that is a GGUF file. */
  readonly #file: string | undefined;
  readonly #weights: boolean;

  constructor(cache: string, { id, file, parts }: HubName) {
    this.#file = file;
    this.#weights = parts !== 'tokenizer';
    const name = `models--${id.replace('/', '--')}`;
    this.folder = join(cache, name);
    this.blobs = join(this.folder, 'blobs');
    this.locks = join(cache, '.locks', name);
  }

  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  /** What is opened as a checkpoint: the snapshot's folder, or the GGUF file in it. */
  checkpoint(commit: string): string {
    return join(this.snapshot(commit), this.#file ?? '');
  }

  /** The commit that a revision stands for, if the cache knows it. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(this.#ref(revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  /** Commits of which something lies in the cache, in their order. */
  async commits(): Promise<string[]> {
    const names = await readdir(join(this.folder, 'snapshots')).catch(() => []);
    return names.filter(isCommit).sort();
  }

  /** Remembers what a branch or tag stood for. Python reads the file as it is, so there is no line break in it. */
  async remember(revision: string, commit: string): Promise<void> {
    if (!isCommit(revision)) await replaceFile(this.#ref(revision), commit);
  }

  /** Notes that the repository has no such file at this commit, so that nobody need ask again. */
  async rememberAbsent(commit: string, file: string): Promise<void> {
    const path = this.#absent(commit, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
  }

  /**
   * `complete`: every file is there or known not to exist. `usable`: what a model needs is there, but whether
   * the repository has more (a chat template, say) is not known. Undefined: something is missing.
   */
  async stateOf(commit: string): Promise<'complete' | 'usable' | undefined> {
    const folder = this.snapshot(commit);
    if (this.#file !== undefined) return (await isFile(join(folder, this.#file))) ? 'complete' : undefined;
    const needed = await Promise.all(REQUIRED_FILES.map((name) => isFile(join(folder, name))));
    if (needed.includes(false) || (this.#weights && !(await hasWeights(folder)))) return undefined;
    const known = await Promise.all(
      OPTIONAL_FILES.map(
        async (name) => (await isFile(join(folder, name))) || (await isFile(this.#absent(commit, name))),
      ),
    );
    return known.includes(false) ? 'usable' : 'complete';
  }

  /** Makes a blob appear in a snapshot under its own name. */
  async link(commit: string, file: string, etag: string): Promise<void> {
    const blob = join(this.blobs, etag);
    const pointer = join(this.snapshot(commit), file);
    await mkdir(dirname(pointer), { recursive: true });
    const temporary = join(dirname(pointer), `.${basename(pointer)}.${randomUUID()}`);
    // Windows lets only some users make symbolic links. There a hard link does as well, and where even that is
    // refused, the file itself lies in the snapshot, as Python has it then.
    await symlink(relative(dirname(pointer), blob), temporary)
      .catch(() => link(blob, temporary))
      .catch(() => rename(blob, temporary));
    await rename(temporary, pointer);
  }

  #ref(revision: string): string {
    return join(this.folder, 'refs', ...revision.split('/'));
  }

  #absent(commit: string, file: string): string {
    return join(this.folder, '.no_exist', commit, file);
  }
}

/** Follows links: a link whose blob has been deleted is no file. */
export async function isFile(path: string): Promise<boolean> {
  return (await sizeOf(path)) !== undefined;
}

/** Size of a file in bytes, following links; undefined if there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

const weightsIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The shards that an index names; undefined if it is not such an index, or leads out of its folder. */
export function shardsOf(index: string): string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(index);
  } catch {
    return undefined;
  }
  const parsed = weightsIndex.safeParse(value);
  if (!parsed.success) return undefined;
  const shards = [...new Set(Object.values(parsed.data.weight_map))].sort();
  const inside = shards.every((name) => /^[A-Za-z0-9_][\w.-]*\.safetensors$/.test(name));
  return shards.length > 0 && inside ? shards : undefined;
}

async function hasWeights(folder: string): Promise<boolean> {
  if (await isFile(join(folder, SINGLE_WEIGHTS))) return true;
  const index = await readFile(join(folder, WEIGHTS_INDEX), 'utf8').catch(() => '');
  const shards = shardsOf(index);
  if (!shards) return false;
  const there = await Promise.all(shards.map((name) => isFile(join(folder, name))));
  return !there.includes(false);
}

/** Whole or absent, like every file that is written. */
async function replaceFile(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What the system says about the cache's disk, as an error that says what to do; anything else as it is. */
export function cacheError(folder: string, cause: unknown): unknown {
  const code = codeOf(cause);
  const elsewhere = 'or set HF_HOME to a folder on another disk; what is downloaded so far is kept';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new BadInput(folder, `the disk is full; free some space, ${elsewhere}`, { cause });
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM' || code === 'ENOTDIR')
    return new BadInput(folder, `cannot be written to (${code}); change its rights, ${elsewhere}`, { cause });
  return cause;
}
