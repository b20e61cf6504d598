import fc from 'fast-check';
import { expect, it } from 'vitest';
import { studyOf } from '../../test/run-stage.ts';
import { StageContext } from '../studies/context.ts';
import type { Stage, StageTask } from '../studies/stage.ts';
import { divide, hashOfInputs, planJobs } from './jobs.ts';
import { takes } from './messages.ts';

it('divides into parts that keep the order, first large and then ever smaller ones', () => {
  const sizes = fc.integer({ min: 0, max: 3000 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 40 }), (n, workers) => {
      const tasks = Array.from({ length: n }, (_, i) => i);
      const parts = divide(tasks, workers);
      expect(parts.flat()).toEqual(tasks);
      const lengths = parts.map((part) => part.length);
      expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
      expect(lengths.every((length) => length > 0 && length <= 256)).toBe(true);
    }),
  );
});

it('leaves every worker something until near the end', () => {
  const lengths = divide(Array.from({ length: 1080 }), 4).map((part) => part.length);
  expect(lengths[0]).toBe(135);
  expect(lengths.at(-1)).toBeLessThanOrEqual(4);
  expect(lengths.filter((length) => length > 4).length).toBeGreaterThan(8);
});

interface Named extends StageTask {
  readonly models: readonly string[];
  readonly group: string;
}

const stage = (divisible: boolean): Stage<Named, unknown> => ({
  ...{ name: 'made-up', version: 1, needs: [], results: 'results', divisible },
  asked: () => true,
  tasks: () => [],
  path: (run, { label }) => `${run}/made/${label}.json`,
  inputs: async () => ({}),
  read: async () => ({ inputs: {}, result: 0 }),
  models: ({ models }) => models,
  make: async () => {},
});

const open = (label: string, models: readonly string[], group = '*') => ({
  task: { scope: [], label, models, group },
  inputs: { x: label },
});

it('puts tasks of one group into one job, and parts of divisible ones by the models that they take', () => {
  const context = new StageContext(studyOf('run', ['a', 'b', 'c']));
  const group = [
    ...Array.from({ length: 5 }, (_, i) => open(`ab${i}`, i % 2 ? ['b', 'a'] : ['a', 'b'])),
    ...Array.from({ length: 3 }, (_, i) => open(`ac${i}`, ['a', 'c'])),
  ];
  const jobs = planJobs({ stage: stage(true), groups: [group], context }, 1);
  expect(jobs.map(({ id, job }) => [id, job.models, job.tasks, job.what])).toEqual([
    [
      'made-up-1',
      ['a', 'b'],
      ['ab0', 'ab1', 'ab2', 'ab3'].map((one) => `made/${one}.json`),
      'ab0 and 3 more',
    ],
    ['made-up-2', ['a', 'b'], ['made/ab4.json'], 'ab4'],
    ['made-up-3', ['a', 'c'], ['ac0', 'ac1', 'ac2'].map((one) => `made/${one}.json`), 'ac0 and 2 more'],
  ]);
  const whole = planJobs({ stage: stage(false), groups: [group, [open('x', [])]], context }, 1);
  expect(whole.map(({ job }) => job.tasks.length)).toEqual([8, 1]);
  expect(whole[0]?.job.models).toEqual(['a', 'b', 'c']);
});

it('the hash of inputs knows their order and not that of their names', () => {
  const one = hashOfInputs([{ a: '1', b: '2' }, { a: '3' }]);
  expect(hashOfInputs([{ b: '2', a: '1' }, { a: '3' }])).toBe(one);
  expect(hashOfInputs([{ a: '3' }, { a: '1', b: '2' }])).not.toBe(one);
});

it('a worker takes what its stages and models allow', () => {
  expect(takes({}, 'measure', ['a'])).toBe(true);
  expect(takes({ stages: ['episodes'] }, 'measure', [])).toBe(false);
  expect(takes({ models: ['a'] }, 'episodes', ['a', 'b'])).toBe(false);
  expect(takes({ models: ['a', 'b'] }, 'episodes', ['a', 'b'])).toBe(true);
  expect(takes({ models: ['a'] }, 'measure', [])).toBe(true);
});
