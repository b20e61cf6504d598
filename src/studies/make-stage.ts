// One stage of a run: what is current is left alone, the rest is made, and all of it is told.

import { relative } from 'node:path';
import { BadInput, messageOf } from '../errors.ts';
import { systemProblem } from '../files/file-problem.ts';
import type { StageContext } from './context.ts';
import type { StageBegins, StageEnds } from './events.ts';
import type { Failure } from './failures.ts';
import type { Maker } from './maker.ts';
import type { Inputs, Making, OpenTask, Stage, StageTask, TaskStatus } from './stage.ts';
import { statesOf } from './state.ts';

export interface StageOutcome extends Omit<StageEnds, 'type'> {
  /** Nothing that needs this stage can be made. */
  readonly broken?: boolean;
  readonly errors: readonly unknown[];
  /** By the result's path in the run's folder. */
  readonly failures?: ReadonlyMap<string, Omit<Failure, 'stage'>>;
}

export interface MakeStageOptions {
  readonly context: StageContext;
  readonly maker: Maker;
  readonly signal: AbortSignal;
  readonly begins: Omit<StageBegins, 'type' | 'skipped'>;
  /** A stage that it needs and of which nothing came. */
  readonly missing?: string | undefined;
}

/**
 * Makes what is not current of a stage. Never throws for what a task fails with, but tells it.
 *
 * @throws the signal's reason when aborted
 */
export async function makeStage<Task extends StageTask>(
  stage: Stage<Task, unknown>,
  { context, maker, signal, begins, missing }: MakeStageOptions,
): Promise<StageOutcome> {
  const start = performance.now();
  const work = new Work(stage, context, begins, signal);
  if (missing !== undefined) return work.end(start, `the stage ${missing}, which it needs, has failed`);
  const open = await work.plan();
  const groups = groupBy(open, ({ task }) => stage.together?.(task) ?? stage.path(context.run, task));
  try {
    await maker.make({
      ...{ stage, groups, context, signal },
      making: (tasks) => work.making(tasks),
      failRest: (tasks, error) => work.failRest(tasks, error),
    });
  } catch (error) {
    signal.throwIfAborted();
    work.failRest(open, error);
  }
  signal.throwIfAborted();
  return work.end(start);
}

/** Items with the same key together, in the order of the first of each. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

/** What has been done of a stage, and how it is told. */
class Work<Task extends StageTask> {
  readonly #stage: Stage<Task, unknown>;
  readonly #context: StageContext;
  readonly #begins: Omit<StageBegins, 'type' | 'skipped'>;
  readonly #signal: AbortSignal;
  readonly #settled = new Map<Task, TaskStatus<Task>>();
  readonly #errors: unknown[] = [];
  readonly #failures = new Map<string, Omit<Failure, 'stage'>>();
  readonly #counts = { made: 0, skipped: 0, failed: 0 };
  /** In the stage's unit. */
  #done = 0;
  /** Of tasks under way. */
  #within = 0;
  #skipped = 0;

  constructor(
    stage: Stage<Task, unknown>,
    context: StageContext,
    begins: Omit<StageBegins, 'type' | 'skipped'>,
    signal: AbortSignal,
  ) {
    this.#stage = stage;
    this.#context = context;
    this.#begins = begins;
    this.#signal = signal;
  }

