// npm run docs [-- --out FOLDER] [--study FILE] [--interactions N]: the docs site, a folder of static pages: what interbrain is
// in one picture, the documents of this repository, the examples, the library's names, and a real report, made here.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { apiPages } from './api.mjs';
import { frontPage } from './front-page.mjs';
import { contentsOf, render, slugOf } from './markdown.mjs';
import { escaped, sitePage } from './page.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'docs/site') },
    study: { type: 'string', default: join(import.meta.dirname, 'study.yaml') },
    interactions: { type: 'string' },
  },
});
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Documents by their path in the repository, with their page. */
const DOCUMENTS = new Map([
  ['README.md', 'start.html'],
  ['CONTRIBUTING.md', 'contributing.html'],
  ['CHANGELOG.md', 'changelog.html'],
  ['models/README.md', 'embedded-models.html'],
  ['python/README.md', 'python.html'],
]);
for (const name of await readdir(join(ROOT, 'docs')))
  if (name.endsWith('.md')) DOCUMENTS.set(`docs/${name}`, name.replace(/md$/, 'html'));

/** Files that documents link, shown as they are. */
const shownFiles = new Map();
const pages = new Map();
const RECIPES = 'recipes.html';
const FIRST_STEPS = 'First steps';

function pageOfFile(path) {
  if (path.startsWith('examples/')) return `${RECIPES}#${slugOf(path.slice('examples/'.length))}`;
  const page = `files/${path}.html`;
  shownFiles.set(path, page);
  return page;
}

/** The file that a link in another one names, by its path in the repository. */
const pathOfLink = (file, to) => posix.normalize(posix.join(posix.dirname(file), decodeURIComponent(to)));

/** What a document calls itself, for links whose words are its file’s name. */
function nameFrom(file) {
  return (href) => {
    const path = pathOfLink(file, href.split('#')[0] ?? '');
    if (path === 'README.md') return FIRST_STEPS;
    return DOCUMENTS.has(path) ? /^# (.*)$/m.exec(readFileSync(join(ROOT, path), 'utf8'))?.[1] : undefined;
  };
}

