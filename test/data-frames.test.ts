// docs/data-frames.md lists every table and column of an export as they are.
// `vitest run test/data-frames.test.ts -u` writes them anew.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { TABLES } from '../src/export/tables.ts';

const DOCUMENT = resolve(import.meta.dirname, '../docs/data-frames.md');

function tableSections(): string {
  return TABLES.map(({ name, row, columns }) =>
    [
      `### ${name}\n\nA row is ${row}.\n`,
      '| column | type | what it is |\n| --- | --- | --- |',
      ...Object.entries(columns).map(
        ([column, [type, meaning]]) => `| \`${column}\` | ${type} | ${meaning.replaceAll('|', '\\|')} |`,
      ),
    ].join('\n'),
  ).join('\n\n');
}

it('lists every column with what it is', async () => {
  const text = await readFile(DOCUMENT, 'utf8');
  const marked = /(<!-- tables -->\n)[\s\S]*?(<!-- end -->)/;
  expect(text).toMatch(marked);
  const whole = text.replace(marked, (_, begin, end) => `${begin}\n${tableSections()}\n\n${end}`);
  await expect(whole).toMatchFileSnapshot(DOCUMENT);
});

it('every column has a name that data frames like, and says what it is', () => {
  for (const { columns } of TABLES)
    for (const [name, [, meaning]] of Object.entries(columns)) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(meaning.length).toBeGreaterThan(3);
      expect(meaning).not.toMatch(/\.$/);
    }
});
