// One result that a stage makes, before and after.

import type { SeatOrder } from './plan.ts';

/** One result to be made. Plain data: a queue can carry it. */
export interface StageTask {
  /**
   * What it is about, and so of which tasks of the stages that it needs it is made: seat orders `a+b`, seeds of them
   * `a+b/0`, episodes `a+b/0/x`; everything if there is none.
   */
  readonly scope: readonly string[];
  /** The seat order that it belongs to; absent for what is about all models. */
  readonly order?: SeatOrder;
  /** What messages call it: `llama+mistral A->B lag-1`. */
  readonly label: string;
  /** What sort of result it is, where a stage makes several: a reading's format. */
  readonly kind?: string;
}

/**
 * `current`: made under the study's present settings, of what is there now. `stale`: made under others, or of results
 * that are stale or gone. `missing`: not there, or not whole. `failed`: tried under the present settings, in vain.
 */
export type TaskState = 'current' | 'stale' | 'missing' | 'failed';

export interface TaskStatus<Task extends StageTask = StageTask> {
  readonly task: Task;
  readonly state: TaskState;
  /** Why it failed. */
  readonly message?: string;
  /** The failure is what is kept as the result: it is not tried again by itself. */
  readonly kept?: boolean;
}
