// What it changes to leave out repeated turns (docs/method.md §4): the interactive condition measured with them too, with as many
// samples.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { sensitivityPath } from '../../recordings/layout.ts';
import type { StageContext } from '../context.ts';
import {
  type DirectionTask,
  directionInputs,
  directionTasks,
  headOf,
  measureAgain,
  measuredOf,
  openDirection,
  openRows,
  ownSettings,
  splitsOf,
} from '../direction-rows.ts';
import { countedSettings } from '../equal-samples.ts';
import { estimateOf } from '../sensitivity/part.ts';
import { type PartResult, readPart, type StoredPart, writePart } from '../sensitivity/part-files.ts';
import type { Stage } from '../stage.ts';
import { MEASURE } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

async function compare(
  task: DirectionTask,
  context: StageContext,
  signal: AbortSignal,
): Promise<PartResult<'repeats'>> {
  const { drop: _, ...synchrony } = await countedSettings(context);
  const own = await measuredOf(task, context);
  const without = await openDirection(task, context);
  const all = await openRows(task, without.files, synchrony);
  const dropped = all.samples.length - without.samples.length;
  const counts = { samples: own.samples, all: all.samples.length, dropped };
  if (dropped === 0) return { ...counts, without: estimateOf(own), with: estimateOf(own) };
  const other = {
    splits: splitsOf(all.samples, synchrony, own.samples),
    groups: all.samples.map(({ group }) => group),
    intervals: synchrony.intervals,
  };
  const { result } = await measureAgain(all, other, context, signal);
  return { ...counts, without: estimateOf(own), with: estimateOf(result) };
}

export const REPEATS: Stage<DirectionTask, StoredPart<'repeats'>> = {
  name: 'repeats',
  version: VERSION,
  needs: [MEASURE.name],
  results: 'repeats',
  processorBound: true,
  notEstimated: 'repeated turns',
  asked: ({ synchrony, conditions }) => synchrony.drop === 'repeated' && conditions.includes(INTERACTIVE),
  tasks: directionTasks,
  path: (run, { order, direction }) => sensitivityPath(run, order.names, direction, 'repeats'),
  inputs(task, context) {
    const { synchrony } = context.opened.study;
    return directionInputs(task, [VERSION, synchrony.intervals, ...ownSettings(synchrony)], context);
  },
  async read(run, task) {
    const result = await readPart(REPEATS.path(run, task), 'repeats');
    return { inputs: result.inputs, result };
  },
  async make(tasks, context, { done, signal }) {
    for (const { task, inputs } of tasks) {
      const result = await compare(task, context, signal);
      const head = await headOf(task, context);
      await writePart(REPEATS.path(context.run, task), 'repeats', { ...head, inputs, result });
      done(task);
    }
  },
};
