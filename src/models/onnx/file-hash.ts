// What a checkpoint is known by: a hash of its files.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { rememberHash } from './remembered-hash.ts';

/** Hex SHA-256 over names, sizes and bytes of these files. */
export function hashFiles(paths: readonly string[]): Promise<string> {
  return rememberHash(paths, () => computeHash(paths));
}

async function computeHash(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    hash.update(`${basename(path)}\0${(await stat(path)).size}\0`);
    const bytes: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1 << 20 });
    for await (const chunk of bytes) hash.update(chunk);
  }
  return hash.digest('hex');
}
