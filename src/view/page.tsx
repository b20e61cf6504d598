// The explorer as a document: one file that holds its data and its script, or the frame of a served page.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { renderToString } from 'preact-render-to-string';
import { App } from './components/app.tsx';
import { checkPage, type PageData } from './data.ts';
import { VIEW_STYLE } from './style.ts';

/** The bundle of `client/`, made by `npm run build`. */
const SCRIPT = new URL('../../dist/view/client/bundle.js', import.meta.url);

/** The script of the page. Throws if interbrain was not built. */
export function clientScript(): string {
  return readFileSync(SCRIPT, 'utf8');
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

interface Frame {
  readonly title: string;
  readonly policy?: string;
  readonly style: string;
  readonly body: string;
}

function frame({ title, policy, style, body }: Frame): string {
  const meta = policy ? `<meta http-equiv="Content-Security-Policy" content="${policy}">\n` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${meta}<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
${style}
</head>
<body>
${body}
</body>
</html>
`;
}

/** JSON that cannot end the element it stands in. */
function islandOf(data: PageData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

/**
 * One file with everything in it: it works from a disk, fetches nothing, and runs the one script that its policy names.
 * Without scripts it shows the overview, with links to all conversations and maps in the report.
 */
export function pageFile(data: PageData): string {
  const script = clientScript().trim();
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(VIEW_STYLE)}`,
    ...['img-src data:', "base-uri 'none'", "form-action 'none'"],
  ].join('; ');
  const shown = renderToString(<App data={checkPage(data)} route={{ screen: 'overview' }} report />);
  return frame({
    title: `${data.study}: explorer`,
    policy,
    style: `<style>${VIEW_STYLE}</style>`,
    body: `<div id="page">${shown}</div>
<noscript><p class="noscript">This page searches and draws with a script, which does not run here. ${withoutScript(data)}</p></noscript>
<script type="application/json" id="data">${islandOf(data)}</script>
<script>${script}</script>`,
  });
}

function withoutScript({ episodes, perPage }: PageData): string {
  const count = Math.ceil(episodes.length / perPage);
  const pages = Array.from({ length: count }, (_, i) => `<a href="episodes/${i + 1}.html">${i + 1}</a>`);
  const all = count === 0 ? '' : ` All conversations in full, ${perPage} a page: ${pages.join(' ')}.`;
  return `The maps are in <a href="index.html">the report</a>.${all}`;
}

/** What a served page is: a run, a run of a list two steps up, or that list. */
export type ServedKind = 'run' | 'listed' | 'list';

/** The frame of a served page: style, script and data are asked of the server. */
export function servedPage(kind: ServedKind): string {
  const instead =
    kind === 'list'
      ? 'each run’s report/index.html needs none'
      : '<a href="report/index.html">the report</a> needs none';
  return frame({
    title: 'interbrain',
    style: '<link rel="stylesheet" href="page.css">',
    body: `<div id="page" data-kind="${kind}"></div>\n<noscript><p class="noscript">This page needs its script; ${instead}.</p></noscript>\n<script src="page.js"></script>`,
  });
}
