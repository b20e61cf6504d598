// A run whose measures are made side by side by processes of this machine: through what `npm run build` has made.

import { join } from 'node:path';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { ComputeProcess } from '../dist/queue/compute-process.js';
import { ProcessesMaker } from '../dist/queue/processes-maker.js';
import { openStudy } from '../dist/studies/open.js';
import { runStudy } from '../dist/studies/run-study.js';
import { hashTree, interbrain, scratch, writeStudy } from './cli.ts';

const folder = scratch();
const study = writeStudy(folder, { conditions: '[interactive, passive, lag-1, shuffled]' });
const results = (out: string) =>
  Object.entries(hashTree(join(folder, out, 'small'))).filter(([path]) => !/^(report|live)/.test(path));

/** Runs the study without waiting before processes are started. */
async function runWith(out: string) {
  const counted: number[] = [];
  let total = 0;
  const outcome = await runStudy(await openStudy(study, out), {
    threads: 2,
    maker: new ProcessesMaker(undefined, 0),
    on: (event) => {
      if (event.type !== 'progress' || event.stage !== 'measure') return;
      counted.push(event.done);
      total = event.total;
    },
  });
  return { outcome, counted, total };
}

beforeAll(async () => {
  expect(await interbrain(['run', study, '--threads', '1', '--out', 'alone'], folder)).toMatchObject({
    code: 0,
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

it('gives the same bytes, counts every layer pair once, and leaves no process', async () => {
  const started = vi.spyOn(ComputeProcess, 'start');
  const { outcome, counted, total } = await runWith(join(folder, 'many'));
  expect(outcome.exitCode).toBe(0);
  expect(results('many')).toEqual(results('alone'));
  expect(started).toHaveBeenCalledTimes(1);
  const [process] = await Promise.all(
    started.mock.results.map(({ value }) => value as Promise<ComputeProcess>),
  );
  expect(process?.ended).toBe(true);
  expect(counted).toEqual(counted.toSorted((a, b) => a - b));
  expect(outcome.stages.find(({ stage }) => stage === 'measure')).toMatchObject({ made: 16, failed: 0 });
  expect(counted.at(-1)).toBe(total);
});

it('makes itself what a process that is killed has left', async () => {
  const start = ComputeProcess.start.bind(ComputeProcess);
  const killed: unknown[] = [];
  vi.spyOn(ComputeProcess, 'start').mockImplementation(async (...args) => {
    const process = await start(...args);
    const make = process.make.bind(process);
    process.make = (job, place) => {
      killed.push(job);
      const made = make(job, place);
      process.kill('a test');
      return made;
    };
    return process;
  });
  const { outcome } = await runWith(join(folder, 'killed'));
  expect(outcome.exitCode).toBe(0);
  expect(killed).toHaveLength(1);
  expect(results('killed')).toEqual(results('alone'));
});

it('goes without where none can be started', async () => {
  vi.spyOn(ComputeProcess, 'start').mockRejectedValue(new Error('no room'));
  const { outcome } = await runWith(join(folder, 'none'));
  expect(outcome.exitCode).toBe(0);
  expect(results('none')).toEqual(results('alone'));
});