  /** Says what there is to do; tasks of which something is missing fail at once. */
  async plan(): Promise<OpenTask<Task>[]> {
    const { resources, on } = this.#context;
    const open: OpenTask<Task>[] = [];
    const impossible: { readonly task: Task; readonly error: unknown }[] = [];
    const skipped: TaskStatus<Task>[] = [];
    for (const status of await statesOf(this.#stage, this.#context)) {
      const { task, state } = status;
      this.#signal.throwIfAborted();
      const made = await this.#inputsOf(task);
      const kept = status.kept === true && !resources.retryFailed;
      if (state === 'current' || kept) skipped.push(status);
      else if ('error' in made) impossible.push({ task, error: made.error });
      else open.push({ task, inputs: made.inputs });
    }
    for (const status of skipped) this.#skip(status);
    on({ type: 'stage-begins', ...this.#begins, skipped: this.#skipped });
    for (const { task } of skipped)
      on({ type: 'task-skipped', stage: this.#stage.name, task: this.#pathOf(task) });
    if (skipped.length > 0) this.#report();
    for (const { task, error } of impossible) {
      this.#errors.push(error);
      this.#fail(task, {}, error);
    }
    return open;
  }

  /** What a task would be made of, or why it cannot be made. */
  async #inputsOf(task: Task): Promise<{ readonly inputs: Inputs } | { readonly error: unknown }> {
    try {
      const inputs = await this.#context.inputsOf(this.#stage, task);
      if (inputs !== undefined) return { inputs };
      const needs = `needs ${this.#stage.needs.join(' and ')}, of which nothing is there`;
      return { error: new BadInput(`${this.#stage.name} ${task.label}`, needs) };
    } catch (error) {
      return { error: systemProblem(error) ?? error };
    }
  }

  /** How these tasks are told of. */
  making(tasks: readonly OpenTask<Task>[]): Making<Task> {
    const inputsOf = new Map(tasks.map(({ task, inputs }) => [task, inputs]));
    return {
      done: (task) => this.#finish(task, 'current'),
      tried: (task, message) => this.#finish(task, 'failed', message),
      failed: (task, error) => {
        const known = systemProblem(error) ?? error;
        this.#errors.push(known);
        this.#fail(task, inputsOf.get(task) ?? {}, known);
      },
      within: (units, detail) => {
        this.#within = units;
        this.#report(detail);
      },
      signal: this.#signal,
    };
  }

  /** What one call could not make, all for the same reason. */
  failRest(group: readonly OpenTask<Task>[], thrown: unknown): void {
    // A full disk is no bug, wherever it is found out.
    const error = systemProblem(thrown) ?? thrown;
    const rest = group.filter(({ task }) => !this.#settled.has(task));
    if (rest.length > 0) this.#errors.push(error);
    for (const { task, inputs } of rest) this.#fail(task, inputs, error);
  }

  end(start: number, missing?: string): StageOutcome {
    const seconds = (performance.now() - start) / 1000;
    const { made, skipped, failed } = this.#counts;
    const reasons = [...new Set([...this.#failures.values()].map(({ message }) => message))];
    const [first] = reasons;
    const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : '';
    const message = missing ?? (first === undefined ? undefined : `${first}${more}`);
    const outcome = missing !== undefined ? 'left out' : failed > 0 ? 'failed' : 'done';
    if (missing !== undefined) this.#context.on({ type: 'stage-begins', ...this.#begins, skipped: 0 });
    else this.#context.settle(this.#stage.name, [...this.#settled.values()]);
    const ends = { stage: this.#stage.name, outcome, made, skipped, failed, seconds } as const;
    this.#context.on({ type: 'stage-ends', ...ends, ...(message !== undefined && { message }) });
    return {
      ...ends,
      ...(message !== undefined && { message }),
      broken: failed > 0 && made + skipped === 0,
      errors: this.#errors,
      failures: this.#failures,
    };
  }

  #pathOf(task: Task): string {
    return relative(this.#context.run, this.#stage.path(this.#context.run, task));
  }

  #sizeOf(task: Task): number {
    return this.#stage.size?.(task, this.#context.opened) ?? 1;
  }

  #settle(status: TaskStatus<Task>): void {
    this.#settled.set(status.task, status);
  }

  #skip(status: TaskStatus<Task>): void {
    const { task } = status;
    this.#settle(status);
    this.#counts.skipped++;
    this.#done += this.#sizeOf(task);
    this.#skipped += this.#sizeOf(task);
  }

  /** A result is on disk, be it that of an attempt in vain. */
  #finish(task: Task, state: 'current' | 'failed', message?: string): void {
    this.#settle({ task, state, ...(message !== undefined && { message, kept: true }) });
    this.#counts.made++;
    const size = this.#sizeOf(task);
    this.#done += size;
    this.#within = Math.max(0, this.#within - size);
    const event = { stage: this.#stage.name, task: this.#pathOf(task) };
    if (message === undefined) this.#context.on({ type: 'task-done', ...event });
    else this.#context.on({ type: 'task-failed', ...event, message });
    this.#report();
  }

  #fail(task: Task, inputs: Failure['inputs'], error: unknown): void {
    const message = messageOf(error);
    this.#settle({ task, state: 'failed', message });
    this.#counts.failed++;
    const path = this.#pathOf(task);
    this.#failures.set(path, { inputs, message });
    this.#context.on({ type: 'task-failed', stage: this.#stage.name, task: path, message });
  }

  #report(detail?: string): void {
    const { unit, total } = this.#begins;
    this.#context.on({
      type: 'progress',
      ...{ stage: this.#stage.name, unit, total, skipped: this.#skipped },
      done: Math.min(total, this.#done + this.#within),
      ...(detail !== undefined && { detail }),
    });
  }
}
