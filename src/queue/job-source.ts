// Where a worker finds jobs: the queues of the stage under way, in the order in which the run's process names them.

import { type Job as BullJob, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { PREFIX, type Work } from './announcement.ts';
import type { Job, JobResult } from './jobs.ts';
import { takes, type WorkerState } from './messages.ts';

export class JobSource {
  readonly #redis: Redis;
  readonly #lostAfter: number;
  readonly #only: Pick<WorkerState, 'stages' | 'models'>;
  readonly #open = new Map<string, Worker<Job, JobResult>>();

  /** @param lostAfter seconds for which a job's lock holds */
  constructor(redis: Redis, lostAfter: number, only: Pick<WorkerState, 'stages' | 'models'>) {
    this.#redis = redis;
    this.#lostAfter = lostAfter;
    this.#only = only;
  }

  /** The next job that this worker takes, locked under the token; undefined if there is none. */
  async next(work: readonly Work[], token: string): Promise<BullJob<Job, JobResult> | undefined> {
    await this.#closeOthers(work);
    for (const { queue, stage, models } of work) {
      if (!takes(this.#only, stage, models)) continue;
      const job = await this.#of(queue).getNextJob(token, { block: false });
      if (job !== undefined) return job;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#closeOthers([]);
  }

  #of(name: string): Worker<Job, JobResult> {
    const known = this.#open.get(name);
    if (known) return known;
    const fresh = new Worker<Job, JobResult>(name, null, {
      ...{ connection: this.#redis, prefix: PREFIX, autorun: false },
      ...{ lockDuration: this.#lostAfter * 1000, skipStalledCheck: true },
    });
    fresh.on('error', () => {});
    this.#open.set(name, fresh);
    return fresh;
  }

  async #closeOthers(work: readonly Work[]): Promise<void> {
    for (const [name, worker] of this.#open) {
      if (work.some(({ queue }) => queue === name)) continue;
      this.#open.delete(name);
      await worker.close(true);
    }
  }
}
