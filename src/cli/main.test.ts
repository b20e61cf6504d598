import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

/** What a file imports as it is loaded; types and what is imported later are none of it. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)';/gms)].flatMap(
    ([statement, name = '']) => (/^import \{(\s*type [^,}]+,?)+\s*\}/.test(statement) ? [] : [name]),
  );
}

/** Every file that is loaded with this one, and every package. */
function loadedWith(file: string, files = new Set<string>(), packages = new Set<string>()) {
  files.add(file);
  for (const name of importsOf(file)) {
    if (!name.startsWith('.')) packages.add(name);
    else if (!files.has(join(dirname(file), name))) loadedWith(join(dirname(file), name), files, packages);
  }
  return { files, packages };
}

it('loads nothing but the commands’ names at the start, so that --help is instant', () => {
  const { files, packages } = loadedWith(join(import.meta.dirname, 'main.ts'));
  expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual(['commander']);
  expect([...files].filter((file) => /\/(studies|report|synchrony|evaluation)\//.test(file))).toEqual([]);
  expect(files.size).toBeGreaterThan(12);
});
