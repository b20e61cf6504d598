// A figure in a page, and where it lies as a file.

import { fluidSvg } from '../../figures/render.ts';
import { type HtmlValue, html, type Markup, trusted } from './html.ts';

/** The drawn figures as SVG, by stem of their file names. */
export type DrawnFigures = ReadonlyMap<string, string>;

/** @param root the way from the page to the report's folder: `../` from a page in a folder of its own */
export function figureLinks(stem: string, root: string = ''): Markup {
  const path = `${root}figures/${encodeURI(stem)}`;
  return html`<a href="${path}.svg">SVG</a>, <a href="${path}.png">PNG</a>`;
}

/** A figure without a caption. */
export function fluidFigure(svg: string): Markup {
  return html`<figure>${trusted(fluidSvg(svg))}</figure>`;
}

/**
 * A figure that stands in its page; null if it was not drawn.
 *
 * @param caption what belongs below it, its links among it
 */
export function figureOf(
  figures: DrawnFigures,
  stem: string,
  caption: HtmlValue,
  { wide = false }: { readonly wide?: boolean } = {},
): Markup | null {
  const svg = figures.get(stem);
  if (svg === undefined) return null;
  return html`
<figure${wide && html` class="wide"`}>${trusted(fluidSvg(svg))}
<figcaption>${caption}</figcaption></figure>`;
}
