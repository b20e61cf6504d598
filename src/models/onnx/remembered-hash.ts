// Large files are hashed once: 14 GB take ten seconds from memory and minutes from a disk. Afterwards the hash is
// known by the files' names, sizes, times and places on the disk, any of which changes when one is written to.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';

/** Bytes below which a hash is sooner computed than looked up safely. */
const LARGE = 256 * 2 ** 20;

/** The hash of these files: an earlier one, if they are large and as they were, or a new one. */
export async function rememberHash(
  paths: readonly string[],
  compute: () => Promise<string>,
  large: number = LARGE,
): Promise<string> {
  const before = await fingerprint(paths);
  if (before.bytes < large) return compute();
  const path = join(cacheFolder(), 'hashes', before.key);
  const known = await readFile(path, 'utf8').catch(() => '');
  if (/^[0-9a-f]{64}$/.test(known)) return known;
  const hash = await compute();
  // A file that was written to meanwhile is hashed again next time.
  if ((await fingerprint(paths)).key === before.key) await remember(path, hash);
  return hash;
}

async function fingerprint(paths: readonly string[]): Promise<{ key: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const path of paths) {
    const real = await realpath(path);
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(real, { bigint: true });
    hash.update(JSON.stringify([path, real, ...[dev, ino, size, mtimeNs, ctimeNs].map(String)]));
    bytes += Number(size);
  }
  return { key: hash.digest('hex'), bytes };
}

/** Without a cache to write to, the hash is computed every time. */
async function remember(path: string, hash: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, hash, { flush: true });
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}
