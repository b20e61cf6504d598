import { expect, it } from 'vitest';
import { sampleReport } from '../../../test/sample-report.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { buildReport } from '../report.ts';
import { evaluationSection, evaluationTables, scoresTable } from './evaluation-section.ts';

const MODELS = ['small-llama', 'small-mistral'] as const;
const DIMENSIONS = [
  { name: 'goal', low: 0, high: 10, description: 'whether <b>the goal</b> was reached' },
  { name: 'social_rules', low: -10, high: 0, description: 'whether rules were kept' },
];

/** Goals 2, 4, 6 of llama and 1 less of mistral; the last judgement failed. */
const judgements = [2, 4, 6, undefined].map((goal, i): Judgement => {
  const base = {
    ...{ format: 'interbrain-judgement-1' as const, interaction: `talk-${i}`, scenario: 'talk', seed: 0 },
    // The seats change: what counts is who played.
    models: i % 2 === 0 ? MODELS : ([MODELS[1], MODELS[0]] as const),
    ...{ judge: 'some <judge>', dimensions: DIMENSIONS, inputs: 'x', attempts: 1 },
  };
  if (goal === undefined) return { ...base, status: 'failed', failure: 'no answer <i>at all</i>' };
  const of = (value: number) => ({
    scores: { goal: value, social_rules: -1 },
    reasons: { goal: `it was <u>${value}</u>`, social_rules: 'polite' },
  });
  const [llama, mistral] = [of(goal), of(goal - 1)] as const;
  return { ...base, status: 'judged', agents: i % 2 === 0 ? [llama, mistral] : [mistral, llama] };
});

const plain = (markup: { text: string } | null) => (markup?.text ?? '').replaceAll(/\s+/g, ' ');

it('gives each model its mean, error and n, whatever its seat, and says what failed and that toys are toys', () => {
  const text = plain(evaluationSection({ ...sampleReport(), judgements }));
  // 2, 4, 6: standard deviation 2, over √3.
  expect(text).toContain('<td>4.00 ± 1.15</td><td>3.00 ± 1.15</td>');
  expect(text).toContain('<td>−1.00 ± 0.00</td><td>−1.00 ± 0.00</td>');
  // Overall: means of (goal − 1) / 2, and over both agents.
  expect(text).toContain('<td>1.50 ± 0.58</td><td>1.00 ± 0.58</td>');
  expect(text).toContain('overall 1.25 ± 0.58, n = 3 episodes over both seat orders, 1 failed');
  expect(text).toContain('3 episodes judged, 1 more failed and count nowhere');
  expect(text).toContain('The embedded models are toys; so are their scores.');
  const real = sampleReport({ toy: false });
  expect(plain(evaluationSection({ ...real, judgements }))).not.toContain('toys');
});

it('escapes what judges and studies write', () => {
  const text = plain(evaluationSection({ ...sampleReport(), judgements }));
  const beside = judgements.map((judgement) => plain(scoresTable(judgement))).join('');
  for (const tag of ['<b>', '<judge>', '<i>', '<u>']) expect(text + beside).not.toContain(tag);
  expect(beside).toContain('it was &lt;u&gt;2&lt;/u&gt;');
  expect(beside).toContain('Not judged: some &lt;judge&gt; failed (no answer &lt;i&gt;at all&lt;/i&gt;).');
});

it('has the same numbers as tables, a failed judgement without any', async () => {
  const tables = evaluationTables({ ...sampleReport(), judgements });
  const lines = (name: string) => tables.get(`tables/scores-${name}.csv`)!.trim().split('\r\n');
  expect(lines('models')).toContainEqual(expect.stringMatching(/^small-llama,goal,4,1.1547\d*,3,1$/));
  expect(lines('pairs')[1]).toMatch(/^small-llama,small-mistral,1.25,0.577\d*,3,1$/);
  expect(lines('episodes')).toHaveLength(1 + 2 * judgements.length);
  expect(lines('episodes')[1]).toMatch(/^talk-0,small-llama,small-mistral,0,A,some <judge>,2,-1,0.5,judged$/);
  expect(lines('episodes')[7]).toMatch(/^talk-3,small-mistral,small-llama,0,A,some <judge>,,,,failed$/);
  const files = await buildReport({ ...sampleReport(), judgements });
  expect(files.get('tables/scores-models.csv')).toBe(tables.get('tables/scores-models.csv'));
});

it('is not there where nothing was judged', () => {
  expect(evaluationSection(sampleReport())).toBeNull();
  expect(evaluationTables(sampleReport()).size).toBe(0);
});
