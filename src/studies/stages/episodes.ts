// Plays a study's episodes, as they are and once more with agents that name their mental state.

import { createHash } from 'node:crypto';
import { type EpisodeRequest, playEpisode } from '../../episodes/play.ts';
import { chooseLayers } from '../../episodes/recorded-layers.ts';
import type { Episode, EpisodeVariant } from '../../episodes/types.ts';
import { type ModelInfo, typeKey } from '../../models/language-model.ts';
import { entryOf } from '../../numerics/lookup.ts';
import type { Prompts } from '../../prompts/prompts.ts';
import { episodePath, PLAYED, type RecordingKey, statesPath } from '../../recordings/layout.ts';
import { readEpisode, writeRecording } from '../../recordings/recording.ts';
import { openStates } from '../../recordings/states.ts';
import type { Encounter } from '../../scenarios/schema.ts';
import type { StageContext } from '../context.ts';
import { type PlayedTogether, playTogether } from '../conversation-slots.ts';
import { keyOfPair, type SeatOrder } from '../plan.ts';
import type { Simulation, StatesSettings, Study } from '../schema.ts';
import type { Inputs, OpenTask, Stage, StageTask, Stored } from '../stage.ts';

/** Raised when a change of the program changes what it says to the models or how it hears them. */
const VERSION = 1;
/** Raised when replies are heard otherwise; the embedded models say nothing that would be. */
const HEARING = 2;

/** One episode to play. */
export interface EpisodeTask extends StageTask {
  readonly order: SeatOrder;
  readonly seed: number;
  readonly encounter: Encounter;
  /** Absent for the usual episodes. */
  readonly variant?: EpisodeVariant;
}

/**
 * Every episode of the seat orders, in the order in which they are begun. Where both orders of a pair are played, they
 * take turns: so half of the episodes that begin together begin with either model, and neither waits for the other.
 */
export function episodeTasks(
  orders: readonly SeatOrder[],
  seeds: readonly number[],
  encounters: readonly Encounter[],
  variant?: EpisodeVariant,
): EpisodeTask[] {
  const pairs = new Map<string, SeatOrder[]>();
  for (const order of orders) {
    const key = keyOfPair(order.names);
    pairs.set(key, [...(pairs.get(key) ?? []), order]);
  }
  return [...pairs.values()].flatMap((both) =>
    seeds.flatMap((seed) =>
      encounters.flatMap((encounter) =>
        both.map((order): EpisodeTask => {
          const scope = `${order.folder}/${seed}/${encounter.interaction.id}`;
          return { scope: [scope], label: scope, order, seed, encounter, ...(variant && { variant }) };
        }),
      ),
    ),
  );
}

/** What the files of a task's episode are named after. */
export function keyOf({
  order,
  seed,
  encounter,
  variant,
}: Pick<EpisodeTask, 'order' | 'seed' | 'encounter' | 'variant'>): RecordingKey {
  return { models: order.names, seed, interaction: encounter.interaction.id, variant };
}

/**
 * Hash of everything that a transcript and its states depend on; hex SHA-256.
 *
 * @param prompts the words that each model is given; undefined for one that keeps those it was trained on, which belong
 *   to it as its tokenizer does
 */
export function episodeInputs(
  task: Pick<EpisodeTask, 'order' | 'seed' | 'encounter' | 'variant'>,
  models: readonly Pick<ModelInfo, 'revision' | 'dtype' | 'dtypeVersion' | 'device' | 'layers'>[],
  simulation: Simulation,
  prompts: readonly (Pick<Prompts, 'hashOf'> | undefined)[] = [],
  { layers, position, values }: StatesSettings = { layers: 'all', position: 'last', values: 'F32' },
): string {
  const { rounds, temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop } = simulation;
  // By number, so that another way of saying the same plays nothing again.
  const recorded = models.map((info) => chooseLayers(layers, info.layers)?.numbers ?? null);
  const words = prompts.map((one) => one?.hashOf(task.variant ?? 'agent') ?? null);
  const depends = [
    VERSION,
    models.map((info) => [info.revision, typeKey(info), ...(info.device === undefined ? [] : [info.device])]),
    task.order.names,
    task.seed,
    task.encounter,
    // A key that is not set is not written, so that settings that came later change no older hash.
    { rounds, temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop },
    ...(task.variant ? [task.variant] : []),
    ...(words.some((one) => one !== null) ? [[HEARING, ...words]] : []),
    // Nor does the paper's choice.
    ...(position === 'last' && values === 'F32' ? [] : [{ states: [position, values] }]),
    ...(recorded.some((one) => one !== null) ? [{ layers: recorded }] : []),
  ];
  return createHash('sha256').update(JSON.stringify(depends)).digest('hex');
}

