// What there is of a study: for every result that it asks for whether it is current, missing or failed.

import { existsSync } from 'node:fs';
import { correlationPath, probesPath, significancePath, synchronyPath } from '../recordings/layout.ts';
import { completeTests } from './abilities.ts';
import { countJudgements } from './judge.ts';
import { DIRECTIONS } from './measure.ts';
import { modelRevisions, type OpenStudy } from './open.ts';
import type { SeatOrder } from './plan.ts';
import { isRead, readingInputs } from './read-passively.ts';
import { type PartName, partPath, partsOf } from './sensitivity-files.ts';
import { type EpisodeTask, episodeInputs, isRecorded } from './simulate.ts';
import type { StageTask } from './stage.ts';

export type TaskState = 'current' | 'stale' | 'missing' | 'failed';

export interface TaskStatus {
  readonly task: StageTask & { readonly order?: SeatOrder };
  readonly state: TaskState;
  readonly message?: string;
}

export interface StageStatus {
  readonly stage: string;
  readonly results: string;
  readonly tasks: readonly TaskStatus[];
}

type Revisions = Awaited<ReturnType<typeof modelRevisions>>;

function stage(results: string, done: readonly boolean[], order?: SeatOrder): StageStatus {
  const tasks = done.map((there, i): TaskStatus => {
    const task = {
      scope: order ? [order.folder] : [],
      label: `${results} ${i + 1}`,
      ...(order && { order }),
    };
    return { task, state: there ? 'current' : 'missing' };
  });
  return { stage: results, results, tasks };
}

/** Episodes and readings that were recorded under the study's present settings. */
async function recorded(opened: OpenStudy, order: SeatOrder, revisions: Revisions): Promise<StageStatus[]> {
  const { run, study, tasks, readings } = opened;
  const models = order.names.flatMap((name) => revisions.get(name) ?? []);
  // What was recorded with a checkpoint that is gone from the cache cannot be told from what was not.
  const known = models.length === 2;
  const isPlayed = (task: EpisodeTask) =>
    known && isRecorded(run, task, episodeInputs(task, models, study.simulation));
  const own = tasks.filter((task) => task.order === order);
  const stages: StageStatus[] = [];
  for (const variant of [undefined, 'mental-states'] as const) {
    const some = own.filter((task) => task.variant === variant);
    const what = variant ? 'episodes with mental states' : 'episodes';
    if (some.length > 0) stages.push(stage(what, await Promise.all(some.map(isPlayed)), order));
  }
  for (const format of new Set(readings.map((task) => task.format))) {
    const done = readings
      .filter((task) => task.format === format && task.order === order)
      .map(async (task) => {
        const inputs = known ? await readingInputs(run, task, models) : undefined;
        return inputs !== undefined && isRead(run, task, inputs);
      });
    stages.push(stage(`${format} readings`, await Promise.all(done), order));
  }
  return stages;
}

const sameModels = (a: readonly string[], b: readonly string[]) =>
  a.toSorted().join('\n') === b.toSorted().join('\n');

/** Results that are there, whatever they were computed from: `run` redoes what has changed. */
function measured({ run, study, pairs }: OpenStudy, order: SeatOrder): StageStatus[] {
  const results = (conditions: readonly string[], ending: string) =>
    conditions.flatMap((condition) =>
      DIRECTIONS.map((direction) =>
        existsSync(`${synchronyPath(run, order.names, condition, direction)}${ending}`),
      ),
    );
  const stages = [stage('measures', results(study.conditions, '.json'), order)];
  if (study.nonlinear) stages.push(stage('networks', results(['interactive'], '.nonlinear.json'), order));
  if (study.mentalStates) {
    const seats = (['A', 'B'] as const).map((seat) => existsSync(probesPath(run, order.names, seat)));
    stages.push(stage('probes', seats, order));
  }
  const parts = partsOf(study);
  const made = (part: PartName) =>
    DIRECTIONS.map((direction) => existsSync(partPath(run, order.names, direction, part)));
  const sensitivity = parts.filter((part) => part !== 'relationships');
  if (sensitivity.length > 0) stages.push(stage('sensitivity parts', sensitivity.flatMap(made), order));
  if (study.relationships) stages.push(stage('relationships', made('relationships'), order));
  const pair = pairs.find((names) => sameModels(names, order.names));
  if (study.significance && pair) {
    const tests = DIRECTIONS.map((direction) => significancePath(run, pair, order.names, direction));
    stages.push(stage('tests', tests.map(existsSync), order));
  }
  return stages;
}

/** Judgements of a seat order's episodes by the study's present judge; a failed one is no judgement. */
async function judged({ run, study, encounters }: OpenStudy, order: SeatOrder): Promise<StageStatus[]> {
  const { judge, simulation } = study;
  if (!judge) return [];
  const counts = await countJudgements({ run, orders: [order], seeds: simulation.seeds, encounters, judge });
  const all = stage(
    'judgements',
    Array.from({ length: counts.total }, (_, i) => i < counts.judged),
    order,
  );
  const tasks = all.tasks.map((task, i) =>
    i >= counts.judged && i < counts.judged + counts.failed ? { ...task, state: 'failed' as const } : task,
  );
  return [{ ...all, tasks }];
}

/** The state of every result that a study asks for, by stage. */
export async function stateOf(opened: OpenStudy): Promise<StageStatus[]> {
  const { run, study, checkpoints, orders } = opened;
  const revisions = await modelRevisions(opened);
  const stages = new Map<string, StageStatus>();
  const add = (some: readonly StageStatus[]) => {
    for (const one of some) {
      const tasks = [...(stages.get(one.stage)?.tasks ?? []), ...one.tasks];
      stages.set(one.stage, { ...one, tasks });
    }
  };
  for (const order of orders) {
    add(await recorded(opened, order, revisions));
    add(measured(opened, order));
    add(await judged(opened, order));
  }
  const tests = await completeTests(run, study, [...checkpoints.keys()]);
  if (tests.length > 0) add([stage('ability tests', tests)]);
  if (study.correlation) add([stage('correlation', [existsSync(correlationPath(run))])]);
  return [...stages.values()];
}
