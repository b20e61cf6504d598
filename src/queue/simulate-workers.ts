// How long a study would take with so many workers: its jobs as the queue has them, one stage after the other, each taken
// by whoever is free first.
//
// Assumed: every worker has a machine to itself that is as fast as what was measured; a stage's time is its tasks' by their
// size, however few of them a job has; nothing is lost between jobs.

import { at } from '../numerics/lookup.ts';
import { StageContext } from '../studies/context.ts';
import { groupBy } from '../studies/make-stage.ts';
import type { OpenStudy } from '../studies/open.ts';
import type { OpenTask, Stage, StageTask } from '../studies/stage.ts';
import { statesOf } from '../studies/state.ts';
import { partsOf } from './jobs.ts';

/** Stages, and the seconds that one worker takes for what is missing of all of them. */
export interface TimedStages {
  readonly stages: readonly Stage[];
  readonly seconds: number;
}

/** Seconds of one stage's jobs, in their order, for a number of workers. */
type StageJobs = (workers: number) => number[];

/**
 * Seconds that what is missing of some stages takes, by number of workers.
 *
 * @param timed in the order in which they are made
 */
export async function simulateWorkers(
  opened: OpenStudy,
  timed: readonly TimedStages[],
  workers: readonly number[],
): Promise<number[]> {
  if (workers.length === 0) return [];
  const context = new StageContext(opened);
  const all: StageJobs[] = [];
  for (const one of timed) all.push(...(await jobsOf(one, context)));
  return workers.map((count) => all.reduce((sum, jobs) => sum + makespan(jobs(count), count), 0));
}

async function jobsOf({ stages, seconds }: TimedStages, context: StageContext): Promise<StageJobs[]> {
  const { opened, run } = context;
  const open: { readonly stage: Stage; readonly tasks: readonly OpenTask<StageTask>[] }[] = [];
  for (const stage of stages.filter((one) => one.asked(opened.study))) {
    const states = await statesOf(stage, context);
    const tasks = states.filter(({ state }) => state !== 'current').map(({ task }) => ({ task, inputs: {} }));
    open.push({ stage, tasks });
  }
  const sizeOf = (stage: Stage, tasks: readonly OpenTask<StageTask>[]) =>
    tasks.reduce((sum, { task }) => sum + (stage.size?.(task, opened) ?? 1), 0);
  const total = open.reduce((sum, { stage, tasks }) => sum + sizeOf(stage, tasks), 0);
  return open.map(({ stage, tasks }) => {
    const groups = groupBy(tasks, ({ task }) => stage.together?.(task) ?? stage.path(run, task));
    return (workers) =>
      partsOf({ stage, groups, context }, workers).map((part) => (seconds * sizeOf(stage, part)) / total);
  });
}

/** When the last of some jobs is done, each of which goes to the first worker that is free. */
export function makespan(jobs: readonly number[], workers: number): number {
  const free = Array.from({ length: workers }, () => 0);
  for (const seconds of jobs) {
    const next = free.indexOf(Math.min(...free));
    free[next] = at(free, next) + seconds;
  }
  return Math.max(...free);
}
