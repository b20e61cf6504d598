import { expect, it } from 'vitest';
import { sampleReport } from '../../../test/sample-report.ts';
import type { Rating } from '../../evaluation/human-scores.ts';
import { judgeDifferences } from '../../figures/judge-differences.ts';
import { judgeAgreement } from '../../statistics/judge-agreement.ts';
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
  const { models } = sampleReport();
  const toys = await agreementFiles(agreement, { ...subject, models });
  expect(plain(toys.get('index.html'))).toContain('The models on this page are toys');
  expect(plain(toys.get('differences.svg'))).toContain('Toy models');
  const real = await agreementFiles(agreement, { ...subject, models: sampleReport({ toy: false }).models });
  expect(plain(real.get('index.html')) + plain(real.get('differences.svg'))).not.toMatch(/toys|Toy models/);
});

it('draws every difference once, with room for the largest', () => {
  const spec = judgeDifferences(agreement, 'judge', false) as unknown as {
    data: { values: { dimension: string; difference: number; deviation: number }[] };
    spec: { layer: { encoding: { x: { scale?: { domain: [number, number] } } } }[] };
  };
  const goals = spec.data.values.filter(({ dimension }) => dimension === 'goal (n = 6)');
  expect(goals.map(({ difference }) => difference).sort()).toEqual([1, 1, 1, 1, 1, 5]);
  expect(spec.spec.layer[0]!.encoding.x.scale!.domain).toEqual([-5.5, 5.5]);
});
