// Runs in a browser: watched from before they begin until after they have ended, with server and run stopped and started again in
// between; a list of runs; and what is said of runs that are not as they should be.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCondition } from '../src/conditions/condition.ts';
import type { Episode } from '../src/episodes/types.ts';
import { decimals } from '../src/figures/number-text.ts';
import { synchronyPath } from '../src/recordings/layout.ts';
import { readEpisode } from '../src/recordings/recording.ts';
import { lockRun } from '../src/recordings/run-lock.ts';
import { livePath } from '../src/serve/live-file.ts';
import { type Serving, serveRun, serveRuns } from '../src/serve/server.ts';
import type { StudyEvent } from '../src/studies/events.ts';
import { readSynchrony } from '../src/synchrony/synchrony-files.ts';
import { closePage, figureTextSizes, launchBrowser, openPage, seriousFindings, VIEWS } from './browser.ts';
import { ATTACK, play } from './scripted-run.ts';

const MAIN = resolve(import.meta.dirname, '../dist/cli/main.js');
/** What a browser itself says of a connection that is cut. */
const CUT = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/;

let folder: string;
let browser: Browser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interbrain-watch-'));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function serving(run: string, use: (serving: Serving) => Promise<void>) {
  const one = await serveRun(run);
  try {
    await use(one);
  } finally {
    await one.close();
  }
}

async function episodesOf(run: string): Promise<Episode[]> {
  const files = await readdir(join(run, 'episodes'), { recursive: true });
  const paths = files.filter((name) => name.endsWith('.json')).sort();
  return Promise.all(paths.map((path) => readEpisode(join(run, 'episodes', path))));
}

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;
const line = (event: StudyEvent, second = 0) => `${JSON.stringify({ time: at(second), ...event })}\n`;
const begins: StudyEvent = {
  ...{ type: 'run-begins', study: 'test', run: 'runs/test' },
  stages: [
    { stage: 'episodes', unit: 'episodes', total: 16, tasks: 16 },
    { stage: 'measure', unit: 'layer pairs', total: 80, tasks: 4 },
  ],
};
const episodesBegin: StudyEvent = {
  ...{ type: 'stage-begins', stage: 'episodes', unit: 'episodes', total: 16, tasks: 16 },
  ...{ index: 1, of: 2, skipped: 0 },
};
const turn = (n: number, interaction = 'x'): StudyEvent => ({
  ...{ type: 'turn', models: ['a', 'b'], seed: 0, interaction, round: 1 + Math.floor(n / 2) },
  ...{ seat: n % 2 === 0 ? 'A' : 'B', speaker: n % 2 === 0 ? 'Ann' : 'Bo', text: `word ${n} ${ATTACK}` },
});

/** The words of what is on the wall, as they stand there. */
const said = (page: Page) =>
  page
    .locator('.wall .turn p')
    .evaluateAll((all) => all.map((one) => /word \d+/.exec(one.textContent ?? '')?.[0]));

