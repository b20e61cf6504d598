// The report in a real browser: nothing is fetched, nothing runs, nothing runs out of the page or is cut off.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReport } from '../src/report/report.ts';
import { FAMILIES, FAMILY_PAIRS, sampleCorrelation, sampleReport } from './sample-report.ts';

const CHROMIUM = '/usr/bin/chromium';
const ATTACK = '<img src=x onerror="document.title=\'attacked\'"><script>document.title="attacked"</script>';
const LONG_WORD = 'a'.repeat(400);

let browser: Browser;
let folder: string;

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`${CHROMIUM} is missing; install it: apt-get install -y chromium`);
  }
  folder = await mkdtemp(join(tmpdir(), 'interbrain-report-'));
  const models = ['Meta-Llama-3-8B-Instruct', 'Llama-3.2-3B-Instruct'] as const;
  const source = sampleReport({
    layers: [32, 28],
    models,
    utterances: [ATTACK, LONG_WORD, 'Bye. Leave'],
    judged: true,
    settings: { report: { transcripts: 1 } },
    makers: { correlation: () => sampleCorrelation(FAMILY_PAIRS, FAMILIES) },
  });
  for (const [path, content] of await buildReport(source)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
});

afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function open(
  width: number,
  file = 'index.html',
): Promise<{ page: Page; requests: string[]; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(join(folder, file)).href);
  return { page, requests, complaints };
}

describe.each([1280, 390])('the report at %i px', (width) => {
  it('fetches nothing, complains of nothing and runs nothing from a transcript', async () => {
    const { page, requests, complaints } = await open(width);
    expect(requests).toEqual([pathToFileURL(join(folder, 'index.html')).href]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe('first-look: neural synchrony');
    expect(await page.locator('script, img').count()).toBe(0);
    expect(await page.getByText(ATTACK).count()).toBe(1);
    await page.close();
  });

  it('never scrolls sideways as a whole, and long words stay in their bubble', async () => {
    const { page } = await open(width);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const box = await page.getByText(LONG_WORD).boundingBox();
    expect(box?.x).toBeGreaterThan(0);
    expect((box?.x ?? 0) + (box?.width ?? Number.POSITIVE_INFINITY)).toBeLessThan(width);
    await page.close();
  });

  it('draws every figure with its text inside', async () => {
    const { page } = await open(width);
    await page.evaluate(`for (const d of document.querySelectorAll('details')) d.open = true`);
    const overhang = (await page.evaluate(`[...document.querySelectorAll('figure svg')].map((svg) => {
      const frame = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
      return Math.max(...texts.map((t) => Math.max(t.right - frame.right, frame.left - t.left, t.bottom - frame.bottom)));
    })`)) as number[];
    expect(overhang).toHaveLength(8);
    for (const pixels of overhang) expect(pixels).toBeLessThanOrEqual(0);
    await page.close();
  });
});

it.each([
  1280, 390,
])('the page of a pair at %i px fetches nothing, scrolls down alone, and has scores in place', async (width) => {
  const { page, requests, complaints } = await open(
    width,
    'pairs/Meta-Llama-3-8B-Instruct+Llama-3.2-3B-Instruct.html',
  );
  expect([requests.length, complaints]).toEqual([1, []]);
  expect(await page.locator('script, img').count()).toBe(0);
  await page.evaluate(`for (const d of document.querySelectorAll('details')) d.open = true`);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  const article = page.locator('article.talk').first();
  const [turns, scores] = [
    await article.locator('.turns').boundingBox(),
    await article.locator('aside').boundingBox(),
  ];
  if (width > 1000) expect(scores!.x).toBeGreaterThanOrEqual(turns!.x + turns!.width);
  else expect(scores!.y).toBeGreaterThanOrEqual(turns!.y + turns!.height);
  expect(scores!.x + scores!.width).toBeLessThanOrEqual(width);
  await page.close();
});

it('puts the two maps of a seat order side by side on a wide screen and below each other on a phone', async () => {
  for (const [width, together] of [
    [1280, true],
    [390, false],
  ] as const) {
    const { page } = await open(width);
    const maps = page.locator('.figures').first().locator('figure');
    const [first, second] = [await maps.nth(0).boundingBox(), await maps.nth(1).boundingBox()];
    expect(first?.y === second?.y, `${width} px`).toBe(together);
    await page.close();
  }
});
