// A run on one machine with several cores. Stages whose products are small gain little from threads, so their groups of
// tasks are made side by side by processes of their own, with fewer threads each; all else is made by this process.

import { randomUUID } from 'node:crypto';
import { dirname, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ModelFailure } from '../errors.ts';
import { unpackError } from '../files/packed-error.ts';
import { openAttempt, revoke, revokeAll } from '../recordings/staging.ts';
import type { StageContext } from '../studies/context.ts';
import type { OnEvent, StudyEvent } from '../studies/events.ts';
import { LocalMaker, type Maker, type StageWork } from '../studies/maker.ts';
import type { Making, OpenTask, StageTask } from '../studies/stage.ts';
import { STAGES } from '../studies/stages.ts';
import { ComputeProcess, type OnWord } from './compute-process.ts';
import { identityOf } from './identity.ts';
import { type PlannedJob, planJobs, type Settled } from './jobs.ts';
import { sideBySide } from './side-by-side.ts';
import { thisWorker } from './worker-name.ts';

/** Milliseconds that a stage takes before processes are started for the rest of it. */
const PATIENCE = 3000;
/** Seconds of silence after which a process is ended; what it had is made here. */
const LOST_AFTER = 120;

/** A process, and who hears of what it does. */
interface Helper {
  process: ComputeProcess;
  hear: OnWord;
}

export class ProcessesMaker implements Maker {
  readonly #local = new LocalMaker();
  readonly #interactions: number | undefined;
  readonly #patience: number;
  readonly #idle: Helper[] = [];
  readonly #all = new Set<ComputeProcess>();
  /** The run's folder. */
  #run: string | undefined;

  /**
   * @param interactions in place of the study's own number
   * @param patience milliseconds that a stage takes before processes are started for what it has not begun
   */
  constructor(interactions: number | undefined, patience = PATIENCE) {
    this.#interactions = interactions;
    this.#patience = patience;
  }

  begin(context: StageContext, signal: AbortSignal): Promise<void> {
    this.#run = context.run;
    return this.#local.begin(context, signal);
  }

  async make<Task extends StageTask>(work: StageWork<Task>): Promise<void> {
    const division = divisionOf(work);
    const { many } = division;
    if (many < 2) return this.#local.make(work);
    const shared = { work, open: planJobs(work, many), progress: new Progress(work), division };
    const stop = () => void this.#stopAll();
    work.signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.all([
        this.#makeHere(shared),
        ...Array.from({ length: many - 1 }, () => this.#help(shared)),
      ]);
    } finally {
      work.signal.removeEventListener('abort', stop);
    }
  }

