// `interbrain worker`: takes the jobs of a run one after the other and has each made by a process beside it. This process
// computes nothing, so that its signs of life never wait.

import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Job as BullJob } from 'bullmq';
import type { Redis } from 'ioredis';
import { InterbrainError, ModelFailure, messageOf, RemoteFailure } from '../errors.ts';
import { lockId } from '../recordings/run-lock.ts';
import type { QueueAddress } from './address.ts';
import {
  type Announcement,
  eventsChannel,
  readAnnouncement,
  wakeChannel,
  workersKey,
} from './announcement.ts';
import { Bell } from './bell.ts';
import { ComputeProcess } from './compute-process.ts';
import { findRun } from './find-run.ts';
import { JobSource } from './job-source.ts';
import { type Job, type JobResult, MOST_LOSSES, parseJob } from './jobs.ts';
import { Lease } from './lease.ts';
import type { Message, WorkerState } from './messages.ts';
import { checkStageNames } from './names.ts';
import type { Made, WorkerResources } from './orders.ts';
import { inTime, pause, unlessAborted } from './patience.ts';
import { connectQueue } from './redis.ts';
import { thisWorker } from './worker-name.ts';

export interface WorkerOptions extends WorkerResources {
  readonly address: QueueAddress;
  /** The folder in which runs are kept. */
  readonly out: string;
  /** Stages and models whose jobs it takes; all by default. */
  readonly stages?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  /** Whether it waits for the next run when one has ended. */
  readonly stay?: boolean | undefined;
  /** What people are told. */
  readonly say: (text: string) => void;
  /** Aborted when it is to stop: the job that it has goes back. */
  readonly signal: AbortSignal;
}

/** Seconds in which Redis has to answer at first: on a cluster it may be started last. */
const PATIENCE = 60;
/** Milliseconds between two looks for something to do. */
const LOOK = 1000;
/** Signs of life in the time after which a worker is given up. */
const BEATS = 6;
/** Seconds for which a worker whose surroundings have failed leaves jobs to others, at first and at most. */
const PAUSE = 5;
const LONGEST_PAUSE = 300;

/**
 * Works for the run that lies in this folder until that has ended; waits for one if there is none.
 *
 * @throws BadInput if the only runs that are there lie elsewhere, or are of another study or version; RemoteFailure if
 *   Redis does not answer
 */
export async function work(options: WorkerOptions): Promise<void> {
  const { address, say, signal, stages } = options;
  checkStageNames(stages ?? []);
  const redis = await connectQueue(address, { patience: PATIENCE, onTrouble: say, signal });
  const ears = await connectQueue(address, { patience: PATIENCE, signal });
  try {
    await workAll(options, redis, ears);
  } finally {
    redis.disconnect();
    ears.disconnect();
  }
}

async function workAll(options: WorkerOptions, redis: Redis, ears: Redis): Promise<void> {
  const { out, say, signal, stages, models, stay, address } = options;
  const only = { ...(stages && { stages: [...stages] }), ...(models && { models: [...models] }) };
  const passed = new Set<string>();
  let waiting = false;
  while (!signal.aborted) {
    const { run, refusals } = await findRun(redis, { out, only, passed });
    if (run === undefined) {
      for (const { session, error } of refusals) refuse(session, error);
      if (!waiting) say(`Waiting for a run at ${address.shown}`);
      waiting = true;
      await pause(LOOK, signal);
      continue;
    }
    waiting = false;
    const served = new Service(options, only, run, redis);
    const how = await served.serve(ears).catch((error: unknown) => refuse(run.session, error));
    if (how === 'ended' && !stay) return;
    passed.add(run.session);
    if (how === 'vanished') passed.delete(run.session);
  }

  function refuse(session: string, error: unknown): void {
    if (!stay || !(error instanceof InterbrainError)) throw error;
    say(error.message);
    passed.add(session);
  }
}

/** A worker's time with one run. */
class Service {
  readonly #options: WorkerOptions;
  readonly #only: Pick<WorkerState, 'stages' | 'models'>;
  readonly #run: Announcement;
  readonly #redis: Redis;
  readonly #worker = thisWorker();
  readonly #bell = new Bell();
  readonly #source: JobSource;
  #compute: ComputeProcess | undefined;
  #doing: WorkerState['doing'];
  #beat = 0;
  #pause = PAUSE;

