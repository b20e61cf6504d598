// Whether the partner says more of a state than its own past does, and than the text that both have read (docs/method.md §19):
// the interactive condition's rows that have a past, on the measure's splits.

import { measureOwnPast } from '../../controls/own-past.ts';
import { summarisePartition } from '../../controls/own-past-summary.ts';
import { textFeatures } from '../../controls/text-features.ts';
import { NotEnoughSamples } from '../../errors.ts';
import { divideAlike } from '../../pairs/division.ts';
import { recordingLayers, sideLayers } from '../../pairs/layers.ts';
import { ownPastPath } from '../../recordings/layout.ts';
import type { StageContext } from '../context.ts';
import {
  type DirectionRows,
  type DirectionTask,
  directionInputs,
  directionTasks,
  headOf,
  measuredOf,
  openDirection,
  ownSettings,
} from '../direction-rows.ts';
import { type DirectionOwnPast, ownPastFile } from '../own-past-files.ts';
import type { OwnPastSettings } from '../schema.ts';
import { readTranscripts } from '../sensitivity/text.ts';
import type { Stage } from '../stage.ts';
import { MEASURE, measureResources } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

/** What a regression needs on either side of a split. */
const FEWEST_ROWS = 2;

const pathOf = (run: string, { order, direction }: DirectionTask) => ownPastPath(run, order.names, direction);

/** The rows whose target has spoken before, divided as the measure divides them. */
function rowsWithPast({ samples, splits, recordings }: DirectionRows) {
  const kept = samples.filter(({ target }) => target.round > 1);
  const before = kept.map((sample) => ({
    ...sample,
    target: { ...sample.target, round: sample.target.round - 1 },
  }));
  const divided = splits.map((split) => divideAlike(split, samples, kept));
  const fewest = Math.min(...divided.flatMap(({ train, test }) => [train.length, test.length]));
  const groups = Math.min(...divided.map(({ trainGroupSizes }) => trainGroupSizes.length));
  const advice = 'play more rounds or interactions, or leave ownPast out';
  if (fewest < FEWEST_ROWS)
    throw new NotEnoughSamples('own past, rows with one on a side of a split', fewest, FEWEST_ROWS, advice);
  if (groups < 2) throw new NotEnoughSamples('own past, training groups of a split', groups, 2, advice);
  return {
    samples: kept,
    splits: divided,
    source: recordingLayers(recordings, kept, 'source'),
    target: recordingLayers(recordings, kept, 'target'),
    past: recordingLayers(recordings, before, 'target'),
  };
}

async function partition(
  task: DirectionTask,
  { cells, dimensions }: OwnPastSettings,
  context: StageContext,
  signal: AbortSignal,
): Promise<DirectionOwnPast> {
  const open = await openDirection(task, context);
  const { samples, splits, source, target, past } = rowsWithPast(open);
  const episodes = await readTranscripts(open.files);
  const text = textFeatures(episodes, samples, { text: 'shared', dimensions });
  const { bestTarget } = (await measuredOf(task, context)).syncR2;
  const { intervals } = context.opened.study.synchrony;
  const pairs = bestTarget.flatMap((best, layer) =>
    (cells === 'all' ? [...Array(target.layers).keys()] : [best]).map((to) => ({
      source: layer,
      target: to,
    })),
  );
  const found = await measureOwnPast(
    source,
    target,
    { past, text },
    {
      ...measureResources(context, signal),
      ...{ splits, cells: pairs, intervals: intervals !== false },
      groups: samples.map(({ group }) => group),
    },
  );
  return {
    ...(await headOf(task, context)),
    ...{ samples: samples.length, lambda: 'cv', cells, dimensions },
    ...{ ...sideLayers(source, target), features: text.columns },
    train: splits.map(({ train }) => train.length),
    test: splits.map(({ test }) => test.length),
    bestTarget: [...bestTarget],
    layerPairs: found.cells.map(({ source: from, target: to, r2, lambdas }) => ({
      ...{ source: from, target: to, r2, lambdas },
    })),
    numbers: summarisePartition(found, bestTarget, intervals === false ? 0.95 : intervals.level),
  };
}

export const OWN_PAST: Stage<DirectionTask, DirectionOwnPast> = {
  name: 'own-past',
  version: VERSION,
  needs: [MEASURE.name],
  results: 'variance partitions',
  processorBound: true,
  notEstimated: 'own pasts',
  asked: ({ ownPast }) => ownPast !== false,
  tasks: directionTasks,
  path: pathOf,
  inputs(task, context) {
    const { ownPast, synchrony } = context.opened.study;
    const depends = [VERSION, ownPast, synchrony.intervals, ...ownSettings(synchrony)];
    return directionInputs(task, depends, context);
  },
  read: (run, task) => ownPastFile.read(pathOf(run, task)),
  async make(tasks, context, { done, signal }) {
    const settings = context.opened.study.ownPast;
    if (!settings) return;
    for (const { task, inputs } of tasks) {
      const result = await partition(task, settings, context, signal);
      await ownPastFile.write(pathOf(context.run, task), { inputs, result });
      done(task);
    }
  },
};
