// A page of the docs site: the explorer's style and a little more, no script, nothing fetched.

import { createHash } from 'node:crypto';
import { VIEW_STYLE } from '../../dist/view/style.js';

const SITE_STYLE = `
.doc { max-width: 84ch; } .doc > h2:first-child { padding-top: 14px; } .doc h2, .doc h3 { scroll-margin-top: 12px; }
.doc :is(p, ul, ol) { max-width: 78ch; } .doc li { margin: 4px 0; overflow-wrap: anywhere; } .doc img { max-width: 100%; height: auto; background: #fff; border-radius: 6px; }
.doc td { min-width: 7ch; overflow-wrap: anywhere; } .doc .scroll { max-width: 100%; } .doc blockquote { margin: 16px 0; padding: 2px 16px; background: var(--note); border-left: 6px solid var(--note-line); border-radius: 6px; }
.doc pre { max-height: 70vh; overflow: auto; } .doc h1 { font-size: 1.5rem; padding-top: 10px; }
.names { max-width: none; } .names ul, .columns-of-names { columns: 4 22ch; max-width: none !important; }
.contents { margin: 14px 0 4px; } .contents ul { columns: 2 30ch; padding-left: 18px; }
.picture { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px 22px; margin: 18px 0 8px; } .picture figure { margin: 0; } .picture svg { width: 100%; height: auto; } .picture figcaption { font-size: .95rem; color: var(--ink); margin-top: 6px; }
.picture .a { fill: var(--a); } .picture .b { fill: var(--b); } .picture .aw { fill: var(--a-wash); stroke: var(--a); } .picture .bw { fill: var(--b-wash); stroke: var(--b); } .picture .ink { fill: var(--ink); } .picture .soft { fill: var(--soft); } .picture .stroke { stroke: var(--soft); fill: none; } .picture .as { stroke: var(--a); fill: none; } .picture .bs { stroke: var(--b); fill: none; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr)); gap: 12px; list-style: none; padding: 0; max-width: none; } .cards li { border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px; } .cards a { font-weight: 600; } .cards p { margin: 4px 0 0; font-size: .93rem; }
.own-map { max-width: 440px; } .own-map svg.map { width: 100%; }
@media (max-width: 760px) { .picture { grid-template-columns: minmax(0, 400px); gap: 22px; } }
`;

const STYLE = `${VIEW_STYLE}${SITE_STYLE}`;
const HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
const POLICY = `default-src 'none'; style-src ${HASH}; img-src data:; base-uri 'none'; form-action 'none'`;

export function escaped(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** What stands above every page, from the site's root. */
const PLACES = [
  ['index.html', 'What it is'],
  ['start.html', 'First steps'],
  ['recipes.html', 'Recipes'],
  ['method.html', 'Method'],
  ['report/index.html', 'An example report'],
  ['api/index.html', 'API'],
  ['all.html', 'All pages'],
];

/**
 * @param path of the page in the site
 * @param places paths that the site has: others are not linked
 * @param body HTML
 */
export function sitePage({ path, title, body, version, places }) {
  const root = '../'.repeat(path.split('/').length - 1);
  const links = PLACES.filter(([to]) => places.has(to)).map(
    ([to, name]) => `<li><a href="${root}${to}"${to === path ? ' aria-current="page"' : ''}>${name}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escaped(title)}: interbrain</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="kind">Neural synchrony between language models</p>
<h1>${escaped(title)}</h1>
<nav aria-label="Pages"><ul>${links.join('')}</ul></nav>
</header>
<main>
${body}
</main>
<footer>interbrain ${escaped(version)}, Apache-2.0. This page has no script and fetches nothing.</footer>
</body>
</html>
`;
}
