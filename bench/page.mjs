// What the explorer takes with ten thousand conversations: until it is painted, for a key press, of memory, each beside an
// empty page in the same browser and in turns; and what its parts weigh. A run that is named adds its own report.

import { existsSync, readFileSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { PAGE_FORMAT } from '../dist/view/data.js';
import { encodeFloats } from '../dist/view/floats.js';
import { clientScript, pageFile } from '../dist/view/page.js';
import { VIEW_STYLE } from '../dist/view/style.js';
import { median, printTable } from './print-table.mjs';
import { withTemporaryFolder } from './temporary-folder.mjs';

const CHROMIUM = '/usr/bin/chromium';
const LAYERS = 32;
const PER_PAGE = 100;

/** A made-up document: two directions of one pair in two conditions, contributions of all interactions, conversations. */
function documentOf(count) {
  const models = ['llama', 'mistral'];
  const wave = (length, shift) =>
    Float32Array.from({ length }, (_, i) => 0.3 + 0.3 * Math.sin(i / 17 + shift));
  const map = (condition, direction) => ({
    id: `llama+mistral/${condition}/${direction === 'A->B' ? 'A-to-B' : 'B-to-A'}`,
    ...{ models, condition, direction, source: 'llama (A)', target: 'mistral (B)' },
    ...{ sourceLayers: LAYERS, targetLayers: LAYERS, samples: 6500, groupBy: 'interaction', lambda: 0.1 },
    ...{ made: ['λ = 0.1'], splits: [0, 1, 2].map((seed) => ({ seed, train: 5200, test: 1300 })) },
    syncR2: { value: 0.5, interval: { low: 0.4, high: 0.6, level: 0.95 }, standardError: 0.01 },
    bestTarget: Array.from({ length: LAYERS }, (_, i) => i),
    ...{ mean: encodeFloats(wave(LAYERS ** 2, 0)), bySplit: encodeFloats(wave(3 * LAYERS ** 2, 1)) },
    ...{ intervals: [], level: 0.95, stem: 'x' },
  });
  const maps = ['interactive', 'passive'].flatMap((one) => [map(one, 'A->B'), map(one, 'B->A')]);
  const names = Array.from({ length: 450 }, (_, i) => `talk-${i}`);
  const person = { scenario: 's', characters: ['Ann Lee', 'Bo Moss'], relationship: 'strangers' };
  return {
    ...{ format: PAGE_FORMAT, study: 'bench', version: '0', warning: null },
    ...{ lead: { number: 'A number.', verdict: 'A verdict.' }, models: [], pairs: [models] },
    ...{ reference: 'interactive', conditions: [], synchrony: [], verdicts: [], performance: null, maps },
    ...{ contributions: [], clusters: [], episodesWanted: count, perPage: PER_PAGE },
    encounters: Object.fromEntries(
      names.map((name) => [
        name,
        { ...person, situation: 'A market. '.repeat(20), goals: ['Sell.', 'Buy.'] },
      ]),
    ),
    episodes: Array.from({ length: count }, (_, place) => ({
      ...{ models, seed: Math.floor(place / 900), interaction: names[place % names.length] },
      ...{
        ending: 'rounds',
        rounds: 8,
        judgement: null,
        page: 1 + Math.floor(place / PER_PAGE),
        anchor: 'x',
      },
      turns: Array.from({ length: 16 }, (_, i) => [
        ...[1 + (i >> 1), i % 2 === 0 ? 'A' : 'B'],
        ...[
          `Utterance ${i} of ${place}: ${place % 7 === 0 && i === 5 ? 'the drum is mine' : 'let us share it'}.`,
          [],
        ],
      ]),
    })),
    cite: { text: '', bibtex: '', sha256: '' },
  };
}

const EMPTY = `<!doctype html><html lang="en"><meta charset="utf-8"><title>empty</title><style>${VIEW_STYLE}</style>
<main><h2>Nothing</h2><input type="search" aria-label="Search"></main>`;

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
const zipped = (text) => gzipSync(text).length;

/** A page loaded once: milliseconds until it is painted, of its thread until it is quiet, of a key press, and its memory. */
async function look(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const metric = async (name) =>
    (await session.send('Performance.getMetrics')).metrics.find((one) => one.name === name)?.value ?? 0;
  await page.goto(url);
  await page.locator('input[type=search]').waitFor();
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  );
  const load = 1000 * (await metric('TaskDuration'));
  const input = page.locator('input[type=search]');
  await input.focus();
  const presses = [];
  for (const key of 'drum is') {
    const before = await metric('TaskDuration');
    await page.keyboard.press(key === ' ' ? 'Space' : key);
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    presses.push(1000 * ((await metric('TaskDuration')) - before));
  }
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await context.close();
  return { paint, load, press: median(presses), worst: Math.max(...presses), memory: usedSize };
}

