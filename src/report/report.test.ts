import { beforeAll, describe, expect, it } from 'vitest';
import { buildPages } from '../../test/build-pages.ts';
import { openSection } from '../../test/open-section.ts';
import { type SampleStudy, sampleReport } from '../../test/sample-report.ts';
import { sampleModel } from '../../test/sample-world.ts';
import { MEASURE } from '../studies/stages/measure.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import { parametersText } from './about/settings-section.ts';
import { transcripts } from './episodes/transcripts-section.ts';
import { buildReport } from './report.ts';
import type { ReportFiles } from './section.ts';

const text = (files: ReportFiles, path: string): string => {
  const content = files.get(path);
  if (typeof content !== 'string')
    throw new Error(`${path} is missing; there are ${[...files.keys()].join(', ')}`);
  return content;
};

const pageOf = async (study: SampleStudy): Promise<string> =>
  text(await buildPages(sampleReport(study)), 'index.html');

describe('buildReport', () => {
  let files: ReportFiles;
  let page: string;
  let results: readonly SynchronyResult[];
  beforeAll(async () => {
    const source = sampleReport();
    files = await buildReport(source);
    page = text(files, 'index.html');
    results = (await source.results(MEASURE)).current.map(({ result }) => result);
  });

  it('makes the page, its figures, its tables and the pages of pairs', () => {
    const orders = ['small-llama+small-mistral+interactive', 'small-mistral+small-llama+interactive'];
    const directions = orders.flatMap((order) => [`${order}+A-to-B`, `${order}+B-to-A`]);
    const figures = [...directions, ...orders.map((order) => `${order}+best-targets`)];
    const tables = [
      'best-targets',
      'episodes',
      'models',
      'syncr2-directions',
      'syncr2-lambdas',
      'syncr2-pairs',
      'talk',
    ];
    expect([...files.keys()].sort()).toEqual(
      [
        ...['index.html', 'explore.html', 'data.json', 'episodes/1.html'],
        'pairs/small-llama+small-mistral.html',
        ...figures.flatMap((stem) => [`figures/${stem}.svg`, `figures/${stem}.png`]),
        ...directions.map((stem) => `tables/r2+${stem}.csv`),
        ...tables.map((name) => `tables/${name}.csv`),
      ].sort(),
    );
    for (const [path, content] of files) {
      if (path.endsWith('.png')) expect([...content.slice(1, 4)], path).toEqual([0x50, 0x4e, 0x47]);
    }
  });

  it('gives the same bytes for the same input', async () => {
    expect(await buildReport(sampleReport())).toEqual(files);
  });

  it('needs nothing but itself', () => {
    const loads = [...page.matchAll(/ (?:src|href|srcset|data|action)="([^"]*)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(loads.length).toBeGreaterThan(10);
    for (const target of loads) {
      expect(target).toMatch(/^(#|data:,|figures\/|tables\/|pairs\/|episodes\/|explore\.html|data\.json)/);
      if (/^(figures|tables|pairs|episodes|explore|data\.)/.test(target))
        expect([...files.keys()]).toContain(decodeURI(target));
      if (/^#./.test(target)) expect(page).toContain(` id="${target.slice(1)}"`);
    }
    expect(page).not.toMatch(/<script|@import|url\((?!#)/i);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    expect(policy?.replaceAll('&#39;', "'")).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    );
  });

  it('has every id once', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.length).toBeGreaterThan(12);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names the sections that have something to say, in the order in which they stand', () => {
    const nav = page.slice(page.indexOf('<nav'), page.indexOf('</nav>'));
    const named = [...nav.matchAll(/<a href="#([^"]+)">([^<]+)<\/a>/g)].map(([, id, title]) => [id, title]);
    expect(named).toEqual([
      ['about', 'What this is'],
      ['talk', 'How they talked'],
      ['syncr2', 'SyncR²'],
      ['maps', 'Layer by layer'],
      ['reading', 'How to read the maps'],
      ['transcripts', 'Conversations'],
      ['explorer', 'Look inside'],
      ['run', 'What was run'],
      ['recompute', 'How to compute it again'],
      ['notes', 'Notes'],
    ]);
    const sections = [...page.matchAll(/<section id="([^"]+)">\s*<h2>([^<]+)<\/h2>/g)];
    expect(sections.map(([, id, title]) => [id, title])).toEqual(named);
  });

  it('holds both directions of each seat order as inline figures that describe themselves', () => {
    const figures = [...page.matchAll(/<svg [^>]*role="img" aria-label="(Heatmap[^"]*)"/g)].map(
      (m) => m[1] ?? '',
    );
    expect(figures.map((label) => label.split(', ')[1])).toEqual([
      'small-llama (A) → small-mistral (B)',
      'small-mistral (B) → small-llama (A)',
      'small-mistral (A) → small-llama (B)',
      'small-llama (B) → small-mistral (A)',
    ]);
  });

  it('says where the numbers come from', () => {
    const line = page.slice(page.indexOf('From: small-llama')).split('</p>')[0]?.replaceAll('\n', ' ');
    expect(line).toBe(
      'From: small-llama (revision 3f2a9c51d07b), small-mistral (revision 3f2a9c51d07b); simulation seeds 0, 1; ' +
        'λ = 0.1, groups by interaction, split seeds 0, 1, 2; interbrain 0.1.0, Node.js 20.20.0, ONNX Runtime 1.30.0.',
    );
    const values = results.map(({ syncR2 }) => syncR2.value);
    const mean = values.reduce((sum, value) => sum + value, 0) / 4;
    const error = Math.sqrt(results.reduce((sum, { syncR2 }) => sum + syncR2.standardError ** 2, 0)) / 4;
    expect(page).toMatch(
      new RegExp(`<td class="number">${mean.toFixed(3)} <span class="ends">\\[[^\\]]*\\]</span><br>`),
    );
    expect(page).toContain(`published error ${error.toFixed(3)}</small>`);
    expect(page).toContain('1500 (1200 train + 300 test)');
    expect(page).toContain('5.24 million');
  });

  it('shows the transcripts with both goals, the speakers and how they ended', () => {
    // Golden ratio: 0.31 and 0.93 of twelve.
    const [first = '', second = ''] = page
      .split('<article class="talk">')
      .slice(1)
      .map((article) => article.replaceAll('\n', ' '));
    for (const part of [
      'Know each other by name',
      'Two neighbours stand at a flea market table with an old brass lamp on it.',
      'Ana Ruiz’s goal (A)</b>Buy the lamp for at most 35 dollars.',
      'Ben Okafor’s goal (B)</b>Sell the lamp for at least 30 dollars.',
      'Agreed, 32 with the bulb.',
      'cut at 300 tokens; repeated its own name',
      'Ended in round 3: Ben Okafor left.',
      'Ana Ruiz is played by small-llama (A), Ben Okafor by small-mistral (B)',
      'simulation seed 1 · interaction market-lamp/ana-ben',
    ])
      expect(first).toContain(part);
    expect(first.match(/class="turn a"/g)).toHaveLength(3);
    expect(first.match(/class="turn b"/g)).toHaveLength(3);
    expect(second).toContain('Cleo Marsh is played by small-mistral (A)');
    expect(second).toContain('Ended after round 2, the last one.');
    expect(page).toContain('2 of 12 episodes');
  });

  it('says of a talk that went on to the last round', async () => {
    const source = sampleReport({ settings: { report: { transcripts: 12 } } });
    const { html } = await openSection(transcripts, source);
    expect(html.match(/<article/g)).toHaveLength(12);
    expect(html).toContain('Ended after round 2, the last one.');
    expect(html).toContain('Ended in round 3: Ana Ruiz left.');
    expect(html).toContain('Friends');
    expect(html).toContain('Two friends look at a fence that fell in the storm.');
    expect(html).toContain('Have the fence mended by Sunday.');
    expect(html).toContain('Mend it next month.');
  });

  it('names files of the study that open in Python', () => {
    const code = page.slice(page.indexOf('<pre '), page.indexOf('</pre>'));
    expect(code.split('\n')).toHaveLength(3);
    expect(code).toContain(
      'states/small-llama+small-mistral/interactive/0/market-lamp%2Fana-ben.safetensors',
    );
    expect(code).toContain('synchrony/small-llama+small-mistral/interactive/ridge.A-to-B.json');
  });

  it('writes R² of every cell per split seed and in the mean', () => {
    const result = results[0];
    const lines = text(files, 'tables/r2+small-llama+small-mistral+interactive+A-to-B.csv').split('\r\n');
    const seeds = 'r2_split_seed_0,r2_split_seed_1,r2_split_seed_2';
    const interval =
      'interval_low,interval_high,interval_kind,interval_se,degrees_of_freedom,left_out_groups';
    expect(lines[0]).toBe(`source_layer,target_layer,r2_mean,${seeds},best_target,${interval}`);
    expect(lines).toHaveLength(1 + 36 + 1);
    const cell = 1 * 6 + 4; // source layer 2, target layer 5
    const values = [result?.meanR2[cell], ...(result?.r2.map((plane) => plane[cell]) ?? [])];
    expect(lines[1 + cell]).toBe(`2,5,${values.join(',')},false,0.25,0.35,jackknife-t,0.02,16,42`);
    expect(lines.filter((line) => line.endsWith(',true,,,,,,'))).toHaveLength(6);
  });

  it('has as many rows as there are directions, layers and seat orders', () => {
    expect(text(files, 'tables/syncr2-pairs.csv').split('\r\n')).toHaveLength(1 + 1 + 1);
    expect(text(files, 'tables/syncr2-directions.csv').split('\r\n')).toHaveLength(1 + 4 + 1);
    expect(text(files, 'tables/best-targets.csv').split('\r\n')).toHaveLength(1 + 4 * 6 + 1);
    expect(text(files, 'tables/episodes.csv').split('\r\n')).toHaveLength(1 + 2 + 1);
  });
});

describe('the statement about toys', () => {
  const statement = /<p class="toy"/;
  it('stands on the page and on the figures when the models are toys', async () => {
    const page = await pageOf({ toy: true });
    expect(page).toMatch(statement);
    expect(page.indexOf('The models on this page are toys.')).toBeLessThan(page.indexOf('id="syncr2"'));
    expect(page.match(/>Toy models: the numbers test the instrument</g)).toHaveLength(6);
  });

  it('is absent when none is', async () => {
    const page = await pageOf({ toy: false });
    expect(page).not.toMatch(statement);
    expect(page).not.toMatch(/toys? ?models?|are toys|\(toy\)/i);
  });

  it('names those that are when some are', async () => {
    const source = sampleReport({ toy: false });
    const models = { ...source.manifest.models, 'small-llama': sampleModel('small-llama', 6, true) };
    const page = text(
      await buildPages({ ...source, manifest: { ...source.manifest, models } }),
      'index.html',
    );
    expect(page).toContain('<strong>Toys: small-llama.</strong>');
  });
});

describe('text from outside', () => {
  it('is escaped wherever it stands', async () => {
    const evil = '<script>alert(1)</script><img src=x onerror="alert(2)">';
    const source = sampleReport({ utterances: [evil, `</p></li>${evil}`], settings: { name: 'evil' } });
    const { manifest, study, encounters } = source;
    const part = [{ text: evil }];
    const models = Object.entries(manifest.models).map(([name, info]) => [name, { ...info, id: evil }]);
    const page = text(
      await buildPages({
        ...source,
        study: { ...study, name: evil },
        encounters: encounters.map((one) => ({
          ...one,
          scenario: { ...one.scenario, situation: part, goals: [part, part] },
        })),
        manifest: {
          ...manifest,
          models: Object.fromEntries(models),
          machine: { ...manifest.machine, cpu: evil },
          scenarios: { ...manifest.scenarios, name: evil },
        },
        results: async (stage) => {
          const results = await source.results(stage);
          if (stage.name !== 'episodes') return results;
          // What models say, and what files name.
          const attack = (value: string) =>
            /^(know|friend|Ana|Ben|Cleo|Dan|cut|repeated)/.test(value) ? evil : value;
          const current = results.current.map(({ task, result }) => ({
            task,
            result: JSON.parse(JSON.stringify(result), (_, value) =>
              typeof value === 'string' ? attack(value) : value,
            ),
          }));
          return { ...results, current };
        },
      }),
      'index.html',
    );
    expect(page).not.toMatch(/<script|<img/i);
    expect(page.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt;/g)?.length).toBeGreaterThan(15);
  });

  it('does not leave the folder by way of a model’s name', async () => {
    const files = await buildPages(sampleReport({ models: ['../../etc', 'a/b?c#d"<e>'] }));
    for (const path of files.keys())
      expect(path).toMatch(/^((index|explore)\.html|data\.json|(figures|tables|pairs|episodes)\/[^/]+)$/);
    for (const path of files.keys()) expect(path).not.toMatch(/[?#"<>]/);
  });
});

it('makes a page without transcripts or errors', async () => {
  const settings = { report: { transcripts: 0 }, synchrony: { samples: 'all', splitSeeds: [0] } };
  const source = sampleReport({ settings });
  const page = text(
    await buildPages({
      ...source,
      results: async (stage) => {
        const results = await source.results(stage);
        if (stage.name !== 'measure') return results;
        // One split seed of three.
        const first = (result: object) => {
          const { splits, r2, ...rest } = result as SynchronyResult;
          return { ...rest, splits: splits.slice(0, 1), r2: r2.slice(0, 1) } as typeof result;
        };
        return {
          ...results,
          current: results.current.map((one) => ({
            ...one,
            result: first(one.result as object) as typeof one.result,
          })),
        };
      },
    }),
    'index.html',
  );
  expect(page).not.toContain('id="transcripts"');
  expect(page).not.toContain('±');
  expect(page).toContain('One split gives no error.');
  expect(page).toContain('There is one split seed, so nothing here has an error.');
});

it('names no episode in Python where there is none', async () => {
  const page = await pageOf({ stateOf: (stage) => (stage === 'episodes' ? 'missing' : undefined) });
  expect(page).toContain('/INTERACTION.safetensors');
});

it('writes sizes as people say them', () => {
  expect([8_030_261_248, 5_242_880, 54_000, 12].map(parametersText)).toEqual([
    '8.03 billion',
    '5.24 million',
    '54 thousand',
    '12',
  ]);
});
