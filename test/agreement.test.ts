// `interbrain agreement` as a user runs it, with one judge and with two.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { interbrain, scratch } from './cli.ts';

const table = (scores: readonly number[], rater: string) =>
  [
    'interaction,agent,rater,dimension,score',
    ...scores.map((score, i) => `talk-${Math.floor(i / 2)},${'AB'[i % 2]},${rater},goal,${score}`),
  ].join('\n');

it('compares one judge with people, and two with each other', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'people.csv'), table([1, 3, 5, 7, 9, 2, 4, 8], 'p'));
  writeFileSync(join(folder, 'one.csv'), table([1, 3, 5, 7, 9, 2, 4, 8], 'one'));
  writeFileSync(join(folder, 'two.csv'), table([3, 1, 5, 2, 9, 7, 4, 8], 'two'));
  const alone = await interbrain(['agreement', 'people.csv', 'one.csv'], folder);
  expect(alone).toMatchObject({ code: 0, stderr: '' });
  expect(alone.stdout).toContain('1.000');
  expect(alone.stdout).not.toContain('less');
  const both = await interbrain(['agreement', 'people.csv', 'one.csv', 'two.csv', '--out', 'both'], folder);
  expect(both.code).toBe(0);
  expect(both.stdout).toContain('one.csv less two.csv, 95 % interval over interactions');
  const json = JSON.parse(readFileSync(join(folder, 'both/agreement.json'), 'utf8'));
  expect(json.judges.map(({ judge }: { judge: string }) => judge)).toEqual(['one.csv', 'two.csv']);
  expect(json.differences[0].dimensions[0]).toMatchObject({ dimension: 'goal', n: 8, interactions: 4 });
  expect(readFileSync(join(folder, 'both/differences.csv'), 'utf8')).toContain(
    'one.csv,two.csv,goal,8,4,pearson,',
  );
  const same = await interbrain(['agreement', 'people.csv', 'one.csv', './one.csv', '--out', 'same'], folder);
  expect(same.stdout).toContain('one.csv (one.csv) less one.csv (./one.csv)');
  const wrong = await interbrain(['agreement', 'people.csv', 'none.csv'], folder);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('none.csv');
}, 60_000);
