// The process that computes for a worker: it has the study open, makes jobs one after the other, and ends with its
// worker. Whatever happens to it, its worker goes on.

import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { BadInput, FileFailure, MissingDependency, ModelFailure, messageOf } from '../errors.ts';
import { systemProblem } from '../files/file-problem.ts';
import { packError } from '../files/packed-error.ts';
import { sameInputs } from '../recordings/result-file.ts';
import { stagedIn } from '../recordings/staging.ts';
import { StageContext } from '../studies/context.ts';
import { judgeApiKey } from '../studies/judge-api-key.ts';
import { readManifest } from '../studies/manifest.ts';
import { ModelShelf } from '../studies/model-shelf.ts';
import { openStudy } from '../studies/open.ts';
import type { Making, OpenTask, Stage, StageTask } from '../studies/stage.ts';
import { JUDGEMENTS } from '../studies/stages/judgements.ts';
import { stageNamed } from '../studies/stages.ts';
import { differences, identityOf } from './identity.ts';
import { hashOfInputs, type Job, type Settled } from './jobs.ts';
import type { Made, Order, Word } from './orders.ts';

type Opening = Extract<Order, { what: 'open' }>;

/** Errors that say something of the machine, and nothing of the task. */
const SURROUNDINGS = [FileFailure, MissingDependency, ModelFailure];

class Compute {
  readonly #context: StageContext;
  readonly #shelf: ModelShelf;
  readonly #stop: AbortController;
  readonly #say: (word: Word) => void;
  #stage: string | undefined;

  constructor(context: StageContext, stop: AbortController, say: (word: Word) => void) {
    this.#context = context;
    this.#stop = stop;
    this.#shelf = new ModelShelf(context, stop.signal);
    this.#say = say;
  }

