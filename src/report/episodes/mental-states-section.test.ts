import { beforeAll, expect, it } from 'vitest';
import { figureNamed, openSection, type SampleSection, tableNamed } from '../../../test/open-section.ts';
import { csvRecords, htmlTables, plainText, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import { mentalStates } from './mental-states-section.ts';

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
  const failures = htmlTables(section.html)[1];
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

it('is not there without probes', async () => {
  const none = await openSection(mentalStates, sampleReport());
  expect([none.html, none.figures.size, none.tables.size]).toEqual(['', 0, 0]);
});
