// Plays a study's episodes: what an earlier run has recorded, under the same inputs, is not played again.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { playEpisode } from '../episodes/play.ts';
import type { EpisodeVariant } from '../episodes/types.ts';
import type { LanguageModel, ModelInfo } from '../models/language-model.ts';
import { episodePath, PLAYED, statesPath } from '../recordings/layout.ts';
import { readEpisode, writeRecording } from '../recordings/recording.ts';
import type { Encounter } from '../scenarios/schema.ts';
import { Seats, stopper } from './conversation-slots.ts';
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
    const key = order.names.toSorted().join('+');
    pairs.set(key, [...(pairs.get(key) ?? []), order]);
  }
  return [...pairs.values()].flatMap((both) =>
    seeds.flatMap((seed) =>
      encounters.flatMap((encounter) =>
        both.map((order) => ({ order, seed, encounter, ...(variant && { variant }) })),
      ),
    ),
  );
}

/** Hash of everything that a transcript and its states depend on; hex SHA-256. */
export function episodeInputs(
  task: EpisodeTask,
  models: readonly Pick<ModelInfo, 'revision' | 'dtype' | 'device'>[],
  simulation: Simulation,
): string {
  const { rounds, temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop } = simulation;
  const depends = [
    SIMULATION_VERSION,
    models.map(({ revision, dtype, device }) => [revision, dtype, ...(device === undefined ? [] : [device])]),
    task.order.names,
    task.seed,
    task.encounter,
    // A key that is not set is not written, so that settings that came later change no older hash.
    { rounds, temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop },
    ...(task.variant ? [task.variant] : []),
  ];
  return createHash('sha256').update(JSON.stringify(depends)).digest('hex');
}

/** Whether a run holds this episode, played under these inputs. A damaged transcript counts as absent. */
export async function isRecorded(run: string, task: EpisodeTask, inputs: string): Promise<boolean> {
  const { order, seed, variant } = task;
  const key = { models: order.names, seed, interaction: task.encounter.interaction.id, variant };
  const path = episodePath(run, key);
  if (!existsSync(path) || !existsSync(statesPath(run, variant ?? PLAYED, key))) return false;
  const episode = await readEpisode(path).catch(() => undefined);
  return episode?.inputs === inputs;
}

export interface SimulateOptions {
  readonly run: string;
  readonly tasks: readonly EpisodeTask[];
  readonly simulation: Simulation;
  readonly models: ReadonlyMap<string, LanguageModel>;
  /** Episodes at once, at most; by default as many as the models keep conversations of. */
  readonly atOnce?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Plays one episode and records it. When `stopped` rejects, so does this, and nothing is recorded. */
async function record(
  { run, simulation, models }: SimulateOptions,
  task: EpisodeTask,
  inputs: string,
  stopped: Promise<never>,
  signal: AbortSignal,
): Promise<void> {
  const [a, b] = task.order.names.map((name) => models.get(name)!) as [LanguageModel, LanguageModel];
  const request = { encounter: task.encounter, models: { A: a, B: b }, names: task.order.names, signal };
  const { seed, variant } = task;
  const played = playEpisode({ ...request, seed, variant, settings: simulation });
  const { episode, states } = await Promise.race([played, stopped]);
  // From here on the episode is safe: who stops a study waits for its files.
  const { turns, ending, ...head } = episode;
  await writeRecording(run, {
    episode: { ...head, inputs, turns, ending },
    states,
    models: [a.info, b.info],
  });
}

/**
 * Plays and records every task that is not recorded yet: begun in order, as many at once as the models keep
 * conversations of. What is recorded does not depend on how many these are or which of them ends first.
 *
 * @returns how many had been recorded before
 * @throws the signal's reason when aborted, or what the first episode failed with: what is recorded by then stays
 */
export async function simulate(options: SimulateOptions): Promise<{ readonly skipped: number }> {
  const { tasks, models, simulation, onProgress } = options;
  const { signal, stopped, stop, release } = stopper(options.signal);
  const seats = new Seats(models, options.atOnce);
  let skipped = 0;
  let done = 0;
  const finish = () => onProgress?.({ what: 'episodes', done: ++done, total: tasks.length, skipped });
  try {
    for (const task of tasks) {
      signal.throwIfAborted();
      const infos = task.order.names.map((name) => models.get(name)!.info);
      const inputs = episodeInputs(task, infos, simulation);
      if (await isRecorded(options.run, task, inputs)) {
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
    // Files that are being written are finished; what is still being played has ended with `stopped`.
    await seats.empty();
    release();
  }
  return { skipped };
}
