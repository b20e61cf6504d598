// The pages of pairs: from the maps to the layer pairs, the episodes, the turns and their scores.

import { beforeAll, expect, it } from 'vitest';
import { buildPages } from '../../../test/build-pages.ts';
import { openSection } from '../../../test/open-section.ts';
import { htmlTables, plainText, rowNamed } from '../../../test/read-tables.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import { overallScore } from '../../evaluation/dimensions.ts';
import { MEASURE } from '../../studies/stages/measure.ts';
import type { ReportFiles } from '../section.ts';
import {
  chooseSome,
  gatherEpisodes,
  gatherJudgements,
  gatherTranscripts,
  ofPair,
  type Transcript,
} from './gather-transcripts.ts';
import { pairPages } from './pair-pages.ts';
import { transcripts } from './transcripts-section.ts';

const PAGE = 'pairs/small-llama+small-mistral.html';
const three = (value: number) => value.toFixed(3).replace('-', '−');
let files: ReportFiles;
const text = (path: string) => String(files.get(path));

beforeAll(async () => {
  files = await buildPages(sampleReport({ judged: true }));
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
  expect(
    text('index.html').split(
      '<a href="pairs/small-llama+small-mistral.html">small-llama × small-mistral</a>',
    ),
  ).toHaveLength(3);
});

it('sums the pair up', async () => {
  const { pages } = await openSection(pairPages, fullSample());
  const page = pages.get(PAGE) ?? '';
  const own = (await fullSample().results(MEASURE)).current.filter(
    ({ task }) => task.condition === 'passive' && task.order.names[0] !== task.order.names[1],
  );
  const value = own.reduce((sum, { result }) => sum + result.syncR2.value, 0) / 4;
  const error = Math.sqrt(own.reduce((sum, { result }) => sum + result.syncR2.standardError ** 2, 0)) / 4;
  const said = new Map(
    [...page.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, term, words]) => [term, words]),
  );
  expect(said.get('SyncR², passive')).toBe(
    `${three(value)} ± ${three(error)} (published standard error over 3 split seeds)`,
  );
  expect([...said.keys()].slice(0, 7)).toEqual(
    ['interactive', 'passive', 'passive-same-format', 'lag-1', 'lag-3', 'pseudo-dyad', 'shuffled'].map(
      (name) => `SyncR², ${name}`,
    ),
  );
  const correlated = (await pairPages.gather(fullSample())).correlation?.pairs[1];
  expect(said.get('Social performance')).toBe(
    `${correlated?.performance.toFixed(2)} (mean of 360 judged episodes)`,
  );
  expect(said.get('goal')).toBe(correlated?.dimensions['goal']?.toFixed(2));
  expect(plainText(page)).toContain('A pair of the study first-look, in both seat orders: 12 episodes.');
  expect(pages.get('pairs/small-llama+small-llama.html')).toContain(
    '(mean of 359 judged episodes, 3 failed)',
  );
});

