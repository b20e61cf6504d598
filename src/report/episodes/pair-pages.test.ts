// The pages of pairs and the section on performance, on made-up results.

import { beforeAll, expect, it } from 'vitest';
import { sampleReport } from '../../../test/sample-report.ts';
import type { Episode } from '../../episodes/types.ts';
import type { ReportFiles } from '../page/types.ts';
import { buildReport } from '../report.ts';
import { gatherPairPages } from './gather-pair-pages.ts';

const PAGE = 'pairs/small-llama+small-mistral.html';
let files: ReportFiles;
const text = (path: string) => String(files.get(path));

beforeAll(async () => {
  files = await buildReport(sampleReport({ judged: true }));
});

it('links only what is there, from every page', () => {
  for (const path of ['index.html', PAGE]) {
    const page = text(path);
    const folder = path.includes('/') ? 'https://x/pairs/' : 'https://x/';
    const targets = [...page.matchAll(/ href="([^"]*)"/g)]
      .map(([, target]) => target!)
      .filter((t) => t !== 'data:,');
    expect(targets.length).toBeGreaterThan(10);
    for (const target of targets) {
      const { pathname, hash } = new URL(target, `${folder}${path.split('/').at(-1)}`);
      const file = decodeURI(pathname.slice(1));
      expect([...files.keys()], `${target} in ${path}`).toContain(file);
      if (hash) expect(text(file), `${target} in ${path}`).toContain(` id="${hash.slice(1)}"`);
    }
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

it('leads from the pairs table and the list of points to the page of a pair', () => {
  expect(text('index.html')).toContain(
    '<a href="pairs/small-llama+small-mistral.html">small-llama × small-mistral</a>',
  );
});

it('leads from the maps to the layer pairs, the episodes, the turns and their scores', () => {
  const page = text(PAGE);
  expect(page.match(/aria-label="Heatmap/g)).toHaveLength(4);
  expect(page).toContain('small-llama (A) → small-mistral (B): the best target of each source layer');
  expect(page).toMatch(/<th scope="row">1 → \d<\/th><td class="number">−?\d\.\d{3}<\/td>/);
  const first = page.slice(page.indexOf('<h2>Episodes'));
  const id = /<a href="#(episode-[^"]+)">market-lamp\/ana-ben<\/a>/.exec(first)?.[1];
  const article = page.slice(page.indexOf(`<article class="talk" id="${id}"`)).split('</article>')[0]!;
  expect(article).toContain('Agreed, 32 with the bulb.');
  expect(article).toContain('<td>7.5</td>');
  expect(article).toContain('&lt;b&gt;Got&lt;/b&gt; the lamp');
  expect(first).toMatch(
    /<td class="number">4.50<\/td><td class="number">2.75<\/td><td class="number">3.63<\/td>/,
  );
});

it('shows a failed judgement as failed, never as a score', () => {
  const page = text(PAGE);
  expect(page).toContain('failed: no JSON after 3 attempts');
  expect(page).toContain('Not judged: some-judge failed (no JSON after 3 attempts)');
  expect(text('index.html').replaceAll(/\s+/g, ' ')).toContain('3 judgements failed and count nowhere.');
});

it('gives every correlation its n, interval and both p, and warns', () => {
  const page = text('index.html');
  const section = page.slice(page.indexOf('<section id="performance">')).split('</section>')[0]!;
  for (const group of ['mistral', 'llama', 'cross', 'overall'])
    expect(section).toMatch(
      new RegExp(
        `<th scope="row">${group}</th><td class="number">\\d+</td><td class="number">−?\\d\\.\\d\\d</td>\\s*<td class="number">\\[`,
      ),
    );
  expect(section).toContain('(all 720)');
  expect(section).toContain('p by permutation cannot be below 0.167');
  expect(section).toContain('given IFEval');
  expect(section).toContain('the same for all pairs, so without r: secret');
  const table = text('tables/correlation.csv').split('\r\n');
  expect(table).toHaveLength(10);
  expect(text('tables/correlation-pairs.csv').split('\r\n')).toHaveLength(23);
});

it('leaves section and pages out where nothing was judged', async () => {
  const plain = await buildReport(sampleReport());
  expect([...plain.keys()].filter((path) => /pairs\/|correlation|performance/.test(path))).toEqual([]);
  expect(plain.get('index.html')).not.toContain('id="performance"');
});

it('spreads the conversations over a pair’s episodes, in whichever seats', () => {
  const { episode } = sampleReport().transcripts[0]!;
  const of = (models: [string, string], seed: number) => ({ ...episode, models, seed });
  const episodes = [
    of(['a', 'b'], 0),
    of(['a', 'b'], 1),
    of(['b', 'a'], 0),
    of(['b', 'a'], 1),
    of(['a', 'a'], 0),
  ];
  const toTranscript = (one: Episode) => ({ episode: one, scenario: '', goals: ['', ''] as const });
  const [pair, self] = gatherPairPages({
    pairs: [['a', 'b'], ['a', 'a']], // biome-ignore format: short
    episodes,
    judgements: [],
    transcripts: 2,
    toTranscript,
  });
  expect(pair!.episodes).toHaveLength(4);
  // Golden ratio: 0.31 and 0.93 of four.
  expect(pair!.transcripts.map((entry) => [entry.episode.models.join(), entry.episode.seed])).toEqual([
    ['a,b', 1],
    ['b,a', 1],
  ]);
  expect(self!.transcripts).toHaveLength(1);
});
