// How SyncR² of the interactive condition depends on what the measure chooses (docs/method.md §14, paper Appendix C), and
// on the text that both agents have read.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { DIRECTIONS } from '../../pairs/align.ts';
import { sensitivityPath } from '../../recordings/layout.ts';
import { hashOf, type StageContext } from '../context.ts';
import { type DirectionTask, headOf, measuredOf, openDirection } from '../direction-rows.ts';
import { type PartName, readPart, type StoredPart, writePart } from '../sensitivity/part-files.ts';
import { partNamed, SENSITIVITY_PARTS } from '../sensitivity/parts.ts';
import type { Inputs, Stage } from '../stage.ts';
import { MEASURE, measureTask } from './measure.ts';

/** One part of one direction. */
export interface SensitivityTask extends DirectionTask {
  readonly part: PartName;
}

const pathOf = (run: string, { order, direction, part }: SensitivityTask) =>
  sensitivityPath(run, order.names, direction, part);

async function inputsOf(
  { order, direction, part: name }: SensitivityTask,
  context: StageContext,
): Promise<Inputs | undefined> {
  const { study } = context.opened;
  if (!study.sensitivity) return undefined;
  const part = partNamed(name);
  const conditions = part.conditions?.(study) ?? [INTERACTIVE];
  const measures = [];
  for (const condition of conditions)
    measures.push(
      await context.inputsOf(MEASURE, measureTask(order, condition, direction)).catch(() => undefined),
    );
  // A condition that could not be measured fails in the measure; without the interactive one there is nothing.
  if (measures.every((inputs) => inputs === undefined)) return undefined;
  const settings = [part.version, ...part.depends(study.sensitivity, study)];
  return { measure: hashOf(measures), settings: hashOf(settings) };
}

export const SENSITIVITY: Stage<SensitivityTask, StoredPart<PartName>> = {
  name: 'sensitivity',
  version: 1,
  needs: [MEASURE.name],
  results: 'sensitivity parts',
  processorBound: true,
  notEstimated: 'sensitivity',
  asked: ({ sensitivity }) => sensitivity !== false,
  tasks: ({ measuredOrders, study: { sensitivity } }) =>
    measuredOrders.flatMap((order) =>
      DIRECTIONS.flatMap((direction) =>
        SENSITIVITY_PARTS.filter((part) => sensitivity && part.asked(sensitivity)).map(
          ({ name }): SensitivityTask => ({
            scope: [order.folder],
            label: `${order.folder} ${direction} ${name}`,
            ...{ order, direction, part: name },
          }),
        ),
      ),
    ),
  path: pathOf,
  inputs: inputsOf,
  async read(run, task) {
    const result = await readPart(pathOf(run, task), task.part);
    return { inputs: result.inputs, result };
  },
  async make(tasks, context, { done, within, signal }) {
    const { sensitivity } = context.opened.study;
    if (!sensitivity) return;
    for (const { task, inputs } of tasks) {
      within(0, task.label);
      const part = partNamed(task.part);
      const measured = await measuredOf(task, context);
      const rows = () => openDirection(task, context);
      const result = await part.compute({ task, measured, rows, settings: sensitivity, context, signal });
      const head = await headOf(task, context);
      await writePart(pathOf(context.run, task), task.part, { ...head, inputs, result });
      done(task);
    }
  },
};
