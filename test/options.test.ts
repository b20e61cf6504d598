// docs/options.md lists every key of the study file and every option of the commands as they are.
// `vitest run test/options.test.ts -u` writes its tables anew.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { commandSection, studyKeys, studyKeyTables, subcommands } from './option-tables.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DOCUMENT = join(ROOT, 'docs/options.md');

function help(...command: string[]): string {
  return execFileSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...command, '--help'], {
    encoding: 'utf8',
  });
}

function commandSections(): string {
  const names = subcommands(help()).flatMap((name) => {
    const below = subcommands(help(name));
    return below.length > 0 ? below.map((one) => [name, one]) : [[name]];
  });
  return names.map((name) => commandSection(name.join(' '), help(...name))).join('\n\n');
}

/** The document with another text between `<!-- name -->` and `<!-- end -->`. */
function withPart(text: string, name: string, part: string): string {
  const marked = new RegExp(`(<!-- ${name}[^>]*-->\\n)[^]*?(<!-- end -->)`);
  expect(text).toMatch(marked);
  return text.replace(marked, (_, begin: string, end: string) => `${begin}\n${part}\n\n${end}`);
}

it('lists keys and options with their defaults', async () => {
  const text = await readFile(DOCUMENT, 'utf8');
  const keys = withPart(text, 'keys', studyKeyTables());
  await expect(withPart(keys, 'commands', commandSections())).toMatchFileSnapshot(DOCUMENT);
});

it('says of every key what it is', () => {
  expect(studyKeys().filter(({ meaning }) => meaning === '')).toEqual([]);
  expect(studyKeys().length).toBeGreaterThan(60);
});
