// Reads a study's episodes as a passive reader (docs/method.md §3): every episode × seat × passive condition. The episodes stay
// as they are; what an earlier run has read, under the same inputs, is not read again.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Condition, traitsOf } from '../conditions/condition.ts';
import { readAlong } from '../episodes/read.ts';
import type { Seat } from '../episodes/types.ts';
import { BadInput } from '../errors.ts';
import type { LanguageModel, ModelInfo } from '../models/language-model.ts';
import type { PassiveFormat } from '../prompts/passive.ts';
import { episodePath, statesPath } from '../recordings/layout.ts';
import { readEpisode } from '../recordings/recording.ts';
import { openStates, writeStates } from '../recordings/states.ts';
import { Seats, stopper } from './conversation-slots.ts';
import { type EpisodeTask, episodeTasks, type SimulateOptions } from './simulate.ts';

/** Raised when a change of the program changes what a reader is shown or how its states are taken. */
const READING_VERSION = 1;

const SEATS: readonly Seat[] = ['A', 'B'];

/** One episode to read in both seats. */
export interface ReadingTask extends Pick<EpisodeTask, 'order' | 'seed' | 'encounter'> {
  readonly format: PassiveFormat;
}

export interface ReadStudyOptions
  extends Pick<SimulateOptions, 'run' | 'models' | 'atOnce' | 'onProgress' | 'signal'> {
  readonly tasks: readonly ReadingTask[];
}

/** Every usual episode in every passive condition of a study, in the order in which they are begun. */
export function readingTasks(
  orders: readonly EpisodeTask['order'][],
  seeds: readonly number[],
  encounters: readonly EpisodeTask['encounter'][],
  conditions: readonly Condition[],
): ReadingTask[] {
  const formats = new Set(conditions.flatMap((condition) => traitsOf(condition).reader ?? []));
  return episodeTasks(orders, seeds, encounters).flatMap((task) =>
    Array.from(formats, (format) => ({ ...task, format })),
  );
}

const keyOf = ({ order, seed, encounter }: ReadingTask) => {
  return { models: order.names, seed, interaction: encounter.interaction.id };
};

/**
 * Hash of everything that a reading depends on: the episode's file, which names all that it was made of, and the models
 * that read it; hex SHA-256.
 *
 * @returns undefined if the episode is not there
 */
export async function readingInputs(
  run: string,
  task: ReadingTask,
  models: readonly Pick<ModelInfo, 'revision' | 'dtype'>[],
): Promise<string | undefined> {
  const path = episodePath(run, keyOf(task));
  if (!existsSync(path)) return undefined;
  const revisions = models.map(({ revision, dtype }) => [revision, dtype]);
  const depends = JSON.stringify([READING_VERSION, task.format, revisions, task.encounter]);
  return createHash('sha256')
    .update(depends)
    .update(await readFile(path))
    .digest('hex');
}

/** Whether a run holds this reading, made from these inputs. A damaged file counts as absent. */
export async function isRead(run: string, task: ReadingTask, inputs: string): Promise<boolean> {
  const path = statesPath(run, task.format, keyOf(task));
  if (!existsSync(path)) return false;
  const states = await openStates(path).catch(() => undefined);
  return states?.metadata['inputs'] === inputs;
}

/** Reads one episode in both seats, each with the model that spoke there, and keeps the states. */
async function record(
  { run, models }: ReadStudyOptions,
  task: ReadingTask,
  inputs: string,
  stopped: Promise<never>,
  signal: AbortSignal,
): Promise<void> {
  const { order, encounter, format } = task;
  const key = keyOf(task);
  const episode = await readEpisode(episodePath(run, key));
  const [a, b] = order.names.map((name) => models.get(name)!) as [LanguageModel, LanguageModel];
  const read = SEATS.map((seat) =>
    readAlong({ encounter, episode, seat, model: seat === 'A' ? a : b, format, signal }),
  );
  const [one, other] = await Promise.race([Promise.all(read), stopped]);
  const prompts = [...one!.prompts, ...other!.prompts].sort((x, y) => x.turn - y.turn);
  const lines = prompts.map(({ sha256 }) => sha256).join('\n');
  // From here on the reading is safe: who stops a study waits for its file.
  await writeStates(
    statesPath(run, format, key),
    { A: one!.states, B: other!.states },
    {
      condition: format,
      models: [a.info.id, b.info.id],
      revisions: [a.info.revision, b.info.revision],
      promptsSha256: createHash('sha256').update(lines).digest('hex'),
      inputs,
    },
  );
}

/**
 * Reads every task that is not recorded yet, as many at once as the models keep conversations of. What is recorded does
 * not depend on how many these are.
 *
 * @returns how many had been recorded before
 * @throws BadInput if an episode has not been played; the signal's reason when aborted, or what the first reading
 *   failed with: what is recorded by then stays
 */
export async function readStudy(options: ReadStudyOptions): Promise<{ readonly skipped: number }> {
  const { run, tasks, models, onProgress } = options;
  const { signal, stopped, stop, release } = stopper(options.signal);
  const seats = new Seats(models, options.atOnce);
  let skipped = 0;
  let done = 0;
  const finish = () => onProgress?.({ what: 'readings', done: ++done, total: tasks.length, skipped });
  try {
    for (const task of tasks) {
      signal.throwIfAborted();
      const infos = task.order.names.map((name) => models.get(name)!.info);
      const inputs = await readingInputs(run, task, infos);
      if (inputs === undefined)
        throw new BadInput(episodePath(run, keyOf(task)), 'no such episode; play it before it is read');
      if (await isRead(run, task, inputs)) {
        skipped++;
        finish();
        continue;
      }
      await seats.play(task.order.names, () =>
        record(options, task, inputs, stopped, signal).then(finish).catch(stop),
      );
    }
    await seats.empty();
    signal.throwIfAborted();
  } finally {
    await seats.empty();
    release();
  }
  return { skipped };
}
