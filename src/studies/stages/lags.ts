// SyncR² by lag on equal rows (docs/method.md §6, paper Figure 4b): a longer lag has fewer rows, and fewer training rows alone
// lower SyncR². So every lag is fitted and tested on the rows that all of them have.

import { type Condition, lagOf } from '../../conditions/condition.ts';
import { samplesOf } from '../../conditions/samples.ts';
import { entryOf, first } from '../../numerics/lookup.ts';
import { sourceName } from '../../pairs/align.ts';
import { divideSamples } from '../../pairs/division.ts';
import { recordingLayers } from '../../pairs/layers.ts';
import { openRecordings } from '../../pairs/open.ts';
import { lagsPath } from '../../recordings/layout.ts';
import { measureConditions } from '../../synchrony/measure.ts';
import { seedsAndFolds } from '../../synchrony/results.ts';
import type { StageContext } from '../context.ts';
import {
  type DirectionTask,
  directionInputs,
  directionOptions,
  directionTasks,
  ownSettings,
} from '../direction-rows.ts';
import { countWithin, divisionOf } from '../division.ts';
import { countedSettings } from '../equal-samples.ts';
import { type DirectionLags, lagsFile } from '../lags-files.ts';
import type { Stage } from '../stage.ts';
import { MEASURE } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

interface Lagged {
  readonly condition: Condition;
  readonly lag: number;
}

/** The lags of a study, the interactive condition's among them, from the shortest to the longest. */
function lagsOf(conditions: readonly Condition[]): Lagged[] {
  const lags = conditions.flatMap((condition) => {
    const lag = lagOf(condition);
    return lag === undefined ? [] : [{ condition, lag }];
  });
  return lags.sort((a, b) => a.lag - b.lag);
}

const pathOf = (run: string, { order, direction }: DirectionTask) => lagsPath(run, order.names, direction);

async function measureLags(
  task: DirectionTask,
  context: StageContext,
  signal: AbortSignal,
): Promise<DirectionLags> {
  const { order, direction } = task;
  const { study, conditions } = context.opened;
  const synchrony = await countedSettings(context);
  const recordings = await openRecordings(
    await context.recordings(order),
    synchrony.groupBy,
    synchrony.drop,
    context.states,
  );
  const lags = lagsOf(conditions).map(({ condition, lag }) => {
    const { samples } = samplesOf(recordings, condition, direction);
    return { condition, lag, samples, bySource: new Map(samples.map((one) => [sourceName(one), one])) };
  });
  const samples = first(lags.toReversed()).samples.filter((one) =>
    lags.every(({ bySource }) => bySource.has(sourceName(one))),
  );
  const targetModel = order.names[direction === 'A->B' ? 1 : 0];
  const splits = divideSamples(samples, divisionOf(synchrony, countWithin(synchrony.samples, samples)));
  const targets = lags.map(({ condition, bySource }) => {
    const own = samples.map((one) => entryOf(bySource, sourceName(one)));
    return { condition, targetModel, target: recordingLayers(recordings, own, 'target') };
  });
  const measured = await measureConditions(recordingLayers(recordings, samples, 'source'), targets, {
    ...directionOptions({ order, direction, samples }, context, signal),
    splits,
    intervals: study.synchrony.intervals,
    solver: study.synchrony.solver,
  });
  const { result } = first(measured);
  const { sourceModel, lambda, groupBy } = result;
  return {
    ...{ direction, sourceModel, targetModel, samples: result.samples, lambda, groupBy },
    ...seedsAndFolds(result.splits),
    train: splits.map(({ train }) => train.length),
    test: splits.map(({ test }) => test.length),
    points: measured.map(({ result: { syncR2, intervals } }, i) => ({
      lag: lags[i]?.lag ?? 0,
      ...{ value: syncR2.value, standardError: syncR2.standardError },
      ...(intervals && { intervals: { syncR2: intervals.syncR2, jackknife: intervals.jackknife } }),
    })),
  };
}

export const LAGS: Stage<DirectionTask, DirectionLags> = {
  name: 'lags',
  version: VERSION,
  needs: [MEASURE.name],
  results: 'lag curves',
  processorBound: true,
  notEstimated: 'lag curves',
  asked: ({ conditions }) => lagsOf(conditions).some(({ lag }) => lag > 0),
  tasks: directionTasks,
  path: pathOf,
  inputs(task, context) {
    const { study, conditions } = context.opened;
    const lags = lagsOf(conditions).map(({ lag }) => lag);
    const depends = [VERSION, lags, study.synchrony.intervals, ...ownSettings(study.synchrony)];
    return directionInputs(task, depends, context);
  },
  async read(run, task) {
    return lagsFile.read(pathOf(run, task));
  },
  async make(tasks, context, { done, signal }) {
    for (const { task, inputs } of tasks) {
      const result = await measureLags(task, context, signal);
      await lagsFile.write(pathOf(context.run, task), { inputs, result });
      done(task);
    }
  },
};
