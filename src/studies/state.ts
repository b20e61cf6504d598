// What there is of a study: for every result that it asks for whether it is current, stale, missing or failed. Whoever
// counts results, or shows one, asks here.

import { relative } from 'node:path';
import { CorruptFile, InterbrainError } from '../errors.ts';
import { systemProblem } from '../files/file-problem.ts';
import { inOrder } from '../files/in-order.ts';
import { sameInputs } from '../recordings/result-file.ts';
import { StageContext } from './context.ts';
import { readFailures } from './failures.ts';
import type { OpenStudy } from './open.ts';
import type { Stage, StageResults, StageTask, Stored, TaskState, TaskStatus } from './stage.ts';
import { STAGES, stageNamed } from './stages.ts';

export interface StageStatus {
  readonly stage: string;
  /** What its results are called: `measures`. */
  readonly results: string;
  readonly tasks: readonly TaskStatus[];
}

/** The state of every result that a study asks for, by stage, in the order in which they are made. */
export async function stateOf(opened: OpenStudy): Promise<StageStatus[]> {
  const context = new StageContext(opened);
  const all: StageStatus[] = [];
  for (const stage of STAGES.filter((one) => one.asked(opened.study)))
    all.push({ stage: stage.name, results: stage.results, tasks: await statesOf(stage, context) });
  return all;
}

/** Results that lie in a run and cannot be read: a disk or somebody's hand has damaged them. Paths, with why. */
export async function damagedResults(context: StageContext): Promise<string[]> {
  const { opened } = context;
  const damaged: string[] = [];
  for (const stage of STAGES.filter((one) => one.asked(opened.study)))
    for (const { task, state } of await statesOf(stage, context)) {
      // What a result has besides its JSON differs from it in the ending.
      const stem = stage.path(opened.run, task).replace(/\.json$/, '');
      if (state === 'current' || state === 'stale') continue;
      const reason = await stage.read(opened.run, task).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (reason instanceof CorruptFile && reason.path.startsWith(stem)) damaged.push(reason.message);
    }
  return damaged;
}

/** The states of a stage's tasks, in their order. */
export function statesOf<Task extends StageTask>(
  stage: Stage<Task, unknown>,
  context: StageContext,
): Promise<readonly TaskStatus<Task>[]> {
  return context.once(`states ${stage.name}`, async () => {
    const states: TaskStatus<Task>[] = [];
    const all = inOrder(stage.tasks(context.opened), (task) => statusOf(stage, task, context));
    for await (const status of all) states.push(status);
    return states;
  });
}

/** Nothing for what is not there or cannot be read, which is a user's matter; what else is thrown is a bug. */
function unlessBug(error: unknown): undefined {
  if (!(error instanceof InterbrainError) && !systemProblem(error)) throw error;
}

/** The inputs of a stored result; undefined if there is none, or it is damaged or of another format. */
function storedInputs<Task extends StageTask>(
  { read, readInputs }: Stage<Task, unknown>,
  task: Task,
  run: string,
): Promise<Omit<Stored<unknown>, 'result'> | undefined> {
  return (readInputs ?? read)(run, task).catch(unlessBug);
}

async function statusOf<Task extends StageTask>(
  stage: Stage<Task, unknown>,
  task: Task,
  context: StageContext,
): Promise<TaskStatus<Task>> {
  const { run } = context;
  const stored = await storedInputs(stage, task, run);
  const inputs = await context.inputsOf(stage, task).catch(unlessBug);
  if (stored === undefined) {
    const failures = await context.once('failures', () => readFailures(run));
    const failure = failures.get(relative(run, stage.path(run, task)));
    const same = failure && (inputs === undefined || sameInputs(failure.inputs, inputs));
    return same ? { task, state: 'failed', message: failure.message } : { task, state: 'missing' };
  }
  if (inputs === undefined || !sameInputs(stored.inputs, inputs)) return { task, state: 'stale' };
  if (!(await isSettled(stage, task, context))) return { task, state: 'stale' };
  return stored.failure === undefined
    ? { task, state: 'current' }
    : { task, state: 'failed', message: stored.failure, kept: true };
}

