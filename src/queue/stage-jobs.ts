// The jobs of one stage from the moment they are put into the queue until the result of every task is in the folder.

import { relative } from 'node:path';
import { type Job as BullJob, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { RemoteFailure } from '../errors.ts';
import { unpackError } from '../files/packed-error.ts';
import { sameInputs } from '../recordings/result-file.ts';
import type { StageWork } from '../studies/maker.ts';
import type { Making, OpenTask, StageTask } from '../studies/stage.ts';
import { PREFIX, type Work } from './announcement.ts';
import { type Job, type JobResult, type PlannedJob, planJobs, type Settled } from './jobs.ts';

export interface StageJobsOptions {
  readonly redis: Redis;
  readonly session: string;
  /** Seconds. */
  readonly lostAfter: number;
  /** How many workers there are. */
  readonly workers: number;
}

/** A queue: jobs that take the same models. */
interface JobQueue {
  readonly work: Work;
  readonly queue: Queue<Job, JobResult>;
  /** Puts jobs back whose workers are gone. */
  readonly keeper: Worker<Job, JobResult>;
}

interface Pending<Task> extends PlannedJob<Task> {
  readonly queue: Queue<Job, JobResult>;
  /** Tasks of which nothing has been heard, by the paths of their results. */
  readonly waiting: Map<string, OpenTask<Task>>;
  /** Units of its tasks under way, and what is worked on. */
  units: number;
  /** How often it has ended without all of its results being seen. */
  unseen: number;
}

/** Milliseconds between two looks for jobs that Redis has forgotten. */
const RECONCILE = 5000;
/** Looks at a result that is not there yet: a folder on the network may lag behind. */
const UNSEEN = 60;
/** Ended jobs that are looked at in one go. */
const AT_ONCE = 100;

/** As much of them as does not depend on the stage. */
export type AnyJobs = Pick<StageJobs, 'work' | 'waiting' | 'look' | 'hearDone' | 'hearWithin'>;

export class StageJobs<Task extends StageTask = StageTask> {
  readonly #work: StageWork<Task>;
  readonly #options: StageJobsOptions;
  readonly #making: Making<Task>;
  readonly #queues: JobQueue[] = [];
  readonly #pending = new Map<string, Pending<Task>>();
  #reconciled = performance.now();

  constructor(work: StageWork<Task>, options: StageJobsOptions) {
    this.#work = work;
    this.#options = options;
    this.#making = work.making(work.groups.flat());
  }

  /** Where workers find the jobs. */
  get work(): Work[] {
    return this.#queues.map(({ work }) => work);
  }

  /** As `work`, of the queues that are not done. */
  get waiting(): Work[] {
    const open = new Set([...this.#pending.values()].map(({ queue }) => queue.name));
    return this.work.filter(({ queue }) => open.has(queue));
  }

  /** Puts all jobs into queues. */
  async open(): Promise<void> {
    const planned = planJobs(this.#work, this.#options.workers);
    const { run } = this.#work.context;
    for (const one of planned) {
      const { queue } = this.#queueFor(one.job.models);
      const byPath = one.open.map((open) => [relative(run, this.#work.stage.path(run, open.task)), open]);
      const waiting = new Map(byPath as [string, OpenTask<Task>][]);
      this.#pending.set(one.id, { ...one, queue, waiting, units: 0, unseen: 0 });
    }
    for (const { queue, keeper } of this.#queues) {
      await add([...this.#pending.values()].filter((one) => one.queue === queue));
      await keeper.startStalledCheckTimer();
    }
  }

  /**
   * Takes note of what has ended.
   *
   * @returns whether all tasks have been heard of
   */
  async look(): Promise<boolean> {
    for (const { queue } of this.#queues)
      for (const ended of await queue.getJobs(['completed', 'failed'], 0, AT_ONCE - 1))
        if (ended !== undefined) await this.#end(ended);
    if (performance.now() - this.#reconciled > RECONCILE) {
      await this.#reconcile();
      this.#reconciled = performance.now();
    }
    return this.#pending.size === 0;
  }

  /** Hears of a result before its job has ended. */
  async hearDone({ job, task }: { readonly job: string; readonly task: string }): Promise<void> {
    const pending = this.#pending.get(job);
    if (pending) await this.#settle(pending, { task, state: 'done' });
  }

  /** Hears how far a job is. */
  hearWithin(said: { readonly job: string; readonly units: number; readonly detail?: string }): void {
    const pending = this.#pending.get(said.job);
    if (!pending) return;
    pending.units = said.units;
    this.#report(said.detail);
  }

  /** Leaves nothing of the jobs in Redis. */
  async close(): Promise<void> {
    for (const { queue, keeper } of this.#queues) {
      await keeper.close(true);
      await queue.obliterate({ force: true });
      await queue.close();
    }
  }

  #queueFor(models: readonly string[]): JobQueue {
    const { redis, session, lostAfter } = this.#options;
    const { stage } = this.#work;
    const key = models.join('\n');
    const known = this.#queues.find(({ work }) => work.models.join('\n') === key);
    if (known) return known;
    const name = `${session.slice(0, 8)}-${stage.name}-${this.#queues.length + 1}`;
    const connection = { connection: redis, prefix: PREFIX };
    const queue = new Queue<Job, JobResult>(name, connection);
    const keeper = new Worker<Job, JobResult>(name, null, {
      ...{ ...connection, autorun: false, stalledInterval: lostAfter * 250 },
      // How many workers may lose a job is counted by who takes it (MOST_LOSSES).
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    // A Redis that is away is told of once (redis.ts).
    queue.on('error', () => {});
    keeper.on('error', () => {});
    const made = { work: { queue: name, stage: stage.name, models: [...models] }, queue, keeper };
    this.#queues.push(made);
    return made;
  }

  async #end(ended: BullJob<Job, JobResult>): Promise<void> {
    const pending = this.#pending.get(ended.id ?? '');
    if (pending) {
      const { returnvalue, failedReason } = ended;
      for (const one of returnvalue?.settled ?? []) await this.#settle(pending, one);
      const rest = pending.waiting.size;
      // The files may be on their way.
      if (rest > 0 && returnvalue && ++pending.unseen < UNSEEN) return;
      const reason = failedReason ?? unseenText(returnvalue?.worker);
      for (const task of [...pending.waiting.keys()]) await this.#settle(pending, failureOf(task, reason));
      this.#pending.delete(pending.id);
      this.#report();
    }
    await ended.remove();
  }

  /** Tells what has become of a task, once, and of a result only when it is there. */
  async #settle(pending: Pending<Task>, { task: path, state, message, error }: Settled): Promise<void> {
    const open = pending.waiting.get(path);
    if (open === undefined || (state !== 'failed' && !(await this.#isThere(open)))) return;
    // Somebody else may have told it meanwhile.
    if (!pending.waiting.delete(path)) return;
    const { task } = open;
    const { stage, context } = this.#work;
    pending.units = Math.max(0, pending.units - (stage.size?.(task, context.opened) ?? 1));
    if (state === 'done') this.#making.done(task);
    else if (state === 'tried') this.#making.tried(task, message ?? 'failed');
    else this.#making.failed(task, error ? unpackError(error) : new RemoteFailure('queue', message ?? ''));
  }

  async #isThere({ task, inputs }: OpenTask<Task>): Promise<boolean> {
    const { stage, context } = this.#work;
    const stored = await (stage.readInputs ?? stage.read)(context.run, task).catch(() => undefined);
    return sameInputs(stored?.inputs, inputs);
  }

  /** Puts in again what Redis has forgotten. */
  async #reconcile(): Promise<void> {
    for (const { queue } of this.#queues) {
      const mine = [...this.#pending.values()].filter((one) => one.queue === queue);
      const counts = await queue.getJobCounts();
      const there = Object.values(counts).reduce((sum, n) => sum + n, 0);
      if (there >= mine.length) continue;
      const lost: Pending<Task>[] = [];
      for (const one of mine) if ((await queue.getJob(one.id)) === undefined) lost.push(one);
      if (lost.length > 0) await add(lost);
    }
  }

  #report(detail?: string): void {
    const units = [...this.#pending.values()].reduce((sum, one) => sum + one.units, 0);
    this.#making.within(units, detail);
  }
}

/** Jobs that are there already stay as they are. */
async function add(all: readonly Pending<StageTask>[]): Promise<void> {
  const [first] = all;
  const keep = { removeOnComplete: false, removeOnFail: false };
  const jobs = all.map(({ id, job }) => ({ name: job.stage, data: job, opts: { jobId: id, ...keep } }));
  await first?.queue.addBulk(jobs);
}

function failureOf(task: string, message: string): Settled {
  return { task, state: 'failed', message };
}

function unseenText(worker: string | undefined): string {
  return `the worker ${worker ?? 'unknown'} says that it has made this, but it is not in this folder; the folder of both has to be the same one, on a disk that shows a file to all as soon as it is there`;
}
