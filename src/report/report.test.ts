import { beforeAll, describe, expect, it } from 'vitest';
import { type SampleStudy, sampleReport } from '../../test/sample-report.ts';
import { durationText, parametersText } from './page/settings-section.ts';
import type { ReportFiles, ReportInput } from './page/types.ts';
import { buildReport } from './report.ts';

const text = (files: ReportFiles, path: string): string => {
  const content = files.get(path);
  if (typeof content !== 'string')
    throw new Error(`${path} is missing; there are ${[...files.keys()].join(', ')}`);
  return content;
};

const pageOf = async (study: SampleStudy): Promise<string> =>
  text(await buildReport(sampleReport(study)), 'index.html');

describe('buildReport', () => {
  let files: ReportFiles;
  let page: string;
  beforeAll(async () => {
    files = await buildReport(sampleReport());
    page = text(files, 'index.html');
  });

  it('makes the page, its figures and its tables', () => {
    const orders = ['small-llama+small-mistral+interactive', 'small-mistral+small-llama+interactive'];
    const directions = orders.flatMap((order) => [`${order}+A-to-B`, `${order}+B-to-A`]);
    const figures = [...directions, ...orders.map((order) => `${order}+best-targets`)];
    const tables = ['best-targets', 'episodes', 'syncr2-directions', 'syncr2-pairs'];
    expect([...files.keys()].sort()).toEqual(
      [
        'index.html',
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
      expect(target).toMatch(/^(#|data:,|figures\/|tables\/)/);
      if (/^(figures|tables)/.test(target)) expect([...files.keys()]).toContain(decodeURI(target));
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
      'From: small-llama (revision 3f2a9c51d07b), small-mistral (revision 3f2a9c51d07b); simulation seeds 0, 1, 2; ' +
        'λ = 0.1, groups by interaction, split seeds 0, 1, 2; interbrain 0.1.0, Node.js 20.20.0, ONNX Runtime 1.30.0.',
    );
    expect(page).toContain('0.312 ± 0.003');
    expect(page).toContain('standard error over 3 split seeds');
    expect(page).toContain('1500 (1200 train + 300 test)');
    expect(page).toContain('5.24 million');
  });

  it('shows the transcripts with both goals, the speakers and how they ended', () => {
    const [first] = page.split('<article class="talk">').slice(1);
    for (const part of [
      'Know each other by name',
      'Two neighbours stand at a flea market table',
      'Buy the lamp for at most 35 dollars.',
      'Sell the lamp for at least 30 dollars.',
      'Agreed, 32 with the bulb.',
      'cut at 300 tokens; repeated its own name',
      'Ended in round 3: Ben Okafor left.',
    ]) {
      expect(first).toContain(part);
    }
    expect(first?.match(/class="turn a"/g)).toHaveLength(3);
    expect(first?.match(/class="turn b"/g)).toHaveLength(3);
    expect(page).toContain('Ended after round 2, the last one.');
  });

  it('names files of the study that open in Python', () => {
    const code = page.slice(page.indexOf('<pre>'), page.indexOf('</pre>'));
    expect(code.split('\n')).toHaveLength(3);
    expect(code).toContain(
      'states/small-llama+small-mistral/interactive/0/market-lamp%2Fana-ben.safetensors',
    );
    expect(code).toContain('synchrony/small-llama+small-mistral/interactive/ridge.A-to-B.json');
  });

  it('writes R² of every cell per split seed and in the mean', () => {
    const result = sampleReport().seatOrders[0]?.directions[0];
    const lines = text(files, 'tables/r2+small-llama+small-mistral+interactive+A-to-B.csv').split('\r\n');
    const seeds = 'r2_split_seed_0,r2_split_seed_1,r2_split_seed_2';
    const interval = 'bootstrap_se,percentile_low,percentile_high,bca_low,bca_high';
    expect(lines[0]).toBe(`source_layer,target_layer,r2_mean,${seeds},best_target,${interval}`);
    expect(lines).toHaveLength(1 + 36 + 1);
    const cell = 1 * 6 + 4; // source layer 2, target layer 5
    const values = [result?.meanR2[cell], ...(result?.r2.map((plane) => plane[cell]) ?? [])];
    expect(lines[1 + cell]).toBe(`2,5,${values.join(',')},false,0.02,0.25,0.35,,`);
    expect(lines.filter((line) => line.endsWith(',true,,,,,'))).toHaveLength(6);
  });

  it('writes SyncR², best targets and episodes as tables', () => {
    const pairs = 'model_1,model_2,condition,syncr2,standard_error,split_seeds';
    expect(text(files, 'tables/syncr2-pairs.csv')).toBe(
      `${pairs}\r\nsmall-llama,small-mistral,interactive,0.3121,0.0034,3\r\n`,
    );
    const [header, first] = text(files, 'tables/syncr2-directions.csv').split('\r\n');
    expect(header?.split(',').slice(0, 4)).toEqual(['model_a', 'model_b', 'condition', 'direction']);
    expect(first).toMatch(
      /^small-llama,small-mistral,interactive,A to B,small-llama,small-mistral,0\.\d+,0\.0042,3,1500,1200,300,0\.1,interaction,80000,0\.01,0\.281,0\.322,0\.279,0\.318,1000,0,0$/,
    );
    expect(text(files, 'tables/best-targets.csv').split('\r\n')).toHaveLength(1 + 4 * 6 + 1);
    expect(text(files, 'tables/episodes.csv')).toContain(
      'small-llama,small-mistral,interactive,540,5211,4.96,318,301,212,27,3,12\r\n',
    );
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
    const input = sampleReport({ toy: false });
    const models = input.models.map((m, i) => (i === 0 ? { ...m, info: { ...m.info, toy: true } } : m));
    const page = text(await buildReport({ ...input, models }), 'index.html');
    expect(page).toContain('<strong>Toys: small-llama.</strong>');
  });
});

describe('text from outside', () => {
  it('is escaped wherever it stands', async () => {
    const evil = '<script>alert(1)</script><img src=x onerror="alert(2)">';
    const input = sampleReport({ utterances: [evil, `</p></li>${evil}`] });
    const [first] = input.transcripts;
    if (first === undefined) throw new Error('the sample has a transcript');
    const episode = {
      ...first.episode,
      relationship: evil,
      characters: [evil, evil] as const,
      interaction: evil,
    };
    const turns = episode.turns.map((turn) => ({ ...turn, speaker: evil, notes: [evil] }));
    const attacked: ReportInput = {
      ...input,
      study: evil,
      scenarios: { ...input.scenarios, source: evil },
      machine: { ...input.machine, cpu: evil },
      models: input.models.map(({ name, info }) => ({ name, info: { ...info, id: evil } })),
      transcripts: [{ episode: { ...episode, turns }, scenario: evil, goals: [evil, evil] }],
    };
    const page = text(await buildReport(attacked), 'index.html');
    expect(page).not.toMatch(/<script|<img/i);
    expect(page.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt;/g)?.length).toBeGreaterThan(15);
  });

  it('does not leave the folder by way of a model’s name', async () => {
    const files = await buildReport(sampleReport({ models: ['../../etc', 'a/b?c#d"<e>'] }));
    for (const path of files.keys()) expect(path).toMatch(/^(index\.html|(figures|tables)\/[^/]+)$/);
    for (const path of files.keys()) expect(path).not.toMatch(/[?#"<>]/);
  });
});

it('makes a page without transcripts, times or errors', async () => {
  const input = sampleReport();
  const synchrony = { ...input.synchrony, splitSeeds: [0], samples: 'all' as const };
  const seatOrders = input.seatOrders.map((order) => {
    const [ab, ba] = order.directions;
    const one = (result: typeof ab) => ({
      ...result,
      splits: result.splits.slice(0, 1),
      r2: result.r2.slice(0, 1),
    });
    return { ...order, directions: [one(ab), one(ba)] as const };
  });
  const page = text(
    await buildReport({ ...input, synchrony, seatOrders, transcripts: [], wallTimes: [] }),
    'index.html',
  );
  expect(page).not.toContain('id="transcripts"');
  expect(page).not.toContain('Time taken');
  expect(page).not.toContain('±');
  expect(page).toContain('One split seed gives no error.');
  expect(page).toContain('/INTERACTION.safetensors');
});

it('writes durations and sizes as people say them', () => {
  expect([7.24, 200, 7500].map(durationText)).toEqual(['7.2 s', '3 min 20 s', '2 h 5 min']);
  expect([8_030_261_248, 5_242_880, 54_000, 12].map(parametersText)).toEqual([
    '8.03 billion',
    '5.24 million',
    '54 thousand',
    '12',
  ]);
});
