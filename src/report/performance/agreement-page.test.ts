import { expect, it } from 'vitest';
import { htmlTables, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { sampleReport } from '../../../test/sample-report.ts';
import type { Rating } from '../../evaluation/human-scores.ts';
import { judgeDifferences } from '../../figures/judge-differences.ts';
import { judgeAgreement } from '../../statistics/judge-agreement.ts';
import { sharedOf } from '../shared.ts';
import { agreementFiles } from './agreement-page.ts';

const ratings = (rater: string, dimension: string, scores: readonly number[]): Rating[] =>
  scores.map((score, i) => ({
    ...{ interaction: `talk-${i}`, modelA: 'a', modelB: 'b', seed: '0', agent: 'A' },
    ...{ rater, dimension, score },
  }));

/** People agree with one another but for one unit; the judge is one too high, and once five. */
const people = [
  ...ratings('p1', 'goal', [1, 3, 5, 7, 9, 2]),
  ...ratings('p2', 'goal', [1, 3, 5, 7, 9, 4]),
  ...ratings('p1', 'secret', [0, 0, 0, 0, 0, 0]),
];
const judge = [...ratings('j', 'goal', [2, 4, 6, 8, 10, 8]), ...ratings('j', 'secret', [0, 0, 0, 0, 0, 0])];
const agreement = judgeAgreement(people, judge);
const subject = { judge: 'some <judge>', people: 'people.csv', version: '0.1.0' };
const plain = (content: string | Uint8Array | undefined) => String(content).replaceAll(/\s+/g, ' ');

it('says of each dimension how far judge and people agree, and leaves out what cannot be computed', async () => {
  const files = await agreementFiles(agreement, subject);
  const page = plain(files.get('index.html'));
  const goal = agreement.dimensions.find(({ dimension }) => dimension === 'goal')!;
  expect(goal.n).toBe(6);
  expect(page).toContain(`<th scope="row">goal</th><td>6</td><td>${goal.pearson!.r.toFixed(3)}</td>`);
  // All scores of secrets are equal: no correlation, and no word of one.
  expect(page).toMatch(
    /<th scope="row">secret<\/th><td>6<\/td><td>–<\/td> <td>–<\/td><td>–<\/td><td>–<\/td>/,
  );
  expect(page).toContain('Scores of some &lt;judge&gt; against those in people.csv');
  expect(page).not.toContain('<judge>');
  const csv = plain(files.get('agreement.csv'));
  expect(csv).toContain('dimension,n,rated_by_several,pearson_r');
  expect(csv).toContain('goal,6,6,');
  expect(JSON.parse(String(files.get('agreement.json')))).toMatchObject({ people: 'people.csv', toys: [] });
  expect([...files.keys()]).toContain('differences.png');
});

it('names toys as toys, on the page and in the figure', async () => {
  const { models } = sharedOf(sampleReport());
  const toys = await agreementFiles(agreement, { ...subject, models });
  expect(plain(toys.get('index.html'))).toContain('The models on this page are toys');
  expect(plain(toys.get('differences.svg'))).toContain('Toy models');
  const real = await agreementFiles(agreement, {
    ...subject,
    models: sharedOf(sampleReport({ toy: false })).models,
  });
  expect(plain(real.get('index.html')) + plain(real.get('differences.svg'))).not.toMatch(/toys|Toy models/);
});

it('draws every difference once, with room for the largest', () => {
  const { data, spec, title } = judgeDifferences(agreement, 'judge', false);
  const values = data?.values as readonly { dimension: string; difference: number; deviation: number }[];
  const goals = values.filter(({ dimension }) => dimension === 'goal (n = 6)');
  expect(goals.map(({ difference }) => difference).sort()).toEqual([1, 1, 1, 1, 1, 5]);
  const goal = agreement.dimensions.find(({ dimension }) => dimension === 'goal');
  for (const { deviation } of goals) expect(deviation).toBe(goal?.humanDeviation);
  const [band, bars, zero] = spec?.layer ?? [];
  expect(band?.encoding?.x?.scale?.domain).toEqual([-5.5, 5.5]);
  expect([band?.encoding?.x?.field, band?.encoding?.x2?.field]).toEqual(['low', 'high']);
  expect(band?.transform).toEqual([
    { aggregate: [{ op: 'max', field: 'deviation', as: 'high' }] },
    { calculate: '-datum.high', as: 'low' },
  ]);
  expect(bars?.encoding?.x).toMatchObject({
    ...{
      field: 'difference',
      title: 'judge − people',
      axis: { values: [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5] },
    },
    bin: { step: 1, anchor: 0.5, extent: [-5.5, 5.5] },
  });
  expect(bars?.encoding?.y).toMatchObject({ aggregate: 'count', title: 'units' });
  expect(zero?.encoding?.x?.datum).toBe(0);
  expect(title.text).toBe('judge minus people');
  const share = (100 * agreement.withinOneDeviation).toFixed(1);
  expect([title.subtitle].flat().join(' ')).toContain(
    `${share} % of all scores lie within one standard deviation`,
  );
});

it('has every number in the table of the page and of the file', async () => {
  const files = await agreementFiles(agreement, subject);
  const goal = agreement.dimensions.find(({ dimension }) => dimension === 'goal');
  if (!goal?.pearson?.interval || !goal.spearman) throw new Error('the sample has correlations');
  const { low, high } = goal.pearson.interval;
  const row = rowNamed(htmlTables(String(files.get('index.html')))[0]!, 'goal');
  expect(row).toEqual({
    ...{ dimension: 'goal', n: '6', 'Pearson r': goal.pearson.r.toFixed(3) },
    '95 % interval': `[${low.toFixed(3)}, ${high.toFixed(3)}]`.replaceAll('-', '−'),
    p: goal.pearson.p.toFixed(3),
    'Spearman ρ': goal.spearman.r.toFixed(3),
    'within 1 SD': `${(100 * goal.withinOneDeviation).toFixed(1)} %`,
    'α people': goal.alphaHumans.toFixed(3),
    'α judge': goal.alphaJudge.toFixed(3),
  });
  expect(goal.pearson.r).not.toBeCloseTo(goal.spearman.r, 3);
  expect(goal.alphaHumans).not.toBeCloseTo(goal.alphaJudge, 3);
  expect(recordWith(String(files.get('agreement.csv')), { dimension: 'goal' })).toEqual({
    ...{ dimension: 'goal', n: '6', rated_by_several: '6' },
    ...{ pearson_r: `${goal.pearson.r}`, pearson_p: `${goal.pearson.p}` },
    ...{ interval_low: `${low}`, interval_high: `${high}`, interval_kind: 'fisher-z' },
    ...{ interval_se: `${1 / Math.sqrt(3)}`, degrees_of_freedom: '', left_out_groups: '' },
    ...{ spearman_r: `${goal.spearman.r}`, spearman_p: `${goal.spearman.p}` },
    ...{ human_sd: `${goal.humanDeviation}`, within_one_sd: `${goal.withinOneDeviation}` },
    ...{ within_raters_sd: `${goal.withinRaters}` },
    ...{ alpha_humans: `${goal.alphaHumans}`, alpha_judge: `${goal.alphaJudge}` },
  });
});

it('says how many scores have no counterpart on either side', async () => {
  const more = judgeAgreement(people, [...judge, ...ratings('j', 'manners', [1, 2, 3])]);
  const page = plain((await agreementFiles(more, subject)).get('index.html'));
  expect(more.unmatched).toEqual({ human: 0, judge: 3 });
  expect(page).toContain(
    '0 scores of people have none of the judge, 3 of the judge none of people; they are left out',
  );
});