it('leads from the maps to the layer pairs', async () => {
  const page = text(PAGE);
  expect(page.match(/aria-label="Heatmap/g)).toHaveLength(4);
  const measured = (await sampleReport().results(MEASURE)).current;
  const own = measured.find(
    ({ task }) => task.order.folder === 'small-mistral+small-llama' && task.direction === 'A->B',
  )?.result;
  if (!own) throw new Error('the sample is measured');
  expect(page).toContain('small-llama (A) → small-mistral (B): the best target of each source layer');
  const table = htmlTables(
    page.slice(page.indexOf('small-mistral (A) → small-llama (B): the best target')),
  )[0];
  if (!table) throw new Error('no table');
  for (const [layer, target] of own.syncR2.bestTarget.entries())
    expect(rowNamed(table, `${layer + 1} → ${target + 1}`)).toMatchObject({
      'R²': three(own.meanR2[layer * 6 + target] ?? 0),
      Interval: '–',
    });
});

it('gives the interval of a layer pair that has one', async () => {
  const source = sampleReport({ layers: [3, 4] });
  const results: typeof source.results = async (stage) => {
    const found = await source.results(stage);
    return JSON.parse(JSON.stringify(found), (key, value) => {
      if (key === 'cells' && Array.isArray(value))
        return value.map((cell, i) => ({
          ...cell,
          source: 0,
          target: i + 2,
          low: 0.26,
          high: 0.36,
        }));
      if (key === 'bestTarget') return (value as number[]).map(() => 2);
      return value;
    });
  };
  const { pages } = await openSection(pairPages, { ...source, results });
  const table = htmlTables(pages.get(PAGE) ?? '')[0];
  expect(table && rowNamed(table, '1 → 3')['Interval']).toBe('[0.260, 0.360]');
  expect(table && rowNamed(table, '2 → 3')['Interval']).toBe('–');
});

it('lists every episode with its scores, and leads to those that are shown', async () => {
  const page = text(PAGE);
  const section = page.slice(page.indexOf('<section id="episodes">')).split('</section>')[0] ?? '';
  const [table] = htmlTables(section);
  if (!table) throw new Error('no table');
  expect(table.rows).toHaveLength(12);
  const judgements = await gatherJudgements(sampleReport({ judged: true }));
  const own = judgements.find(
    ({ models, seed, interaction }) =>
      models[0] === 'small-mistral' && seed === 1 && interaction === 'market-lamp/ana-ben',
  );
  if (own?.status !== 'judged') throw new Error('the sample is judged');
  const [a, b] = own.agents.map(overallScore);
  const row = table.rows.find(
    ([name, models, seed]) =>
      name === 'market-lamp/ana-ben' && models === 'small-mistral, small-llama' && seed === '1',
  );
  const score = (value: number) => value.toFixed(2).replace('-', '−');
  expect(table.head).toEqual(['Interaction', 'A, B', 'Seed', 'Rounds', 'Ended', 'A', 'B', 'Both']);
  expect(row).toEqual([
    'market-lamp/ana-ben',
    'small-mistral, small-llama',
    '1',
    '3',
    'B left',
    score(a ?? 0),
    score(b ?? 0),
    score(((a ?? 0) + (b ?? 0)) / 2),
  ]);
  expect(a).not.toBe(b);
  expect(table.rows.find(([name, , seed]) => name === 'market-lamp/cleo-dan' && seed === '0')?.[4]).toBe(
    'rounds over',
  );
  expect(table.rows.find(([name, , seed]) => name === 'garden-fence/ana-ben' && seed === '0')).toContain(
    'failed: no JSON after 3 attempts',
  );
  const id = /<a href="#(episode-[^"]+)">market-lamp\/cleo-dan<\/a>/.exec(section)?.[1];
  expect(page).toContain(`<article class="talk" id="${id}"`);
  expect(section.match(/<a href="#episode/g)).toHaveLength(2);
});

it('shows scores and reasons beside the turns, and a failed judgement as failed, never as a score', async () => {
  const { html } = await openSection(
    transcripts,
    sampleReport({ judged: true, settings: { report: { transcripts: 12 } } }),
  );
  const articles = html.split('<article').slice(1);
  const judgements = await gatherJudgements(sampleReport({ judged: true }));
  for (const article of articles) {
    const [, model] = /is played by (\S+) \(A\)/.exec(article) ?? [];
    const [, seed, interaction] = /simulation seed (\d) · interaction (\S+)<\/p>/.exec(article) ?? [];
    const own = judgements.find(
      (one) => one.models[0] === model && `${one.seed}` === seed && one.interaction === interaction,
    );
    if (!own) throw new Error(`no judgement of ${model} ${seed} ${interaction}`);
    if (own.status === 'failed') {
      expect(article).toContain('Not judged: some-judge failed (no JSON after 3 attempts).');
      continue;
    }
    const [table] = htmlTables(article);
    const [a, b] = own.agents;
    expect(table?.head).toEqual(['judged by some-judge', 'A', 'B']);
    expect(table?.rows[0]).toEqual([
      'goal',
      `${a.scores['goal']}${a.reasons?.['goal']}`,
      `${b.scores['goal']}${b.reasons?.['goal']}`,
    ]);
    expect(table?.rows[1]).toEqual([
      'social rules',
      `${a.scores['social_rules']}`,
      `${b.scores['social_rules']}`,
    ]);
    expect(article).toContain('&lt;b&gt;Got&lt;/b&gt; it');
  }
  expect(articles.filter((article) => article.includes('Not judged'))).toHaveLength(2);
});

it('has a page of a pair of which nothing is there', async () => {
  const none = sampleReport({ stateOf: () => 'missing' });
  const { pages } = await openSection(pairPages, none);
  const page = plainText(pages.get(PAGE)?.replace(/<style>[\s\S]*<\/style>/, '') ?? '');
  expect(page).toContain('in both seat orders: 0 episodes.');
  expect(page).not.toContain('Layer by layer');
  expect(page).not.toContain('Conversations');
});

/** Episodes by seat order and number. */
async function talks(orders: readonly (readonly [string, string])[], count: number): Promise<Transcript[]> {
  const [first] = await gatherTranscripts(sampleReport());
  if (!first) throw new Error('the sample has episodes');
  return orders.flatMap((models) =>
    Array.from({ length: count }, (_, seed) => ({ ...first, episode: { ...first.episode, models, seed } })),
  );
}

it('spreads the conversations over a pair’s episodes, in whichever seats', async () => {
  const all = [
    ...(await talks(
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      2,
    )),
    ...(await talks([['a', 'a']], 1)),
  ];
  const pair = ofPair(all, ['a', 'b']);
  expect(pair).toHaveLength(4);
  // Golden ratio: 0.31 and 0.93 of four.
  expect(chooseSome(pair, 2).map(({ episode }) => [episode.models.join(), episode.seed])).toEqual([
    ['a,b', 1],
    ['b,a', 1],
  ]);
  expect(chooseSome(ofPair(all, ['a', 'a']), 2)).toHaveLength(1);
});

it('spreads those of the first page over all seat orders', async () => {
  const orders = [['a', 'b'], ['b', 'a'], ['c', 'c']] as const; // biome-ignore format: short
  const all = await talks(orders, 8);
  // Golden ratio of 24: 0.31, 0.93, 0.55, 0.16 and 0.78.
  expect(chooseSome(all, 5).map(({ episode }) => [episode.models.join(), episode.seed])).toEqual([
    ['a,b', 3],
    ['a,b', 7],
    ['b,a', 5],
    ['c,c', 2],
    ['c,c', 6],
  ]);
  expect(chooseSome(all, 0)).toEqual([]);
  expect(chooseSome([], 5)).toEqual([]);
  expect(chooseSome(all, 30)).toHaveLength(24);
});

it('gathers episodes and judgements in the study’s order, whichever were made first', async () => {
  const source = sampleReport({ judged: true });
  const turned: typeof source.results = async (stage) => {
    const results = await source.results(stage);
    return { ...results, current: results.current.toReversed() };
  };
  const all = await gatherTranscripts({ ...source, results: turned });
  expect((await gatherEpisodes(source)).wanted).toBe(12);
  const names = all.map(
    ({ episode: { models, seed, interaction } }) => `${models[0]} ${seed} ${interaction}`,
  );
  expect(names.slice(0, 4)).toEqual([
    'small-llama 0 market-lamp/ana-ben',
    'small-llama 0 garden-fence/ana-ben',
    'small-llama 0 market-lamp/cleo-dan',
    'small-llama 1 market-lamp/ana-ben',
  ]);
  expect(names[6]).toBe('small-mistral 0 market-lamp/ana-ben');
  for (const { episode, judgement } of all)
    expect([judgement?.models, judgement?.seed, judgement?.interaction]).toEqual([
      episode.models,
      episode.seed,
      episode.interaction,
    ]);
  const judgements = await gatherJudgements({ ...source, results: turned });
  expect(judgements).toEqual(all.map(({ judgement }) => judgement));
});

it('says of a model with itself that there is one seat order', async () => {
  const { pages } = await openSection(pairPages, fullSample());
  const own = plainText(pages.get('pairs/small-llama+small-llama.html') ?? '');
  expect(own).toContain('one seat order, the model with itself:');
  expect(own).not.toContain('both seat orders');
});
