// Who makes the open tasks of a stage: this process, or whoever else a run has at hand. What is open, what is told and
// what is noted of it are the same either way (make-stage.ts).

import type { StageContext } from './context.ts';
import { ModelShelf } from './model-shelf.ts';
import type { Making, OpenTask, Stage, StageTask } from './stage.ts';

/** Why a run is over. */
export type RunOutcome = 'done' | 'failed' | 'stopped';

/** What there is to make of one stage. */
export interface StageWork<Task extends StageTask> {
  readonly stage: Stage<Task, unknown>;
  /** In the order in which they are begun; those of a group by one call of the stage's `make`. */
  readonly groups: readonly (readonly OpenTask<Task>[])[];
  readonly context: StageContext;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
  /** Hears what becomes of these tasks. */
  readonly making: (tasks: readonly OpenTask<Task>[]) => Making<Task>;
  /** Says that those of these of which nothing has been heard have failed, all for the same reason. */
  readonly failRest: (tasks: readonly OpenTask<Task>[], error: unknown) => void;
}

export interface Maker {
  /** Before the first stage of a run, whose folder is locked and whose files are written. */
  begin(context: StageContext, signal: AbortSignal): Promise<void>;
  /**
   * Makes all open tasks of a stage, or says of each why not.
   *
   * @throws what none of them can be made for; the signal's reason when aborted
   */
  make<Task extends StageTask>(work: StageWork<Task>): Promise<void>;
  /** After the last stage, whatever has become of it. */
  end(outcome: RunOutcome): Promise<void>;
}

/** Everything is made here, one group after the other. */
export class LocalMaker implements Maker {
  #shelf: ModelShelf | undefined;

  async begin(context: StageContext, signal: AbortSignal): Promise<void> {
    this.#shelf = new ModelShelf(context, signal);
  }

  async make<Task extends StageTask>(work: StageWork<Task>): Promise<void> {
    const { stage, groups, context, signal, making, failRest } = work;
    const names = new Set(groups.flat().flatMap(({ task }) => stage.models?.(task, context.opened) ?? []));
    if (this.#shelf) context.models = await this.#shelf.hold(names);
    for (const group of groups) {
      signal.throwIfAborted();
      try {
        await stage.make(group, context, making(group));
      } catch (error) {
        signal.throwIfAborted();
        failRest(group, error);
      }
    }
  }

  async end(): Promise<void> {
    await this.#shelf?.clear();
  }
}
