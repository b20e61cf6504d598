import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileFailure } from '../errors.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { attemptFolders, beat, openAttempt, readTenants, revoke, revokeAll, stagedIn } from './staging.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'staging-'));
});
afterEach(() => rm(run, { recursive: true }));

const tenant = (job: string) => ({
  ...{ worker: 'here:1', job, stage: 'measure', what: 'a+b A->B', tasks: 2 },
  ...{ since: '2026-01-02T03:04:05.000Z', beat: 0 },
});

it('what is written in an attempt lies in its folder until it is whole', async () => {
  const folder = await openAttempt(run, 'one', tenant('measure-1'));
  const path = join(run, 'deep/result.json');
  const big = 'x'.repeat(5e6);
  const writing = stagedIn(folder, () => writeFileAtomic(path, big));
  for (let seen = false; !seen; ) {
    seen = (await readdir(folder)).some((name) => /^result\.json\..*\.partial$/.test(name));
    await new Promise((next) => setImmediate(next));
  }
  await writing;
  expect(await readFile(path, 'utf8')).toBe(big);
  expect(await readdir(join(run, 'deep'))).toEqual(['result.json']);
  expect(await readdir(folder)).toEqual(['worker.json']);
});

it('who has been forbidden writes nothing more, wherever in its work it wakes up', async () => {
  const path = join(run, 'result.json');
  await writeFileAtomic(path, 'of another');
  const [first, second] = [
    await openAttempt(run, 'one', tenant('measure-1')),
    await openAttempt(run, 'two', tenant('measure-1')),
  ];
  await stagedIn(first, async () => {
    await revoke(first);
    await expect(writeFileAtomic(path, 'too late')).rejects.toThrow(FileFailure);
    await expect(writeFileAtomic(join(run, 'new.json'), 'too late')).rejects.toThrow(FileFailure);
  });
  await expect(beat(first, tenant('measure-1'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(existsSync(first)).toBe(false);
  await stagedIn(second, () => writeFileAtomic(path, 'in time'));
  expect(await readFile(path, 'utf8')).toBe('in time');
  expect(existsSync(join(run, 'new.json'))).toBe(false);
});

it('a file that is being written when its attempt is forbidden never arrives', async () => {
  const path = join(run, 'result.json');
  for (let i = 0; i < 20; i++) {
    const folder = await openAttempt(run, String(i), tenant('measure-1'));
    const writing = stagedIn(folder, () => writeFileAtomic(path, `${i}`.repeat(1e5))).then(
      () => 'written',
      () => 'refused',
    );
    await Promise.all(Array.from({ length: i }, () => new Promise((next) => setImmediate(next))));
    await revoke(folder);
    const then = existsSync(path) ? await readFile(path, 'utf8') : undefined;
    const how = await writing;
    // Whoever was quick enough has written before the folder went.
    const now = existsSync(path) ? await readFile(path, 'utf8') : undefined;
    expect(now).toBe(then);
    if (how === 'written') expect(now).toBe(`${i}`.repeat(1e5));
  }
});

it('says who makes what, in the order of the jobs, and keeps two jobs apart whose names begin alike', async () => {
  await openAttempt(run, 'one', tenant('measure-10'));
  await openAttempt(run, 'two', tenant('measure-1'));
  await openAttempt(run, 'three', tenant('measure-2'));
  const all = await readTenants(run);
  expect(all.map((one) => one.tenant.job)).toEqual(['measure-1', 'measure-2', 'measure-10']);
  for (const { silent } of all) expect(silent).toBeLessThan(60);
  expect(await attemptFolders(run, 'measure-1')).toEqual([join(run, 'queue/measure-1.two')]);
  await revokeAll(run);
  expect(await readTenants(run)).toEqual([]);
  expect(await readdir(run)).toEqual([]);
});
