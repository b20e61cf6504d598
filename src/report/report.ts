// A run's results -> one page that anyone can open, with its figures, tables and further pages beside it.

import { renderPng, renderSvg } from '../figures/render.ts';
import { type PageSection, pageText } from './page/page.ts';
import { toyStatement } from './page/toys.ts';
import type { Figure, ReportFiles, Section } from './section.ts';
import { SECTIONS } from './sections.ts';
import { type Shared, sharedOf } from './shared.ts';
import type { ReportSource } from './source.ts';

/** A figure's PNG from an earlier report, if its SVG was the same there. */
export type EarlierPng = (stem: string, svg: string) => Promise<Uint8Array | undefined>;

/**
 * Makes the page and what belongs to it; writes nothing. The same results give the same bytes. The page needs no
 * other file, no script and no network: its figures stand in it.
 *
 * @param earlier spares drawing pixels again; by default all are drawn
 * @throws CorruptFile naming a damaged result
 */
export async function buildReport(
  source: ReportSource,
  sections: readonly Section[] = SECTIONS,
  earlier: EarlierPng = async () => undefined,
): Promise<ReportFiles> {
  const shared = sharedOf(source);
  const gathered = [];
  for (const section of sections) gathered.push(await section.open(source));
  const figures = await drawFigures(gathered.flatMap((section) => section.figures(shared)));
  const files = new Map<string, string | Uint8Array>();
  const bodies = gathered.map(({ id, title, body }) => ({ id, title, body: body(shared, figures) }));
  files.set('index.html', indexPage(shared, bodies));
  for (const section of gathered)
    for (const [path, content] of [...section.pages(shared, figures), ...section.tables(shared)])
      files.set(path, content);
  for (const [stem, svg] of figures) {
    files.set(`figures/${stem}.svg`, svg);
    files.set(`figures/${stem}.png`, (await earlier(stem, svg)) ?? (await renderPng(svg)));
  }
  return files;
}

/** SVG by stem. */
async function drawFigures(figures: readonly Figure[]): Promise<ReadonlyMap<string, string>> {
  const drawn = new Map<string, string>();
  for (const [stem, spec] of figures)
    drawn.set(stem, await renderSvg(spec, { idPrefix: `figure-${drawn.size}` }));
  return drawn;
}

function indexPage(shared: Shared, sections: readonly PageSection[]): string {
  return pageText({
    title: `${shared.study}: neural synchrony`,
    heading: shared.study,
    statement: toyStatement(shared),
    sections,
    version: shared.versions.interbrain,
  });
}
