import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rememberHash } from './remembered-hash.ts';

const HASH = 'ab'.repeat(32);

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hash-'));
  file = join(folder, 'weights');
  await writeFile(file, '0123456789');
  process.env['INTERBRAIN_CACHE'] = join(folder, 'cache');
});
afterEach(async () => {
  delete process.env['INTERBRAIN_CACHE'];
  await rm(folder, { recursive: true });
});

/** How often the hash was computed. */
async function computed(large: number, during = async () => {}): Promise<number> {
  let count = 0;
  const compute = async () => {
    count++;
    await during();
    return HASH;
  };
  expect(await rememberHash([file], compute, large)).toBe(HASH);
  return count;
}

it('computes the hash of large files once', async () => {
  expect([await computed(5), await computed(5)]).toEqual([1, 0]);
  expect([await computed(50), await computed(50)]).toEqual([1, 1]);
});

it('computes it again when a file was written to, even if size and time are as before', async () => {
  const { atime, mtime } = await stat(file);
  await computed(5);
  await writeFile(file, '9876543210');
  await utimes(file, atime, mtime);
  expect(await computed(5)).toBe(1);
});

it('does not remember what changed while it was read, nor a damaged note', async () => {
  expect(await computed(5, () => writeFile(file, 'abcdefghijk'))).toBe(1);
  expect([await computed(5), await computed(5)]).toEqual([1, 0]);
  const notes = join(folder, 'cache/hashes');
  for (const name of await readdir(notes)) await writeFile(join(notes, name), 'ab');
  expect(await computed(5)).toBe(1);
});

it('works without a cache to write to', async () => {
  await writeFile(join(folder, 'cache'), '');
  expect([await computed(5), await computed(5)]).toEqual([1, 1]);
});
