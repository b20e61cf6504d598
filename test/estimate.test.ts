// What a study will take, said before it is run: through the built command line with the embedded models.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { estimateSchema } from '../src/cli/documents.ts';
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

it('says how long it would take with workers of a queue: one takes all of it, two take less', async () => {
  const { code, stdout } = await interbrain(
    ['estimate', study, ...SHORT, '--workers', '1,2', '--json'],
    folder,
  );
  expect(code).toBe(0);
  const { workers, episodes, readings, measure } = estimateSchema.parse(JSON.parse(stdout));
  const all = episodes.seconds + (readings?.seconds ?? 0) + measure.seconds;
  expect(workers.map((one) => one.workers)).toEqual([1, 2]);
  expect(workers[0]?.seconds).toBeCloseTo(all, 6);
  expect(workers[1]?.seconds).toBeLessThan(0.9 * all);
  expect(workers[1]?.seconds).toBeGreaterThanOrEqual(all / 2 - 1e-6);
});

it('counts what is recorded already', async () => {
  // What is made of the measures has nothing to do with it, and would take most of the time.
  const plain = join(folder, 'plain.yaml');
  const text = readFileSync(study, 'utf8');
  writeFileSync(
    plain,
    text.replace(/^(?:significance|sensitivity|relationships|ownPast|contributions):.*$/gm, ''),
  );
  expect(await interbrain(['run', plain, '--interactions', '6'], folder)).toMatchObject({ code: 0 });
  const { stdout } = await interbrain(['estimate', plain, ...SHORT], folder);
  expect(stdout).toMatch(/^episodes +0 s for 0 \((\d+) of \1 are recorded\)$/m);
  expect(stdout).toMatch(/^readings +0 s for 0 \((\d+) of \1 are recorded\)/m);
});

it('says how long episodes with interventions are played on', async () => {
  const cause = join(folder, 'cause.yaml');
  writeFileSync(cause, readFileSync(resolve(EXAMPLE, '../cause.yaml'), 'utf8'));
  const estimate = (...options: string[]) => interbrain(['estimate', cause, ...SHORT, ...options], folder);
  const { code, stdout } = await estimate('--json');
  expect(code).toBe(0);
  const document = JSON.parse(stdout);
  const { total, recorded, continuations, seconds } = document.interventions;
  // The first two rounds of A begin after two turns; untouched and, at both layers, other-seed, stranger and mean with a
  // control each, two removals with three and two steps with two.
  const [episodes, plays] = [12, 1 + 2 * (3 * 2 + 2 * 4 + 2 * 3)];
  expect([total, recorded]).toEqual([episodes, 0]);
  expect(continuations).toBe(episodes * plays);
  const perEpisode = document.episodes.seconds / document.episodes.total;
  expect(seconds).toBeCloseTo(continuations * (1 - 2 / document.episodes.turns) * perEpisode, 5);
  expect(document.seconds).toBeGreaterThan(seconds);
  expect((await estimate()).stdout).toMatch(
    new RegExp(`^changes +.* for ${continuations} continuations, from`, 'm'),
  );
});

it('refuses what makes no sense', async () => {
  const none = await interbrain(['estimate', study, '--seconds', '0'], folder);
  expect(none).toMatchObject({ code: 2 });
  expect(none.stderr).toContain('--seconds');
  const absent = await interbrain(['estimate', 'absent.yaml'], folder);
  expect(absent).toMatchObject({ code: 2 });
  expect(absent.stderr).toContain('absent.yaml');
});
