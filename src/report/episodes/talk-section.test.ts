import { expect, it } from 'vitest';
import { openSection, tableNamed } from '../../../test/open-section.ts';
import { csvRecords, htmlTables, plainText, rowNamed } from '../../../test/read-tables.ts';
import { sampleReport } from '../../../test/sample-report.ts';
import { TRAITS } from '../../episodes/talk.ts';
import { sumTalk, type TalkCounts } from '../../episodes/talk-statistics.ts';
import { type ModelTalk, type PairTalk, talkWarnings } from './gather-talk.ts';
import { talk } from './talk-section.ts';

it('counts what each model said, and how each seat order’s episodes went', async () => {
  const section = await openSection(talk, sampleReport());
  const [models, orders] = htmlTables(section.html);
  if (!models || !orders) throw new Error('no tables');
  expect(models.rows.length).toBeGreaterThan(0);
  expect(orders.rows.length).toBeGreaterThan(0);
  const records = csvRecords(tableNamed(section, 'talk'));
  const said = (of: string) =>
    records.filter((one) => one['of'] === of).reduce((sum, one) => sum + Number(one['utterances']), 0);
  // Every utterance is one model's, and one seat order's.
  expect(said('model')).toBe(said('seat order'));
  expect(said('model')).toBeGreaterThan(0);
  const [first] = records.filter((one) => one['of'] === 'model');
  expect(rowNamed(models, first?.['models'] ?? '')).toMatchObject({ Utterances: first?.['utterances'] });
});

it('has nothing to say of a run without episodes', async () => {
  const section = await openSection(
    talk,
    sampleReport({ stateOf: (stage) => (stage === 'episodes' ? 'missing' : undefined) }),
  );
  expect(section.html).toBe('');
});

const counts = (changes: Partial<TalkCounts>): TalkCounts => ({
  ...sumTalk([]),
  utterances: 100,
  ...changes,
});
const traits = (changes: object) => ({
  ...Object.fromEntries(TRAITS.map((trait) => [trait, 0])),
  ...changes,
});
const modelTalk = (name: string, changes: Partial<TalkCounts>): ModelTalk => ({
  ...{ name, prompts: 'chat, built-in' },
  counts: counts(changes),
});

it('warns plainly of what spoils a measurement, and of nothing else', () => {
  const models = [
    modelTalk('good', {
      repeated: 19,
      traits: traits({ 'assistant talk': 4, cut: 4 }) as TalkCounts['traits'],
    }),
    modelTalk('smol', { repeated: 40, traits: traits({ 'assistant talk': 12 }) as TalkCounts['traits'] }),
  ];
  const order = (overWithinTwo: number): PairTalk => ({
    ...{ models: ['good', 'smol'], counts: counts({}), episodes: 10, overWithinTwo },
    endings: { 'A left': 1, 'B left': 2, rounds: 7 },
  });
  expect(talkWarnings({ models, orders: [order(1)] })).toEqual([
    'smol repeats earlier lines in 40 % of its utterances; synchrony there is that of a loop. Leave such turns out with synchrony.drop: repeated.',
    'smol talks as an assistant, and not as its character, in 12 % of its utterances.',
  ]);
  expect(talkWarnings({ models: [], orders: [order(3)] })).toEqual([
    '30 % of the episodes of good and smol are over within two utterances; there is hardly a conversation in them.',
  ]);
});

it('shows what repeated turns change, of a study that leaves them out', async () => {
  const without = await openSection(talk, sampleReport());
  expect(plainText(without.html)).not.toContain('Without repeated turns');
  const source = sampleReport({
    settings: { synchrony: { drop: 'repeated' } },
    makers: {
      repeats: (task) => ({
        ...{ direction: task.direction, sourceModel: 'a', targetModel: 'b', samples: 300, lambda: 0.1 },
        ...{ groupBy: 'interaction', splitSeeds: [0, 1, 2], inputs: {} },
        result: {
          ...{ samples: 300, all: 400, dropped: 100 },
          without: { value: 0.2, standardError: 0.01 },
          with: { value: 0.5, standardError: 0.02 },
        },
      }),
    },
  });
  const table = htmlTables((await openSection(talk, source)).html)[2];
  if (!table) throw new Error('no table');
  expect(rowNamed(table, 'small-llama × small-mistral')).toMatchObject({
    ...{ 'Samples left out': '400 of 1600', n: '300' },
    ...{ 'SyncR² without them': '0.200 ± 0.005', 'with them': '0.500 ± 0.010' },
  });
});
