// Whether the run's folder can be written to, before hours are spent on what goes there.

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { error } from '../study-file/problem.ts';
import type { OpenCheck } from './check.ts';

/** The path itself, or the deepest folder above it that is there. */
async function deepest(path: string): Promise<string> {
  let there = resolve(path);
  for (;;) {
    const found = await stat(there).catch((cause: NodeJS.ErrnoException) => cause.code);
    if (typeof found !== 'string' || !['ENOENT', 'ENOTDIR'].includes(found) || there === dirname(there))
      return there;
    there = dirname(there);
  }
}

export const outputFolder: OpenCheck = {
  name: 'the run’s folder',
  looksAt: ['name'],
  purposes: ['estimate', 'run', 'queue'],
  async find({ run }) {
    const there = await deepest(run);
    const found = await stat(there).catch(() => undefined);
    const advice = 'name another folder with --out';
    if (!found?.isDirectory()) {
      const what = found ? 'is a file' : 'cannot be reached';
      return [error(['name'], `the run is kept in ${run}, but ${there} ${what}; ${advice}`)];
    }
    const writable = await access(there, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    if (writable) return [];
    return [error(['name'], `the run is kept in ${run}, but ${there} cannot be written to; ${advice}`)];
  },
};