/** Where a link in a file of the repository leads on the site, seen from a page. */
function linkFrom(file, page) {
  return (href) => {
    if (/^(https?:|mailto:|#)/.test(href)) return href;
    const [to = '', anchor] = href.split('#');
    const path = pathOfLink(file, to);
    const found = DOCUMENTS.get(path) ?? (isFile(path) ? pageOfFile(path) : undefined);
    if (found === undefined) {
      if (!existsSync(join(ROOT, path))) throw new Error(`${file} links ${href}, which is not there`);
      return undefined;
    }
    const way = posix.relative(posix.dirname(page), found);
    return anchor === undefined ? way : `${way}#${anchor}`;
  };
}

const isFile = (path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile() ?? false;

function imageFrom(file) {
  return (href) => {
    const path = join(ROOT, dirname(file), href);
    return `data:image/${href.split('.').at(-1)};base64,${readFileSync(path).toString('base64')}`;
  };
}

/** A document as a page; what stands below its text may be added. */
function addDocument(
  file,
  page,
  { title: given, text = readFileSync(join(ROOT, file), 'utf8'), below = '' },
) {
  const { body, title, headings } = render(text, {
    ...{ link: linkFrom(file, page), image: imageFrom(file), nameOf: nameFrom(file) },
  });
  const name = given ?? title ?? page;
  pages.set(page, { title: name, body: `<div class="doc">${contentsOf(headings)}\n${body}${below}</div>` });
}

/** What an example says of itself: the comment at its beginning, without what its reader need not see here. */
function aboutExample(name, text) {
  if (name.endsWith('.ipynb')) return '';
  const lines = text.split('\n').filter((line, i) => !(i === 0 && line.startsWith('#!')));
  const end = lines.findIndex((line) => !/^(#|\/\/)/.test(line));
  const own = lines.slice(0, end).map((line) => line.replace(/^(#|\/\/) ?/, ''));
  return own.join('\n').split(/\n\s*\n/)[0] ?? '';
}

async function exampleSections() {
  const parts = [];
  for (const name of (await readdir(join(ROOT, 'examples'))).sort()) {
    const text = readFileSync(join(ROOT, 'examples', name), 'utf8');
    const about = aboutExample(name, text);
    const shown = name.endsWith('.ipynb')
      ? JSON.parse(text)
          .cells.map(({ source }) => source.join(''))
          .join('\n\n')
      : text;
    const isStudy = name.endsWith('.yaml') && 'models' in (parse(text) ?? {});
    const command = isStudy ? `<pre tabindex="0"><code>interbrain run examples/${name}</code></pre>` : '';
    parts.push(`<h3 id="${slugOf(name)}">${escaped(name)}</h3>
<p>${escaped(about).replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</p>
${command}<details><summary>The file</summary><pre tabindex="0"><code>${escaped(shown)}</code></pre></details>`);
  }
  return `<h2 id="files">Files of examples</h2>\n${parts.join('\n')}`;
}

/** A real run, made now; its report. */
function makeReport(folder) {
  const study = parse(readFileSync(values.study, 'utf8')).name;
  const short = values.interactions === undefined ? [] : ['--interactions', values.interactions];
  const args = ['run', resolve(values.study), '--out', folder, '--no-live', ...short];
  execFileSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: ROOT,
  });
  return join(folder, study, 'report');
}

async function writeSite(out, report) {
  const places = new Set([...pages.keys(), 'report/index.html']);
  await rm(out, { recursive: true, force: true });
  for (const [path, { title, body }] of pages) {
    await mkdir(dirname(join(out, path)), { recursive: true });
    await writeFile(join(out, path), sitePage({ path, title, body, version, places }));
  }
  await cp(report, join(out, 'report'), { recursive: true });
}

/** Every page by its title. */
function listOfPages() {
  const items = (wanted) =>
    [...pages]
      .filter(([path]) => wanted(path))
      .sort(([, a], [, b]) => (a.title < b.title ? -1 : 1))
      .map(([path, { title }]) => `<li><a href="${path}">${escaped(title)}</a></li>`)
      .join('\n');
  const isGuide = (path) => !path.includes('/');
  return `<div class="doc"><h2>Guides</h2><ul>${items(isGuide)}</ul><h2>API</h2><ul class="columns-of-names">${items((path) => path.startsWith('api/'))}</ul></div>`;
}

const scratch = await mkdtemp(join(tmpdir(), 'interbrain-docs-'));
try {
  for (const [file, page] of DOCUMENTS)
    if (page !== RECIPES) addDocument(file, page, page === 'start.html' ? { title: FIRST_STEPS } : {});
  addDocument('docs/recipes.md', RECIPES, { below: await exampleSections() });
  for (const [path, text] of await apiPages(ROOT, join(scratch, 'api'))) {
    const page = `api/${path.replace(/md$/, 'html')}`;
    const link = (href) => (/^(https?:|#)/.test(href) ? href : href.replace(/\.md(?=#|$)/, '.html'));
    const { body, title } = render(text, { link, image: () => 'data:,' });
    const kind = path === 'index.md' ? 'doc names' : 'doc';
    pages.set(page, { title: title ?? path, body: `<div class="${kind}">${body}</div>` });
  }
  const report = makeReport(join(scratch, 'runs'));
  pages.set('index.html', frontPage(JSON.parse(readFileSync(join(report, 'data.json'), 'utf8'))));
  for (const [path, page] of shownFiles) {
    const text = readFileSync(join(ROOT, path), 'utf8');
    pages.set(page, { title: path, body: `<pre tabindex="0"><code>${escaped(text)}</code></pre>` });
  }
  pages.set('all.html', { title: 'All pages', body: listOfPages() });
  const out = resolve(values.out);
  await writeSite(out, report);
  console.log(`${pages.size} pages and a report: ${relative(process.cwd(), join(out, 'index.html'))}`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
