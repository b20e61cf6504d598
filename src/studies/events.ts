// What happens while a study runs, as one stream of typed events. The terminal's line, `--json` and any page are readers
// of it. Events are plain data: JSON holds all of them.

import type { Seat } from '../episodes/types.ts';

/** One stage as it was planned, before anything is done. */
export interface PlannedStage {
  /** Its name in the table of stages: `episodes`. */
  readonly stage: string;
  /** What is counted: `layer pairs`. */
  readonly unit: string;
  /** Units in all, exact from the beginning. */
  readonly total: number;
  /** Results that the stage makes. */
  readonly tasks: number;
}

/** What will be done. Before it models may be downloaded (`preparing`) and warnings given. */
export interface RunBegins {
  readonly type: 'run-begins';
  readonly study: string;
  /** The run's folder. */
  readonly run: string;
  /** In the order in which they will be run. */
  readonly stages: readonly PlannedStage[];
}

export interface StageBegins extends PlannedStage {
  readonly type: 'stage-begins';
  /** Counted from 1. */
  readonly index: number;
  /** How many stages the run has. */
  readonly of: number;
  /** Units that an earlier run has done, under the same inputs. */
  readonly skipped: number;
}

/** How far a stage is, in its unit; also between the ends of two tasks. */
export interface StageProgress {
  readonly type: 'progress';
  readonly stage: string;
  readonly unit: string;
  /** Whole or not: half a task may be done. Those done before are among them. */
  readonly done: number;
  readonly total: number;
  readonly skipped: number;
  /** What is worked on just now: a model, a direction. */
  readonly detail?: string;
}

/** A model is downloaded, quantised or loaded. */
export interface Preparing {
  readonly type: 'preparing';
  /** `download org/name`, as the hub calls it; `quantise llama` or `unpack llama`, as the study does. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
  /** There before. */
  readonly skipped: number;
  readonly unit: 'bytes';
  /** A file's name. */
  readonly detail?: string;
}

/** One result is there; `task` is its path in the run's folder. */
export interface TaskEvent {
  readonly type: 'task-done' | 'task-skipped';
  readonly stage: string;
  readonly task: string;
}

/** One result could not be made, and the others of its stage go on. */
export interface TaskFailed {
  readonly type: 'task-failed';
  readonly stage: string;
  readonly task: string;
  readonly message: string;
}

/** An utterance was heard. */
export interface TurnSpoken {
  readonly type: 'turn';
  /** Study names in seats A and B. */
  readonly models: readonly [string, string];
  readonly seed: number;
  readonly interaction: string;
  readonly variant?: string;
  /** Counted from 1. */
  readonly round: number;
  readonly seat: Seat;
  readonly speaker: string;
  readonly text: string;
}

/** What one of the workers of a queue does; only where a run has a queue. */
export interface WorkerEvent {
  readonly type: 'worker';
  /** `host:pid` */
  readonly worker: string;
  /** `lost`: it has given its job back, or is not heard of any more, and another takes the job. */
  readonly does: 'joined' | 'took' | 'lost' | 'left';
  /** Of the job that it took or lost. */
  readonly stage?: string;
  /** The label of the job's first task, and how many more there are. */
  readonly what?: string;
  /** Why it lost the job; what joined takes alone. */
  readonly message?: string;
}

/** Something that the user should know. */
export interface Warned {
  readonly type: 'warning';
  readonly message: string;
}

export interface StageEnds {
  readonly type: 'stage-ends';
  readonly stage: string;
  /** `failed`: some or all of its results are not there; `left out`: a stage that it needs has failed. */
  readonly outcome: 'done' | 'failed' | 'left out';
  /** Results made now, made before, and not made. */
  readonly made: number;
  readonly skipped: number;
  readonly failed: number;
  readonly seconds: number;
  /** Why it failed or was left out. */
  readonly message?: string;
}

/** The last event of a run, unless something ended it before anything could be done: then an error is thrown. */
export interface RunEnds {
  readonly type: 'run-ends';
  readonly outcome: 'done' | 'failed' | 'stopped';
  readonly exitCode: number;
  readonly seconds: number;
  /** Stages that failed or were left out, with the reason. */
  readonly failed: readonly { readonly stage: string; readonly message: string }[];
  /** Path of the report's page, if one was written. */
  readonly report?: string;
}

export type StudyEvent =
  | RunBegins
  | StageBegins
  | StageProgress
  | Preparing
  | TaskEvent
  | TaskFailed
  | TurnSpoken
  | WorkerEvent
  | Warned
  | StageEnds
  | RunEnds;

export type OnEvent = (event: StudyEvent) => void;