describe('a run that goes on', () => {
  it('is followed from before it begins until its results are there, over a restart of the server', async () => {
    const run = join(folder, 'followed');
    let one = await serveRun(run);
    const port = Number(new URL(one.url).port);
    const opened = await openPage(browser, `${one.url}#/live`);
    const { page, complaints, requests } = opened;
    page.setDefaultTimeout(600_000);
    await page.getByText('Waiting for the run to begin').waitFor();
    expect((await play(run)).outcome).toBe('done');
    await page.getByText('test: done').waitFor();
    const episodes = await episodesOf(run);
    const turns = episodes.reduce((sum, episode) => sum + episode.turns.length, 0);
    const counters = `${turns} utterances, ${episodes.length} conversations ended`;
    await page.getByText(counters).waitFor();
    expect(await page.locator('.wall article').count()).toBe(Math.min(12, episodes.length));
    expect(complaints).toEqual([]);
    await one.close();
    await page.getByRole('alert').waitFor();
    one = await serveRun(run, { port });
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.getByText(counters).waitFor();
    expect(complaints.filter((text) => !CUT.test(text))).toEqual([]);
    await page.getByRole('link', { name: 'To the results' }).click();
    await page.getByText('predicts its partner’s next state').waitFor();
    expect(await page.locator('img, main script').count()).toBe(0);
    expect(await page.title()).toBe('interbrain');
    expect(requests.every((url) => url.startsWith(one.url))).toBe(true);
    await closePage(opened);
    await one.close();
  });

  it('finds as many conversations as the files have the words in', async () => {
    const run = join(folder, 'followed');
    const episodes = await episodesOf(run);
    await serving(run, async (one) => {
      const opened = await openPage(browser, `${one.url}#/episodes`);
      for (const words of ['i say', 'I say 7', 'say 12 ', 'onerror', 'said by nobody']) {
        const found = episodes.filter(({ turns }) =>
          turns.some(({ text }) => text.toLowerCase().includes(words.trim().toLowerCase())),
        );
        await opened.page.getByRole('searchbox').fill(words);
        await opened.page.getByText(`${found.length} of ${episodes.length} conversations`).waitFor();
      }
      await closePage(opened);
    });
  });

  it('says the same served as in its file', async () => {
    const run = join(folder, 'followed');
    const file = pathToFileURL(join(run, 'report/explore.html')).href;
    await serving(run, async (one) => {
      const [served, saved] = [await openPage(browser, one.url), await openPage(browser, file)];
      for (const route of ['#/', '#/map/a+b/interactive/A-to-B?s=2&t=3', '#/episodes?q=say', '#/compare']) {
        await served.page.goto(one.url + route);
        await saved.page.goto(file + route);
        await served.page.locator('main h2').first().waitFor();
        await saved.page.locator('main h2').first().waitFor();
        const textOf = ({ page }: typeof saved) => page.locator('main').innerText();
        // Either is drawn in several steps.
        await expect
          .poll(async () => (await textOf(served)) === (await textOf(saved)), { timeout: 10_000 })
          .toBe(true);
        expect(await textOf(served), route).toBe(await textOf(saved));
      }
      await closePage(served);
      await closePage(saved);
    });
  });

  it('compares what the run’s own files hold, cell by cell', async () => {
    const run = join(folder, 'followed');
    const read = async (direction: 'A->B', pair: readonly [string, string]) =>
      (await readSynchrony(synchronyPath(run, pair, parseCondition('interactive'), direction))).result;
    const [x, y] = [await read('A->B', ['a', 'b']), await read('A->B', ['b', 'a'])];
    // Seat orders have unlike layers here: a map is compared with itself in the other direction.
    const back = (await readSynchrony(synchronyPath(run, ['b', 'a'], parseCondition('interactive'), 'B->A')))
      .result;
    expect([x.sourceLayers, x.targetLayers, y.sourceLayers]).toEqual([5, 4, 4]);
    await serving(run, async (one) => {
      const opened = await openPage(browser, one.url);
      for (let place = 0; place < 20; place++) {
        const [source, target] = [Math.floor(place / 4), place % 4];
        const query = new URLSearchParams({
          ...{ x: 'a+b/interactive/A-to-B', y: 'b+a/interactive/B-to-A' },
          ...{ s: String(source + 1), t: String(target + 1) },
        });
        await opened.page.goto(`${one.url}#/compare?${query}`);
        const expected = (x.meanR2[place] ?? 0) - (back.meanR2[place] ?? 0);
        await opened.page.getByText(`Layer ${source + 1} → ${target + 1}:`).waitFor();
        const shown = await opened.page.locator('main p strong').innerText();
        expect(Number(shown.replace('−', '-'))).toBeCloseTo(expected, 2);
        expect(shown.length).toBeLessThanOrEqual(decimals(-0.123).length);
      }
      await closePage(opened);
    });
  });

  it('shows each utterance once and in order, half lines when they are whole, over restarts of server and run', async () => {
    const run = join(folder, 'lines');
    await mkdir(run, { recursive: true });
    const release = await lockRun(run);
    const path = livePath(run);
    await writeFile(path, line(begins) + line(episodesBegin) + line(turn(0)) + line(turn(1)));
    let one = await serveRun(run);
    const port = Number(new URL(one.url).port);
    const opened = await openPage(browser, `${one.url}#/live`);
    const { page } = opened;
    await expect.poll(() => said(page), { timeout: 60_000 }).toEqual(['word 0', 'word 1']);
    const third = line(turn(2));
    await appendFile(path, third.slice(0, 40));
    await appendFile(join(run, 'other'), 'x');
    expect(await said(page)).toEqual(['word 0', 'word 1']);
    await appendFile(path, third.slice(40));
    await expect.poll(() => said(page), { timeout: 60_000 }).toEqual(['word 0', 'word 1', 'word 2']);
    await one.close();
    await appendFile(path, line(turn(3)));
    one = await serveRun(run, { port });
    await expect
      .poll(() => said(page), { timeout: 60_000 })
      .toEqual(['word 0', 'word 1', 'word 2', 'word 3']);
    await page.getByText('Since it was begun: 4 utterances').waitFor();
    // The run is begun anew.
    await writeFile(path, line(begins, 30) + line(episodesBegin, 30) + line(turn(8), 31));
    await expect.poll(() => said(page), { timeout: 60_000 }).toEqual(['word 8']);
    // It is killed: nobody holds its folder, and nothing is heard of its end.
    release();
    await page.getByRole('heading', { name: 'test: stopped' }).waitFor();
    expect(opened.complaints.filter((text) => !CUT.test(text))).toEqual([]);
    await closePage(opened);
    await one.close();
  });

  it('shows which worker does what', async () => {
    const run = join(folder, 'workers');
    await mkdir(run, { recursive: true });
    const release = await lockRun(run);
    const worker = (
      name: string,
      does: 'joined' | 'took' | 'lost' | 'left',
      more: object = {},
    ): StudyEvent => ({
      ...{ type: 'worker', worker: name, does },
      ...more,
    });
    const job = { stage: 'episodes', what: `a+b ${ATTACK}, 3 more` };
    const events = [
      worker('host1:11', 'joined'),
      worker('host2:22', 'joined', { message: 'takes only stages measure' }),
      worker('host3:33', 'joined'),
      worker('host1:11', 'took', job),
      worker('host3:33', 'took', job),
      worker('host3:33', 'lost', { ...job, message: 'not heard of for 60 s' }),
      worker('host1:11', 'took', job),
    ];
    await writeFile(
      livePath(run),
      line(begins) + line(episodesBegin) + events.map((one) => line(one)).join(''),
    );
    await serving(run, async (one) => {
      const opened = await openPage(browser, `${one.url}#/live`);
      await opened.page.getByText('Workers: 2 of 3 there').waitFor();
      const rows = await opened.page.locator('.workers tbody tr').allInnerTexts();
      expect(rows[0]).toMatch(/^host1:11\tepisodes: a\+b <img.*, 3 more\t.*\t2$/s);
      expect(rows[1]).toContain('waiting; takes only stages measure');
      expect(rows[2]).toContain('not heard of for 60 s');
      expect(await opened.page.locator('img').count()).toBe(0);
      await appendFile(livePath(run), line(worker('host2:22', 'left')));
      await opened.page.getByText('Workers: 1 of 3 there').waitFor();
      await closePage(opened);
    });
    release();
  });

  it('has a first look at synchrony while it goes on, hatched, and in no file', async () => {
    const run = join(folder, 'preview');
    await play(run);
    const release = await lockRun(run);
    const synchrony = () => readdir(join(run, 'synchrony'), { recursive: true });
    const before = await synchrony();
    const progress = (done: number): StudyEvent => ({
      ...{ type: 'progress', stage: 'episodes', unit: 'episodes', total: 16, skipped: 0 },
      done,
    });
    await writeFile(livePath(run), line(begins) + line(episodesBegin) + line(progress(2)));
    await serving(run, async (one) => {
      const opened = await openPage(browser, `${one.url}#/live`);
      const { page } = opened;
      // Its process has a low priority: where others are at work it takes a while.
      page.setDefaultTimeout(500_000);
      await page.getByRole('heading', { name: 'Preliminary synchrony' }).waitFor();
      expect(await page.locator('.preliminary .hatch').count()).toBe(4);
      const samples = (await page.locator('.preliminary figcaption').allInnerTexts()).map(
        (text) => /preliminary, n = (\d+) from 8 conversations$/.exec(text)?.[1],
      );
      expect(samples.every((n) => Number(n) > 8)).toBe(true);
      await appendFile(livePath(run), line(progress(8)));
      await page.getByRole('columnheader', { name: 'look 2' }).waitFor();
      for (const [width, colorScheme] of VIEWS) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        for (const size of await figureTextSizes(page)) expect(size).toBeGreaterThanOrEqual(9);
        expect(await seriousFindings(page), `${width} ${colorScheme}`).toEqual([]);
      }
      // Once it has ended there are results, and nothing preliminary.
      await appendFile(
        livePath(run),
        line({ type: 'run-ends', outcome: 'done', exitCode: 0, seconds: 1, failed: [] }, 40),
      );
      await page.getByText('test: done').waitFor();
      expect(await page.locator('.preliminary').count()).toBe(0);
      expect(opened.complaints).toEqual([]);
      await closePage(opened);
    });
    expect(await synchrony()).toEqual(before);
    expect(await readFile(livePath(run), 'utf8')).not.toContain('preview');
    release();
  });
});

