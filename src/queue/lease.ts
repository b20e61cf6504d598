// A job that a worker has: its lock in Redis and its folder, both of them kept alive by the worker's own process, which
// never computes. Without the lock another worker will take the job; without the folder nothing more can be written.

import { setTimeout as wait } from 'node:timers/promises';
import type { Job as BullJob } from 'bullmq';
import { attemptFolders, beat, openAttempt, readTenant, revoke, type Tenant } from '../recordings/staging.ts';
import type { Job, JobResult } from './jobs.ts';

/** Signs of life in the time after which a worker is given up. */
const BEATS = 6;

export interface LeaseOptions {
  readonly run: string;
  readonly worker: string;
  /** Of this attempt alone; it has the lock under that name. */
  readonly token: string;
  /** Seconds. */
  readonly lostAfter: number;
  /** Called once when the job is another's. */
  readonly onLost: (reason: string) => void;
}

export class Lease {
  readonly folder: string;
  readonly #job: BullJob<Job, JobResult>;
  readonly #options: LeaseOptions;
  readonly #timer: NodeJS.Timeout;
  #tenant: Tenant;
  #locked = true;
  #over = false;

  private constructor(job: BullJob<Job, JobResult>, folder: string, tenant: Tenant, options: LeaseOptions) {
    this.#job = job;
    this.folder = folder;
    this.#tenant = tenant;
    this.#options = options;
    this.#timer = setInterval(() => void this.#live(), (options.lostAfter * 1000) / BEATS);
  }

  /**
   * Takes a job for this worker, and forbids those who have lost it to write anything.
   *
   * @returns undefined if somebody else is still at it, of whom Redis alone has not heard
   */
  static async take(job: BullJob<Job, JobResult>, options: LeaseOptions): Promise<Lease | undefined> {
    const { run, worker, token, lostAfter } = options;
    const id = job.id ?? '';
    const others = await attemptFolders(run, id);
    if (others.length > 0 && (await anyLives(others, lostAfter))) return undefined;
    if ((await job.extendLock(token, lostAfter * 1000)) !== 1) return undefined;
    for (const other of others) await revoke(other);
    const { stage, what, tasks } = job.data;
    const tenant = {
      ...{ worker, job: id, stage, what, tasks: tasks.length },
      ...{ since: new Date().toISOString(), beat: 0 },
    };
    return new Lease(job, await openAttempt(run, token, tenant), tenant, options);
  }

  /** Whether Redis says that the job is ours. */
  get locked(): boolean {
    return this.#locked && !this.#over;
  }

  /** Gives the folder back; what is not whole in it is gone. */
  async release(): Promise<void> {
    this.#over = true;
    clearInterval(this.#timer);
    await revoke(this.folder).catch(() => {});
  }

  async #live(): Promise<void> {
    const { token, lostAfter } = this.#options;
    this.#tenant = { ...this.#tenant, beat: this.#tenant.beat + 1 };
    try {
      await beat(this.folder, this.#tenant);
    } catch (error) {
      if (isGone(error)) this.#lose('another worker has taken it');
    }
    if (this.#over || !this.#locked) return;
    // A Redis that is away answers when it is back.
    const extended = await this.#job.extendLock(token, lostAfter * 1000).catch(() => 1);
    // As long as nobody else has taken the job, what is made of it is of use.
    if (extended !== 1) this.#locked = false;
  }

  #lose(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    this.#options.onLost(reason);
  }
}

/** A full disk is another matter: the folder is still there. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESTALE');
}

/** Whether one of the workers that made attempts gives signs of life. */
async function anyLives(folders: readonly string[], lostAfter: number): Promise<boolean> {
  const beats = async () => Promise.all(folders.map(async (one) => (await readTenant(one))?.tenant.beat));
  const before = await beats();
  await wait((lostAfter * 1000 * 1.5) / BEATS);
  const after = await beats();
  return after.some((one, i) => one !== undefined && one !== before[i]);
}
