// What a job of the queue is: some tasks of a stage, named by the paths of their results. It can be made again from the
// study at any time, and says nothing that is not in the study or in the run's folder.

import { relative } from 'node:path';
import { z } from 'zod';
import type { PackedError } from '../files/packed-error.ts';
import { hashOf } from '../studies/context.ts';
import { groupBy } from '../studies/make-stage.ts';
import type { StageWork } from '../studies/maker.ts';
import type { Inputs, OpenTask, StageTask } from '../studies/stage.ts';

/** Workers that may lose one and the same job before it is given up. */
export const MOST_LOSSES = 10;

const jobSchema = z.object({
  stage: z.string(),
  /** Paths of results in the run's folder. */
  tasks: z.array(z.string()).min(1),
  /** Hash of what the tasks are made of, as the run's process sees it. */
  inputs: z.string(),
  /** Study names of the models that it takes. */
  models: z.array(z.string()),
  /** What people call it: the label of its first task, and how many more there are. */
  what: z.string(),
  /** Who gave it back, and why. */
  lost: z.array(z.object({ worker: z.string(), reason: z.string() })),
});
export type Job = z.infer<typeof jobSchema>;

/** Throws ZodError for what is none. */
export function parseJob(data: unknown): Job {
  return jobSchema.parse(data);
}

/** What has become of one task. */
export interface Settled {
  readonly task: string;
  /** `tried`: in vain, which is on disk as its result. */
  readonly state: 'done' | 'tried' | 'failed';
  readonly message?: string;
  readonly error?: PackedError;
}

/** What a job comes to, as Redis keeps it. */
export interface JobResult {
  readonly worker: string;
  readonly settled: readonly Settled[];
}

/** Hash of what some tasks are made of. */
export function hashOfInputs(inputs: readonly Inputs[]): string {
  return hashOf(inputs.map((one) => Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** A job before anybody has it. */
export interface PlannedJob<Task> {
  readonly id: string;
  readonly job: Job;
  readonly open: readonly OpenTask<Task>[];
}

type Planned<Task extends StageTask> = Pick<StageWork<Task>, 'stage' | 'groups' | 'context'>;

function modelsOf<Task extends StageTask>({ stage, context }: Planned<Task>, task: Task): string[] {
  return [...new Set(stage.models?.(task, context.opened) ?? [])].sort();
}

/** The tasks of each job of a stage: groups that one call makes, and parts of those that are divisible. */
export function partsOf<Task extends StageTask>(
  work: Planned<Task>,
  workers: number,
): (readonly OpenTask<Task>[])[] {
  return work.groups.flatMap((group) => {
    if (work.stage.divisible !== true) return [group];
    const byModels = groupBy(group, ({ task }) => modelsOf(work, task).join('\n'));
    return byModels.flatMap((some) => divide(some, workers));
  });
}

/** The jobs of a stage, in the order in which they are to be begun. */
export function planJobs<Task extends StageTask>(work: Planned<Task>, workers: number): PlannedJob<Task>[] {
  const { stage, context } = work;
  return partsOf(work, workers).map((open, i) => {
    const [first] = open;
    const more = open.length > 1 ? ` and ${open.length - 1} more` : '';
    const job = {
      stage: stage.name,
      tasks: open.map(({ task }) => relative(context.run, stage.path(context.run, task))),
      inputs: hashOfInputs(open.map(({ inputs }) => inputs)),
      models: [...new Set(open.flatMap(({ task }) => modelsOf(work, task)))],
      ...{ what: `${first?.task.label ?? stage.name}${more}`, lost: [] },
    };
    return { id: `${stage.name}-${i + 1}`, job, open };
  });
}

/** Tasks of one job: fewer are not worth the way, and more are not shared out. */
const LEAST = 4;
const MOST = 256;

/**
 * Guided division: large jobs first, in which many episodes are played at once, and ever smaller ones, so that all
 * workers end at about the same time.
 */
export function divide<T>(tasks: readonly T[], workers: number): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < tasks.length; ) {
    const share = Math.ceil((tasks.length - from) / (2 * Math.max(1, workers)));
    const size = Math.min(MOST, Math.max(LEAST, share));
    parts.push(tasks.slice(from, from + size));
    from += size;
  }
  return parts;
}
