// SyncR² of one direction on two halves of the interactions, and its ceiling (docs/method.md §18).

import { INTERACTIVE } from '../../conditions/condition.ts';
import { reliabilityPath } from '../../recordings/layout.ts';
import { intervalOf } from '../../synchrony/intervals/interval.ts';
import { measureCeiling } from '../../synchrony/reliability/ceiling.ts';
import { type HalfSyncR2, measureHalves } from '../../synchrony/reliability/halves.ts';
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
import { divisionOf } from '../division.ts';
import { countedSettings } from '../equal-samples.ts';
import { type DirectionReliability, reliabilityFile } from '../reliability-files.ts';
import type { ReliabilitySettings } from '../schema.ts';
import type { Stage } from '../stage.ts';
import { MEASURE } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

const pathOf = (run: string, { order, direction }: DirectionTask) =>
  reliabilityPath(run, order.names, direction);

async function ceilingOf(
  task: DirectionTask,
  rows: DirectionRows,
  options: Parameters<typeof measureCeiling>[2],
  context: StageContext,
): Promise<DirectionReliability['ceiling']> {
  const found = await measureCeiling(rows.target, await measuredOf(task, context), options);
  if (found === null) return null;
  const { jackknife, ...ceiling } = found;
  const { intervals } = context.opened.study.synchrony;
  const level = intervals === false ? undefined : intervals.level;
  return { ...ceiling, interval: jackknife ? intervalOf(jackknife, level, 0) : null };
}

async function makeOne(
  task: DirectionTask,
  settings: ReliabilitySettings,
  context: StageContext,
  signal: AbortSignal,
): Promise<DirectionReliability> {
  const rows = await openDirection(task, context);
  const synchrony = await countedSettings(context);
  const targetModel = task.order.names[task.direction === 'A->B' ? 1 : 0];
  const options = { ...directionOptions(rows, context, signal), condition: INTERACTIVE, targetModel };
  const division = divisionOf(synchrony, synchrony.samples);
  const halvings: (readonly [HalfSyncR2, HalfSyncR2])[] = [];
  for (let halving = 0; halving < settings.halvings; halving++)
    halvings.push(await measureHalves(rows.source, rows.target, halving, division, options));
  const ceiling = settings.ceiling
    ? await ceilingOf(task, rows, { ...options, splits: rows.splits }, context)
    : null;
  return { ...(await headOf(task, context)), halvings, ceiling };
}

export const RELIABILITY: Stage<DirectionTask, DirectionReliability> = {
  name: 'reliability',
  version: VERSION,
  needs: [MEASURE.name],
  results: 'halves and ceilings',
  processorBound: true,
  notEstimated: 'halves and ceilings',
  asked: ({ reliability }) => reliability !== false,
  tasks: directionTasks,
  path: pathOf,
  inputs(task, context) {
    const { reliability, synchrony } = context.opened.study;
    const own = reliability && [reliability.halvings, reliability.ceiling];
    const depends = [VERSION, own, synchrony.intervals, ...ownSettings(synchrony)];
    return directionInputs(task, depends, context);
  },
  read: (run, task) => reliabilityFile.read(pathOf(run, task)),
  async make(tasks, context, { done, signal }) {
    const settings = context.opened.study.reliability;
    if (!settings) return;
    for (const { task, inputs } of tasks) {
      const result = await makeOne(task, settings, context, signal);
      await reliabilityFile.write(pathOf(context.run, task), { inputs, result });
      done(task);
    }
  },
};
