// The tests of significance and the look at other choices, killed while they are made: the next run goes on with what is
// there, and ends with the bytes of an uninterrupted one.

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

it('kill -9 among the tests and among the choices loses what was under way and nothing else', async () => {
  const [whole, killed] = [scratch(), scratch()] as const;
  folders.push(whole, killed);
  expect(await interbrain(['run', writeStudy(whole, STUDY)], whole)).toMatchObject({ code: 0 });

  const study = writeStudy(killed, STUDY);
  const run = join(killed, 'runs/small');
  for (const [folder, all] of [
    ['significance', 4],
    ['sensitivity', 24],
  ] as const) {
    const { child, finished } = start(['run', study], killed);
    await until(() => filesIn(run, folder).length >= 1 || child.exitCode !== null);
    child.kill('SIGKILL');
    expect((await finished).code).toBe(null);
    const left = filesIn(run, folder).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(all);
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
