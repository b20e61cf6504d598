import { expect, it } from 'vitest';
import { fold, type LiveEvent, NO_RUN } from '../view/live-state.ts';
import { dueShare } from './preview-runner.ts';

const time = '2026-01-01T00:00:00.000Z';
const begins: LiveEvent = {
  ...{ type: 'run-begins', time, study: 's', run: 'runs/s' },
  stages: [
    { stage: 'episodes', unit: 'episodes', total: 100, tasks: 100 },
    { stage: 'measure', unit: 'layer pairs', total: 10, tasks: 10 },
  ],
};
const progress = (done: number): LiveEvent => ({
  ...{ type: 'progress', time, stage: 'episodes', unit: 'episodes', total: 100, skipped: 0 },
  done,
});
const at = (done: number) => [begins, progress(done)].reduce(fold, NO_RUN);

it('it is looked at 12, 25 and 50 percent, once each; who comes late looks once', () => {
  expect(dueShare(NO_RUN, 0)).toBeUndefined();
  expect([0, 11, 12, 24, 25, 50, 100].map((done) => dueShare(at(done), 0))).toEqual([
    undefined,
    undefined,
    0.12,
    0.12,
    0.25,
    0.5,
    0.5,
  ]);
  expect([dueShare(at(20), 0.12), dueShare(at(30), 0.12), dueShare(at(99), 0.5)]).toEqual([
    undefined,
    0.25,
    undefined,
  ]);
});

it('not where there are results, or the run has ended', () => {
  const measured: LiveEvent = {
    ...{ type: 'stage-ends', time, stage: 'measure', outcome: 'done' },
    ...{ made: 1, skipped: 0, failed: 0, seconds: 1 },
  };
  expect(dueShare(fold(at(100), measured), 0)).toBeUndefined();
  expect(dueShare(fold(at(60), { type: 'gone', time }), 0)).toBeUndefined();
});
