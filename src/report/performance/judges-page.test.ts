import { expect, it } from 'vitest';
import { csvRecords, plainText, recordWith } from '../../../test/read-tables.ts';
import type { Rating } from '../../evaluation/human-scores.ts';
import { compareJudges } from '../../statistics/compare-judges.ts';
import { judgeAgreement } from '../../statistics/judge-agreement.ts';
import { judgesFiles } from './judges-page.ts';

const ratings = (rater: string, dimension: string, scores: readonly number[]): Rating[] =>
  scores.map((score, i) => ({
    ...{ interaction: `talk-${Math.floor(i / 2)}`, modelA: 'a', modelB: 'b', seed: '0' },
    ...{ agent: i % 2 === 0 ? 'A' : 'B', dimension, rater, score },
  }));

const people = [
  ...ratings('p', 'goal', [1, 3, 5, 7, 9, 2]),
  ...ratings('p', 'social_rules', [0, -1, 0, -2, 0, -1]),
];
const first = ratings('j', 'goal', [2, 4, 6, 8, 9, 3]);
const second = [
  ...ratings('k', 'goal', [1, 1, 9, 2, 8, 2]),
  ...ratings('k', 'social_rules', [0, 0, -3, -1, 0, -1]),
];
const judges = [
  { judge: 'first <judge>', agreement: judgeAgreement(people, first) },
  { judge: 'second', agreement: judgeAgreement(people, second) },
];
const pairs = [
  { judges: ['first <judge>', 'second'] as const, dimensions: compareJudges(people, first, second) },
];

it('has a group of columns for each judge, and what one does not score is a dash', async () => {
  const files = await judgesFiles(judges, pairs, { people: 'people.csv', version: '0.1.0' });
  const page = String(files.get('index.html'));
  expect(page).toContain('<th scope="colgroup" colspan="6">first &lt;judge&gt;</th>');
  const [own, other] = judges.map(({ agreement }) => agreement.dimensions[0]?.pearson);
  const text = plainText(page);
  const ends = [own?.interval?.low, own?.interval?.high].map((end) => end?.toFixed(2)).join(', ');
  expect(text).toContain(`goal6${own?.r.toFixed(3)} [${ends}]`);
  expect(text).toContain(other?.r.toFixed(3));
  expect(page.replaceAll(/\s+/g, ' ')).toContain(
    `<th scope="row">social rules</th>${'<td>–</td>'.repeat(6)}<td>6</td>`,
  );
  expect([...files.keys()]).toEqual([
    ...['index.html', 'differences-1.svg', 'differences-1.png', 'differences-2.svg', 'differences-2.png'],
    ...['agreement.csv', 'differences.csv', 'agreement.json'],
  ]);
});

it('says by how much one agrees better, on what both scored', async () => {
  const files = await judgesFiles(judges, pairs, { people: 'people.csv', version: '0.1.0' });
  const [goal] = pairs[0]?.dimensions ?? [];
  const { value = 0, interval } = goal?.pearson ?? {};
  const three = (number = 0) => number.toFixed(3).replace('-', '−');
  expect(plainText(String(files.get('index.html')))).toContain(
    `goal63${three(value)} [${three(interval?.low)}, ${three(interval?.high)}]`,
  );
  const csv = String(files.get('differences.csv'));
  expect(csvRecords(csv)).toHaveLength(3);
  expect(recordWith(csv, { dimension: 'goal', measure: 'pearson' })).toMatchObject({
    ...{ judge: 'first <judge>', other_judge: 'second', n: '6', interactions: '3', difference: `${value}` },
    ...{ interval_low: `${interval?.low}`, interval_kind: 'jackknife-t' },
  });
  expect(
    recordWith(String(files.get('agreement.csv')), { judge: 'second', dimension: 'goal' })['pearson_r'],
  ).toBe(`${judges[1]?.agreement.dimensions[0]?.pearson?.r}`);
  expect(JSON.parse(String(files.get('agreement.json')))).toMatchObject({
    judges: [{ judge: 'first <judge>' }, { judge: 'second' }],
    differences: [{ dimensions: [{ dimension: 'goal', n: 6 }] }],
  });
});
