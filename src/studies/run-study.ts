// A study from wherever an earlier run stopped to its end: the stages in the order of what they need, each result that
// is not current made anew, models in memory only while a stage speaks with them.

import { relative } from 'node:path';
import { InterbrainError, messageOf } from '../errors.ts';
import { systemProblem } from '../files/file-problem.ts';
import { modelWarnings } from '../models/sources.ts';
import { sweepPartials } from '../recordings/atomic-file.ts';
import { lockRun } from '../recordings/run-lock.ts';
import { revokeAll } from '../recordings/staging.ts';
import { type Resources, StageContext } from './context.ts';
import type { OnEvent, RunEnds } from './events.ts';
import { type Failure, readFailures, writeFailures } from './failures.ts';
import { makeStage, type StageOutcome } from './make-stage.ts';
import { LocalMaker, type Maker, type RunOutcome } from './maker.ts';
import type { OpenStudy } from './open.ts';
import type { Stage } from './stage.ts';
import { STAGES } from './stages.ts';
import { writeStudyFiles } from './study-files.ts';
import { haveModels } from './study-models.ts';

export interface RunStudyOptions extends Resources {
  /** Hears of everything that happens. */
  readonly on?: OnEvent | undefined;
  /** Stops the run: what is recorded by then stays. */
  readonly signal?: AbortSignal | undefined;
  /** Names of the stages to run; all that the study asks for by default. */
  readonly stages?: readonly string[] | undefined;
  /** Who makes what is open; this process by default. */
  readonly maker?: Maker | undefined;
  /** Called at the end, also if stages have failed, to write the report; returns the path of its page. */
  readonly report?: ((run: string) => Promise<string>) | undefined;
}

export interface StudyOutcome extends Omit<RunEnds, 'type'> {
  readonly stages: readonly StageOutcome[];
  /** What stages failed with, for who wants more than the message. */
  readonly errors: readonly unknown[];
}

/**
 * Runs what is not done of a study. A stage that fails ends neither those that do not need it nor the report.
 *
 * @returns what came of every stage; `exitCode` is that of the first failure, 0 if there was none
 * @throws BadInput if another process is at work on the run; whatever is wrong with the models, before anything is
 *   made; the signal's reason when aborted
 */
export async function runStudy(study: OpenStudy, options: RunStudyOptions = {}): Promise<StudyOutcome> {
  const {
    on = () => {},
    signal = new AbortController().signal,
    stages: names,
    report,
    maker = new LocalMaker(),
    ...resources
  } = options;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const release = await lockRun(study.run);
  let ended: RunOutcome = 'failed';
  try {
    const opened = await haveModels(study, { on, signal, models: resources.models });
    await sweepPartials(opened.run);
    // Whoever still works for an earlier run of this study writes nothing from here on.
    await revokeAll(opened.run);
    await writeStudyFiles(opened);
    for (const message of warningsOf(opened)) on({ type: 'warning', message });
    const context = new StageContext(opened, resources, on);
    await maker.begin(context, signal);
    const stages = STAGES.filter(
      (stage) => stage.asked(opened.study) && (names?.includes(stage.name) ?? true),
    );
    const planned = stages.map((stage) => planOf(stage, context));
    on({ type: 'run-begins', study: opened.study.name, run: opened.run, stages: planned });
    const outcomes = await runStages(stages, context, maker, signal);
    const { ends, errors } = await endOf(outcomes, opened.run, report);
    const outcome = { ...ends, seconds: seconds() };
    ended = ends.outcome;
    on({ type: 'run-ends', ...outcome });
    return { ...outcome, stages: outcomes, errors };
  } catch (error) {
    if (!signal.aborted) throw error;
    ended = 'stopped';
    on({ type: 'run-ends', outcome: ended, exitCode: 130, seconds: seconds(), failed: [] });
    throw error;
  } finally {
    await maker.end(ended).finally(release);
  }
}

/** Writes the report, and says what came of the run. */
async function endOf(
  outcomes: readonly StageOutcome[],
  run: string,
  report: RunStudyOptions['report'],
): Promise<{ readonly ends: Omit<RunEnds, 'type' | 'seconds'>; readonly errors: readonly unknown[] }> {
  const errors = outcomes.flatMap((one) => one.errors);
  const failed = outcomes
    .filter(({ outcome }) => outcome !== 'done')
    .map(({ stage, message = 'failed' }) => ({ stage, message }));
  let page: string | undefined;
  try {
    page = await report?.(run);
  } catch (error) {
    errors.push(systemProblem(error) ?? error);
    failed.push({ stage: 'report', message: messageOf(error) });
  }
  const ends = {
    outcome: failed.length > 0 ? ('failed' as const) : ('done' as const),
    exitCode: failed.length > 0 ? exitCodeOf(errors) : 0,
    failed,
    ...(page !== undefined && { report: page }),
  };
  return { ends, errors };
}

/** What the user should know of the study and of its models. */
function warningsOf({ warnings, sources }: OpenStudy): string[] {
  const ofModels = [...sources].flatMap(([name, source]) =>
    modelWarnings(source).map((note) => `models.${name}: ${note}`),
  );
  return [...warnings, ...ofModels];
}

function exitCodeOf(errors: readonly unknown[]): number {
  const known = errors.find((error) => error instanceof InterbrainError);
  const bug = errors.some((error) => !(error instanceof InterbrainError));
  return known && !bug ? known.exitCode : 1;
}

/** What a stage will count to. */
function planOf(stage: Stage, { opened }: StageContext) {
  const tasks = stage.tasks(opened);
  const total = tasks.reduce((sum, task) => sum + (stage.size?.(task, opened) ?? 1), 0);
  return { stage: stage.name, unit: stage.unit ?? stage.results, total, tasks: tasks.length };
}

/** One stage after the other; one that needs a stage of which nothing came is left out. */
async function runStages(
  stages: readonly Stage[],
  context: StageContext,
  maker: Maker,
  signal: AbortSignal,
): Promise<StageOutcome[]> {
  const outcomes: StageOutcome[] = [];
  const failures = await readFailures(context.run);
  const broken = new Set<string>();
  for (const [i, stage] of stages.entries()) {
    signal.throwIfAborted();
    const begins = { ...planOf(stage, context), index: i + 1, of: stages.length };
    const missing = stage.needs.find((name) => broken.has(name));
    const outcome = await makeStage(stage, { context, maker, signal, begins, missing });
    if (outcome.made > 0) context.forget();
    if (outcome.outcome === 'left out' || outcome.broken) broken.add(stage.name);
    noteFailures(stage, outcome, failures, context);
    await writeFailures(context.run, failures);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Enters what has failed and takes out what is there now. */
function noteFailures(
  stage: Stage,
  { failures: fresh = new Map(), outcome }: StageOutcome,
  known: Map<string, Failure>,
  { run, opened }: StageContext,
): void {
  if (outcome === 'left out') return;
  for (const task of stage.tasks(opened)) {
    const path = relative(run, stage.path(run, task));
    const failure = fresh.get(path);
    if (failure) known.set(path, { stage: stage.name, ...failure });
    else known.delete(path);
  }
}
