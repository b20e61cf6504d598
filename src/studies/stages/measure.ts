// Measures a study's recordings: every seat order, condition and direction.

import { createHash } from 'node:crypto';
import { type Condition, INTERACTIVE, traitsOf } from '../../conditions/condition.ts';
import { groupingOf } from '../../conditions/division.ts';
import { allReadings, checkReadings } from '../../conditions/readings.ts';
import { samplesOf } from '../../conditions/samples.ts';
import { DIRECTIONS, type Direction, type LeftOut, type Sample } from '../../pairs/align.ts';
import { divideSamples } from '../../pairs/division.ts';
import { recordingLayers } from '../../pairs/layers.ts';
import { type OpenRecording, openRecordings } from '../../pairs/open.ts';
import { type Pairing, pairingOf } from '../../pairs/pairing.ts';
import { synchronyPath } from '../../recordings/layout.ts';
import type { RecordingFiles } from '../../recordings/list.ts';
import { openStates } from '../../recordings/states.ts';
import { measureConditions } from '../../synchrony/measure.ts';
import type { ConditionsOptions } from '../../synchrony/options.ts';
import { lambdaList, RIDGE } from '../../synchrony/results.ts';
import { readSynchrony, writeSynchrony } from '../../synchrony/synchrony-files.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { batchBySource } from '../batch-by-source.ts';
import { hashOf, type StageContext } from '../context.ts';
import { divisionOf } from '../division.ts';
import { type CountedSettings, countedSettings } from '../equal-samples.ts';
import type { OpenStudy } from '../open.ts';
import type { SeatOrder } from '../plan.ts';
import type { Inputs, Making, OpenTask, Stage, StageTask } from '../stage.ts';
import { EPISODES } from './episodes.ts';
import { READINGS } from './readings.ts';

export interface MeasureTask extends StageTask {
  readonly order: SeatOrder;
  readonly condition: Condition;
  readonly direction: Direction;
}

/** The measure of one direction of a seat order in one condition. */
export function measureTask(order: SeatOrder, condition: Condition, direction: Direction): MeasureTask {
  const label = `${order.folder} ${direction} ${condition}`;
  return { scope: [order.folder], label, order, condition, direction };
}

const pathOf = (run: string, { order, condition, direction }: MeasureTask) =>
  synchronyPath(run, order.names, condition, direction);

/** Readers' recordings of a condition; none where the sources are the agents' own states. */
export async function readingsOf(
  context: StageContext,
  order: SeatOrder,
  condition: Condition,
): Promise<readonly RecordingFiles[] | undefined> {
  const { reader } = traitsOf(condition);
  if (reader === undefined) return undefined;
  const files = await context.recordings(order);
  return allReadings(files, await context.recordings(order, reader), condition);
}

/** Hash of what readers' states files say that they were made from. */
async function hashReadings(files: readonly RecordingFiles[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { states } of files) {
    const { metadata } = await openStates(states);
    hash.update(`${metadata['inputs'] ?? states}\n`);
  }
  return hash.digest('hex');
}

/** What the measure of a condition depends on, in both directions. */
export async function conditionInputs(
  context: StageContext,
  order: SeatOrder,
  condition: Condition,
): Promise<Inputs | undefined> {
  const recordings = await context.hashOfRecordings(order);
  if (recordings === undefined) return undefined;
  const { selection, reader } = traitsOf(condition);
  const synchrony = await countedSettings(context);
  const settings = hashOf([RIDGE.version, synchrony, ...(selection ? [selection.version] : [])]);
  if (reader === undefined) return { recordings, settings };
  const readings = await readingsOf(context, order, condition);
  return readings && { recordings, settings, readings: await hashReadings(readings) };
}

/** A task with its rows. */
interface ReadyTask {
  readonly task: MeasureTask;
  /** What it will be made of; absent of one that is measured for the others' sake alone. */
  readonly inputs?: Inputs;
  readonly samples: readonly Sample[];
  readonly leftOut?: LeftOut;
  /** In a condition that chooses its samples. */
  readonly pairing?: Pairing;
  /** Where the states of either side lie. */
  readonly recordings: Readonly<Record<'source' | 'target', readonly OpenRecording[]>>;
}

/** Readers' recordings opened, one per episode in the same order. */
export async function openReadings(
  files: readonly RecordingFiles[],
  recordings: readonly OpenRecording[],
  { opened, states }: StageContext,
): Promise<OpenRecording[]> {
  const readings = await openRecordings(files, opened.study.synchrony.groupBy, undefined, states);
  checkReadings(recordings, readings);
  return readings;
}

/**
 * The open tasks of a direction, and whatever else of it may share their fits. Shared fits have one λ, and are scored as
 * exactly as the hardest of their targets needs. So what is there already is measured along with what is not, and a run
 * that goes on comes to the numbers of one that was never stopped. The interactive condition stands first, and is there
 * whether the study asks for it or not where λ is chosen.
 */
function withCompanions(
  open: readonly OpenTask<MeasureTask>[],
  { order, direction }: MeasureTask,
  opened: OpenStudy,
): Pick<ReadyTask, 'task' | 'inputs'>[] {
  const readers = new Set(open.map(({ task }) => traitsOf(task.condition).reader));
  const asked = opened.conditions.filter((condition) => opened.canMeasure(order, condition, direction));
  const chooses = asked.includes(INTERACTIVE) || choosesLambda(opened);
  const all = [...(chooses ? [INTERACTIVE] : []), ...asked.filter((condition) => condition !== INTERACTIVE)];
  const byCondition = new Map(open.map((one) => [one.task.condition, one]));
  return all
    .filter((condition) => readers.has(traitsOf(condition).reader))
    .map((condition) => byCondition.get(condition) ?? { task: measureTask(order, condition, direction) });
}