async function measure(folder, { episodes, repeats }) {
  const urls = {};
  for (const [name, text] of [
    ['empty', EMPTY],
    ['large', pageFile(documentOf(episodes))],
  ]) {
    await writeFile(join(folder, `${name}.html`), text);
    urls[name] = `${pathToFileURL(join(folder, `${name}.html`)).href}#/episodes`;
  }
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const found = { empty: [], large: [] };
    await look(browser, urls.empty);
    for (let i = 0; i < repeats; i++)
      for (const name of ['empty', 'large']) found[name].push(await look(browser, urls[name]));
    return found;
  } finally {
    await browser.close();
  }
}

/** Bytes below a folder, and files. */
async function weigh(folder) {
  let [bytes, files] = [0, 0];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += (await stat(join(entry.parentPath, entry.name))).size;
    files++;
  }
  return { bytes, files };
}

async function printWeights(episodes, run) {
  const row = (name, text) => [name, kilobytes(Buffer.byteLength(text)), kilobytes(zipped(text))];
  const rows = [
    ['', 'bytes', 'gzipped'],
    row('script', clientScript()),
    row('style', VIEW_STYLE),
    row('explore.html without conversations', pageFile(documentOf(0))),
    row(`explore.html of ${episodes} conversations`, pageFile(documentOf(episodes))),
  ];
  if (run !== undefined) {
    const report = join(run, 'report');
    for (const name of ['index.html', 'interaction.html', 'explore.html', 'data.json'])
      if (existsSync(join(report, name)))
        rows.push(row(`${run}: ${name}`, readFileSync(join(report, name), 'utf8')));
    const { bytes, files } = await weigh(report);
    rows.push([`${run}: report, ${files} files`, kilobytes(bytes), '']);
  }
  printTable(rows);
}

export async function benchPage({ folder, episodes, repeats, run }) {
  await withTemporaryFolder(folder, async (parent) => {
    const { empty, large } = await measure(parent, { episodes, repeats });
    const of = (list, what) => median(list.map((one) => one[what]));
    const row = (name, what, unit = 'ms', scale = 1) => [
      name,
      `${(of(empty, what) / scale).toFixed(1)} ${unit}`,
      `${(of(large, what) / scale).toFixed(1)} ${unit}`,
      `${(of(large, what) / of(empty, what)).toFixed(1)} ×`,
    ];
    printTable([
      [`${episodes} conversations, median of ${repeats}`, 'an empty page', 'the explorer', 'ratio'],
      row('first paint, by the clock', 'paint'),
      row('page’s thread until the list stands', 'load'),
      row('page’s thread for a key press in the search, median', 'press'),
      row('the longest of seven', 'worst'),
      row('JavaScript heap after collection', 'memory', 'MB', 1e6),
    ]);
    await printWeights(episodes, run);
    console.log(
      `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load average ${loadavg()[0].toFixed(1)} at the end`,
    );
  });
}
