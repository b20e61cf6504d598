import { beforeAll, expect, it } from 'vitest';
import { buildPages } from '../../../test/build-pages.ts';
import { openSection, type SampleSection, tableNamed } from '../../../test/open-section.ts';
import { htmlTables, plainText, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import { abilities } from './abilities-section.ts';

let section: SampleSection;
beforeAll(async () => {
  const settings = {
    pairs: [['a', 'b']],
    abilities: {
      IFEval: 'run',
      MuSR: 'run',
      MMLU: { 'small-mistral': 0.61, source: 'Open LLM Leaderboard, March 2025' },
      GSM8K: { 'small-mistral': 0.5 },
    },
  };
  section = await openSection(abilities, fullSample({ settings }));
});

it('says of every value what it is and where it is from', () => {
  const [table, tasks] = htmlTables(section.html);
  if (!table || !tasks) throw new Error('no tables');
  expect(rowNamed(table, 'small-llama (toy)', 'IFEval')).toEqual({
    ...{ Model: 'small-llama (toy)', Benchmark: 'IFEval', Value: '0.412 ± 0.021', n: '540' },
    Score: 'mean of prompt and instruction accuracy, strict',
    From: 'run here on 540 of 541 prompts of input_data.jsonl',
  });
  expect(rowNamed(table, 'small-mistral (toy)', 'MuSR')).toEqual({
    ...{ Model: 'small-mistral (toy)', Benchmark: 'MuSR', Value: '0.101 ± 0.030', n: '756' },
    Score: 'accuracy per character above guessing, mean of the tasks, as on the Open LLM Leaderboard',
    From: 'run here on 564 of 756 stories of https://example.org/musr; 12 prompts longer than the context lost their beginning',
  });
  expect(rowNamed(table, 'small-mistral (toy)', 'MMLU')).toMatchObject({
    ...{ Value: '0.610', n: '–', Score: 'as given' },
    From: 'given in the study file; Open LLM Leaderboard, March 2025',
  });
  expect(rowNamed(table, 'small-mistral (toy)', 'GSM8K')['From']).toBe(
    'given in the study file; it names no source',
  );
  expect(rowNamed(tasks, 'small-llama')).toEqual({
    ...{ Model: 'small-llama', Task: 'murder mysteries', Questions: '250', Accuracy: '0.520' },
    ...{ 'Per character': '0.540', Guessing: '0.500', Normalised: '0.080' },
  });
  expect(plainText(section.html)).toContain('IFEval: one user message in the model’s chat template');
  expect(section.html).not.toContain('/home/');
});

it('is not there without abilities, nor is the table; a stale one is not shown', async () => {
  expect((await openSection(abilities, sampleReport())).html).toBe('');
  expect((await buildPages(sampleReport())).has('tables/abilities.csv')).toBe(false);
  const stale = await openSection(
    abilities,
    fullSample({
      stateOf: (stage, { label }) =>
        stage === 'abilities' && label === 'IFEval small-llama' ? 'stale' : undefined,
    }),
  );
  const names = htmlTables(stale.html)[0]?.rows.map(([model, benchmark]) => `${model} ${benchmark}`);
  expect(names).toEqual([
    'small-mistral (toy) IFEval',
    'small-llama (toy) MuSR',
    'small-mistral (toy) MuSR',
    'small-mistral (toy) MMLU',
  ]);
});

it('has every score in its table', () => {
  const table = tableNamed(section, 'abilities');
  expect(recordWith(table, { model: 'small-llama', benchmark: 'IFEval', score: 'strict' })).toEqual({
    ...{
      model: 'small-llama',
      benchmark: 'IFEval',
      score: 'strict',
      value: '0.412',
      standard_error: '0.021',
      n: '540',
    },
    ...{
      stands_for_ability: 'true',
      source: '/home/ada/ifeval/input_data.jsonl',
      entries_chosen: '540',
      entries: '541',
    },
    ...{
      prompts_cut: '0',
      data_sha256: 'ab'.repeat(32),
      model_revision: '3f2a9c51d07be486'.repeat(4),
      dtype: 'fp32',
    },
  });
  expect(
    recordWith(table, { model: 'small-llama', benchmark: 'IFEval', score: 'promptStrict' }),
  ).toMatchObject({
    ...{ value: '0.35', standard_error: '0.02', n: '530', stands_for_ability: 'false' },
  });
  expect(recordWith(table, { model: 'small-mistral', benchmark: 'MMLU' })).toMatchObject({
    ...{
      score: '',
      value: '0.61',
      standard_error: '',
      stands_for_ability: 'true',
      source: 'Open LLM Leaderboard, March 2025',
    },
  });
  expect(recordWith(table, { model: 'small-llama', benchmark: 'MuSR', score: 'normalised' })).toMatchObject({
    entries_chosen: '564',
    entries: '756',
    prompts_cut: '12',
  });
});