/** Whether every result that a task is made of is current, or cannot be had. */
async function isSettled<Task extends StageTask>(
  stage: Stage<Task, unknown>,
  task: Task,
  context: StageContext,
): Promise<boolean> {
  for (const name of stage.needs) {
    const needed = stageNamed(name);
    if (!needed.asked(context.opened.study)) continue;
    const unsettled = await context.once(`unsettled ${name}`, async () => {
      const states = context.settled(name) ?? (await statesOf(needed, context));
      return scopesOf(states.filter(({ state }) => state === 'stale' || state === 'missing'));
    });
    const scopes = task.scope.length === 0 ? [''] : task.scope;
    if (scopes.some((scope) => overlaps(unsettled, scope))) return false;
  }
  return true;
}

/** Scopes of tasks, and all that these lie in. */
interface Scopes {
  readonly own: ReadonlySet<string>;
  readonly around: ReadonlySet<string>;
}

function scopesOf(tasks: readonly TaskStatus[]): Scopes {
  const own = new Set(tasks.flatMap(({ task }) => (task.scope.length === 0 ? [''] : task.scope)));
  return { own, around: new Set([...own].flatMap(enclosing)) };
}

/** A scope and those that it lies in: `a+b/0/x`, `a+b/0`, `a+b`, and all. */
function enclosing(scope: string): string[] {
  const parts = scope === '' ? [] : scope.split('/');
  return Array.from({ length: parts.length + 1 }, (_, dropped) =>
    parts.slice(0, parts.length - dropped).join('/'),
  );
}

/** Whether one of the scopes lies in this one, or this one in it. */
function overlaps({ own, around }: Scopes, scope: string): boolean {
  return around.has(scope) || enclosing(scope).some((outer) => own.has(outer));
}

/** Results that are read before they are asked for. */
const READ_AHEAD = 4;

/** A result that may be shown, or what there is of one that failed. */
interface ReadResult<Task, Result> {
  readonly task: Task;
  /** Absent of a failure of which nothing was kept. */
  readonly result?: Result;
  /** Why it failed; absent if it is current. */
  readonly message?: string;
}

/**
 * The current results of a stage and those that failed, one after another in the order of its tasks. None is kept but the
 * few that are read ahead, so that a stage of any size can be read.
 *
 * @returns nothing if the study does not ask for the stage
 * @throws CorruptFile naming a file that is damaged meanwhile
 */
export async function* eachResult<Task extends StageTask, Result>(
  stage: Stage<Task, Result>,
  context: StageContext,
): AsyncGenerator<ReadResult<Task, Result>> {
  const resultOf = async (task: Task) => (await stage.read(context.run, task)).result;
  const read = async ({ task, state, message = 'unknown' }: TaskStatus<Task>) => {
    if (state === 'current') return { task, result: await resultOf(task) };
    const result = await resultOf(task).catch(unlessBug);
    return { task, message, ...(result !== undefined && { result }) };
  };
  const states = await askedStates(stage, context);
  const there = states.filter(({ state }) => state === 'current' || state === 'failed');
  yield* inOrder(there, read, READ_AHEAD);
}

async function askedStates<Task extends StageTask>(
  stage: Stage<Task, unknown>,
  context: StageContext,
): Promise<readonly TaskStatus<Task>[]> {
  return stage.asked(context.opened.study) ? statesOf(stage, context) : [];
}

/**
 * The results of a stage that may be shown, and the tasks that have none.
 *
 * @returns nothing but names if the study does not ask for the stage
 */
export async function currentResults<Task extends StageTask, Result>(
  stage: Stage<Task, Result>,
  context: StageContext,
): Promise<StageResults<Task, Result>> {
  const states = await askedStates(stage, context);
  const withState = (wanted: TaskState) =>
    states.filter(({ state }) => state === wanted).map(({ task }) => task);
  const current: { readonly task: Task; readonly result: Result }[] = [];
  const failed: StageResults<Task, Result>['failed'][number][] = [];
  for await (const { task, result, message } of eachResult(stage, context)) {
    if (message !== undefined) failed.push({ task, message, ...(result !== undefined && { result }) });
    else if (result !== undefined) current.push({ task, result });
  }
  const { name, results } = stage;
  return { stage: name, results, current, stale: withState('stale'), missing: withState('missing'), failed };
}