  /** Never rejects. */
  async make(job: Job, folder: string): Promise<Made> {
    try {
      return await this.#make(job, folder);
    } catch (thrown) {
      const error = systemProblem(thrown) ?? thrown;
      if (this.#stop.signal.aborted) return { how: 'lost', reason: 'its worker was stopped' };
      return { how: 'lost', reason: messageOf(error) };
    }
  }

  async #make(job: Job, folder: string): Promise<Made> {
    const stage = stageNamed(job.stage);
    // What earlier stages have made since is there to be read.
    if (this.#stage !== stage.name) this.#context.forget();
    this.#stage = stage.name;
    const all = await this.#tasksOf(stage, job);
    if (all === undefined) {
      this.#context.forget();
      return { how: 'other inputs' };
    }
    const there = await Promise.all(all.map((open) => this.#isThere(stage, open)));
    const open = all.filter((_, i) => there[i] !== true);
    const settled = all.filter((one) => !open.includes(one)).map((one) => this.#done(stage, one));
    for (const { task } of settled) this.#say({ what: 'done', task });
    if (open.length === 0) return { how: 'made', settled };
    this.#context.models = await this.#shelf.hold(new Set(job.models));
    return stagedIn(folder, () => this.#call(stage, open, settled));
  }

  /** The tasks of a job with what they are made of; undefined if that is not what the run's process has seen. */
  async #tasksOf(stage: Stage, { tasks, inputs }: Job): Promise<OpenTask<StageTask>[] | undefined> {
    const byPath = await this.#context.once(`tasks ${stage.name}`, async () => {
      const all = stage.tasks(this.#context.opened);
      return new Map(all.map((task) => [this.#pathOf(stage, task), task]));
    });
    const found: OpenTask<StageTask>[] = [];
    for (const path of tasks) {
      const task = byPath.get(path);
      const made = task && (await this.#context.inputsOf(stage, task).catch(() => undefined));
      if (task === undefined || made === undefined) return undefined;
      found.push({ task, inputs: made });
    }
    return hashOfInputs(found.map((one) => one.inputs)) === inputs ? found : undefined;
  }

  async #isThere(stage: Stage, { task, inputs }: OpenTask<StageTask>): Promise<boolean> {
    const stored = await (stage.readInputs ?? stage.read)(this.#context.run, task).catch(() => undefined);
    return stored !== undefined && !('failure' in stored) && sameInputs(stored.inputs, inputs);
  }

  async #call(stage: Stage, open: readonly OpenTask<StageTask>[], settled: Settled[]): Promise<Made> {
    const surroundings: unknown[] = [];
    const fail = (task: StageTask, thrown: unknown) => {
      const error = systemProblem(thrown) ?? thrown;
      if (SURROUNDINGS.some((kind) => error instanceof kind)) surroundings.push(error);
      const failure = { state: 'failed', message: messageOf(error), error: packError(error) } as const;
      settled.push({ task: this.#pathOf(stage, task), ...failure });
    };
    const making: Making<StageTask> = {
      done: (task) => {
        const one = this.#done(stage, { task });
        settled.push(one);
        this.#say({ what: 'done', task: one.task });
      },
      tried: (task, message) => settled.push({ task: this.#pathOf(stage, task), state: 'tried', message }),
      failed: fail,
      within: (units, detail) =>
        this.#say({ what: 'within', units, ...(detail !== undefined && { detail }) }),
      signal: this.#stop.signal,
    };
    try {
      await stage.make(open, this.#context, making);
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      const told = new Set(settled.map(({ task }) => task));
      for (const { task } of open) if (!told.has(this.#pathOf(stage, task))) fail(task, error);
    }
    const [first] = surroundings;
    return first === undefined ? { how: 'made', settled } : { how: 'lost', reason: messageOf(first) };
  }

  #done(stage: Stage, { task }: Pick<OpenTask<StageTask>, 'task'>): Settled {
    return { task: this.#pathOf(stage, task), state: 'done' };
  }

  #pathOf(stage: Stage, task: StageTask): string {
    return relative(this.#context.run, stage.path(this.#context.run, task));
  }
}

/**
 * Opens the study as it lies in this machine's folder.
 *
 * @throws BadInput if it is not the one that the run's process has
 */
async function open(order: Opening, say: (word: Word) => void): Promise<Compute> {
  const { file, out, interactions, identity, stages, resources } = order;
  const study = await openStudy(file, out, { interactions });
  // Of models that are not here it is known what they are; they are fetched when a job takes them.
  const { models } = await readManifest(study.run);
  const opened = study.with({ infos: new Map([...Object.entries(models), ...study.infos]) });
  const wrong = differences(identityOf(opened), identity);
  if (wrong.length > 0) {
    const advice = 'the folder, the study file and interbrain have to be the same for all that work on a run';
    throw new BadInput(join(out, opened.study.name), `${wrong.join('; ')}, as the run has it; ${advice}`);
  }
  const { judge } = opened.study;
  const judges = stages?.includes(JUDGEMENTS.name) ?? true;
  // The key is this machine's to have; who has none leaves the stage to others.
  if (judge && judge !== 'rule' && judges) judgeApiKey(judge, process.env);
  const stop = new AbortController();
  process.on('message', (message: Order) => {
    if (message.what === 'stop') stop.abort(new Error('stopped'));
  });
  const context = new StageContext(opened, resources, (event) => say({ what: 'event', event }));
  return new Compute(context, stop, say);
}

async function serve(): Promise<void> {
  const say = (word: Word) => process.send?.(word);
  let compute: Compute | undefined;
  process.on('message', async (order: Order) => {
    if (order.what === 'open') {
      const file = fileURLToPath(import.meta.url).replace(/compute(\.[jt]s)$/, 'pulse$1');
      new Worker(file, { workerData: { pulse: order.pulse } });
      try {
        compute = await open(order, say);
        say({ what: 'ready' });
      } catch (thrown) {
        say({ what: 'refused', error: packError(systemProblem(thrown) ?? thrown) });
      }
    } else if (order.what === 'make' && compute)
      say({ what: 'ended', made: await compute.make(order.job, order.folder) });
  });
}

// A signal to the whole group is its worker's to deal with, and without that there is nothing to do.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit(1));
await serve();
