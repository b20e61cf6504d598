// What each held-out interaction and each round contributes to R² of the interactive condition (docs/method.md §6): the maps of
// the measure on its own rows, splits and λ, looked at row by row.

import { at, first } from '../../numerics/lookup.ts';
import { contributionsPath } from '../../recordings/layout.ts';
import { syncR2Contributions } from '../../synchrony/contributions/interactions.ts';
import { measureContributions } from '../../synchrony/contributions/measure-contributions.ts';
import { penaltyOf } from '../../synchrony/results.ts';
import type { StageContext } from '../context.ts';
import {
  type DirectionContributions,
  readContributions,
  type StoredContributions,
  writeContributions,
} from '../contribution-files.ts';
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
import type { ContributionSettings, SynchronySettings } from '../schema.ts';
import type { OpenTask, Stage } from '../stage.ts';
import { episodeNames, missingEpisodes, writeEpisodes } from './episode-synchrony.ts';
import { MEASURE } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;
/** The same of those on principal components. */
const REDUCED = 2;

const pathOf = (run: string, { order, direction }: DirectionTask) =>
  contributionsPath(run, order.names, direction);

/** Coverage of a study's intervals; none where it wants none. */
function levelOf({ intervals }: SynchronySettings) {
  return intervals === false ? {} : { level: intervals.level };
}

async function makeOne(
  { task, inputs }: OpenTask<DirectionTask>,
  { cells, smallest }: ContributionSettings,
  context: StageContext,
  signal: AbortSignal,
): Promise<void> {
  const rows = await openDirection(task, context);
  const measured = await measuredOf(task, context);
  const { syncR2, sourceLayers, targetLayers } = measured;
  const { bestTarget } = syncR2;
  // The maps of single episodes are the same ones.
  const episodes = await missingEpisodes(task, context);
  const found = await measureContributions(rows.source, rows.target, {
    ...directionOptions(rows, context, signal),
    ...{
      splits: rows.splits,
      lambda: penaltyOf(measured),
      labels: labelsOf(rows),
      bestTarget,
      cells,
      smallest,
    },
    ...(episodes && { also: [episodeNames(rows)] }),
    ...levelOf(context.opened.study.synchrony),
  });
  const added = syncR2Contributions(found.cells, syncR2, targetLayers);
  const result: DirectionContributions = {
    ...(await headOf(task, context)),
    ...{ sourceLayers, targetLayers, bestTarget: [...bestTarget], cells, smallest },
    interactions: found.interactions.map((one, i) => ({ ...one, syncR2: at(added, i) })),
    rounds: found.rounds,
    leftOut: found.leftOut,
    pooled: found.pooled,
  };
  await writeContributions(pathOf(context.run, task), { inputs, result }, found.cells);
  if (episodes) await writeEpisodes({ task, inputs: episodes }, first(found.also), context);
}

function labelsOf({ samples, files }: DirectionRows) {
  return {
    interactions: samples.map(({ source }) => at(files, source.recording).interaction),
    rounds: samples.map(({ source }) => source.round),
    groups: samples.map(({ group }) => group),
  };
}

export const CONTRIBUTIONS: Stage<DirectionTask, StoredContributions> = {
  name: 'contributions',
  version: VERSION,
  needs: [MEASURE.name],
  results: 'contributions',
  processorBound: true,
  notEstimated: 'contributions',
  asked: ({ contributions }) => contributions !== false,
  tasks: directionTasks,
  path: (run, task) => `${pathOf(run, task)}.json`,
  inputs(task, context) {
    const { contributions, synchrony } = context.opened.study;
    // Principal components were not taken in earlier versions, so what was made of them is made anew.
    const own = [...ownSettings(synchrony), ...(synchrony.reduce ? [REDUCED] : [])];
    const depends = [VERSION, contributions, levelOf(synchrony), ...own];
    return directionInputs(task, depends, context);
  },
  read: (run, task) => readContributions(pathOf(run, task)),
  async make(tasks, context, { done, signal }) {
    const settings = context.opened.study.contributions;
    if (!settings) return;
    for (const open of tasks) {
      await makeOne(open, settings, context, signal);
      done(open.task);
    }
  },
};
