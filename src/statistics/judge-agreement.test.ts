import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { alignRatings, parseRatings } from '../evaluation/human-scores.ts';
import { judgeAgreement } from './judge-agreement.ts';
import { krippendorffAlpha } from './krippendorff.ts';

it('gives the α of the krippendorff package', () => {
  const file = new URL('../../fixtures/agreement/golden.json', import.meta.url);
  const cases = JSON.parse(readFileSync(file, 'utf8')) as { units: number[][]; alpha: number }[];
  expect(cases.length).toBeGreaterThan(3);
  for (const { units, alpha } of cases) expect(krippendorffAlpha(units)).toBeCloseTo(alpha, 12);
});

it('has no α without two ratings of a unit, or without any difference', () => {
  expect(krippendorffAlpha([])).toBeNaN();
  expect(krippendorffAlpha([[1], [2]])).toBeNaN();
  expect(
    krippendorffAlpha([
      [0.1, 0.1],
      [0.1, 0.1, 0.1],
    ]),
  ).toBeNaN();
  expect(
    krippendorffAlpha([
      [1, 1],
      [2, 2],
    ]),
  ).toBe(1);
});

const people = `interaction,agent,rater,goal,secret
i1,A,p,8,0
i1,A,q,6,0
i1,B,p,2,-1
i2,A,p,5,0
"i,3",a,p,9,
`;

it('compares the judge with the mean of the people, unit by unit', () => {
  const human = parseRatings(people, 'people.csv');
  const judge = parseRatings(
    JSON.stringify([
      { interaction: 'i1', agent: 'A', dimension: 'Goal', score: 7, seed: 3 },
      { interaction: 'i1', agent: 'B', dimension: 'goal', score: 2, seed: 3 },
      { interaction: 'i2', agent: 'A', dimension: 'goal', score: 1, seed: 3 },
      { interaction: 'i,3', agent: 'A', dimension: 'goal', score: 10, seed: 3 },
      { interaction: 'i9', agent: 'A', dimension: 'goal', score: 10, seed: 3 },
    ]),
    'judge.json',
  );
  const result = judgeAgreement(human, alignRatings(human, judge));
  expect(result.dimensions).toHaveLength(1);
  const [goal] = result.dimensions;
  // Ratings 8, 6, 2, 5, 9 have standard deviation 2.739: 4 apart is outside.
  expect(goal).toMatchObject({ dimension: 'goal', n: 4, severallyRated: 1, withinOneDeviation: 0.75 });
  expect(goal!.differences).toEqual([0, 0, -4, 1]);
  expect(goal!.humanDeviation).toBeCloseTo(Math.sqrt(7.5), 12);
  expect(goal!.withinRaters).toBe(1);
  expect(result.unmatched).toEqual({ human: 3, judge: 1 });
});

it.each([
  ['f.csv', 'interaction,agent,goal\ni1,C,3\n', 'f.csv:2: agent is "C"; agents are A and B'],
  ['f.csv', 'interaction,agent,goal\ni1,A,3\n"i\n2",A,x\n', 'f.csv:3: goal is "x", which is no number'],
  ['f.csv', 'interaction,agent,goal\ni1,A\n', 'f.csv:2: 2 values under 3 headings'],
  ['f.csv', 'interaction,agent,dimension,score\ni1,A,goal,\n', 'f.csv:2: goal is "", which is no number'],
  ['f.csv', 'interaction,goal\ni1,1\n', 'f.csv:2: no column "agent"'],
  ['f.csv', 'interaction,agent,rater\ni1,A,p\n', 'f.csv:2: no column of scores'],
  ['f.csv', 'interaction,agent,rater,goal\ni1,A,p,1\ni1,A,p,2\n', 'f.csv:3: p scored this goal already'],
  ['f.csv', 'interaction,agent,goal\n"i1,A,1\n', 'f.csv:2: a quote is opened'],
  ['f.csv', '', 'f.csv: is empty'],
  ['f.json', '{}', 'f.json: should be a list'],
  ['f.json', '[{"interaction":"i","agent":"A","goal":[]}]', 'f.json[0]: "goal" should be'],
])('%s %j: %s', (file, text, message) => {
  expect(() => parseRatings(text, file)).toThrow(message);
});

it('refuses a table that does not say which of several episodes it means', () => {
  const human = parseRatings(people, 'people.csv');
  const judge = parseRatings('interaction,seed,agent,goal\ni1,0,A,1\ni1,1,A,1\n', 'j.csv');
  expect(() => alignRatings(human, judge)).toThrow('model_a, model_b and seed');
});