describe('a run that is not as it should be', () => {
  it('keeps no record of events: it is shown, with the prompts before its turns', async () => {
    const run = join(folder, 'followed');
    await rm(livePath(run));
    await serving(run, async (one) => {
      const opened = await openPage(browser, `${one.url}#/live`);
      const { page } = opened;
      await page.getByText('keeps no record of events').waitFor();
      await page.goto(`${one.url}#/episodes`);
      await page.locator('.lines a').first().click();
      await page.getByRole('button', { name: 'turn 2' }).click();
      await page.getByText('Not checked.').waitFor();
      expect(await page.locator('.prompt').last().innerText()).toContain('I say');
      await closePage(opened);
    });
  });

  it('is stopped, has failed, is empty, or is of another format: the page says so', async () => {
    const ends = (outcome: 'failed' | 'stopped'): StudyEvent => ({
      ...{ type: 'run-ends', outcome, exitCode: 1, seconds: 1 },
      failed: [{ stage: 'measure', message: 'too few' }],
    });
    const failed: StudyEvent = {
      type: 'task-failed',
      stage: 'measure',
      task: 'synchrony/x',
      message: 'too few',
    };
    const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
      ['stopped', { 'live.ndjson': line(begins) + line(ends('stopped'), 5) }, 'test: stopped'],
      [
        'failed',
        { 'live.ndjson': line(begins) + line(failed) + line(ends('failed'), 5) },
        'synchrony/x: too few',
      ],
      ['empty', {}, 'Waiting for the run to begin'],
      ['older', { 'manifest.json': '{"format":"interbrain-run-0"}' }, 'interbrain-run-0'],
      ['garbled', { 'live.ndjson': 'no event\n{"type":"run-begins"}\n\u0000' }, 'No run is under way'],
    ];
    for (const [name, files, text] of cases) {
      const run = join(folder, name);
      await mkdir(run, { recursive: true });
      for (const [file, content] of Object.entries(files)) await writeFile(join(run, file), content);
      await serving(run, async (one) => {
        const opened = await openPage(browser, `${one.url}#/live`);
        await opened.page.getByText(text).first().waitFor();
        await closePage(opened);
      });
    }
  });
});

