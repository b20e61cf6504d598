import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from './lock.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'locks/file.lock');
});
afterEach(() => rm(folder, { recursive: true }));

it('lets one task in at a time and the others wait, and leaves nothing behind', async () => {
  let inside = 0;
  let waits = 0;
  const onWait = async () => {
    waits++;
  };
  const task = async () => {
    expect(++inside).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    inside--;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(path, { onWait }, task)));
  expect(waits).toBeGreaterThan(3);
  expect(await readdir(dirname(path))).toEqual([]);
});

it('is let go when a task fails', async () => {
  const failure = withLock(path, {}, () => Promise.reject(new Error('failed')));
  await expect(failure).rejects.toThrow('failed');
  expect(await withLock(path, {}, async () => 'next')).toBe('next');
});

it('is left to a living owner, until the one who waits is told to stop', async () => {
  await mkdir(dirname(path));
  const owner = JSON.stringify({ pid: 1, host: 'another machine', key: 'x' });
  await writeFile(path, owner);
  const beat = setInterval(() => utimes(path, new Date(), new Date()), 50);
  const controller = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 700);
  const waiting = withLock(path, { signal: controller.signal }, async () => expect.fail('it has an owner'));
  await expect(waiting).rejects.toBe(reason);
  clearInterval(beat);
  expect(await readdir(dirname(path))).toEqual(['file.lock']);
});

it('is taken from an owner that has died, and given back by its new owner alone', async () => {
  await mkdir(dirname(path));
  await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), key: 'dead' }));
  await withLock(path, {}, async () => {
    // Taken over by another meanwhile, as after a long sleep of this machine.
    await writeFile(path, 'another');
  });
  expect(await readdir(dirname(path))).toEqual(['file.lock']);
});
