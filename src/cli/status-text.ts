// What there is of a study, for people and for programs.

import type { Attempt } from '../recordings/staging.ts';
import type { TaskState, TaskStatus } from '../studies/stage.ts';
import type { StageStatus } from '../studies/state.ts';
import type { StatusDocument } from './documents.ts';
import { duration } from './progress-line.ts';

/** What the state of a study is told from. */
export interface StatusInput {
  readonly study: string;
  /** The run's folder. */
  readonly run: string;
  /** Models in seats A and B, in the order in which they are shown. */
  readonly orders: readonly { readonly names: readonly [string, string] }[];
  readonly stages: readonly StageStatus[];
  /** What hub models that are not here are called there, by the study's names. */
  readonly toDownload: ReadonlyMap<string, string>;
  /** Who makes what just now; nobody without a queue. */
  readonly workers: readonly Attempt[];
  /** Path of the report's page; undefined if there is none. */
  readonly report: string | undefined;
  /** The command that goes on with the study. */
  readonly again: string;
}

/** Failures that are told one by one. */
const TOLD_FAILURES = 5;

const count = (tasks: readonly TaskStatus[], state: TaskState) =>
  tasks.filter((task) => task.state === state).length;

/** `7/8 judgements (1 failed)`; each kind of result by itself. */
function countTexts({ results, tasks }: StageStatus): string[] {
  const kinds = [...new Set(tasks.map(({ task }) => task.kind))];
  return kinds.map((kind) =>
    countText(
      kind === undefined ? results : `${kind} ${results}`,
      tasks.filter(({ task }) => task.kind === kind),
    ),
  );
}

function countText(results: string, tasks: readonly TaskStatus[]): string {
  const rest = (['stale', 'failed'] as const)
    .map((state) => ({ state, n: count(tasks, state) }))
    .filter(({ n }) => n > 0)
    .map(({ state, n }) => `${n} ${state}`);
  const parens = rest.length > 0 ? ` (${rest.join(', ')})` : '';
  return `${count(tasks, 'current')}/${tasks.length} ${results}${parens}`;
}

/** The part of each stage that belongs to one seat order, or to none. */
function partOf(stages: readonly StageStatus[], names: readonly [string, string] | undefined): StageStatus[] {
  const key = names?.join('\n');
  return stages
    .map((stage) => ({
      ...stage,
      tasks: stage.tasks.filter(({ task }) => task.order?.names.join('\n') === key),
    }))
    .filter(({ tasks }) => tasks.length > 0);
}

/** Commands that make what is not there. */
function nextCommands({ stages, run, report, again }: StatusInput): { retry?: string; goOn?: string } {
  const tasks = stages.flatMap((stage) => stage.tasks);
  // A failed judgement stays as it is until it is asked for again; `run` tries what else has failed.
  const retry = tasks.some(({ kept }) => kept);
  const open = tasks.some(({ state, kept }) => state !== 'current' && !kept);
  return {
    ...(retry && { retry: `interbrain judge ${run} --retry-failed` }),
    ...((open || report === undefined) && { goOn: again }),
  };
}

/** What failed and why, a line for each reason. */
function failureLines(stages: readonly StageStatus[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { task, message } of stages.flatMap(({ tasks }) => tasks))
    if (message !== undefined) byReason.set(message, [...(byReason.get(message) ?? []), task.label]);
  return [...byReason].map(([message, [label, ...more]]) => {
    const others = more.length > 0 ? ` and ${more.length} more` : '';
    return `  ${label}${others}: ${message}`;
  });
}

/** Seconds without a word after which that is said of a worker. */
const SILENT = 60;

function workerLine({ tenant: { worker, stage, what, since }, silent }: Attempt): string {
  const heard = silent > SILENT ? `; not heard of for ${duration(silent)}` : '';
  return `  ${worker}: ${stage}, ${what} (since ${since}${heard})`;
}

/** The state of a study in lines. */
export function statusLines(input: StatusInput): string[] {
  const { study, run, orders, stages, toDownload, workers, report } = input;
  const line = (head: string, part: readonly StageStatus[]) =>
    part.length > 0 ? [`  ${head}: ${part.flatMap(countTexts).join(', ')}`] : [];
  const failures = failureLines(stages);
  const { retry, goOn } = nextCommands(input);
  return [
    `${study} in ${run}`,
    ...[...toDownload].map(([name, hub]) => `  ${name}: ${hub} is not downloaded; run downloads it`),
    ...orders.flatMap(({ names }) => line(names.join(' → '), partOf(stages, names))),
    ...line('all models', partOf(stages, undefined)),
    report === undefined ? '  no report yet' : `  report: ${report}`,
    ...(workers.length > 0 ? ['Workers:', ...workers.map(workerLine)] : []),
    ...(failures.length > 0 ? ['Failed:', ...failures.slice(0, TOLD_FAILURES)] : []),
    ...(failures.length > TOLD_FAILURES ? [`  and ${failures.length - TOLD_FAILURES} more`] : []),
    ...(retry === undefined ? [] : [`Try failed judgements again with: ${retry}`]),
    ...(goOn === undefined ? [] : [`Go on with: ${goOn}`]),
  ];
}

/** The state of a study as a JSON document. */
export function statusDocument(input: StatusInput): StatusDocument {
  const { study, run, stages, toDownload, workers, report = null } = input;
  const { retry, goOn } = nextCommands(input);
  return {
    study,
    run,
    stages: stages.map(({ stage, results, tasks }) => ({
      ...{ stage, results, total: tasks.length },
      ...{ current: count(tasks, 'current'), stale: count(tasks, 'stale') },
      ...{ missing: count(tasks, 'missing'), failed: count(tasks, 'failed') },
      tasks: tasks.map(({ task, state, message }) => ({
        ...{ label: task.label, state },
        ...(message !== undefined && { message }),
      })),
    })),
    toDownload: Object.fromEntries(toDownload),
    workers: workers.map(({ tenant: { worker, stage, what, tasks, since }, silent }) => ({
      ...{ worker, stage, what, tasks, since, silentSeconds: silent },
    })),
    report,
    next: [retry, goOn].filter((command) => command !== undefined),
  };
}