describe('a folder of runs', () => {
  const runs = () => join(folder, 'runs');
  beforeAll(async () => {
    await play(join(runs(), 'one'), { name: 'first' });
    await play(join(runs(), 'two'), { name: 'second' });
    await mkdir(join(runs(), 'three'));
    await writeFile(join(runs(), 'three', 'live.ndjson'), line({ ...begins, study: 'third' }));
    await mkdir(join(runs(), 'no run'));
  });

  it('lists them with state, models and SyncR², and leads to each and back', async () => {
    const one = await serveRuns(runs());
    const opened = await openPage(browser, one.url);
    const { page } = opened;
    await page.getByText('3 of 3 runs').waitFor();
    const rows = await page.locator('.runs li').allInnerTexts();
    expect(rows.map((row) => /first|second|three/.exec(row)?.[0]).sort()).toEqual([
      'first',
      'second',
      'three',
    ]);
    expect(rows.find((row) => row.startsWith('first'))).toMatch(/a, b.*done.*SyncR² \d\.\d+/s);
    expect(rows.find((row) => row.startsWith('three'))).toMatch(/stopped.*no report yet/s);
    for (const [width, colorScheme] of VIEWS) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(await seriousFindings(page), `${width} ${colorScheme}`).toEqual([]);
    }
    await page.getByRole('searchbox').fill('second done');
    await page.getByText('1 of 3 runs').waitFor();
    await page.getByRole('link', { name: 'second' }).click();
    await page.getByText('predicts its partner’s next state').waitFor();
    await page.getByRole('link', { name: 'All runs' }).click();
    await page.getByText('3 of 3 runs').waitFor();
    expect(opened.complaints).toEqual([]);
    expect(opened.requests.every((url) => url.startsWith(one.url))).toBe(true);
    await closePage(opened);
    await one.close();
  });

  it('sets a run beside another one, and its address leads there again', async () => {
    const one = await serveRuns(runs());
    const opened = await openPage(browser, `${one.url}r/one/#/compare`);
    const { page } = opened;
    await page.getByLabel('With the run').selectOption('two');
    await page.getByRole('heading', { name: '(second, the other run)' }).waitFor();
    const { hash } = new URL(page.url());
    expect(hash).toContain('two');
    await page.reload();
    await page.getByRole('heading', { name: '(second, the other run)' }).waitFor();
    expect(new URL(page.url()).hash).toBe(hash);
    await closePage(opened);
    await one.close();
  });

  it('gives out nothing but runs', async () => {
    const one = await serveRuns(runs());
    for (const path of ['r/', 'r/none/', 'r/..%2fone/', 'r/no%20run/', 'r/%ff/', 'r/one/manifest.json'])
      expect((await fetch(one.url + path, { redirect: 'manual' })).status, path).toBe(404);
    expect((await fetch(`${one.url}r/one`, { redirect: 'manual' })).headers.get('location')).toBe('/r/one/');
    expect((await fetch(`${one.url}r/one/report/index.html`)).status).toBe(200);
    await one.close();
  });
});

