// The docs site as `npm run docs` makes it, with a small study: every link leads somewhere, and no page asks for anything else
// or complains.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closePage, figureTextSizes, launchBrowser, openPage, seriousFindings, VIEWS } from './browser.ts';

const ROOT = resolve(import.meta.dirname, '..');

let folder: string;
let site: string;
let browser: Browser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docs-site-'));
  site = join(folder, 'site');
  const args = ['scripts/docs-site/build.mjs', '--out', site, '--interactions', '12'];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const pagesOf = async () =>
  (await readdir(site, { recursive: true })).filter((name) => name.endsWith('.html')).sort();

/** Addresses that elements name, as they are written; those of script and data left out. */
function linksOf(text: string): string[] {
  const elements = text.replaceAll(/<script[\s\S]*?<\/script>/g, '');
  return [...elements.matchAll(/ (?:href|src)="([^"]*)"/g)].map((match) =>
    (match[1] ?? '').replaceAll('&amp;', '&'),
  );
}

it('has every document, every example, the library’s names, and a report', async () => {
  const pages = new Set(await pagesOf());
  for (const name of await readdir(join(ROOT, 'docs')))
    if (name.endsWith('.md')) expect(pages, name).toContain(name.replace(/md$/, 'html'));
  for (const name of [
    'index.html',
    'start.html',
    'api/index.html',
    'report/index.html',
    'report/explore.html',
  ])
    expect(pages).toContain(name);
  expect(pages).toContain('api/functions/measureSynchrony.html');
  const recipes = await readFile(join(site, 'recipes.html'), 'utf8');
  for (const name of await readdir(join(ROOT, 'examples'))) expect(recipes, name).toContain(`>${name}</h3>`);
  const front = await readFile(join(site, 'index.html'), 'utf8');
  expect(front).toMatch(/<svg [^>]*class="map"/);
  expect(front).toContain('toys');
});

it('has no link that leads nowhere', async () => {
  const pages = await pagesOf();
  const texts = new Map<string, string>();
  const read = async (path: string) => {
    const known = texts.get(path) ?? (await readFile(join(site, path), 'utf8'));
    texts.set(path, known);
    return known;
  };
  // As browsers look for it: as it is written, then decoded.
  const hasPlace = async (path: string, anchor: string) => {
    const text = await read(path);
    return [anchor, decodeURIComponent(anchor)].some((id) => text.includes(`id="${id}"`));
  };
  const files = new Set(await readdir(site, { recursive: true }));
  const wrong: string[] = [];
  let checked = 0;
  for (const page of pages)
    for (const link of new Set(linksOf(await read(page)))) {
      if (/^(https?:|data:|mailto:)/.test(link)) continue;
      checked++;
      const [path = '', anchor = ''] = link.split('#');
      const target =
        path === '' ? page : relative(site, resolve(site, dirname(page), decodeURIComponent(path)));
      // Behind the explorer’s # stands the screen.
      const isScreen = anchor.startsWith('/');
      if (!files.has(target)) wrong.push(`${page}: ${link}`);
      else if (anchor !== '' && !isScreen && !(await hasPlace(target, anchor)))
        wrong.push(`${page}: ${link}, no such place`);
    }
  expect(wrong).toEqual([]);
  expect(checked).toBeGreaterThan(500);
});

it('asks for nothing else and complains of nothing, on any page', async () => {
  const pages = (await pagesOf()).filter((path) => !/^api\/.+\//.test(path));
  const api = (await pagesOf()).filter((path) => /^api\/.+\//.test(path)).slice(0, 10);
  for (const path of [...pages, ...api]) {
    const url = pathToFileURL(join(site, path)).href;
    const opened = await openPage(browser, url);
    expect([path, opened.complaints, [...new Set(opened.requests)]]).toEqual([path, [], [url]]);
    await closePage(opened);
  }
});

it.each(
  VIEWS,
)('at %i px, %s: never scrolls sideways, figures can be read, axe finds nothing serious', async (width, colorScheme) => {
  for (const path of [
    'index.html',
    'start.html',
    'method.html',
    'recipes.html',
    'results.html',
    'api/index.html',
  ]) {
    const opened = await openPage(browser, pathToFileURL(join(site, path)).href, {
      viewport: { width, height: 900 },
      colorScheme,
    });
    expect(await opened.page.evaluate('document.documentElement.scrollWidth'), path).toBe(width);
    for (const size of await figureTextSizes(opened.page)) expect(size, path).toBeGreaterThanOrEqual(9);
    expect(await seriousFindings(opened.page), path).toEqual([]);
    await closePage(opened);
  }
});
