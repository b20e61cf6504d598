// Where sections gather from: a run's settings, and its current results, stage by stage.

import type { Condition } from '../conditions/condition.ts';
import type { Prompts } from '../prompts/prompts.ts';
import type { Encounter } from '../scenarios/schema.ts';
import { StageContext } from '../studies/context.ts';
import { type Manifest, readManifest } from '../studies/manifest.ts';
import { openRun } from '../studies/open.ts';
import type { SeatOrder } from '../studies/plan.ts';
import type { Study } from '../studies/schema.ts';
import type { Stage, StageResults, StageTask } from '../studies/stage.ts';
import { STAGES } from '../studies/stages.ts';
import { currentResults, damagedResults, eachResult, statesOf } from '../studies/state.ts';

/** How many of a stage’s results there are, and what is the matter with the others. */
export interface StageCounts {
  readonly stage: string;
  /** What its results are called: `measures`. */
  readonly results: string;
  readonly tasks: readonly {
    readonly state: 'current' | 'stale' | 'missing' | 'failed';
    /** Why it failed. */
    readonly message?: string;
  }[];
}

/** A run as the report sees it. A result that was made with other settings, or of other episodes, is never in it. */
export interface ReportSource {
  /** The run’s folder. */
  readonly run: string;
  readonly manifest: Manifest;
  readonly study: Study;
  /** Unordered pairs of models, in the study’s order. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly orders: readonly SeatOrder[];
  readonly encounters: readonly Encounter[];
  /** Conditions of the study that cannot be measured, whatever is said in these encounters. */
  readonly leftOut?: readonly Condition[] | undefined;
  /** Models whose hidden states nobody sees, as the study calls them; none by default. */
  readonly unseen?: readonly string[] | undefined;
  /** The words that a model is given. */
  readonly promptsOf: (name: string) => Prompts;
  /** The same object each time: a stage is read once. Throws CorruptFile naming a file that is damaged meanwhile. */
  readonly results: <Task extends StageTask, Result>(
    stage: Stage<Task, Result>,
  ) => Promise<StageResults<Task, Result>>;
  /** The current results of a stage one after another, and what was kept of those that failed; none stays in memory. */
  readonly each: <Task extends StageTask, Result>(
    stage: Stage<Task, Result>,
  ) => AsyncIterable<{ readonly task: Task; readonly result: Result }>;
  /** Of every stage that the study asks for, in the order in which they are run. */
  readonly states: () => Promise<readonly StageCounts[]>;
  /** Results that are there and cannot be read: paths, with why. */
  readonly damaged: () => Promise<readonly string[]>;
}

/**
 * A run's folder as a source: nothing is kept between two of them.
 *
 * @throws BadInput if the folder holds no run; CorruptFile or OtherFormat if its manifest cannot be read
 */
export async function openSource(run: string): Promise<ReportSource> {
  const manifest = await readManifest(run);
  const opened = await openRun(run);
  const context = new StageContext(opened);
  const { study, pairs, orders, encounters } = opened;
  return {
    ...{ run, manifest, study, pairs, orders, encounters, leftOut: opened.parts.leftOut },
    unseen: [...opened.sources.keys()].filter((name) => !opened.hasStates(name)),
    promptsOf: (name) => opened.promptsOf(name),
    results: (stage) => context.once(`results ${stage.name}`, () => currentResults(stage, context)),
    each: (stage) => readable(eachResult(stage, context)),
    async states() {
      const all: StageCounts[] = [];
      for (const stage of STAGES.filter((one) => one.asked(study)))
        all.push({ stage: stage.name, results: stage.results, tasks: await statesOf(stage, context) });
      return all;
    },
    damaged: () => damagedResults(context),
  };
}

async function* readable<Task, Result>(
  all: AsyncIterable<{ readonly task: Task; readonly result?: Result }>,
): AsyncGenerator<{ readonly task: Task; readonly result: Result }> {
  for await (const { task, result } of all) if (result !== undefined) yield { task, result };
}