/** An episode, by the hash that its transcript holds. Its states have to be there too; of them the header is read. */
async function read(run: string, task: EpisodeTask): Promise<Stored<Episode>> {
  const key = keyOf(task);
  const result = await readEpisode(episodePath(run, key));
  await openStates(statesPath(run, task.variant ?? PLAYED, key));
  return { inputs: { episode: result.inputs }, result };
}

async function inputsOf(task: EpisodeTask, { opened }: StageContext): Promise<Inputs | undefined> {
  const models = opened.infosOf(task.order.names);
  const prompts = task.order.names.map((name) => (opened.ownPrompts(name) ? undefined : opened.prompts));
  return (
    models && { episode: episodeInputs(task, models, opened.study.simulation, prompts, opened.study.states) }
  );
}

/** Plays one episode and records it. When `stopped` rejects, so does this, and nothing is recorded. */
async function record(
  { task, inputs }: OpenTask<EpisodeTask>,
  context: StageContext,
  { stopped, signal }: PlayedTogether,
): Promise<void> {
  const { order, seed, encounter, variant } = task;
  const [a, b] = [entryOf(context.models, order.names[0]), entryOf(context.models, order.names[1])];
  const { opened } = context;
  const { simulation, states: choice } = opened.study;
  const heard = { models: order.names, seed, interaction: encounter.interaction.id };
  const request: EpisodeRequest = {
    ...{ encounter, seed, variant, signal, settings: simulation },
    ...{ position: choice.position, layers: choice.layers },
    models: { A: a, B: b },
    names: order.names,
    prompts: { A: opened.promptsOf(order.names[0]), B: opened.promptsOf(order.names[1]) },
    onTurn: ({ round, seat, speaker, text }) =>
      context.on({ type: 'turn', ...heard, ...(variant && { variant }), round, seat, speaker, text }),
  };
  const { episode, states } = await Promise.race([playEpisode(request), stopped]);
  // From here on the episode is safe: who stops a study waits for its files.
  const { turns, ending, ...head } = episode;
  await writeRecording(context.run, {
    episode: { ...head, inputs: inputs['episode'] ?? '', turns, ending },
    states,
    models: [a.info, b.info],
    choice,
  });
}

function episodeStage(
  name: string,
  results: string,
  asked: (study: Study) => boolean,
  variant?: EpisodeVariant,
): Stage<EpisodeTask, Episode> {
  return {
    name,
    version: VERSION,
    needs: [],
    results,
    asked,
    tasks: ({ orders, study, encounters }) =>
      episodeTasks(orders, study.simulation.seeds, encounters, variant),
    path: (run, task) => episodePath(run, keyOf(task)),
    inputs: inputsOf,
    read,
    models: ({ order }) => order.names,
    together: () => '*',
    divisible: true,
    make: (tasks, context, { done, signal }) =>
      playTogether(
        tasks,
        {
          models: context.models,
          names: ({ task }) => task.order.names,
          atOnce: context.resources.atOnce,
          signal,
        },
        (open, together) => record(open, context, together).then(() => done(open.task)),
      ),
  };
}

/** What is recorded does not depend on how many episodes are played at once or which of them ends first. */
export const EPISODES = episodeStage('episodes', 'episodes', () => true);

export const MENTAL_STATE_EPISODES = episodeStage(
  'mental-state-episodes',
  'episodes with mental states',
  ({ mentalStates }) => mentalStates !== false,
  'mental-states',
);
