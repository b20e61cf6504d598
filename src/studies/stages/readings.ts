// Reads a study's episodes as a passive reader (docs/method.md §3): every episode × seat × passive condition. The
// episodes stay as they are.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Condition, traitsOf } from '../../conditions/condition.ts';
import { readAlong } from '../../episodes/read.ts';
import { BadInput } from '../../errors.ts';
import { readBytes } from '../../files/read-file.ts';
import { typeKey } from '../../models/language-model.ts';
import { entryOf } from '../../numerics/lookup.ts';
import type { PassiveFormat } from '../../prompts/styles/style.ts';
import { episodePath, statesPath } from '../../recordings/layout.ts';
import { readEpisode } from '../../recordings/recording.ts';
import { type OpenStates, openStates, writeStates } from '../../recordings/states.ts';
import type { StageContext } from '../context.ts';
import { type PlayedTogether, playTogether } from '../conversation-slots.ts';
import type { Inputs, OpenTask, Stage, Stored } from '../stage.ts';
import { EPISODES, type EpisodeTask, episodeTasks, keyOf } from './episodes.ts';

/** Raised when a change of the program changes what a reader is shown or how its states are taken. */
const VERSION = 2;

/** One episode to read in both seats. */
export interface ReadingTask extends Omit<EpisodeTask, 'variant'> {
  readonly format: PassiveFormat;
}

/**
 * Every usual episode in every passive condition of a study, in the order in which they are begun: those of one encounter
 * one after the other, since their prompts begin alike in each seat and condition.
 */
export function readingTasks(
  orders: readonly EpisodeTask['order'][],
  seeds: readonly number[],
  encounters: readonly EpisodeTask['encounter'][],
  conditions: readonly Condition[],
): ReadingTask[] {
  const formats = new Set(conditions.flatMap((condition) => traitsOf(condition).reader ?? []));
  return encounters.flatMap((encounter) =>
    Array.from(formats).flatMap((format) =>
      episodeTasks(orders, seeds, [encounter]).map((task) => ({
        ...task,
        label: `${task.label} ${format}`,
        kind: format,
        format,
      })),
    ),
  );
}

/**
 * Hash of everything that a reading depends on: the episode's file, which names all that it was made of, and the models
 * that read it; hex SHA-256. Undefined if the episode is not there.
 */
async function inputsOf(task: ReadingTask, { opened, run }: StageContext): Promise<Inputs | undefined> {
  const path = episodePath(run, keyOf(task));
  const readers = opened.readersOf(task.order);
  const models = opened.infosOf(readers);
  if (!existsSync(path)) throw new BadInput(path, 'no such episode; play it before it is read');
  if (models === undefined) return undefined;
  const revisions = models.map((info) => [info.revision, typeKey(info)]);
  // Words that a model was trained on belong to it, as its tokenizer does.
  const words = readers.map((name) => (opened.ownPrompts(name) ? null : opened.prompts.hashOf(task.format)));
  const given = words.some((one) => one !== null) ? [words] : [];
  const depends = JSON.stringify([VERSION, task.format, revisions, task.encounter, ...given]);
  const hash = createHash('sha256')
    .update(depends)
    .update(await readBytes(path, { advice: 'run the study again' }));
  return { reading: hash.digest('hex') };
}

async function read(run: string, task: ReadingTask): Promise<Stored<OpenStates>> {
  const result = await openStates(statesPath(run, task.format, keyOf(task)));
  return { inputs: { reading: result.metadata['inputs'] ?? '' }, result };
}

/** Reads one episode in both seats, each with the model that spoke there if it shows its states, and keeps these. */
async function record(
  { task, inputs }: OpenTask<ReadingTask>,
  { run, models, opened }: StageContext,
  { stopped, signal }: PlayedTogether,
): Promise<void> {
  const { order, encounter, format } = task;
  const key = keyOf(task);
  const episode = await readEpisode(episodePath(run, key));
  const readers = opened.readersOf(order);
  const [a, b] = [entryOf(models, readers[0]), entryOf(models, readers[1])];
  const { layers, position, values } = opened.study.states;
  const along = (seat: 'A' | 'B') => {
    const [model, name] = seat === 'A' ? [a, readers[0]] : [b, readers[1]];
    return readAlong({
      encounter,
      episode,
      seat,
      model,
      format,
      prompts: opened.promptsOf(name),
      ...{ layers, position, signal },
    });
  };
  const [one, other] = await Promise.race([Promise.all([along('A'), along('B')]), stopped]);
  const prompts = [...one.prompts, ...other.prompts].sort((x, y) => x.turn - y.turn);
  const lines = prompts.map(({ sha256 }) => sha256).join('\n');
  // From here on the reading is safe: who stops a study waits for its file.
  await writeStates(
    statesPath(run, format, key),
    { A: one.states, B: other.states },
    {
      condition: format,
      models: [a.info.id, b.info.id],
      revisions: [a.info.revision, b.info.revision],
      promptsSha256: createHash('sha256').update(lines).digest('hex'),
      inputs: inputs['reading'] ?? '',
      ...{ position, values },
    },
  );
}

/** What is recorded does not depend on how many episodes are read at once. */
export const READINGS: Stage<ReadingTask, OpenStates> = {
  name: 'readings',
  version: VERSION,
  needs: [EPISODES.name],
  results: 'readings',
  asked: ({ conditions }) => conditions.some((condition) => traitsOf(condition).reader !== undefined),
  tasks: (opened) =>
    readingTasks(
      // Where neither model shows its states, nobody can read.
      opened.orders.filter(({ names }) => names.some((name) => opened.hasStates(name))),
      ...([opened.study.simulation.seeds, opened.encounters, opened.study.conditions] as const),
    ),
  path: (run, task) => statesPath(run, task.format, keyOf(task)),
  inputs: inputsOf,
  read,
  models: ({ order }, opened) => opened.readersOf(order),
  together: () => '*',
  divisible: true,
  make: (tasks, context, { done, signal }) =>
    playTogether(
      tasks,
      {
        models: context.models,
        names: ({ task }) => context.opened.readersOf(task.order),
        atOnce: context.resources.atOnce,
        signal,
      },
      (open, together) => record(open, context, together).then(() => done(open.task)),
    ),
};
