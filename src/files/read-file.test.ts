import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { BadInput, CorruptFile, FileFailure } from '../errors.ts';
import { fileProblem, systemProblem } from './file-problem.ts';
import { readText } from './read-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'read-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const read = (name: string, mostBytes = 100) => readText(path(name), { advice: 'name a file', mostBytes });

writeFileSync(path('marked'), '\ufefftext');
symlinkSync('/dev/zero', path('endless'));
symlinkSync(path('circle'), path('circle'));
execFileSync('mkfifo', [path('pipe')]);

it('reads a text without its byte order mark', async () => {
  expect(await read('marked')).toBe('text');
});

it.each([
  ['.', 'is a folder'],
  ['endless', 'is a pipe or a device'],
  ['pipe', 'is a pipe or a device'],
  ['nothing', 'no such file'],
  ['circle', 'its links lead in a circle'],
  ['marked/x', 'a part of the path is no folder'],
])('refuses %s, and says what it is', async (name, what) => {
  const error = await read(name).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(BadInput);
  expect(String(error)).toContain(what);
  expect(String(error)).toContain('; name a file');
});

it('refuses what is too long', async () => {
  await expect(read('marked', 3)).rejects.toThrow(CorruptFile);
});

it('tells the machine’s faults from the user’s', () => {
  const failed = (code: string) =>
    Object.assign(new Error(`${code}: words, write`), { code, syscall: 'write', path: 'x' });
  for (const code of ['ENOSPC', 'EACCES', 'EROFS', 'EMFILE', 'EIO'])
    expect(fileProblem('x', 'written', failed(code), 'do')).toBeInstanceOf(FileFailure);
  expect(fileProblem('x', 'written', failed('ENOSPC'), 'do').message).toBe(
    'x: cannot be written: the disk is full; make room (ENOSPC); do',
  );
  expect(systemProblem(failed('ENOSPC'))?.exitCode).toBe(3);
  expect(systemProblem(new TypeError('no'))).toBeUndefined();
});