  async end(): Promise<void> {
    await this.#stopAll();
    if (this.#run !== undefined) await revokeAll(this.#run);
    await this.#local.end();
  }

  /** One group after the other in this process. */
  async #makeHere<Task extends StageTask>({ work, open, progress }: Shared<Task>): Promise<void> {
    for (let one = open.shift(); one !== undefined; one = open.shift())
      await makeHere(this.#local, one, work, progress);
    progress.over.abort();
  }

  /** Groups that nobody has begun, in a process of their own; none is started for what is soon done. */
  async #help<Task extends StageTask>(shared: Shared<Task>): Promise<void> {
    const { work, open, progress, division } = shared;
    let helper = this.#idle.pop();
    if (helper === undefined) {
      await wait(this.#patience, undefined, { signal: progress.over.signal }).catch(() => {});
      if (open.length === 0 || work.signal.aborted) return;
      // Where none can be had, this process makes it all.
      helper = await this.#start(work.context, division).catch(() => undefined);
    }
    if (helper === undefined) return;
    while (!helper.process.ended) {
      const one = open.shift();
      if (one === undefined) break;
      const rest = await this.#makeThere(helper, one, shared);
      if (rest.length > 0) await makeHere(this.#local, { ...one, open: rest }, work, progress);
    }
    if (!helper.process.ended) this.#idle.push(helper);
  }

  /** One group in a helper; returns what of it nothing is known of. */
  async #makeThere<Task extends StageTask>(
    helper: Helper,
    planned: PlannedJob<Task>,
    { work, progress }: Shared<Task>,
  ): Promise<readonly OpenTask<Task>[]> {
    const { context, signal } = work;
    const { id, job } = planned;
    const { stage, what, tasks } = job;
    const tenant = { worker: thisWorker(), job: id, stage, what, tasks: tasks.length };
    const attempt = { ...tenant, since: new Date().toISOString(), beat: 0 };
    const folder = await openAttempt(context.run, randomUUID(), attempt);
    helper.hear = progress.hearer(planned, context.on);
    try {
      const made = await helper.process.make(job, folder);
      signal.throwIfAborted();
      return progress.settle(planned, made.how === 'made' ? made.settled : []);
    } finally {
      await revoke(folder);
    }
  }

  async #start({ opened, run, resources }: StageContext, { threads, memory }: Division): Promise<Helper> {
    const { source } = opened.parts;
    if (source === undefined) throw new RangeError('the study was not opened from a file');
    const opening = {
      ...{ file: source.file, out: dirname(run), interactions: this.#interactions },
      identity: identityOf(opened),
      stages: STAGES.filter((stage) => stage.processorBound === true).map(({ name }) => name),
      resources: { threads, memory, device: resources.device },
    };
    let helper: Helper | undefined;
    const process = await ComputeProcess.start(opening, LOST_AFTER, (word) => helper?.hear(word));
    helper = { process, hear: () => {} };
    this.#all.add(process);
    return helper;
  }

  async #stopAll(): Promise<void> {
    const all = [...this.#all];
    this.#all.clear();
    this.#idle.length = 0;
    await Promise.all(all.map((process) => process.stop()));
  }
}

type Division = ReturnType<typeof sideBySide>;

/** Among how many processes a stage's groups are divided; 1 for none besides this one. */
function divisionOf<Task extends StageTask>({ stage, groups, context }: StageWork<Task>): Division {
  const { opened, resources } = context;
  const { threads, memory, device } = resources;
  const hiddenSize = Math.max(0, ...[...opened.infos.values()].map((info) => info.hiddenSize));
  const possible = stage.processorBound === true && opened.parts.source !== undefined;
  return sideBySide({ parts: possible ? groups.length : 1, hiddenSize, device, threads, memory });
}

/** What those who make a stage share. */
interface Shared<Task extends StageTask> {
  readonly work: StageWork<Task>;
  /** Groups that nobody has begun. */
  readonly open: PlannedJob<Task>[];
  readonly progress: Progress<Task>;
  readonly division: Division;
}

function makeHere<Task extends StageTask>(
  local: LocalMaker,
  planned: PlannedJob<Task>,
  work: StageWork<Task>,
  progress: Progress<Task>,
): Promise<void> {
  return local.make({ ...work, groups: [planned.open], making: () => progress.makingOf(planned) });
}

/** What is told of the tasks of a stage while several processes make them. */
class Progress<Task extends StageTask> {
  /** Aborted when there is nothing left to begin. */
  readonly over = new AbortController();
  readonly #work: StageWork<Task>;
  readonly #making: Making<Task>;
  readonly #told = new Set<Task>();
  readonly #units = new Map<string, number>();

  constructor(work: StageWork<Task>) {
    this.#work = work;
    this.#making = work.making(work.groups.flat());
  }

  /** How tasks of a job are told of by who makes them here. */
  makingOf(planned: PlannedJob<Task>): Making<Task> {
    return {
      done: (task) => this.#tell(planned, task, () => this.#making.done(task)),
      tried: (task, message) => this.#tell(planned, task, () => this.#making.tried(task, message)),
      failed: (task, error) => this.#tell(planned, task, () => this.#making.failed(task, error)),
      within: (units, detail) => this.#within(planned, units, detail),
      signal: this.#making.signal,
    };
  }

  /** Hears of a job from the process that makes it. */
  hearer(planned: PlannedJob<Task>, on: OnEvent): OnWord {
    return (word) => {
      if (word.what === 'event') on(word.event as StudyEvent);
      else if (word.what === 'done') this.#settleOne(planned, { task: word.task, state: 'done' });
      else this.#within(planned, word.units, word.detail);
    };
  }

  /** Tells what a job has come to; returns the tasks of which nothing is known. */
  settle(planned: PlannedJob<Task>, settled: readonly Settled[]): OpenTask<Task>[] {
    for (const one of settled) this.#settleOne(planned, one);
    this.#units.delete(planned.id);
    return planned.open.filter(({ task }) => !this.#told.has(task));
  }

  #settleOne(planned: PlannedJob<Task>, { task: path, state, message = 'failed', error }: Settled): void {
    const { stage, context } = this.#work;
    const open = planned.open.find(
      ({ task }) => relative(context.run, stage.path(context.run, task)) === path,
    );
    if (open === undefined) return;
    const making = this.makingOf(planned);
    if (state === 'done') making.done(open.task);
    else if (state === 'tried') making.tried(open.task, message);
    else making.failed(open.task, error ? unpackError(error) : new ModelFailure(stage.name, message));
  }

  /** Once of each task. */
  #tell({ id }: PlannedJob<Task>, task: Task, tell: () => void): void {
    if (this.#told.has(task)) return;
    this.#told.add(task);
    const { stage, context } = this.#work;
    const left = (this.#units.get(id) ?? 0) - (stage.size?.(task, context.opened) ?? 1);
    this.#units.set(id, Math.max(0, left));
    tell();
  }

  #within({ id }: PlannedJob<Task>, units: number, detail: string | undefined): void {
    this.#units.set(id, units);
    const all = [...this.#units.values()].reduce((sum, one) => sum + one, 0);
    this.#making.within(all, detail);
  }
}
