import { expect, it } from 'vitest';
import { openSection, tableNamed } from '../../../test/open-section.ts';
import { csvRecords, htmlTables, plainText, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { sampleReport } from '../../../test/sample-report.ts';
import type { Judgement } from '../../evaluation/types.ts';
import type { EpisodeTask } from '../../studies/stages/episodes.ts';
import { evaluation } from './evaluation-section.ts';
import { scoresTable } from './scores-table.ts';

const DIMENSIONS = [
  { name: 'goal', low: 0, high: 10, description: 'whether <b>the goal</b> was reached' },
  { name: 'social_rules', low: -10, high: 0, description: 'whether rules were kept' },
];

/** Goals 2, 4, 6 of llama and 1 less of mistral, who stays below 0 by rules; one judgement failed. The seats change. */
function judge({ order, seed, encounter }: EpisodeTask): Judgement {
  const interaction = encounter.interaction.id;
  const base = {
    ...{ format: 'interbrain-judgement-1' as const, interaction, scenario: encounter.scenario.id, seed },
    ...{ models: order.names, judge: 'some <judge>', dimensions: DIMENSIONS, inputs: 'x', attempts: 1 },
  };
  const llamaFirst = order.names[0] === 'small-llama';
  const place = ['market-lamp/ana-ben', 'garden-fence/ana-ben', 'market-lamp/cleo-dan'].indexOf(interaction);
  const goal = [2, 4, 6][place] ?? 0;
  if (llamaFirst && place === 1) return { ...base, status: 'failed', failure: 'no answer <i>at all</i>' };
  const of = (value: number, rules: number) => ({
    scores: { goal: value, social_rules: rules },
    reasons: { goal: `it was <u>${value}</u>`, social_rules: 'polite' },
  });
  const [llama, mistral] = [of(goal, -1), of(goal - 1, -3)];
  return { ...base, status: 'judged', agents: llamaFirst ? [llama, mistral] : [mistral, llama] };
}

/** One seed: three episodes in either seat order, of which one has no scores, and one is not judged. */
const judged = (toy = true) =>
  sampleReport({
    toy,
    settings: { judge: { url: 'http://localhost', model: 'j' }, simulation: { seeds: [0] } },
    makers: { judgements: judge },
    stateOf: (stage, { label }) =>
      stage === 'judgements' && label.startsWith('small-mistral+small-llama') && label.includes('cleo')
        ? 'missing'
        : undefined,
  });

it('gives each model its mean, error and n, whatever its seat, and says what failed and that toys are toys', async () => {
  const { html } = await openSection(evaluation, judged());
  const text = plainText(html);
  const [table] = htmlTables(html);
  if (!table) throw new Error('no table');
  // Goals of llama 2, 6, 2, 4: mean 3.5, deviation √(11/3), over √4.
  const error = Math.sqrt(11 / 3 / 4).toFixed(2);
  expect(rowNamed(table, 'goal')).toEqual({
    dimension: 'goal',
    'small-llama': `3.50 ± ${error}`,
    'small-mistral': `2.50 ± ${error}`,
  });
  expect(rowNamed(table, 'social rules')).toEqual({
    dimension: 'social rules',
    'small-llama': '−1.00 ± 0.00',
    'small-mistral': '−3.00 ± 0.00',
  });
  // Overall: means of (goal − 1) / 2 and (goal − 4) / 2.
  const half = (Math.sqrt(11 / 3 / 4) / 2).toFixed(2);
  expect(rowNamed(table, 'overall')).toEqual({
    dimension: 'overall',
    'small-llama': `1.25 ± ${half}`,
    'small-mistral': `−0.25 ± ${half}`,
  });
  expect(rowNamed(table, 'n')).toEqual({ dimension: 'n', 'small-llama': '4', 'small-mistral': '4' });
  expect(rowNamed(table, 'failed episodes')).toEqual({
    dimension: 'failed episodes',
    'small-llama': '1',
    'small-mistral': '1',
  });
  expect(text).toContain(
    `small-llama and small-mistral: overall 0.50 ± ${half}, n = 4 episodes over both seat orders, 1 failed`,
  );
  expect(text).toContain(
    'Scores by some <judge>; simulation seeds 0. 4 episodes judged, 1 more failed and count nowhere',
  );
  expect(text).toContain(
    'goal, 0 to 10whether <b>the goal</b> was reachedsocial rules, −10 to 0'.replace('−10', '-10'),
  );
  expect(text).toContain('The embedded models are toys; so are their scores.');
  expect((await openSection(evaluation, judged(false))).html).not.toContain('toys');
});

it('escapes what judges and studies write, and says of a failed judgement who failed and why', async () => {
  const { html } = await openSection(evaluation, judged());
  const judgements = await evaluation.gather(judged());
  const beside = judgements.map((judgement) => scoresTable(judgement).text.replaceAll(/\s+/g, ' '));
  for (const tag of ['<b>', '<judge>', '<i>', '<u>']) expect(html + beside.join('')).not.toContain(tag);
  expect(beside[0]).toContain(
    '<td>2<div class="note" dir="auto">it was &lt;u&gt;2&lt;/u&gt;</div></td><td>1<div',
  );
  expect(beside[1]).toContain('Not judged: some &lt;judge&gt; failed (no answer &lt;i&gt;at all&lt;/i&gt;).');
});

it('has the same numbers as tables, a failed judgement without any', async () => {
  const section = await openSection(evaluation, judged());
  expect(
    recordWith(tableNamed(section, 'scores-models'), { model: 'small-llama', dimension: 'goal' }),
  ).toEqual({
    ...{
      model: 'small-llama',
      dimension: 'goal',
      mean: '3.5',
      standard_error: `${Math.sqrt(11 / 3 / 4)}`,
      n: '4',
      failed_episodes: '1',
    },
  });
  const [pair] = csvRecords(tableNamed(section, 'scores-pairs'));
  expect(pair).toMatchObject({
    model_1: 'small-llama',
    model_2: 'small-mistral',
    mean: '0.5',
    n: '4',
    failed_episodes: '1',
  });
  expect(Number(pair?.['standard_error'])).toBeCloseTo(Math.sqrt(11 / 3 / 4) / 2, 12);
  const episodes = csvRecords(tableNamed(section, 'scores-episodes'));
  expect(episodes).toHaveLength(2 * 5);
  expect(episodes[0]).toEqual({
    ...{
      interaction: 'market-lamp/ana-ben',
      model_a: 'small-llama',
      model_b: 'small-mistral',
      seed: '0',
      agent: 'A',
    },
    ...{ judge: 'some <judge>', goal: '2', social_rules: '-1', overall: '0.5', status: 'judged' },
  });
  expect(episodes[1]).toMatchObject({ agent: 'B', goal: '1', social_rules: '-3', overall: '-1' });
  expect(episodes[2]).toMatchObject({
    interaction: 'garden-fence/ana-ben',
    goal: '',
    overall: '',
    status: 'failed',
  });
  // By seat order, then as the study has its interactions.
  expect(
    episodes.filter(({ agent }) => agent === 'A').map(({ model_a, interaction }) => [model_a, interaction]),
  ).toEqual([
    ['small-llama', 'market-lamp/ana-ben'],
    ['small-llama', 'garden-fence/ana-ben'],
    ['small-llama', 'market-lamp/cleo-dan'],
    ['small-mistral', 'market-lamp/ana-ben'],
    ['small-mistral', 'garden-fence/ana-ben'],
  ]);
});

it('is not there where nothing was judged', async () => {
  const none = await openSection(evaluation, sampleReport());
  expect([none.html, none.tables.size]).toEqual(['', 0]);
  const stale = await openSection(
    evaluation,
    sampleReport({ judged: true, stateOf: (stage) => (stage === 'judgements' ? 'stale' : undefined) }),
  );
  expect(stale.html).toBe('');
});
