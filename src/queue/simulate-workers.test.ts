import { expect, it } from 'vitest';
import { studyOf } from '../../test/run-stage.ts';
import { BadInput } from '../errors.ts';
import type { Stage, StageTask } from '../studies/stage.ts';
import { makespan, simulateWorkers } from './simulate-workers.ts';

const stage = (name: string, tasks: number, more: Partial<Stage> = {}): Stage => ({
  ...{ name, version: 1, needs: [], results: 'results' },
  asked: () => true,
  tasks: () => Array.from({ length: tasks }, (_, i): StageTask => ({ scope: [], label: `${name}-${i}` })),
  path: (run, { label }) => `${run}/${name}/${label}.json`,
  inputs: async () => ({}),
  read: async () => ({ inputs: {}, result: 0 }),
  make: async () => {},
  ...more,
});

/** Nothing of it is there. */
const missing: Partial<Stage> = {
  read: () => Promise.reject(new BadInput('a result', 'is not there')),
};
const study = studyOf('run', ['a', 'b']);

it('gives a job to whoever is free first', () => {
  expect(makespan([3, 1, 1, 1], 2)).toBe(3);
  expect(makespan([1, 1, 1, 3], 2)).toBe(4);
  expect(makespan([], 2)).toBe(0);
  expect(makespan([2, 5], 1)).toBe(7);
});

it('takes one worker for as long as everything, and no more workers than a stage has jobs', async () => {
  const timed = [
    { stages: [stage('x', 4, missing)], seconds: 40 },
    { stages: [stage('y', 2, missing)], seconds: 10 },
  ];
  expect(await simulateWorkers(study, timed, [1, 2, 4, 100])).toEqual([50, 25, 15, 15]);
});

it('keeps what one call makes whole, and counts what is there for nothing', async () => {
  const together = stage('x', 4, { ...missing, together: () => '*' });
  const there = stage('y', 4);
  const timed = [
    { stages: [together], seconds: 40 },
    { stages: [there], seconds: 0 },
  ];
  expect(await simulateWorkers(study, timed, [1, 4])).toEqual([40, 40]);
});

it('divides what may be, and tasks by their size', async () => {
  const divided = stage('x', 80, { ...missing, together: () => '*', divisible: true });
  const [two] = await simulateWorkers(study, [{ stages: [divided], seconds: 80 }], [2]);
  expect(two).toBeGreaterThanOrEqual(40);
  expect(two).toBeLessThan(50);
  const sized = stage('y', 2, { ...missing, size: ({ label }) => (label === 'y-0' ? 3 : 1) });
  expect(await simulateWorkers(study, [{ stages: [sized], seconds: 8 }], [2])).toEqual([6]);
});
