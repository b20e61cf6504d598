// A run whose results are made by workers: its own process plans the jobs of a stage, puts them into the queue, and takes
// note of the results, which it finds in its folder. What Redis forgets it says again.

import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { relative, resolve } from 'node:path';
import type { Redis } from 'ioredis';
import { BadInput } from '../errors.ts';
import { lockId } from '../recordings/run-lock.ts';
import { revokeAll } from '../recordings/staging.ts';
import type { StageContext } from '../studies/context.ts';
import type { OnEvent } from '../studies/events.ts';
import type { Maker, RunOutcome, StageWork } from '../studies/maker.ts';
import type { StageTask } from '../studies/stage.ts';
import type { QueueAddress } from './address.ts';
import {
  type Announcement,
  announce,
  eventsChannel,
  type Work,
  wakeChannel,
  workersKey,
} from './announcement.ts';
import { identityOf } from './identity.ts';
import { type Message, parseMessage, takes } from './messages.ts';
import { inTime, unlessAborted } from './patience.ts';
import { connectQueue } from './redis.ts';
import { type AnyJobs, StageJobs } from './stage-jobs.ts';
import { Watch } from './watch.ts';

export interface QueueMakerOptions {
  readonly address: QueueAddress;
  /** Seconds after which a worker that is not heard of has lost its job. */
  readonly lostAfter: number;
  /** In place of the study's own number. */
  readonly interactions?: number | undefined;
}

/** Seconds in which Redis has to answer when a run begins. */
const PATIENCE = 10;
/** Milliseconds between two looks at what has ended, where nobody says that something has. */
const LOOK = 500;
/** Milliseconds between two looks at the workers. */
const WATCH = 1000;
/** Seconds without anybody who takes what there is, after which the user is told; again after so many times as long. */
const ALONE = 15;
/** Workers that are reckoned with while none is known. */
const SOME_WORKERS = 4;

export class QueueMaker implements Maker {
  readonly #options: QueueMakerOptions;
  readonly #session = randomUUID();
  /** The run's folder. */
  #run = '';
  #redis: Redis | undefined;
  #ears: Redis | undefined;
  #watch: Watch | undefined;
  #announcement: Omit<Announcement, 'format'> | undefined;
  #timers: NodeJS.Timeout[] = [];
  #on: OnEvent = () => {};
  #jobs: AnyJobs | undefined;
  #wake: () => void = () => {};
  readonly #warned = new Set<string>();

  constructor(options: QueueMakerOptions) {
    this.#options = options;
  }

