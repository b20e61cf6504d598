// "Is it interaction?": the section, its page, figures and tables, number by number against the tests they are made from.

import { beforeAll, describe, expect, it } from 'vitest';
import { buildPages } from '../../../test/build-pages.ts';
import { figureNamed, openSection, type SampleSection, tableNamed } from '../../../test/open-section.ts';
import { csvRecords, htmlTables, plainText, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import { isUntested } from '../../statistics/pair-tests.ts';
import { SIGNIFICANCE } from '../../studies/stages/significance.ts';
import type { ReportFiles } from '../section.ts';
import { gatherPart } from '../sensitivity/parts.ts';
import { interaction } from './interaction-section.ts';
import { gatherSignificance, type PairSignificance, type SignificanceReport } from './significance.ts';

let section: SampleSection;
let report: SignificanceReport;
let pair: PairSignificance;
let page: string;

beforeAll(async () => {
  const source = fullSample();
  section = await openSection(interaction, source);
  const gathered = await gatherSignificance(source);
  if (!gathered?.pairs[1]) throw new Error('the sample is tested');
  report = gathered;
  pair = gathered.pairs[1];
  page = section.pages.get('interaction.html') ?? '';
});

/** As the page writes numbers. */
const three = (value: number) => value.toFixed(3).replace('-', '−');
const ends = ([low, high]: readonly [number, number]) => `[${three(low)}, ${three(high)}]`;
/** p, with the adjusted one in brackets where it differs. */
const both = ({ p, adjustedP }: { readonly p: number; readonly adjustedP: number }) =>
  three(p) === three(adjustedP) ? three(p) : `${three(p)} (${three(adjustedP)})`;
const own = (condition: string) => {
  const found = pair.conditions.find((one) => one.condition === condition);
  if (!found || isUntested(found.interval)) throw new Error(`${condition} is tested in the sample`);
  const { strangers, against } = found;
  return {
    summary: found,
    interval: found.interval,
    strangers: isUntested(strangers) ? undefined : strangers,
    against: against && !isUntested(against) ? against : undefined,
  };
};
/** The part of the page that is about the pair of both models. */
const pairPart = () => page.slice(page.indexOf('<section id="pair-2">')).split('</section>')[0] ?? '';

describe('the section', () => {
  it('gives the verdict of every pair and leads to the page', () => {
    const text = plainText(section.html);
    expect(text).toContain('small-llama × small-llama. What both have read may be all of it');
    expect(text).toContain('small-llama × small-mistral. What both have read may be all of it');
    expect(text).toContain('small-mistral × small-mistral. The shared scenario may be all of it');
    expect(section.html).toContain('<a href="interaction.html">');
    expect(section.html).toContain('figures/syncr2-all-pairs.svg');
    expect(text).not.toContain('of 3 pairs');
  });

  it('says how many pairs are tested where a direction of one is missing', async () => {
    const source = fullSample({
      stateOf: (stage, task) =>
        stage === 'significance' && task.label === 'small-mistral+small-mistral A->B' ? 'stale' : undefined,
    });
    const { html, figures, pages } = await openSection(interaction, source);
    expect(plainText(html)).toContain('2 of 3 pairs of models are tested in all their directions.');
    expect([figures.get('syncr2-all-pairs')?.title.subtitle].flat().join(' ')).toContain(
      '2 of 3 pairs of models',
    );
    expect(pages.get('interaction.html')).not.toContain('<h2>small-mistral × small-mistral</h2>');
    expect(pages.get('interaction.html')).toContain('over the 2 model pairs');
  });

  it('is not there without tests, nor is its page', async () => {
    const none = await openSection(interaction, sampleReport());
    expect([none.html, none.figures.size, none.tables.size, none.pages.size]).toEqual(['', 0, 0, 0]);
    const stale = await openSection(
      interaction,
      fullSample({ stateOf: (stage) => (stage === 'significance' ? 'stale' : undefined) }),
    );
    expect([stale.html, stale.pages.size]).toEqual(['', 0]);
  });
});

describe('the page', () => {
  it('says what the tests were made with, whatever the study says now', async () => {
    const about = plainText(page.slice(page.indexOf('id="about"'))).slice(0, 1200);
    expect(about).toContain('split seeds 0, 1, 2; groups by scenario; λ = 0.1; interbrain 0.1.0');
    const methods = plainText(page.slice(page.indexOf('id="methods"')));
    expect(methods).toContain('Strangers. 100 times (seed 7)');
    expect(methods).toContain('Pseudo-dyads are compared only with groups by scenario, as here, since');
    expect(methods).toContain('Intervals (95 %) leave out one held-out group (scenario)');
    expect(methods).toMatch(/by as much as that spreads further \(here by 1\.\d\d to 1\.\d\d\)/);
    expect(page).toContain('The models on this page are toys');
  });

  it('shows every condition with interval, n, strangers and difference', () => {
    const [table] = htmlTables(pairPart());
    if (!table) throw new Error('no table');
    expect(table.rows.map(([name]) => name)).toEqual([
      ...['interactive', 'passive', 'passive-same-format', 'lag-1', 'pseudo-dyad', 'shuffled'],
    ]);
    for (const condition of ['passive', 'passive-same-format', 'lag-1', 'shuffled']) {
      const { summary, interval, strangers, against } = own(condition);
      if (!strangers || !against || isUntested(against.interval)) throw new Error(`${condition} is compared`);
      expect(rowNamed(table, condition)).toEqual({
        Condition: condition,
        'SyncR²': three(summary.syncR2),
        SE: three(interval.standardError),
        Interval: ends([interval.low, interval.high]),
        n: `${summary.testSamples[0]}–${summary.testSamples[1]}`,
        'With strangers': three(strangers.mean),
        p: both(strangers),
        'Interactive, same rows': three(against.interactive),
        'Interactive − this': three(against.difference),
        'Interval 2': ends([against.interval.low, against.interval.high]),
        'p 2': both(against),
      });
    }
    expect(own('passive-same-format').summary.testSamples).toEqual([289, 301]);
    expect(own('lag-1').against?.difference).toBeLessThan(0);
    expect(rowNamed(table, 'pseudo-dyad')).toMatchObject({
      'With strangers': '–',
      p: '–',
      'Interactive − this': '–',
    });
    expect(rowNamed(table, 'interactive')).toMatchObject({ 'Interactive − this': '–', 'p 2': '–' });
  });

  it('takes what the text predicts from the parts of the same pair', async () => {
    const parts = await gatherPart(fullSample(), 'text');
    const own = parts.filter(
      ({ models }) => models.includes('small-llama') && models.includes('small-mistral'),
    );
    const mean = (key: 'shared' | 'states' | 'left') =>
      three(own.reduce((sum, { stored }) => sum + stored.result[key].value, 0) / own.length);
    expect(own).toHaveLength(4);
    expect(plainText(pairPart())).toContain(
      `predict the partner’s state with R² ${mean('shared')} at its best layer, without any model’s state; ` +
        `of SyncR² ${mean('states')}, ${mean('left')} [0.095, 0.150] is left without what the shared text predicts, 40 % [35 %, 46 %] of it`,
    );
  });

  it('has bold p where the adjusted one counts as evidence, and both where they differ', async () => {
    const markup = pairPart();
    const row = (name: string) =>
      markup.slice(markup.indexOf(`<th scope="row">${name}</th>`)).split('</tr>')[0] ?? '';
    const strong = (name: string) =>
      [...row(name).matchAll(/<strong>(.*?)<\/strong>/g)].map(([, cell]) => cell);
    const [passive, alike, interactive] = ['passive', 'passive-same-format', 'interactive'].map(own);
    expect(passive?.strangers?.adjustedP).toBeGreaterThan(0.05);
    expect(passive?.against?.adjustedP).toBeLessThan(0.05);
    expect(strong('passive')).toEqual([three(passive?.against?.p ?? 0)]);
    expect(alike?.against?.adjustedP).toBeGreaterThan(0.05);
    const strangersOf = (one: typeof alike) => (one?.strangers ? both(one.strangers) : '');
    expect(strong('passive-same-format')).toEqual([strangersOf(alike)]);
    expect(strong('interactive')).toEqual([strangersOf(interactive)]);
    expect(strangersOf(passive)).toMatch(/^0\.\d{3} \(0\.\d{3}\)$/);
  });

  it('repeats each direction by itself, and names conditions that were not tested', () => {
    const tables = htmlTables(pairPart()).filter(({ head }) => head[0] === 'Condition');
    expect(tables).toHaveLength(1 + pair.directions.length);
    for (const [d, { tests, summaries }] of pair.directions.entries()) {
      expect(plainText(pairPart())).toContain(
        `${tests.sourceModel} (${tests.direction === 'A->B' ? 'A' : 'B'}) → ${tests.targetModel}`,
      );
      const shuffled = summaries.find(({ condition }) => condition === 'shuffled');
      const table = tables[d + 1];
      if (!table || !shuffled) throw new Error('no direction');
      expect(rowNamed(table, 'shuffled')['SyncR²']).toBe(three(shuffled.syncR2));
      expect(rowNamed(table, 'shuffled')['n']).toBe(shuffled.testSamples.join('–'));
    }
    expect(plainText(pairPart())).toContain(
      'Not tested, since some direction has fewer than two rows on a side of a split: lag-3.',
    );
  });

  it('says of each cluster map how large its first cluster is', async () => {
    const source = fullSample({ settings: { pairs: [['a', 'b']] } });
    const { pages } = await openSection(interaction, source);
    const text = plainText(pages.get('interaction.html') ?? '');
    // Of 3 × 4 layers; the second direction's mass is 0.1 more.
    expect(text).toContain(
      'Largest cluster: 3 of 12 layer pairs, mass 17.4, p = 0.010. t beyond ±2.02, 99 sign flips.',
    );
    expect(text).toContain('Largest cluster: 3 of 12 layer pairs, mass 17.5, p = 0.010.');
    expect(text).toContain('Where in the layers: 12 cluster maps');
    expect(pages.get('interaction.html')?.match(/\+clusters\+[^"]*\.svg" alt/g)).toHaveLength(12);
  });
});

describe('its figures', () => {
  it('dots: SyncR² with its interval by condition, and each direction', () => {
    const spec = figureNamed(section, 'small-llama+small-mistral+conditions');
    const [small, bars, dots] = spec.layer ?? [];
    expect(bars?.data?.values).toEqual(
      pair.conditions.map(({ condition, syncR2, interval }) => ({
        ...{ condition, value: syncR2 },
        ...(!isUntested(interval) && { low: interval.low, high: interval.high }),
      })),
    );
    expect(dots?.data).toEqual(bars?.data);
    expect(small?.data?.values).toEqual(
      pair.conditions.flatMap(({ condition }, c) =>
        pair.directions.map(({ tests, summaries }) => ({
          ...{ condition, value: summaries[c]?.syncR2 },
          title: `${tests.sourceModel} (${tests.direction[0]}) → ${tests.targetModel} (${tests.direction.at(-1)})`,
        })),
      ),
    );
    expect(spec.title.text).toEqual(['small-llama × small-mistral: SyncR² by condition']);
    const notes = [spec.title.subtitle].flat().join(' ').replaceAll(' · ', '; ');
    for (const note of [
      'bars: 95 % intervals',
      'n = 289–301 test rows per split',
      'toy models',
      'λ = 0.1',
      'groups by scenario',
    ])
      expect(notes).toContain(note);
  });

  it('strangers: the draws without any own partner, the observed value, p', () => {
    const spec = figureNamed(section, 'small-llama+small-mistral+strangers');
    const strangers = own('interactive').strangers;
    if (!strangers) throw new Error('the sample has strangers');
    const [bars, line, label] = spec.layer ?? [];
    const values = bars?.data?.values as readonly { from: number; to: number; count: number }[];
    expect(values.reduce((sum, { count }) => sum + count, 0)).toBe(strangers.surrogates.length);
    expect(values[0]?.from).toBeCloseTo(Math.min(...strangers.surrogates), 9);
    expect(values.at(-1)?.to).toBeCloseTo(Math.max(...strangers.surrogates), 9);
    expect(line?.data?.values).toEqual([
      { observed: strangers.observed, label: `observed ${three(strangers.observed)}` },
    ]);
    expect(label?.encoding?.text?.field).toBe('label');
    const notes = [spec.title.subtitle].flat().join(' ');
    expect(notes).toContain(`p = ${three(strangers.p)}`);
    expect(notes).toContain('100 draws');
    expect(notes).toContain(`${strangers.rows[0]}–${strangers.rows[1]} exchangeable test rows per split`);
  });

  it('clusters: t of every cell, significant clusters outlined, whose layers are whose', async () => {
    const source = fullSample();
    const { current } = await source.results(SIGNIFICANCE);
    const tests = current.find(({ task }) => task.label === 'small-llama+small-mistral B->A')?.result;
    const passive = tests?.conditions.find(({ condition }) => condition === 'passive');
    if (!passive?.against || isUntested(passive.against) || isUntested(passive.against.clusters))
      throw new Error('no clusters');
    const { t } = passive.against.clusters;
    const spec = figureNamed(section, 'small-llama+small-mistral+B-to-A+clusters+passive');
    const [cells, edges] = spec.layer ?? [];
    // The source has four layers, the target three.
    expect(cells?.data?.values).toEqual(
      t.map((value, cell) => {
        const [s, target] = [Math.floor(cell / 3), cell % 3];
        return { x: s + 0.5, x2: s + 1.5, y: target + 0.5, y2: target + 1.5, t: value };
      }),
    );
    expect(cells?.encoding?.x?.axis?.title).toBe('source layer, small-mistral');
    expect(cells?.encoding?.x?.scale?.domain).toEqual([0.5, 4.5]);
    expect(cells?.encoding?.y?.axis?.title).toBe('target layer, small-llama');
    expect(cells?.encoding?.y?.scale?.domain).toEqual([0.5, 3.5]);
    // Cells 1, 2 and 5 hang together; the one of p = 0.4 has no outline.
    expect(edges?.data?.values).toHaveLength(8);
    expect([spec.title.text].flat().join(' ')).toBe(
      'small-mistral (B) → small-llama (A): interactive against passive',
    );
    const notes = [spec.title.subtitle].flat().join(' ');
    expect(notes).toContain('outlined: clusters with p ≤ 0.05');
    expect(notes).toContain('40 interactions (16 of 256 dimensions)');
    const own = figureNamed(section, 'small-llama+small-mistral+A-to-B+clusters+interactive');
    expect([own.title.text].flat().join(' ')).toContain('own partner against strangers');
    expect([own.title.subtitle].flat().join(' ')).toContain('40 scenarios');
    expect([...section.figures.keys()].filter((stem) => stem.includes('clusters'))).toHaveLength(8 * 3);
  });

  it('all pairs: the interactive condition of each', () => {
    const spec = figureNamed(section, 'syncr2-all-pairs');
    expect(spec.data?.values).toEqual(
      report.pairs.map(({ models: [row, column], conditions: [first] }) => ({
        ...{ row, column, value: first?.syncR2, text: first?.syncR2.toFixed(2) },
        ends:
          first && !isUntested(first.interval)
            ? `${first.interval.low.toFixed(2)}…${first.interval.high.toFixed(2)}`
            : '',
      })),
    );
    const notes = [spec.title.subtitle].flat().join(' ');
    for (const note of [
      'below: 95 % intervals over held-out groups (scenario)',
      'λ = 0.1',
      'toy models: small-llama, small-mistral',
    ])
      expect(notes.replaceAll(' · ', ' ')).toContain(note);
  });
});

describe('its tables', () => {
  it('by pair, every column by its name', () => {
    const table = tableNamed(section, 'significance-pairs');
    expect(csvRecords(table)).toHaveLength(3 * 6);
    const { summary, interval, strangers, against } = own('shuffled');
    if (!strangers || !against || isUntested(against.interval)) throw new Error('shuffled is compared');
    expect(
      recordWith(table, { model_1: 'small-llama', model_2: 'small-mistral', condition: 'shuffled' }),
    ).toEqual({
      ...{ model_1: 'small-llama', model_2: 'small-mistral', condition: 'shuffled' },
      ...{ syncr2: `${summary.syncR2}`, interval_kind: interval.kind },
      ...{ interval_low: `${interval.low}`, interval_high: `${interval.high}` },
      ...{ degrees_of_freedom: `${interval.degreesOfFreedom}`, left_out_groups: `${interval.groups}` },
      ...{ interval_se: `${interval.standardError}`, test_rows_fewest: '289', test_rows_most: '301' },
      ...{ held_out_interactions: '41', strangers_observed: `${strangers.observed}` },
      ...{ strangers_mean: `${strangers.mean}`, strangers_sd: `${strangers.standardDeviation}` },
      ...{ strangers_z: `${strangers.z}`, strangers_p: `${strangers.p}` },
      ...{ strangers_adjusted_p: `${strangers.adjustedP}`, strangers_not_tested: '' },
      ...{ interactive_on_these_rows: `${against.interactive}` },
      ...{ interactive_minus_this: `${against.difference}`, difference_low: `${against.interval.low}` },
      ...{ difference_high: `${against.interval.high}`, difference_p: `${against.p}` },
      ...{ widened: `${against.widened}` },
      ...{ difference_adjusted_p: `${against.adjustedP}`, swapped_interactions: '38' },
      ...{ permutations: `${against.permutations}`, exact: `${against.exact}`, difference_not_tested: '' },
      ...{ conversations_observed: '', conversations_mean: '', conversations_p: '' },
      ...{ conversations_adjusted_p: '', conversations_not_tested: '' },
    });
    expect(recordWith(table, { condition: 'pseudo-dyad' })).toMatchObject({
      strangers_not_tested: expect.stringContaining('strangers’ already'),
      difference_not_tested: expect.stringContaining('divided by scenario'),
    });
  });

  it('by direction, with whose states they are', () => {
    const table = tableNamed(section, 'significance-directions');
    expect(csvRecords(table)).toHaveLength(8 * 6);
    const backward = pair.directions.find(({ tests }) => tests.direction === 'B->A');
    const passive = backward?.summaries.find(({ condition }) => condition === 'passive');
    expect(
      recordWith(table, {
        model_a: 'small-llama',
        model_b: 'small-mistral',
        direction: 'B->A',
        condition: 'passive',
      }),
    ).toMatchObject({
      ...{ source_model: 'small-mistral', target_model: 'small-llama', syncr2: `${passive?.syncR2}` },
      ...{ test_rows_fewest: '289', test_rows_most: '301' },
    });
  });

  it('of clusters, with 1-based layers', () => {
    const table = tableNamed(section, 'clusters');
    // Two clusters in six maps against strangers less one, and four against the interactive condition.
    expect(csvRecords(table)).toHaveLength(8 * 2 * (5 + 4));
    expect(
      recordWith(table, {
        ...{ model_a: 'small-llama', model_b: 'small-mistral', direction: 'B->A', cluster: 1 },
        test: 'interactive against passive',
      }),
    ).toMatchObject({
      ...{ source_model: 'small-mistral', target_model: 'small-llama', cells: '3', mass: '17.5', p: '0.01' },
      ...{ threshold_t: '2.02', units: '40', layer_pairs: '1-2 1-3 2-3' },
    });
    expect(csvRecords(table).map(({ test }) => test)).toContain('interactive against strangers');
  });
});

describe('beside the report', () => {
  let files: ReportFiles;
  beforeAll(async () => {
    files = await buildPages(fullSample({ settings: { pairs: [['a', 'b']] } }));
  });

  it.each([
    'index.html',
    'interaction.html',
  ])('%s needs nothing but the report’s files, and has every id once', (name) => {
    const text = String(files.get(name));
    for (const [, target = ''] of text.matchAll(/ (?:src|href)="([^"]*)"/g)) {
      if (/^#./.test(target)) expect(text).toContain(` id="${target.slice(1)}"`);
      else if (!/^(#|data:,)/.test(target)) expect([...files.keys()]).toContain(decodeURI(target));
    }
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });
});
