// A folder imports only from folders above it (docs/architecture.md).

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');
const ORDER = [
  'errors',
  'files',
  'numerics',
  'http',
  'scenarios',
  'prompts',
  'models',
  'episodes',
  'recordings',
  'pairs',
  'conditions',
  'synchrony',
  'controls',
  'probes',
  'evaluation',
  'statistics',
  'interventions',
  'studies',
  'queue',
  'figures',
  'view',
  'report',
  'export',
  'comparison',
  'serve',
  'cli',
];

function folderOf(file: string): string {
  return relative(SRC, file)
    .split('/')[0]!
    .replace(/\.tsx?$/, '');
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) =>
    resolve(dirname(file), match[1]!),
  );
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && name !== 'index.ts')
  .map((name) => join(SRC, name));

it('knows every folder', () => {
  expect([...new Set(files.map(folderOf))].filter((folder) => !ORDER.includes(folder))).toEqual([]);
});

it('imports only downstream of what it imports', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => ORDER.indexOf(folderOf(target)) > ORDER.indexOf(folderOf(file)))
      .map((target) => `${relative(SRC, file)} imports ${relative(SRC, target)}`),
  );
  expect(wrong).toEqual([]);
  expect(files.flatMap(importsOf).length).toBeGreaterThan(50);
});