  async begin(context: StageContext, signal: AbortSignal): Promise<void> {
    const { address, lostAfter, interactions } = this.#options;
    this.#on = context.on;
    const { opened, run } = context;
    this.#run = run;
    const lock = await lockId(run);
    const { source } = opened.parts;
    if (source === undefined || lock === undefined)
      throw new BadInput(run, 'only a study that was opened from its file can be shared out by a queue');
    const onTrouble = (message: string) => context.on({ type: 'warning', message });
    this.#redis = await connectQueue(address, { patience: PATIENCE, onTrouble, signal });
    this.#ears = await connectQueue(address, { patience: PATIENCE, signal });
    this.#announcement = {
      ...{ session: this.#session, study: opened.study.name, lock, lostAfter },
      file: relative(resolve(run), resolve(source.file)),
      ...(interactions !== undefined && { interactions }),
      ...{ identity: identityOf(opened), state: 'running', work: [] },
    };
    const cpu = cpus()[0]?.model.trim() ?? 'unknown';
    this.#watch = new Watch(this.#redis, { session: this.#session, lostAfter, cpu }, context.on);
    await announce(this.#redis, this.#announcement);
    await this.#listen(this.#ears);
    this.#every((lostAfter * 1000) / 6, () => this.#say());
    this.#every(WATCH, () => this.#watch?.look());
  }

  async make<Task extends StageTask>(work: StageWork<Task>): Promise<void> {
    if (work.groups.length === 0) return;
    const [redis, watch] = [this.#redis, this.#watch];
    if (redis === undefined || watch === undefined) throw new RangeError('the run has not begun');
    await watch.look();
    const workers = watch.workers.length || SOME_WORKERS;
    const { lostAfter } = this.#options;
    const jobs = new StageJobs(work, { redis, session: this.#session, lostAfter, workers });
    this.#jobs = jobs;
    const { signal } = work;
    try {
      await unlessAborted(jobs.open(), signal);
      await unlessAborted(this.#say(jobs.work), signal);
      await redis.publish(wakeChannel(this.#session), '');
      await this.#settleAll(jobs, signal);
    } finally {
      this.#jobs = undefined;
      await inTime(this.#say([]));
      await inTime(jobs.close());
    }
  }

  async end(outcome: RunOutcome): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#redis && this.#announcement) {
      // Nobody writes for this run any more; a Redis that is away does not keep it from ending.
      await revokeAll(this.#run);
      const said = announce(this.#redis, { ...this.#announcement, state: outcome, work: [] });
      await inTime(
        said
          .then(() => this.#redis?.publish(wakeChannel(this.#session), ''))
          .then(() => this.#redis?.del(workersKey(this.#session))),
      );
    }
    this.#redis?.disconnect();
    this.#ears?.disconnect();
  }

  /** Until every task has been heard of. */
  async #settleAll(jobs: AnyJobs, signal: AbortSignal): Promise<void> {
    let alone = performance.now();
    let patience = ALONE;
    while (!(await unlessAborted(jobs.look(), signal))) {
      if (!this.#isAlone(jobs)) alone = performance.now();
      else if (performance.now() - alone > patience * 1000) {
        this.#on({ type: 'warning', message: this.#aloneText(jobs) });
        [alone, patience] = [performance.now(), patience * ALONE];
      }
      await this.#somethingNew();
    }
  }

  /** Whether there is something that no worker takes which is there. */
  #isAlone(jobs: AnyJobs): boolean {
    return this.#untaken(jobs).length > 0;
  }

  #untaken(jobs: AnyJobs): readonly Work[] {
    const workers = this.#watch?.workers ?? [];
    return jobs.waiting.filter(({ stage, models }) => !workers.some((one) => takes(one, stage, models)));
  }

  #aloneText(jobs: AnyJobs): string {
    const { shown } = this.#options.address;
    const workers = this.#watch?.workers.length ?? 0;
    if (workers === 0)
      return `no worker is there; start some in this folder, here or on other machines: interbrain worker --queue ${shown}`;
    const what = this.#untaken(jobs).map(({ stage, models }) =>
      models.length === 0 ? stage : `${stage} with ${models.join(' and ')}`,
    );
    return `none of the ${workers} workers takes ${[...new Set(what)].join(', ')}; start one without --stages and --models, or with these`;
  }

  /** A while, or until somebody says that a job has ended. */
  #somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Says what there is; the work as it was by default. */
  async #say(work?: readonly Work[]): Promise<void> {
    if (this.#announcement === undefined || this.#redis === undefined) return;
    if (work !== undefined) this.#announcement = { ...this.#announcement, work: [...work] };
    await announce(this.#redis, this.#announcement);
  }

  async #listen(ears: Redis): Promise<void> {
    await ears.subscribe(eventsChannel(this.#session));
    ears.on('message', (_, text: string) => {
      const message = parseMessage(text);
      if (message !== undefined) this.#hear(message);
    });
  }

  #hear(message: Message): void {
    switch (message.type) {
      case 'turn':
        this.#on(message);
        break;
      case 'warning':
        // Every worker says it.
        if (!this.#warned.has(message.message)) this.#on(message);
        this.#warned.add(message.message);
        break;
      case 'lost':
        this.#on({ ...message, type: 'worker', does: 'lost' });
        break;
      case 'done':
        void this.#jobs?.hearDone(message);
        break;
      case 'within':
        this.#jobs?.hearWithin(message);
        break;
      case 'ended':
        this.#wake();
    }
  }

  /** Does something over and over; a Redis that is away is told of elsewhere. */
  #every(milliseconds: number, act: () => Promise<void> | undefined): void {
    let acting = false;
    const once = async () => {
      if (acting) return;
      acting = true;
      await act()?.catch(() => {});
      acting = false;
    };
    this.#timers.push(setInterval(() => void once(), milliseconds));
  }
}