describe('run --serve', () => {
  const study = `name: shown
models: { llama: { embedded: toy-llama-s }, mistral: { embedded: toy-mistral-s } }
pairs: [[llama, mistral]]
scenarios: embedded
simulation: { seeds: [0], rounds: 3, maxNewTokens: 30, interactions: 50 }
synchrony: { samples: all, intervals: false, lambda: 1 }
`;

  /** The command, and the address that it prints. */
  async function start(place: string) {
    const args = [MAIN, 'run', 'study.yaml', '--serve', '--threads', '1'];
    const child = spawn(process.execPath, args, { cwd: place, stdio: ['ignore', 'pipe', 'inherit'] });
    const output = { text: '' };
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (part: string) => {
      output.text += part;
    });
    await expect.poll(() => output.text, { timeout: 120_000 }).toContain('In the browser: ');
    return { child, output, url: /http:\S+/.exec(output.text)?.[0] ?? '', ended: once(child, 'exit') };
  }

  it('Ctrl-C ends both while the run goes on; killed and begun again, it is followed to its end', async () => {
    const place = join(folder, 'shown');
    await mkdir(place);
    await writeFile(join(place, 'study.yaml'), study);
    const stopped = await start(place);
    const live = livePath(join(place, 'runs/shown'));
    await expect.poll(() => readFile(live, 'utf8').catch(() => ''), { timeout: 120_000 }).toContain('"turn"');
    stopped.child.kill('SIGINT');
    expect(await stopped.ended).toEqual([130, null]);
    await expect(fetch(stopped.url)).rejects.toThrow();
    const watching = await serveRun(join(place, 'runs/shown'));
    const opened = await openPage(browser, `${watching.url}#/live`);
    const killed = await start(place);
    await opened.page.getByText('shown: running').waitFor();
    killed.child.kill('SIGKILL');
    await killed.ended;
    await opened.page.getByText('shown: stopped').waitFor();
    const { child, output, url, ended } = await start(place);
    await opened.page.getByText('shown: done').waitFor({ timeout: 300_000 });
    await expect.poll(() => output.text, { timeout: 60_000 }).toContain(`Still at ${url}; Ctrl-C ends it.`);
    expect((await fetch(url)).status).toBe(200);
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    await expect(fetch(url)).rejects.toThrow();
    await closePage(opened);
    await watching.close();
  });
});
