// What every page of a report has in common. A page needs no script and no network; its figures stand in it.

import { html, type Markup, trusted } from './html.ts';
import { STYLE } from './style.ts';

// Nothing is loaded and nothing runs, even if some text found a way through the escaping.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** A section that the page's contents name. */
export interface PageSection {
  /** Of the element that `body` brings. A section with nothing to say has no body and is left out. */
  readonly id: string;
  readonly title: string;
  readonly body: Markup | null;
}

export interface Page {
  /** Of the browser's window. */
  readonly title: string;
  readonly heading: string;
  /** Below the heading: whose numbers these are. */
  readonly statement: Markup | null;
  readonly sections: readonly PageSection[];
  /** Of interbrain. */
  readonly version: string;
}

/** The page as HTML. */
export function pageText({ title, heading, statement, sections, version }: Page): string {
  const shown = sections.filter(({ body }) => body !== null);
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
<p class="kind">Neural synchrony between language models</p>
<h1>${heading}</h1>
${statement}
${contents(shown)}
</header>
<main>
${shown.map(({ body }) => body)}
</main>
<footer>Made by interbrain ${version}.</footer>
</body>
</html>
`;
  return document.text;
}

function contents(sections: readonly PageSection[]): Markup {
  const items = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  return html`<nav aria-label="Contents"><ul>${items}</ul></nav>`;
}
