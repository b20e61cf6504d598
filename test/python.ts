// A Python for the tests of what users read from Python. Interbrain itself needs none.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const CANDIDATES = [
  process.env['INTERBRAIN_PYTHON'],
  // What CONTRIBUTING.md has fixtures made with.
  resolve(import.meta.dirname, '../.cache/python/bin/python'),
  'python3',
];

/**
 * The first Python that has these modules.
 *
 * @returns or why a test that takes one is skipped
 */
export function pythonWith(...modules: string[]): { readonly python?: string; readonly reason: string } {
  const python = CANDIDATES.filter((one) => one !== undefined)
    .filter((one) => one === 'python3' || existsSync(one))
    .find((one) => spawnSync(one, ['-c', `import ${modules.join(', ')}`]).status === 0);
  if (python !== undefined) return { python, reason: '' };
  return { reason: ` (skipped: no Python with ${modules.join(', ')}; INTERBRAIN_PYTHON can name one)` };
}
