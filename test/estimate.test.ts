// What a study will take, said before it is run: through the built command line with the embedded models.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { interbrain, scratch } from './cli.ts';

const EXAMPLE = resolve(import.meta.dirname, '../examples/all-conditions.yaml');
const SHORT = ['--seconds', '1', '--interactions', '6'];

const folder = scratch();
const study = join(folder, 'study.yaml');

beforeAll(() => {
  const text = readFileSync(EXAMPLE, 'utf8')
    .replace(/^conditions:.*$/m, 'conditions: [interactive, passive]')
    .replace(/^synchrony:.*$/m, 'synchrony: { samples: all, splitSeeds: [0] }');
  writeFileSync(study, text);
});

it('says of every stage how long it will take and what it was measured on, and leaves nothing', async () => {
  const { code, stdout } = await interbrain(['estimate', study, ...SHORT], folder);
  expect(code).toBe(0);
  const seeds = Number(
    /^simulation:.*seeds: \[([^\]]*)\]/m.exec(readFileSync(EXAMPLE, 'utf8'))?.[1]?.split(',').length,
  );
  const episodes = 6 * seeds * 2;
  expect(stdout).toMatch(
    /^llama +reads \d+ tokens\/s \(a first prompt of \d+\), speaks \d+ in 16 conversations/m,
  );
  expect(stdout).toMatch(new RegExp(`^episodes +\\d+ s for ${episodes}$`, 'm'));
  expect(stdout).toMatch(/from [1-9]\d* turns and \d+ whole episodes played in \d+ s/);
  expect(stdout).toMatch(new RegExp(`^readings +\\d+ s for ${episodes}, from how fast models read$`, 'm'));
  expect(stdout).toMatch(/^measure +\d+ s for 8 measurements of about [1-9]\d* samples$/m);
  expect(stdout).toMatch(/^disk +[1-9][\d.]* [KM]B for episodes and states$/m);
  expect(stdout).toMatch(/^in all +about/m);
  expect(readdirSync(folder).filter((name) => name !== 'study.yaml' && name !== 'runs')).toEqual([]);
  if (existsSync(join(folder, 'runs'))) expect(readdirSync(join(folder, 'runs'))).toEqual([]);
});

it('counts what is recorded already', async () => {
  expect(await interbrain(['run', study, '--interactions', '6'], folder)).toMatchObject({ code: 0 });
  const { stdout } = await interbrain(['estimate', study, ...SHORT], folder);
  expect(stdout).toMatch(/^episodes +0 s for 0 \((\d+) of \1 are recorded\)$/m);
  expect(stdout).toMatch(/^readings +0 s for 0 \((\d+) of \1 are recorded\)/m);
});

it('refuses what makes no sense', async () => {
  const none = await interbrain(['estimate', study, '--seconds', '0'], folder);
  expect(none).toMatchObject({ code: 2 });
  expect(none.stderr).toContain('--seconds');
  const absent = await interbrain(['estimate', 'absent.yaml'], folder);
  expect(absent).toMatchObject({ code: 2 });
  expect(absent.stderr).toContain('absent.yaml');
});
