// What comments and documents point at is there: sections of docs/method.md, files, and headings in them.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const TEXT = /\.(ts|mjs|js|py|md|ya?ml|json|html|css|txt)$/;

/** Text files that git tracks, or would. Golden values and models cite nothing. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => TEXT.test(file) && !/^(fixtures|models\/toy|package-lock)/.test(file))
  .filter((file) => existsSync(join(ROOT, file)))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));

const documents = files.filter(({ file }) => file.endsWith('.md'));

interface Heading {
  readonly line: string;
  readonly anchor: string;
}

/** Headings of a Markdown text with the anchors that GitHub gives them. */
function headings(text: string): Heading[] {
  const seen = new Map<string, number>();
  return [...text.replace(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, line = '']) => {
    const base = line
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{Nd}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(base) ?? 0;
    seen.set(base, before + 1);
    return { line, anchor: before === 0 ? base : `${base}-${before}` };
  });
}

/** Sections of a numbered document: `5. Ridge and R²` is 5. */
function sections(text: string): number[] {
  return headings(text)
    .flatMap(({ line }) => /^(\d+)\. /.exec(line)?.[1] ?? [])
    .map(Number);
}

const method = readFileSync(join(ROOT, 'docs/method.md'), 'utf8');

/** `docs/method.md §3, §6`: 3 and 6. */
function citations(text: string): number[] {
  // A comment may break the line between the name and its section.
  const joined = text.replace(/\n\s*(\/\/|\*|#)?\s*/g, ' ');
  return [...joined.matchAll(/method\.md((?:,? (?:and )?§\d+)+)/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/§(\d+)/g)].map(([, number]) => Number(number)),
  );
}

it('numbers the sections of the method in order', () => {
  const numbers = sections(method);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(headings(method).filter(({ line }) => !/^\d+\. /.test(line))).toHaveLength(1);
});

it('cites sections of the method that exist', () => {
  const known = new Set(sections(method));
  const cited = files.map(({ file, text }) => ({ file, numbers: citations(text) }));
  const wrong = cited.flatMap(({ file, numbers }) =>
    numbers.filter((number) => !known.has(number)).map((number) => `${file} cites §${number}`),
  );
  expect(wrong).toEqual([]);
  expect(cited.flatMap(({ numbers }) => numbers).length).toBeGreaterThan(50);
});

it('cites no document that is not here', () => {
  const name = ['METH', 'OD'].join('');
  const wrong = files.filter(({ text }) => new RegExp(`\\b${name}\\b`).test(text));
  expect(wrong.map(({ file }) => file)).toEqual([]);
  const cited = files.flatMap(({ file, text }) =>
    [...text.matchAll(/(?<![\w/])docs\/[\w-]+\.md\b/g)]
      .filter(([path]) => !existsSync(join(ROOT, path)))
      .map(([path]) => `${file} names ${path}`),
  );
  expect(cited).toEqual([]);
});

it('links to files and headings that exist', () => {
  const links = documents.flatMap(({ file, text }) =>
    [...text.replace(/^```.*?^```/gms, '').matchAll(/\]\(([^)\s]+)\)|<img[^>]* src="([^"]+)"/g)].map(
      (match) => ({
        file,
        link: match[1] ?? match[2] ?? '',
      }),
    ),
  );
  const wrong = links
    .filter(({ link }) => !/^[a-z]+:/.test(link))
    .filter(({ file, link }) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? join(ROOT, file) : resolve(ROOT, dirname(file), path);
      if (!existsSync(target)) return true;
      if (anchor === undefined) return false;
      return !headings(readFileSync(target, 'utf8')).some((heading) => heading.anchor === anchor);
    });
  expect(wrong).toEqual([]);
  expect(links.length).toBeGreaterThan(8);
});