const choosesLambda = ({ study }: OpenStudy) => lambdaList(study.synchrony.lambda).includes('cv');

/** Finds the rows of each task. One without samples fails, and the others go on. */
async function prepare(
  open: readonly OpenTask<MeasureTask>[],
  context: StageContext,
  { failed }: Making<MeasureTask>,
): Promise<ReadyTask[]> {
  const [first] = open;
  if (first === undefined) return [];
  const ready: ReadyTask[] = [];
  const { order, direction } = first.task;
  const { groupBy, drop } = context.opened.study.synchrony;
  const recordings = await openRecordings(await context.recordings(order), groupBy, drop, context.states);
  for (const { task, inputs } of withCompanions(open, first.task, context.opened)) {
    const { condition } = task;
    try {
      const chosen = samplesOf(recordings, condition, direction);
      const files = await readingsOf(context, order, condition);
      const source = files ? await openReadings(files, recordings, context) : recordings;
      const pairing =
        traitsOf(condition).selection && pairingOf(chosen.samples, await context.recordings(order));
      const sides = { source, target: recordings };
      ready.push({
        ...{ task, ...(inputs && { inputs }), ...chosen, ...(pairing && { pairing }) },
        recordings: sides,
      });
    } catch (error) {
      if (inputs) failed(task, error);
    }
  }
  return ready;
}

/** Processor, memory and threads as the measure takes them. */
export function measureResources({ run, resources, states }: StageContext, signal: AbortSignal) {
  const { memory, device, threads } = resources;
  return {
    // Beside the results: there is room for the states as well.
    scratchFolder: run,
    signal,
    ...(memory !== undefined && { memory: memory - states.bytes }),
    ...(device !== undefined && { device }),
    ...(threads !== undefined && { threads }),
  };
}

function measureOptions(
  { task: { order, condition, direction }, samples }: ReadyTask,
  synchrony: CountedSettings,
): Omit<ConditionsOptions, 'onProgress' | 'signal'> {
  const { lambda, groupBy, solver, intervals, reduce } = synchrony;
  return {
    direction,
    sourceModel: order.names[direction === 'A->B' ? 0 : 1],
    groupBy: groupingOf(condition, groupBy),
    lambda,
    solver,
    intervals,
    reduce,
    splits: divideSamples(samples, divisionOf(synchrony, synchrony.samples)),
    groups: samples.map(({ group }) => group),
  };
}

/**
 * Conditions that share their fits, as far as one of them is open. Where λ is chosen it is the interactive condition's;
 * those with other rows of X choose their own, each by itself, so that it does not matter which others a study has.
 */
function batchesOf(ready: readonly ReadyTask[], opened: OpenStudy): ReadyTask[][] {
  const batches = batchBySource(ready).flatMap((batch) => {
    const shared = !choosesLambda(opened) || batch.some(({ task }) => task.condition === INTERACTIVE);
    return shared ? [batch] : batch.map((one) => [one]);
  });
  return batches.filter((batch) => batch.some(({ inputs }) => inputs));
}

/** Measures conditions that share their fits, and writes the results of those that are open. */
async function measureTogether(
  tasks: readonly ReadyTask[],
  context: StageContext,
  { signal, done, within }: Making<MeasureTask>,
): Promise<void> {
  const [first] = tasks;
  const share = tasks.filter(({ inputs }) => inputs).length / tasks.length;
  if (first === undefined) return;
  const { order, direction } = first.task;
  const source = recordingLayers(first.recordings.source, first.samples, 'source');
  const targets = tasks.map(({ task, recordings, samples }) => ({
    condition: task.condition,
    targetModel: order.names[direction === 'A->B' ? 1 : 0],
    target: recordingLayers(recordings.target, samples, 'target'),
  }));
  const measured = await measureConditions(source, targets, {
    ...measureOptions(first, await countedSettings(context)),
    ...measureResources(context, signal),
    training: true,
    onProgress: (progress) => within(Math.floor(share * progress.done), `${order.folder} ${direction}`),
  });
  for (const [i, { task, inputs, leftOut, pairing }] of tasks.entries()) {
    if (inputs === undefined) continue;
    const result = measured[i]?.result;
    if (result === undefined) throw new RangeError('every target has a result');
    const whole = { ...result, ...(leftOut && { leftOut }), ...(pairing && { pairing }) };
    await writeSynchrony(pathOf(context.run, task), whole, inputs);
    done(task);
  }
}

export const MEASURE: Stage<MeasureTask, SynchronyResult> = {
  name: 'measure',
  version: RIDGE.version,
  needs: [EPISODES.name, READINGS.name],
  results: 'measures',
  processorBound: true,
  unit: 'layer pairs',
  asked: () => true,
  tasks: (opened) =>
    opened.orders.flatMap((order) =>
      DIRECTIONS.flatMap((direction) =>
        opened.conditions
          .filter((condition) => opened.canMeasure(order, condition, direction))
          .map((condition) => measureTask(order, condition, direction)),
      ),
    ),
  size: ({ order }, opened) => opened.layerPairs(order),
  path: (run, task) => `${pathOf(run, task)}.json`,
  inputs: ({ order, condition }, context) =>
    context.once(`condition ${order.folder} ${condition}`, () => conditionInputs(context, order, condition)),
  read: (run, task) => readSynchrony(pathOf(run, task)),
  together: ({ order, direction }) => `${order.folder} ${direction}`,
  async make(tasks, context, making) {
    for (const batch of batchesOf(await prepare(tasks, context, making), context.opened)) {
      try {
        await measureTogether(batch, context, making);
      } catch (error) {
        making.signal.throwIfAborted();
        for (const { task, inputs } of batch) if (inputs) making.failed(task, error);
      }
    }
  },
};
