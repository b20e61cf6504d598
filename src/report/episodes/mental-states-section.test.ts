import { beforeAll, expect, it } from 'vitest';
import { figureNamed, openSection, type SampleSection, tableNamed } from '../../../test/open-section.ts';
import { csvRecords, htmlTables, plainText, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import { mentalStates } from './mental-states-section.ts';
import { findingOf } from './mental-states-tests.ts';

let section: SampleSection;
beforeAll(async () => {
  section = await openSection(mentalStates, fullSample());
});

it('gives the divergence at the best layer and at the one chosen in training, with the baseline', () => {
  const [table] = htmlTables(section.html);
  if (!table) throw new Error('no table');
  // Four layers: 0.6 less 0.05 a layer.
  expect(rowNamed(table, 'small-mistral (A) with small-llama', 'emotion', 'the partner’s, before')).toEqual({
    ...{ Agent: 'small-mistral (A) with small-llama', What: 'emotion', Whose: 'the partner’s, before' },
    ...{ 'Best layer': '4', KL: '0.450 ± 0.014', Baseline: '0.900 ± 0.020' },
    ...{ 'Layer chosen in training': '3', 'KL there': '0.500 ± 0.013', n: '340' },
  });
  expect(rowNamed(table, 'small-mistral (A) with small-llama', 'action type')).toMatchObject({
    Whose: 'its own, now',
    n: '330',
  });
});

it('says who did not follow the format, and what was not decoded', () => {
  const failures = htmlTables(section.html).find(({ head }) => head.includes('Failed'));
  if (!failures) throw new Error('no table');
  expect(rowNamed(failures, 'small-llama (B) with small-mistral')).toEqual({
    ...{
      Agent: 'small-llama (B) with small-mistral',
      Replies: '100',
      Failed: '40',
      Rate: '40 %',
      Why: 'no emotion: 39; no words: 1',
    },
  });
  expect(rowNamed(failures, 'small-llama (A) with small-mistral')).toMatchObject({
    Failed: '0',
    Rate: '0 %',
    Why: 'none failed',
  });
  const text = plainText(section.html);
  expect(text).toContain('Not decoded:');
  expect(text).toContain('small-mistral failed the format in 40 % of its replies');
});

it('draws each kind of word by layer, the baseline dashed', () => {
  const spec = figureNamed(section, 'small-mistral+small-llama+A+emotion');
  const values = (spec.data?.values ?? []) as readonly {
    name: string;
    layer: number;
    value: number;
    low: number;
    high: number;
    dashed: boolean;
  }[];
  const own = values.filter(({ name }) => name === 'the partner’s, before');
  expect(own.filter(({ dashed }) => !dashed).map(({ layer, value }) => [layer, value])).toEqual([
    [1, 0.6],
    [2, expect.closeTo(0.55, 12)],
    [3, expect.closeTo(0.5, 12)],
    [4, expect.closeTo(0.45, 12)],
  ]);
  expect(own.filter(({ dashed }) => dashed).map(({ value, low }) => [value, low])).toEqual(
    Array(4).fill([expect.closeTo(0.9, 12), expect.closeTo(0.9, 12)]),
  );
  expect((own[1]?.high ?? 0) - (own[1]?.value ?? 0)).toBeCloseTo(0.012, 12);
  expect(spec.layer?.map(({ transform }) => transform)).toEqual(
    ['!', '!', '', '!'].map((not) => [{ filter: `${not}datum.dashed` }]),
  );
  expect(spec.layer?.[0]?.encoding?.y).toMatchObject({
    field: 'low',
    scale: { zero: false },
    axis: { title: 'test KL divergence, nats' },
  });
  expect(spec.title.text).toEqual(['small-mistral (A) with small-llama: emotion']);
  const notes = [spec.title.subtitle].flat().join(' ').replaceAll(' · ', '; ');
  for (const note of [
    'lower is better',
    'split seeds 0, 1',
    'its own, now n = 350',
    'the partner’s, before n = 340',
    'groups by interaction',
  ])
    expect(notes).toContain(note);
  expect([...section.figures.keys()].filter((stem) => stem.endsWith('action'))).toHaveLength(4);
});

it('has every layer and split in its table', () => {
  const table = tableNamed(section, 'mental-states');
  expect(csvRecords(table)).toHaveLength(3 * 2 * (3 + 3 + 4 + 4));
  expect(
    recordWith(table, {
      model: 'small-mistral',
      partner: 'small-llama',
      kind: 'action',
      relation: 'self',
      split_seed: 1,
      layer: 2,
    }),
  ).toEqual({
    ...{
      model: 'small-mistral',
      partner: 'small-llama',
      seat: 'A',
      kind: 'action',
      relation: 'self',
      samples: '330',
    },
    ...{ split_seed: '1', layer: '2', kl: `${0.7 - 0.05 + 0.001}`, baseline_kl: '1.01', l2: '0.1' },
    ...{ failure_rate: '0', partner_failure_rate: '0.4' },
  });
});

it('tests each probe against three things, and says what follows', () => {
  const table = htmlTables(section.html).find(({ head }) => head.includes('What follows'));
  if (!table) throw new Error('no table');
  expect(rowNamed(table, 'small-mistral (A) with small-llama', 'emotion', 'its own, now')).toEqual({
    ...{ Agent: 'small-mistral (A) with small-llama', What: 'emotion', Whose: 'its own, now', Layer: '3' },
    ...{ 'Closer than mean training distribution': '0.350 [0.320, 0.383]', p: '0.001' },
    // Of nine probes' p, three 0.004 and six 0.3: 0.004 · 9 / 3.
    ...{ 'Closer than text': '0.025 [−0.005, 0.058]', 'p 2': '0.004 (0.012)' },
    ...{ 'Closer than another seed': '0.055 [0.025, 0.088]', 'p 3': '0.002' },
    'What follows':
      'decoded beyond the text and beyond what another conversation of the same interaction tells',
  });
  expect(
    rowNamed(table, 'small-mistral (A) with small-llama', 'emotion', 'the partner’s, before'),
  ).toMatchObject({
    ...{ 'p 2': '0.300', 'Closer than another seed': '–', 'p 3': '–' },
    'What follows': 'decoded, and no better than from the text',
  });
  const text = plainText(section.html);
  expect(text).toContain('Mean over split seeds 0, 1; 77 test rows in a split at least.');
  expect(text).toContain('leaving out each of 42 held-out interactions, the fitted probes held fixed');
  const who = { model: 'small-mistral', partner: 'small-llama', kind: 'emotion', relation: 'self' };
  const csv = tableNamed(section, 'mental-states-tests');
  expect(recordWith(csv, { ...who, against: 'text' })).toMatchObject({
    ...{
      layer: '3',
      kl: '0.4',
      other_kl: expect.stringMatching(/^0\.425/),
      gain: '0.025',
      p: '0.004',
      groups: '42',
      test_rows: '77',
    },
    ...{ split_seeds: '2', interval_kind: 'jackknife-t', not_compared: '' },
  });
  expect(Number(recordWith(csv, { ...who, against: 'text' })['adjusted_p'])).toBeCloseTo(0.012, 12);
  expect(recordWith(csv, { ...who, relation: 'partner-previous', against: 'another seed' })).toMatchObject({
    ...{ gain: '', p: '', not_compared: 'no turn was played under another seed too' },
  });
});

it.each([
  [0.2, 0.001, 0.001, 'not told from the turn alone'],
  [0.001, 0.2, 0.001, 'decoded, and no better than from the text'],
  [0.001, 0.001, 0.2, 'decoded, and no better than from another conversation of the same interaction'],
  [0.001, 0.001, 'one seed', 'decoded; whether beyond text and background is not settled: one seed'],
  [
    0.001,
    'no transcript',
    0.2,
    'decoded, and no better than from another conversation of the same interaction',
  ],
  ['few', 0.001, 0.001, 'not settled: few'],
])('against baseline %s, text %s, another seed %s', (baseline, text, wrongSeed, words) => {
  const one = (p: number | string) =>
    typeof p === 'string'
      ? { reason: p }
      : {
          ...{ probe: 0, other: 0, gain: 0, interval: null, groups: 9, rows: 9, p, adjustedP: p },
          permutations: 9,
        };
  const compared = { baseline: one(baseline), text: one(text), wrongSeed: one(wrongSeed) };
  expect(findingOf({ compared })).toBe(words);
});

it('is not there without probes', async () => {
  const none = await openSection(mentalStates, sampleReport());
  expect([none.html, none.figures.size, none.tables.size]).toEqual(['', 0, 0]);
});
