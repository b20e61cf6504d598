// What there is of a study: for every result that it asks for whether it is current, stale, missing or failed. Whoever
// counts results, or shows one, asks here.

import { relative } from 'node:path';
import { InterbrainError } from '../errors.ts';
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

/** The states of a stage's tasks, in their order. */
export function statesOf<Task extends StageTask>(
  stage: Stage<Task, unknown>,
  context: StageContext,
): Promise<readonly TaskStatus<Task>[]> {
  return context.once(`states ${stage.name}`, async () => {
    const states: TaskStatus<Task>[] = [];
    for (const task of stage.tasks(context.opened)) states.push(await statusOf(stage, task, context));
    return states;
  });
}

/** Nothing for what is not there or cannot be read, which is a user's matter; what else is thrown is a bug. */
function unlessBug(error: unknown): undefined {
  if (!(error instanceof InterbrainError)) throw error;
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

/**
 * The results of a stage that may be shown, and the tasks that have none.
 *
 * @returns nothing but names if the study does not ask for the stage
 */
export async function currentResults<Task extends StageTask, Result>(
  stage: Stage<Task, Result>,
  context: StageContext,
): Promise<StageResults<Task, Result>> {
  const states = stage.asked(context.opened.study) ? await statesOf(stage, context) : [];
  const withState = (wanted: TaskState) => states.filter(({ state }) => state === wanted);
  const resultOf = async (task: Task) => (await stage.read(context.run, task)).result;
  const current: { readonly task: Task; readonly result: Result }[] = [];
  for (const { task } of withState('current')) current.push({ task, result: await resultOf(task) });
  const failed: StageResults<Task, Result>['failed'][number][] = [];
  for (const { task, message = 'unknown' } of withState('failed')) {
    const result = await resultOf(task).catch(unlessBug);
    failed.push({ task, message, ...(result !== undefined && { result }) });
  }
  return {
    stage: stage.name,
    results: stage.results,
    current,
    stale: withState('stale').map(({ task }) => task),
    missing: withState('missing').map(({ task }) => task),
    failed,
  };
}