  constructor(
    options: WorkerOptions,
    only: Pick<WorkerState, 'stages' | 'models'>,
    run: Announcement,
    redis: Redis,
  ) {
    this.#options = options;
    this.#only = only;
    this.#run = run;
    this.#redis = redis;
    this.#source = new JobSource(redis, run.lostAfter, only);
  }

  /** Until the run is over, or is not heard of any more, or the worker is to stop. */
  async serve(ears: Redis): Promise<'ended' | 'vanished' | 'stopped'> {
    const { signal, say } = this.#options;
    const { session, study, lostAfter } = this.#run;
    const ring = () => this.#bell.ring();
    ears.on('message', ring);
    await ears.subscribe(wakeChannel(session));
    const timer = setInterval(() => void this.#say(), (lostAfter * 1000) / BEATS);
    const stop = () => {
      this.#bell.ring();
      void this.#compute?.stop();
    };
    signal.addEventListener('abort', stop);
    try {
      this.#compute = await this.#start();
      await this.#say();
      say(`Working for ${study} as ${this.#worker}`);
      return await this.#workOn();
    } catch (error) {
      if (!signal.aborted) throw error;
      return 'stopped';
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
      ears.off('message', ring);
      await this.#compute?.stop();
      await inTime(this.#leave(ears));
    }
  }

  async #leave(ears: Redis): Promise<void> {
    await ears.unsubscribe();
    await this.#redis.hdel(workersKey(this.#run.session), this.#worker);
    await this.#source.close();
  }

  async #workOn(): Promise<'ended' | 'vanished' | 'stopped'> {
    const { signal, say } = this.#options;
    let heard = performance.now();
    for (;;) {
      if (signal.aborted) return 'stopped';
      const now = await unlessAborted(readAnnouncement(this.#redis, this.#run.session), signal);
      if (now === undefined) {
        // A Redis that has forgotten it is told again.
        if (performance.now() - heard > this.#run.lostAfter * 1000) return 'vanished';
        await this.#bell.wait(LOOK);
        continue;
      }
      heard = performance.now();
      if (now.state !== 'running') {
        say(`${now.study}: the run is ${now.state === 'stopped' ? 'stopped' : 'over'}`);
        return now.state === 'stopped' ? 'vanished' : 'ended';
      }
      if (!(await this.#isOurs())) return 'vanished';
      const token = randomUUID();
      const job = await unlessAborted(this.#source.next(now.work, token), signal);
      if (job === undefined) await this.#bell.wait(LOOK);
      else await this.#take(job, token);
    }
  }

  /** Whether the run's process is still the one that this worker has found: another has another lock. */
  async #isOurs(): Promise<boolean> {
    return (await lockId(this.#folder).catch(() => undefined)) === this.#run.lock;
  }

  /** One job from its lock to its end. Throws what ends the worker. */
  async #take(job: BullJob<Job, JobResult>, token: string): Promise<void> {
    const data = parseJob(job.data);
    const losses = job.stalledCounter + data.lost.length;
    if (losses >= MOST_LOSSES) {
      await job.moveToFailed(lostTooOften(data, losses), token, false);
      await this.#tell({ type: 'ended', job: job.id ?? '' });
      return;
    }
    const { lostAfter } = this.#run;
    const lease = await Lease.take(job, {
      ...{ run: this.#folder, worker: this.#worker, token, lostAfter },
      onLost: (reason) => this.#compute?.kill(reason),
    }).catch((error: unknown) => messageOf(error));
    if (lease === undefined) {
      await job.moveToDelayed(Date.now() + lostAfter * 500, token).catch(() => {});
      return;
    }
    if (typeof lease === 'string') return this.#giveBack(job, token, lease);
    this.#doing = { job: job.id ?? '', stage: data.stage, what: data.what };
    void this.#say();
    try {
      // A run that has begun since has its own lock first, and then removes all folders: this one, if it was there.
      if (!(await this.#isOurs())) return;
      const made = await this.#make(data, lease.folder);
      await this.#end(job, token, made, lease);
    } catch (error) {
      // The study is another one by now, say: this worker ends, and its job is for others.
      await inTime(job.moveToWait(token));
      throw error;
    } finally {
      this.#doing = undefined;
      await lease.release();
    }
  }

  async #make(job: Job, folder: string): Promise<Made> {
    const { say } = this.#options;
    say(`${job.stage}: ${job.what}`);
    try {
      if (this.#compute === undefined || this.#compute.ended) this.#compute = await this.#start();
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      return { how: 'lost', reason: error.message };
    }
    return this.#compute.make(job, folder);
  }

  async #end(job: BullJob<Job, JobResult>, token: string, made: Made, lease: Lease): Promise<void> {
    const { signal, say } = this.#options;
    const { what } = job.data;
    if (made.how === 'made') {
      // Whoever gets it in our place finds the results.
      await job
        .moveToCompleted({ worker: this.#worker, settled: made.settled }, token, false)
        .catch(() => say(`${what}: made; its lock was lost meanwhile`));
      this.#pause = PAUSE;
      await this.#tell({ type: 'ended', job: job.id ?? '' });
    } else if (signal.aborted) await inTime(job.moveToWait(token));
    else if (made.how === 'other inputs') {
      say(`${what}: waits until this folder shows the files that it is made of`);
      const reason = 'its folder does not show the files that the run’s process sees';
      await this.#giveBack(job, token, reason, lease);
    } else await this.#giveBack(job, token, made.reason, lease);
  }

  /** Leaves a job to others, and takes none for a while. */
  async #giveBack(job: BullJob<Job, JobResult>, token: string, reason: string, lease?: Lease): Promise<void> {
    const { say, signal } = this.#options;
    const { stage, what, lost } = job.data;
    say(`${stage}: ${what} is given back: ${reason}`);
    await lease?.release();
    this.#doing = undefined;
    try {
      await job.updateData({ ...job.data, lost: [...lost, { worker: this.#worker, reason }] });
      await job.moveToWait(token);
      await this.#tell({ type: 'lost', worker: this.#worker, stage, what, message: reason });
    } catch {
      // It is another's by now.
    }
    void this.#say();
    await pause(this.#pause * 1000, signal);
    this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
  }

  get #folder(): string {
    return join(this.#options.out, this.#run.study);
  }

  #start(): Promise<ComputeProcess> {
    const { out, threads, memory, kvMemory, atOnce, device, say } = this.#options;
    const { file, interactions, identity, lostAfter } = this.#run;
    const opening = {
      ...{ file: join(this.#folder, file), out, interactions, identity, stages: this.#only.stages },
      resources: { threads, memory, kvMemory, atOnce, device },
    };
    return ComputeProcess.start(opening, lostAfter, (word) => {
      const job = this.#doing?.job ?? '';
      if (word.what === 'event') this.#pass(word.event, say);
      else if (word.what === 'done') void this.#tell({ type: 'done', job, task: word.task });
      else {
        const { units, detail } = word;
        void this.#tell({ type: 'within', job, units, ...(detail !== undefined && { detail }) });
      }
    });
  }

  /** Turns and warnings are the run's; what is made ready is this machine's. */
  #pass(event: unknown, say: (text: string) => void): void {
    const { type, what, done, total } = event as {
      readonly type: string;
      readonly what?: string;
      readonly done?: number;
      readonly total?: number;
    };
    if (type === 'turn' || type === 'warning') void this.#tell(event as Message);
    else if (type === 'preparing' && done === total) say(`${what}: ready`);
  }

  /** What may get lost is not waited for where Redis is away. */
  async #tell(message: Message): Promise<void> {
    if (this.#redis.status !== 'ready') return;
    await this.#redis.publish(eventsChannel(this.#run.session), JSON.stringify(message)).catch(() => {});
  }

  /** Says that this worker is there, and what it does. */
  async #say(): Promise<void> {
    if (this.#redis.status !== 'ready') return;
    const state: WorkerState = {
      ...{ worker: this.#worker, cpu: cpus()[0]?.model.trim() ?? 'unknown', ...this.#only },
      ...(this.#doing && { doing: this.#doing }),
      beat: ++this.#beat,
    };
    const key = workersKey(this.#run.session);
    await this.#redis
      .multi()
      .hset(key, this.#worker, JSON.stringify(state))
      .expire(key, 86_400)
      .exec()
      .catch(() => {});
  }
}

function lostTooOften({ lost }: Job, losses: number): RemoteFailure {
  const last = lost.at(-1);
  const why = last ? `; the last, ${last.worker}: ${last.reason}` : '';
  return new RemoteFailure(
    'queue',
    `given up: ${losses} workers have lost this job, killed, cut off or out of room${why}; see what they say, then run the study again`,
  );
}
