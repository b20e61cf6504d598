// Where a figure lies as a file.

import { html, type Markup } from './html.ts';

/** @param root the way from the page to the report's folder: `../` from a page in a folder of its own */
export function figureLinks(stem: string, root: string = ''): Markup {
  const path = `${root}figures/${encodeURI(stem)}`;
  return html`<a href="${path}.svg">SVG</a>, <a href="${path}.png">PNG</a>`;
}
