// Every section as a page that one can open, with its figures, tables and further pages beside it: gallery/. After a change
// on purpose, look at what has changed and write it anew: npx vitest run src/report/gallery.test.ts -u

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSection, type SampleSection } from '../../test/open-section.ts';
import { causeSample } from '../../test/sample-cause.ts';
import { familySample, fullSample, sampleReport } from '../../test/sample-report.ts';
import { renderSvg } from '../figures/render.ts';
import { STYLE } from './page/style.ts';
import { SECTIONS } from './sections.ts';
import type { ReportSource } from './source.ts';

const GALLERY = join(import.meta.dirname, 'gallery');

/** One pair of models with everything that a study may ask for. */
const onePair = () => fullSample({ settings: { pairs: [['a', 'b']] } });

/** Sections that show more with other studies. */
const SOURCES: Readonly<Record<string, () => ReportSource>> = {
  cause: causeSample,
  maps: () => sampleReport({ layers: [3, 4] }),
  depth: fullSample,
  interaction: () =>
    fullSample({
      settings: {
        pairs: [['a', 'b']],
        conditions: [
          ...['interactive', 'passive', 'passive-same-format', 'lag-1', 'pseudo-dyad', 'shuffled'],
          'seed-swap',
        ],
      },
    }),
  performance: familySample,
  pairs: () => sampleReport({ layers: [3, 4], judged: true }),
};

const written = new Set<string>();

async function write(path: string, text: string): Promise<void> {
  written.add(path);
  await expect(text).toMatchFileSnapshot(join(GALLERY, path));
}

/** With one element in a line. */
const readable = (svg: string) => `${svg.replaceAll('><', '>\n<')}\n`;

/** With the style beside it; without the script, its data and its hash, which are the explorer's own tests' matter. */
const styled = (page: string, root: string) =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, `<link rel="stylesheet" href="${root}style.css">`)
    .replace(/<script[\s\S]*?<\/script>\n?/g, '')
    .replace(/<meta http-equiv="Content-Security-Policy" content="[^"]*sha256[^"]*">\n/, '');

async function writeSection(id: string, title: string, { html, figures, tables, pages }: SampleSection) {
  if (html !== '')
    await write(
      `section-${id}.html`,
      `<!doctype html>\n<meta charset="utf-8">\n<title>${title}</title>\n<link rel="stylesheet" href="style.css">\n<main>${html}\n</main>\n`,
    );
  for (const [path, page] of pages)
    if (path.endsWith('.html')) await write(path, styled(page, path.includes('/') ? '../' : ''));
  for (const [path, table] of tables) await write(path, table);
  for (const [stem, spec] of figures)
    await write(`figures/${stem}.svg`, readable(await renderSvg(spec, { idPrefix: 'f' })));
}

it('has the style of all pages', () => write('style.css', STYLE));

it.each(
  SECTIONS.map((section) => [section.id, section] as const),
)('draws the section %s', async (id, section) => {
  await writeSection(id, section.title, await openSection(section, (SOURCES[id] ?? onePair)()));
});

it('draws what only a study of several pairs has', async () => {
  const { figures, html } = await openSection(SECTIONS.find(({ id }) => id === 'interaction')!, fullSample());
  expect(html).toContain('figures/syncr2-all-pairs.svg');
  const spec = figures.get('syncr2-all-pairs');
  if (!spec) throw new Error('no figure of all pairs');
  await write('figures/syncr2-all-pairs.svg', readable(await renderSvg(spec, { idPrefix: 'f' })));
});

it('holds nothing that is no longer drawn', () => {
  if (!existsSync(GALLERY)) return;
  const there = readdirSync(GALLERY, { recursive: true, encoding: 'utf8' });
  expect(there.filter((path) => /\.\w+$/.test(path) && !written.has(path))).toEqual([]);
});
