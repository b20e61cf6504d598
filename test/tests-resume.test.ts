// What is measured, the tests of significance and the look at other choices, killed while they are made: the next run goes
// on with what is there, and ends with the bytes of an uninterrupted one.

import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { hashTree, interbrain, scratch, start, writeStudy } from './cli.ts';

const STUDY = {
  simulation: '{ seeds: [0], rounds: 4, maxNewTokens: 20, interactions: 24 }',
  conditions: '[interactive, passive, lag-1]',
  synchrony: '{ samples: all, splitSeeds: [0, 1], groupBy: scenario }',
  significance: '{ draws: 300 }',
  sensitivity: '{ textBaseline: { dimensions: 64 } }',
  relationships: '{ smallest: 2 }',
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((again) => setTimeout(again, 5));
}

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Results below a folder of the run; what is half written has another ending. */
function filesIn(run: string, folder: string): string[] {
  const path = join(run, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
}

/** Starts a command and kills it as soon as a folder has results; how many there are then. */
async function killAmong(
  args: readonly string[],
  cwd: string,
  [run, folder]: readonly [string, string],
): Promise<number> {
  const { child, finished } = start(args, cwd);
  await until(() => filesIn(run, folder).length >= 1 || child.exitCode !== null);
  child.kill('SIGKILL');
  expect((await finished).code).toBe(null);
  return filesIn(run, folder).length;
}

it('kill -9 among measures, tests and choices loses what was under way and nothing else', async () => {
  const [whole, killed] = [scratch(), scratch()] as const;
  folders.push(whole, killed);
  expect(await interbrain(['run', writeStudy(whole, STUDY)], whole)).toMatchObject({ code: 0 });

  const study = writeStudy(killed, STUDY);
  const run = join(killed, 'runs/small');
  for (const folder of ['synchrony', 'significance', 'sensitivity'] as const) {
    const left = await killAmong(['run', study], killed, [run, folder]);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(filesIn(join(whole, 'runs/small'), folder).length);
  }
  const partly = await interbrain(['status', study], killed);
  // Tests come first, so they are complete by the time that the choices are killed.
  expect(partly.stdout).toMatch(
    /llama → mistral: .* 2\/2 tests, [1-9]\d*\/12 sensitivity parts, 0\/2 relationships, 0\/2 lag curves$/m,
  );
  expect(partly.stdout).toContain('Go on with');
  const { code, stdout } = await interbrain(['run', study], killed);
  expect(code).toBe(0);
  expect(stdout).toContain('significance tests 36/36 (36 done before)');
  expect(stdout).toMatch(/sensitivity parts 24\/24 \([1-9]\d* done before\)/);
  expect(hashTree(run)).toEqual(hashTree(join(whole, 'runs/small')));
  const done = await interbrain(['status', study], killed);
  expect(done.stdout).toMatch(/2\/2 tests, 12\/12 sensitivity parts, 2\/2 relationships, 2\/2 lag curves$/m);
  expect(done.stdout).not.toContain('Go on with');
});

it('kill -9 of interbrain measure leaves whole results alone, and the same command gives the same bytes', async () => {
  const folder = scratch();
  folders.push(folder);
  expect(await interbrain(['run', writeStudy(folder)], folder)).toMatchObject({ code: 0 });
  const run = join(folder, 'runs/small');
  const measure = (out: string) => ['measure', run, '--out', join(folder, out), '--test', '0.4'];
  expect(await interbrain(measure('whole'), folder)).toMatchObject({ code: 0 });
  const all = filesIn(folder, 'whole').length;
  const left = await killAmong(measure('killed'), folder, [folder, 'killed']);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(all);
  const whole = hashTree(join(folder, 'whole'));
  for (const name of filesIn(folder, 'killed'))
    expect(hashTree(join(folder, 'killed'))[name]).toBe(whole[name]);
  expect(await interbrain(measure('killed'), folder)).toMatchObject({ code: 0 });
  expect(hashTree(join(folder, 'killed'))).toEqual(whole);
});
