// The explorer in a real browser: from a file, without scripts, and served while a run goes on.

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageData } from '../src/view/data.ts';
import { episodeKey } from '../src/view/episodes.ts';
import { decodeFloats } from '../src/view/floats.ts';
import { pageFile } from '../src/view/page.tsx';
import { attack, attackedPage, manyEpisodes, samplePage } from './explorer-page.ts';

const CHROMIUM = '/usr/bin/chromium';

let browser: Browser;
let folder: string;
let page: PageData;

/** A document as a file; its address. */
async function written(name: string, data: PageData): Promise<string> {
  const path = join(folder, `${name}.html`);
  await writeFile(path, pageFile(data));
  return pathToFileURL(path).href;
}

interface Opened {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

async function open(url: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Opened> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(60_000);
  const tab = await context.newPage();
  const opened: Opened = { page: tab, requests: [], complaints: [] };
  tab.on('request', (request) => opened.requests.push(request.url()));
  tab.on('console', (message) => opened.complaints.push(message.text()));
  tab.on('pageerror', (error) => opened.complaints.push(error.message));
  await tab.goto(url);
  return opened;
}

const close = ({ page: tab }: Opened) => tab.context().close();

beforeAll(async () => {
  if (!existsSync(CHROMIUM))
    throw new Error(`${CHROMIUM} is missing; install it: apt-get install -y chromium`);
  folder = await mkdtemp(join(tmpdir(), 'interbrain-explorer-'));
  page = await samplePage();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
});

afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const routes = () => {
  const [episode, other] = page.episodes;
  const [map] = page.maps;
  if (!episode || !other || !map) throw new Error('the sample has episodes and maps');
  return {
    overview: '#/',
    map: `#/map/${map.id}?s=2&t=3`,
    episodes: '#/episodes',
    episode: `#/episode/${episodeKey(episode)}`,
    beside: `#/episode/${episodeKey(episode)}?beside=${encodeURIComponent(episodeKey(other))}`,
    compare: '#/compare',
  };
};

describe('from a file', () => {
  it('shows every screen, fetches nothing and complains of nothing', async () => {
    const url = await written('plain', page);
    const opened = await open(url);
    const heads = [];
    for (const route of Object.values(routes())) {
      await opened.page.goto(url + route);
      heads.push(await opened.page.locator('main h2').first().textContent());
    }
    expect(heads).toEqual([
      'Pairs of models',
      'Layer by layer',
      'Conversations',
      expect.any(String),
      expect.any(String),
      'Compare',
    ]);
    expect([...new Set(opened.requests.map((one) => one.split('#')[0]))]).toEqual([url]);
    expect(opened.complaints).toEqual([]);
    await close(opened);
  });

  it('says the same without scripts: the number, the verdict, every pair and map, and where all that was said is', async () => {
    const url = await written('plain', page);
    const [withScript, without] = [await open(url), await open(url, { javaScriptEnabled: false })];
    const main = (opened: Opened) => opened.page.locator('main').innerText();
    expect(await main(without)).toBe(await main(withScript));
    expect(await main(without)).toContain(page.lead.number.replaceAll('\u00a0', ' ').slice(0, 40));
    expect(
      await without.page
        .locator('noscript a')
        .evaluateAll((all) => all.map((one) => one.getAttribute('href'))),
    ).toEqual(['index.html', 'episodes/1.html']);
    await close(withScript);
    await close(without);
  });

  it('takes no text for markup, wherever it stands', async () => {
    const attacked = attackedPage(page);
    const url = await written('attacked', attacked);
    for (const javaScriptEnabled of [true, false]) {
      const opened = await open(url, { javaScriptEnabled });
      const seen = new Set<string>();
      for (const route of Object.values(routes())) {
        await opened.page.goto(url + route);
        const text = (await opened.page.locator('body').textContent()) ?? '';
        for (const place of [
          'study',
          'number',
          'verdict',
          'A name',
          'situation',
          'goal A',
          'goal B',
          'turn 1 A',
          'note',
          'reason',
          'dimension',
          'judge',
          'cite',
          'bibtex',
          'made',
          'source',
        ])
          if (text.includes(attack(place).trim())) seen.add(place);
        expect(await opened.page.locator('img, svg[onload], b > script, main script').count()).toBe(0);
        expect(await opened.page.title()).toBe(`${attacked.study}: explorer`);
      }
      if (javaScriptEnabled) expect(seen.size).toBeGreaterThanOrEqual(14);
      expect([...new Set(opened.requests.map((one) => one.split('#')[0]))]).toEqual([url]);
      expect(opened.complaints).toEqual([]);
      await close(opened);
    }
  });
});

describe('the layer explorer', () => {
  it('keeps the chosen cell in the address: reload shows it again, Back the one before', async () => {
    const url = await written('plain', page);
    const opened = await open(url + routes().map);
    const heading = () => opened.page.locator('.details h3').innerText();
    expect(await heading()).toMatch(/^Layer 2 of .* layer 3 of /);
    const box = await opened.page.locator('svg.map').boundingBox();
    if (!box) throw new Error('no map');
    await opened.page.mouse.click(box.x + box.width * 0.9, box.y + box.height * 0.1);
    const chosen = await heading();
    expect(chosen).toMatch(/^Layer 6 of .* layer 5 of /);
    const first = await opened.page.locator('.lines a').first().innerText();
    await opened.page.reload();
    expect([await heading(), await opened.page.locator('.lines a').first().innerText()]).toEqual([
      chosen,
      first,
    ]);
    await opened.page.goBack();
    expect(await heading()).toMatch(/^Layer 2 of .* layer 3 of /);
    await close(opened);
  });

  it('is reached and used by the keyboard alone, from the cell to the words', async () => {
    const url = await written('plain', page);
    const opened = await open(url + routes().map);
    const { keyboard } = opened.page;
    const isMap = () => opened.page.evaluate(`document.activeElement?.classList.contains('map') ?? false`);
    for (let i = 0; i < 20 && !(await isMap()); i++) await keyboard.press('Tab');
    expect(await isMap()).toBe(true);
    expect(await opened.page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`)).toBe('solid');
    for (const key of ['ArrowRight', 'ArrowUp', 'ArrowUp', 'ArrowLeft', 'ArrowDown'])
      await keyboard.press(key);
    await expect.poll(() => new URL(opened.page.url()).hash).toMatch(/\?s=2&t=4$/);
    await opened.page.locator('.lines a').first().press('Enter');
    await opened.page.locator('.turn').first().waitFor();
    const { hash } = new URL(opened.page.url());
    const shown = page.episodes.find((one) => hash.startsWith(`#/episode/${episodeKey(one)}?`));
    expect(await opened.page.locator('.turn').count()).toBe(shown?.turns?.length);
    const before = opened.page.url();
    await keyboard.press('j');
    await expect.poll(() => opened.page.url()).not.toBe(before);
    await keyboard.press('k');
    await expect.poll(() => opened.page.url()).toBe(before);
    await close(opened);
  });

  it('gives the map away: SVG, PNG, CSV, Python', async () => {
    const url = await written('plain', page);
    const opened = await open(url + routes().map, {
      acceptDownloads: true,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const taken: Record<string, Buffer> = {};
    for (const name of ['SVG', 'PNG', 'CSV']) {
      const [download] = await Promise.all([
        opened.page.waitForEvent('download'),
        opened.page.getByRole('button', { name, exact: true }).click(),
      ]);
      taken[name] = readFileSync(await download.path());
    }
    expect(taken['SVG']?.toString()).toContain('λ = 0.1');
    expect(taken['SVG']?.toString()).not.toContain('cursor');
    expect([...(taken['PNG']?.subarray(1, 4) ?? [])]).toEqual([0x50, 0x4e, 0x47]);
    expect(taken['CSV']?.toString().split('\r\n')).toHaveLength(1 + 6 * 5 + 1);
    await opened.page.getByRole('button', { name: 'Copy as Python' }).click();
    expect(await opened.page.evaluate('navigator.clipboard.readText()')).toContain(
      'print(mean[1, 2], maps["r2"][:, 1, 2])',
    );
    expect(opened.complaints).toEqual([]);
    await close(opened);
  });
});

it('compares: the difference is one map minus the other, cell by cell', async () => {
  const url = await written('plain', page);
  const [x, y] = page.maps.filter(({ direction }) => direction === 'A->B');
  if (!x || !y) throw new Error('two maps');
  const [a, b] = [decodeFloats(x.mean), decodeFloats(y.mean)];
  const opened = await open(url);
  for (let place = 0; place < 20; place++) {
    const [source, target] = [Math.floor(place / x.targetLayers), place % x.targetLayers];
    const query = new URLSearchParams({ x: x.id, y: y.id, s: String(source + 1), t: String(target + 1) });
    await opened.page.goto(`${url}#/compare?${query}`);
    const shown = await opened.page.locator('main p strong').innerText();
    const expected = (a[place] ?? 0) - (b[place] ?? 0);
    expect(Number(shown.replace('−', '-'))).toBeCloseTo(expected, 3);
  }
  await close(opened);
});

/** Milliseconds of one kind of work, the least of some tries. */
async function least(tries: number, work: () => Promise<number>): Promise<number> {
  let found = Number.POSITIVE_INFINITY;
  for (let i = 0; i < tries; i++) found = Math.min(found, await work());
  return found;
}

it('ten thousand conversations and 80 × 80 layers: few elements, and what is searched is found', async () => {
  const deep = await samplePage([80, 80]);
  const many = manyEpisodes(deep, 10_000);
  const [small, large] = [await written('small', page), await written('large', many)];
  const opened = await open(`${large}#/episodes?q=drum`);
  const wanted = many.episodes.filter(({ turns }) => JSON.stringify(turns).includes('drum')).length;
  expect(await opened.page.getByRole('status').first().innerText()).toContain(`${wanted} of 10000 `);
  expect(await opened.page.locator('*').count()).toBeLessThan(500);
  await opened.page.locator('.virtual').evaluate((list) => list.scrollTo(0, 76 * 700));
  await opened.page.getByText('talk-4900 ').first().waitFor();
  expect(await opened.page.locator('*').count()).toBeLessThan(500);
  const [map] = deep.maps;
  await opened.page.goto(`${large}#/map/${map?.id}?s=3&t=3`);
  expect(await opened.page.locator('svg.map path').count()).toBeLessThanOrEqual(67);
  // Processor time of the page's own thread, so that whatever else this machine does counts in neither.
  const session = await opened.page.context().newCDPSession(opened.page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () =>
    (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')
      ?.value ?? 0;
  const cost = async (url: string) => {
    await opened.page.goto(`${url}#/map/${(url === large ? deep : page).maps[0]?.id}?s=3&t=3`);
    await opened.page.locator('svg.map').focus();
    return least(5, async () => {
      const before = await busy();
      await opened.page.keyboard.press('ArrowUp');
      expect(opened.page.url()).toMatch(/s=3&t=4$/);
      await opened.page.keyboard.press('ArrowDown');
      return (await busy()) - before;
    });
  };
  const [few, lots] = [await cost(small), await cost(large)];
  expect(lots / few).toBeLessThan(40);
  expect(lots / 2).toBeLessThan(0.1);
  await close(opened);
});

/** What a page with a search takes of its own thread, seconds: until it stands, and for a key; and of memory, bytes. */
async function costOf(url: string) {
  const opened = await open('about:blank');
  const session = await opened.page.context().newCDPSession(opened.page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () =>
    (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')
      ?.value ?? 0;
  await opened.page.goto(url);
  await opened.page.locator('input[type=search]').focus();
  const load = await busy();
  const press = await least(3, async () => {
    const before = await busy();
    await opened.page.keyboard.press('u');
    await opened.page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
    );
    return (await busy()) - before;
  });
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { readonly usedSize: number };
  await close(opened);
  return { load, press, heap: usedSize };
}

it('ten thousand conversations are painted, searched and kept at a small multiple of what an empty page takes', async () => {
  const large = `${await written('many', manyEpisodes(page, 10_000))}#/episodes`;
  const path = join(folder, 'empty.html');
  await writeFile(path, '<!doctype html><title>empty</title><input type="search">');
  const empty = pathToFileURL(path).href;
  await costOf(empty);
  const [one, other] = [await costOf(empty), await costOf(large)];
  // 10 and 5 times as much where it was measured (docs/benchmarks.md, “The explorer”).
  expect(other.load / one.load).toBeLessThan(60);
  expect(other.press / one.press).toBeLessThan(60);
  expect(other.heap).toBeLessThan(200e6);
});

describe.each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)('at %i px, %s', (width, colorScheme) => {
  it('never scrolls sideways, has no text below 9 px in figures, and axe finds nothing serious', async () => {
    const url = await written('plain', page);
    const opened = await open(url, {
      viewport: { width, height: 900 },
      colorScheme,
      reducedMotion: 'reduce',
    });
    for (const [name, route] of Object.entries(routes())) {
      await opened.page.goto(url + route);
      await opened.page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
      expect(await opened.page.evaluate('document.documentElement.scrollWidth'), name).toBe(width);
      const sizes = (await opened.page.evaluate(`[...document.querySelectorAll('svg text')].map((text) => {
        const svg = text.ownerSVGElement, size = Number(text.closest('[font-size]').getAttribute('font-size'));
        return size * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      })`)) as number[];
      for (const size of sizes) expect(size, name).toBeGreaterThanOrEqual(9);
      await opened.page.evaluate(axe.source);
      const found = (await opened.page.evaluate(`axe.run().then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`)) as string[];
      expect(found, name).toEqual([]);
    }
    await close(opened);
  });
});

it('prints with everything open, and closes it again', async () => {
  const url = await written('plain', page);
  const opened = await open(url + routes().episode);
  const closed = () => opened.page.locator('details:not([open])').count();
  const before = await closed();
  expect(before).toBeGreaterThan(0);
  await opened.page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
  expect(await closed()).toBe(0);
  await opened.page.evaluate(`dispatchEvent(new Event('afterprint'))`);
  expect(await closed()).toBe(before);
  await opened.page.emulateMedia({ media: 'print' });
  expect(await opened.page.locator('nav').isVisible()).toBe(false);
  await close(opened);
});
