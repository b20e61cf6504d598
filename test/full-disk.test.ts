// A disk that becomes full while a study is measured and tested: exit code 3, the reason in words, nothing lost, and the
// same command goes on when there is room.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashTree, interbrain, scratch, writeStudy } from './cli.ts';

const folder = scratch();
const disk = join(folder, 'disk');
mkdirSync(disk);
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]).status === 0;

const measured = { significance: '{ draws: 20 }' };
const run = (file: string) => interbrain(['run', file, '--out', disk], folder);
const filler = join(disk, 'filler');

/** Leaves a few kilobytes free. */
function fill(): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail - 3) * bsize));
}

beforeAll(async () => {
  if (mounted) expect((await run(writeStudy(folder))).code).toBe(0);
});
afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
  rmSync(folder, { recursive: true, force: true });
});

it.skipIf(!mounted)('is told, and loses nothing (needs the right to mount a tmpfs)', async () => {
  const before = hashTree(join(disk, 'small', 'episodes'));
  const file = writeStudy(folder, {
    ...measured,
    synchrony: '{ samples: all, splitSeeds: [0, 2], test: 0.4, lambda: 0.2 }',
  });
  fill();
  const full = await run(file);
  expect(full.stderr).toContain('the disk is full');
  expect(full.stderr).not.toMatch(/bug in interbrain|\n {4}at /);
  expect(full.code).toBe(3);
  truncateSync(filler, 0);
  expect((await run(file)).code).toBe(0);
  expect(hashTree(join(disk, 'small', 'episodes'))).toEqual(before);
  // The tests alone.
  const tested = writeStudy(folder, {
    significance: '{ draws: 21 }',
    synchrony: '{ samples: all, splitSeeds: [0, 2], test: 0.4, lambda: 0.2 }',
  });
  fill();
  const again = await run(tested);
  expect(again.stderr).toContain('the disk is full');
  expect(again.code).toBe(3);
  rmSync(filler);
  expect((await run(tested)).code).toBe(0);
});

it.skipIf(!mounted)('is told by interbrain measure, whose results are whole or absent', async () => {
  const args = ['measure', join(disk, 'small'), '--test', '0.4', '--out', join(disk, 'measured')];
  fill();
  const full = await interbrain(args, folder);
  expect(full.stderr).toContain('the disk is full');
  expect(full.stderr).not.toMatch(/bug in interbrain|\n {4}at /);
  expect(full.code).toBe(3);
  rmSync(filler);
  expect((await interbrain(args, folder)).code).toBe(0);
  const measured = hashTree(join(disk, 'measured'));
  expect(Object.keys(measured).filter((name) => name.endsWith('.json'))).toHaveLength(4);
});
