// What the stages of one study share while they work on it: what this process may use, and what was read once.

import { createHash } from 'node:crypto';
import type { EpisodeVariant } from '../episodes/types.ts';
import { inOrder } from '../files/in-order.ts';
import { readBytes } from '../files/read-file.ts';
import type { LanguageModel } from '../models/language-model.ts';
import type { Device } from '../numerics/device.ts';
import type { PassiveFormat } from '../prompts/styles/style.ts';
import { PLAYED } from '../recordings/layout.ts';
import { listRecordings, type RecordingFiles } from '../recordings/list.ts';
import type { Inputs } from '../recordings/result-file.ts';
import { STATES_SHARE, StatesMemory } from '../recordings/states-memory.ts';
import type { OnEvent } from './events.ts';
import type { OpenStudy } from './open.ts';
import type { SeatOrder } from './plan.ts';
import type { StageTask, TaskStatus } from './stage-task.ts';

/** What a run may use of this machine, and how it goes about it. Nothing here changes a result. */
export interface Resources {
  /** Models that are loaded already, by the study's names; they are not disposed of. */
  readonly models?: ReadonlyMap<string, LanguageModel> | undefined;
  /** Threads; as many as there are cores by default. */
  readonly threads?: number | undefined;
  /** Bytes that measuring may use; half of what is free by default. */
  readonly memory?: number | undefined;
  /** Where large products are computed; the CPU by default. */
  readonly device?: Device | undefined;
  /** Bytes for the keys and values of all models together; a quarter of what is free by default. */
  readonly kvMemory?: number | undefined;
  /** Episodes at once, at most; by default as many as the models keep conversations of. */
  readonly atOnce?: number | undefined;
  /** Whether judgements that failed are asked for again. */
  readonly retryFailed?: boolean | undefined;
  /** Where API keys are looked up; the process's environment by default. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Seconds before a request to a judge is first repeated; 1 by default. */
  readonly backoff?: number | undefined;
}

/** As much of a stage as says what its results are made of. */
interface MadeOf<Task> {
  path(run: string, task: Task): string;
  inputs(task: Task, context: StageContext): Promise<Inputs | undefined>;
}

/** Hex SHA-256 of a value as JSON. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

export class StageContext {
  readonly opened: OpenStudy;
  readonly resources: Resources;
  readonly on: OnEvent;
  /** The models that the stage under way has asked for, by the study's names. */
  models: ReadonlyMap<string, LanguageModel> = new Map();
  /** Where states stay that were read, for all stages that measure them. */
  readonly states: StatesMemory;
  readonly #memory = new Map<string, Promise<unknown>>();
  readonly #settled = new Map<string, readonly TaskStatus[]>();

  constructor(opened: OpenStudy, resources: Resources = {}, on: OnEvent = () => {}) {
    this.opened = opened;
    this.resources = resources;
    this.on = on;
    this.states = new StatesMemory(STATES_SHARE * (resources.memory ?? process.availableMemory() / 2));
  }

  /** The run's folder. */
  get run(): string {
    return this.opened.run;
  }

  /** Makes a thing once until `forget`; a failure is kept as well. */
  once<T>(key: string, make: () => Promise<T>): Promise<T> {
    let made = this.#memory.get(key) as Promise<T> | undefined;
    if (made === undefined) {
      made = make();
      // Whoever waits for it hears of a failure; who does not is not to be ended by it.
      made.catch(() => {});
      this.#memory.set(key, made);
    }
    return made;
  }

  /** Notes what has become of all tasks of a stage: nobody else makes any while this run has its folder's lock. */
  settle(stage: string, statuses: readonly TaskStatus[]): void {
    this.#settled.set(stage, statuses);
  }

  /** What has been noted of a stage. */
  settled(stage: string): readonly TaskStatus[] | undefined {
    return this.#settled.get(stage);
  }

  /** Says that files have changed: what was read is read again. */
  forget(): void {
    this.#memory.clear();
  }

  /** Recordings that belong to the study, of the usual episodes, of a variant, or of readers of the usual ones. */
  recordings(
    order: SeatOrder,
    states: typeof PLAYED | EpisodeVariant | PassiveFormat = PLAYED,
  ): Promise<readonly RecordingFiles[]> {
    return this.once(`recordings ${order.folder} ${states}`, async () => {
      const { study, encounters } = this.opened;
      const ids = new Set(encounters.map(({ interaction }) => interaction.id));
      const { seeds } = study.simulation;
      const files = await listRecordings(this.run, { models: order.names, condition: states, seeds });
      return files.filter((file) => ids.has(file.interaction));
    });
  }

  /** Hash of the transcripts, each of which names the inputs of its states; undefined if there are none. */
  hashOfRecordings(
    order: SeatOrder,
    states: typeof PLAYED | EpisodeVariant = PLAYED,
  ): Promise<string | undefined> {
    return this.once(`hash ${order.folder} ${states}`, async () => {
      const files = await this.recordings(order, states);
      if (files.length === 0) return undefined;
      const hash = createHash('sha256');
      const named = async ({ episode, states: path }: RecordingFiles) =>
        episode === null ? path : readBytes(episode, { advice: 'run the study again' });
      for await (const said of inOrder(files, named)) hash.update(said);
      return hash.digest('hex');
    });
  }

  /** What a task of another stage is made of, as things are now. */
  inputsOf<Task extends StageTask>(stage: MadeOf<Task>, task: Task): Promise<Inputs | undefined> {
    return this.once(`inputs ${stage.path(this.run, task)}`, () => stage.inputs(task, this));
  }
}
