// What a stage of a study is: one file in stages/ that says all of it, and one row in stages.ts. Everything that is done
// for all of them (order, resuming, counting, reading for the report) is done in run-study.ts and state.ts alone.

import type { Inputs } from '../recordings/result-file.ts';
import type { StageContext } from './context.ts';
import type { OpenStudy } from './open.ts';
import type { Study } from './schema.ts';
import type { StageTask } from './stage-task.ts';

export type { Inputs } from '../recordings/result-file.ts';
export type { StageTask, TaskState, TaskStatus } from './stage-task.ts';

/** A result as it lies in the run's folder. */
export interface Stored<Result> {
  readonly inputs: Inputs;
  readonly result: Result;
  /** Why there is no result: it was tried, and is tried again only when that is asked for. */
  readonly failure?: string;
}

/** A task to be made, and what it will be made of. */
export interface OpenTask<Task> {
  readonly task: Task;
  readonly inputs: Inputs;
}

/** How a stage tells what it is doing; counts are in the stage's unit. */
export interface Making<Task> {
  /** A task's result is on disk, whole. */
  done(task: Task): void;
  /** A task was tried in vain, which is on disk as its result; it is not tried again by itself. */
  tried(task: Task, message: string): void;
  /** A task cannot be made; the others go on. */
  failed(task: Task, error: unknown): void;
  /** Units of tasks under way, in place of what was said last. */
  within(units: number, detail?: string): void;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
}

export interface Stage<Task extends StageTask = StageTask, Result = unknown> {
  /** In the table, in `needs` and in messages. */
  readonly name: string;
  /** Raised when a change of the program changes results; part of the inputs. */
  readonly version: number;
  /** Names of the stages whose results it is made of. */
  readonly needs: readonly string[];
  /** What results are called where they are counted: `measures`. */
  readonly results: string;
  /** What progress counts: `layer pairs`; `results` by default. */
  readonly unit?: string;
  /** What an estimate calls it where it does not say how long it takes. */
  readonly notEstimated?: string;
  /** Whether the study asks for it. */
  asked(study: Study): boolean;
  /** All results that the study asks for, in the order in which they are begun. */
  tasks(opened: OpenStudy): readonly Task[];
  /** Units of a task; 1 by default. */
  size?(task: Task, opened: OpenStudy): number;
  /** Absolute path of a task's result. */
  path(run: string, task: Task): string;
  /**
   * What a task's result is made of, as things are now; undefined if that is not there. Throws what a user should know
   * of why it is not.
   */
  inputs(task: Task, context: StageContext): Promise<Inputs | undefined>;
  /** Reads a result. Throws BadInput if there is none, CorruptFile if it is damaged or of another format. */
  read(run: string, task: Task): Promise<Stored<Result>>;
  /** As `read`, of the inputs alone, where that is much less to read. */
  readInputs?(run: string, task: Task): Promise<Omit<Stored<Result>, 'result'>>;
  /** Study names of the models that making a task takes; none by default. */
  models?(task: Task, opened: OpenStudy): readonly string[];
  /** Tasks with the same key are made by one call; every task by itself by default. `*` for all. */
  together?(task: Task): string;
  /** Tasks that are made together for speed alone: several processes may share them out. False by default. */
  readonly divisible?: boolean;
  /** It takes processor time and next to nothing else, so processes of their own may make its groups side by side. */
  readonly processorBound?: boolean;
  /** Makes results and writes each, whole, as soon as it is there. */
  make(tasks: readonly OpenTask<Task>[], context: StageContext, making: Making<Task>): Promise<void>;
}

/** Of all tasks of a stage: which results may be shown, and what is the matter with the others. */
export interface StageResults<Task, Result> {
  readonly stage: string;
  readonly results: string;
  /** Made under the study's present settings, of what is there now. */
  readonly current: readonly { readonly task: Task; readonly result: Result }[];
  /** Made with other settings or of other inputs. */
  readonly stale: readonly Task[];
  readonly missing: readonly Task[];
  /** With what was kept of the attempt, such as a failed judgement. */
  readonly failed: readonly { readonly task: Task; readonly message: string; readonly result?: Result }[];
}
