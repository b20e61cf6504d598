// Plays a study's episodes: what an earlier run has recorded, under the same inputs, is not played again.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { playEpisode } from '../episodes/play.ts';
import type { LanguageModel, ModelInfo } from '../models/language-model.ts';
import { episodePath, statesPath } from '../recordings/layout.ts';
import { readEpisode, writeRecording } from '../recordings/recording.ts';
import type { Encounter } from '../scenarios/schema.ts';
import type { SeatOrder } from './plan.ts';
import type { OnProgress } from './progress.ts';
import type { Simulation } from './schema.ts';

/** Raised when a change of the program changes what it says to the models or how it hears them. */
const SIMULATION_VERSION = 1;

/** One episode to play. */
export interface EpisodeTask {
  readonly order: SeatOrder;
  readonly seed: number;
  readonly encounter: Encounter;
}

export function episodeTasks(
  orders: readonly SeatOrder[],
  seeds: readonly number[],
  encounters: readonly Encounter[],
): EpisodeTask[] {
  return orders.flatMap((order) =>
    seeds.flatMap((seed) => encounters.map((encounter) => ({ order, seed, encounter }))),
  );
}

/** Hash of everything that a transcript and its states depend on; hex SHA-256. */
export function episodeInputs(
  task: EpisodeTask,
  models: readonly Pick<ModelInfo, 'revision' | 'dtype'>[],
  simulation: Simulation,
): string {
  const { rounds, temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop } = simulation;
  const depends = [
    SIMULATION_VERSION,
    models.map(({ revision, dtype }) => [revision, dtype]),
    task.order.names,
    task.seed,
    task.encounter,
    // A key that is not set is not written, so that settings that came later change no older hash.
    { rounds, temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop },
  ];
  return createHash('sha256').update(JSON.stringify(depends)).digest('hex');
}

/** Whether a run holds this episode, played under these inputs. A damaged transcript counts as absent. */
export async function isRecorded(run: string, task: EpisodeTask, inputs: string): Promise<boolean> {
  const key = { models: task.order.names, seed: task.seed, interaction: task.encounter.interaction.id };
  const path = episodePath(run, key);
  if (!existsSync(path) || !existsSync(statesPath(run, 'interactive', key))) return false;
  const episode = await readEpisode(path).catch(() => undefined);
  return episode?.inputs === inputs;
}

export interface SimulateOptions {
  readonly run: string;
  readonly tasks: readonly EpisodeTask[];
  readonly simulation: Simulation;
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Plays one episode and records it. */
async function record(options: SimulateOptions, task: EpisodeTask, inputs: string): Promise<void> {
  const { run, simulation, models, signal } = options;
  const [a, b] = task.order.names.map((name) => models.get(name)!) as [LanguageModel, LanguageModel];
  const { episode, states } = await playEpisode({
    encounter: task.encounter,
    models: { A: a, B: b },
    names: task.order.names,
    seed: task.seed,
    settings: simulation,
    ...(signal && { signal }),
  });
  const { turns, ending, ...head } = episode;
  await writeRecording(run, {
    episode: { ...head, inputs, turns, ending },
    states,
    models: [a.info, b.info],
  });
}

/**
 * Plays and records every task that is not recorded yet, in order.
 *
 * @returns how many had been recorded before
 * @throws the signal's reason when aborted: what is recorded by then stays
 */
export async function simulate(options: SimulateOptions): Promise<{ readonly skipped: number }> {
  const { tasks, models, simulation, onProgress, signal } = options;
  let skipped = 0;
  for (const [index, task] of tasks.entries()) {
    signal?.throwIfAborted();
    const infos = task.order.names.map((name) => models.get(name)!.info);
    const inputs = episodeInputs(task, infos, simulation);
    if (await isRecorded(options.run, task, inputs)) skipped++;
    else await record(options, task, inputs);
    onProgress?.({ what: 'episodes', done: index + 1, total: tasks.length, skipped });
    // Inference blocks the event loop; this lets Ctrl-C and the progress line through.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { skipped };
}
