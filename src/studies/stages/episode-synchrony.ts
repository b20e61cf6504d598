// Synchrony of every held-out episode (docs/method.md §17): the maps of the measure on its own rows, splits and λ, and what they leave of
// each episode.

import { at } from '../../numerics/lookup.ts';
import { episodeSynchronyPath } from '../../recordings/layout.ts';
import { readEpisode } from '../../recordings/recording.ts';
import { sameInputs } from '../../recordings/result-file.ts';
import { syncR2Contributions } from '../../synchrony/contributions/interactions.ts';
import { type AddedUp, measureContributions } from '../../synchrony/contributions/measure-contributions.ts';
import { penaltyOf } from '../../synchrony/results.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import type { StageContext } from '../context.ts';
import {
  type DirectionRows,
  type DirectionTask,
  directionInputs,
  directionOptions,
  directionTasks,
  headOf,
  measuredOf,
  openDirection,
  ownSettings,
} from '../direction-rows.ts';
import {
  type DirectionEpisodes,
  type EpisodeSynchrony,
  episodeSynchronyFile,
} from '../episode-synchrony-files.ts';
import type { Inputs, OpenTask, Stage } from '../stage.ts';
import { MEASURE } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

const pathOf = (run: string, { order, direction }: DirectionTask) =>
  episodeSynchronyPath(run, order.names, direction);

/** Recordings by their place, of every sample: an interaction is played once per seed. */
export function episodeNames({ samples }: DirectionRows): string[] {
  return samples.map(({ source }) => String(source.recording));
}

async function measureEpisodes(
  task: DirectionTask,
  context: StageContext,
  signal: AbortSignal,
): Promise<AddedUp> {
  const rows = await openDirection(task, context);
  const measured = await measuredOf(task, context);
  const { samples } = rows;
  const { bestTarget } = measured.syncR2;
  const labels = {
    interactions: episodeNames(rows),
    rounds: samples.map(({ source }) => source.round),
    groups: samples.map(({ group }) => group),
  };
  const options = directionOptions(rows, context, signal);
  return measureContributions(rows.source, rows.target, {
    ...{ ...options, splits: rows.splits, lambda: penaltyOf(measured), labels, bestTarget },
    // Rounds are not asked for: none has so many rows.
    ...{ cells: 'best', smallest: Number.MAX_SAFE_INTEGER },
  });
}

/** What a direction's episodes come to, from what each adds to R² at the best target layers. */
async function episodesOf(
  task: DirectionTask,
  found: AddedUp,
  context: StageContext,
): Promise<DirectionEpisodes> {
  const measured: SynchronyResult = await measuredOf(task, context);
  const { samples, files } = await openDirection(task, context);
  const added = syncR2Contributions(found.cells, measured.syncR2, measured.targetLayers);
  const episodes: EpisodeSynchrony[] = [];
  for (const [i, { interaction: place, splits, rows: count, share }] of found.interactions.entries()) {
    const { interaction, seed, episode } = at(files, Number(place));
    const rounds = episode === null ? 0 : ((await readEpisode(episode)).turns.at(-1)?.round ?? 0);
    // A study's recordings have a seed each.
    episodes.push({ interaction, seed: seed ?? 0, rounds, splits, rows: count, r2: at(added, i) / share });
  }
  const played = new Set(samples.map(({ source }) => source.recording)).size;
  return { ...(await headOf(task, context)), episodes, notHeldOut: played - episodes.length };
}

/**
 * The inputs of a direction's episodes where the study asks for these and they are not there: whoever fits the same maps can
 * write them too, with `writeEpisodes`.
 */
export async function missingEpisodes(
  task: DirectionTask,
  context: StageContext,
): Promise<Inputs | undefined> {
  if (!EPISODE_SYNCHRONY.asked(context.opened.study)) return undefined;
  const inputs = await context.inputsOf(EPISODE_SYNCHRONY, task);
  const stored = await episodeSynchronyFile.readIfThere(pathOf(context.run, task));
  return inputs !== undefined && sameInputs(stored?.inputs, inputs) ? undefined : inputs;
}

/** @param found what each episode adds, by `episodeNames` */
export async function writeEpisodes(
  { task, inputs }: OpenTask<DirectionTask>,
  found: AddedUp,
  context: StageContext,
): Promise<void> {
  const result = await episodesOf(task, found, context);
  await episodeSynchronyFile.write(pathOf(context.run, task), { inputs, result });
}

export const EPISODE_SYNCHRONY: Stage<DirectionTask, DirectionEpisodes> = {
  name: 'episode-synchrony',
  version: VERSION,
  needs: [MEASURE.name],
  results: 'synchrony of episodes',
  processorBound: true,
  notEstimated: 'synchrony of episodes',
  asked: ({ episodeModel }) => episodeModel !== false,
  tasks: directionTasks,
  path: pathOf,
  inputs(task, context) {
    return directionInputs(task, [VERSION, ...ownSettings(context.opened.study.synchrony)], context);
  },
  read: (run, task) => episodeSynchronyFile.read(pathOf(run, task)),
  async make(tasks, context, { done, signal }) {
    for (const open of tasks) {
      await writeEpisodes(open, await measureEpisodes(open.task, context, signal), context);
      done(open.task);
    }
  },
};
