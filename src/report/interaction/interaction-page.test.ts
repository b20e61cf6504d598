import { beforeAll, describe, expect, it } from 'vitest';
import { sampleReport } from '../../../test/sample-report.ts';
import { sampleNetworks, sampleProbes, sampleSignificance } from '../../../test/sample-significance.ts';
import type { ReportFiles, ReportInput } from '../page/types.ts';
import { buildReport } from '../report.ts';

const NAMES = ['small-llama', 'small-mistral'] as const;

const text = (files: ReportFiles, path: string): string => String(files.get(path));

let input: ReportInput;
let files: ReportFiles;
beforeAll(async () => {
  input = {
    ...sampleReport(),
    significance: sampleSignificance([NAMES, ['small-llama', 'small-llama']]),
    nonlinear: sampleNetworks(NAMES),
    probes: sampleProbes(NAMES),
  };
  files = await buildReport(input);
}, 60_000);

describe('the page “Is it interaction?”', () => {
  it('stands beside the report, which sums it up and leads to it', () => {
    const index = text(files, 'index.html');
    expect(index).toContain('<a href="interaction.html">');
    expect(index).toContain('What both have read explains it');
    const page = text(files, 'interaction.html');
    expect(page).toContain('<h2>small-llama × small-mistral</h2>');
    expect(page).toContain('6.5 % of 1000');
    expect(page).toContain('The models on this page are toys');
  });

  it('is not there without tests', async () => {
    const plain = await buildReport(sampleReport());
    expect(plain.has('interaction.html')).toBe(false);
    for (const id of ['interaction', 'nonlinear', 'mental-states'])
      expect(text(plain, 'index.html')).not.toContain(`id="${id}"`);
  });

  it.each([
    'index.html',
    'interaction.html',
  ])('%s needs nothing but the report’s files, and has every id once', (name) => {
    const page = text(files, name);
    for (const [, target = ''] of page.matchAll(/ (?:src|href)="([^"]*)"/g)) {
      if (/^#./.test(target)) expect(page).toContain(` id="${target.slice(1)}"`);
      else if (!/^(#|data:,)/.test(target)) expect([...files.keys()]).toContain(decodeURI(target));
    }
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  it('shows every condition with interval, strangers and difference', () => {
    const page = text(files, 'interaction.html').replaceAll('\n', '');
    const row = page.slice(page.indexOf('<th scope="row">passive</th>')).split('</tr>')[0]!;
    const cells = [...row.matchAll(/<td class="number">(.*?)<\/td>/g)].map(([, cell]) => cell);
    // The mean over two directions that are alike; permutations never reach 0.08, so that p is 1 in 101.
    expect(cells).toEqual([
      ...['0.220', '0.029', '[0.173, 0.267]', '290–300', '0.100', '<strong>0.010</strong>'],
      ...['0.080', '[0.080, 0.080]', '<strong>0.010</strong>'],
    ]);
  });

  it('has tables by pair, by direction and of clusters', () => {
    const rows = (path: string) => text(files, path).trim().split('\r\n');
    expect(rows('tables/significance-pairs.csv')).toHaveLength(1 + 2 * 4);
    expect(rows('tables/significance-directions.csv')).toHaveLength(1 + 4 * 4);
    // Against strangers in every condition, and of every other condition against the interactive one.
    expect(rows('tables/clusters.csv')).toHaveLength(1 + 4 * 7);
    expect(rows('tables/clusters.csv')[1]).toContain('2-3 2-4 3-3 3-4 4-3');
  });
});

describe('sections of studies that have them', () => {
  it('networks beside ridge maps, as means over source layers', () => {
    const index = text(files, 'index.html').replaceAll('\n', '');
    const section = index.slice(index.indexOf('id="nonlinear"'));
    expect(section).toMatch(
      /small-llama × small-mistral<\/th><td class="number">0\.220 ± 0\.\d+<\/td><td class="number">0\.260/,
    );
    expect(section).toContain('not SyncR²');
    expect(text(files, 'tables/nonlinear.csv').split('\r\n')[1]).toBe(
      'small-llama,small-mistral,A->B,1,1,0,0.2,0.25,0.5',
    );
  });

  it('mental states with baseline and best layer, and who failed the format', () => {
    const index = text(files, 'index.html').replaceAll('\n', '');
    const section = index.slice(index.indexOf('id="mental-states"'));
    expect(section).toContain('0.250 ± 0.010');
    expect(section).toContain('small-mistral failed the format in 40 % of its replies');
    expect(text(files, 'tables/mental-states.csv').split('\r\n')).toHaveLength(2 + 3 * 2 * 6);
  });
});
