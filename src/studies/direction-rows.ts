// One direction of a seat order's interactive condition, opened for another look: the rows and splits of its measure.

import { INTERACTIVE } from '../conditions/condition.ts';
import { alignPairs, DIRECTIONS, type Direction, type Sample } from '../pairs/align.ts';
import { divideSamples } from '../pairs/division.ts';
import { type LayerSource, recordingLayers } from '../pairs/layers.ts';
import { type OpenRecording, openRecordings } from '../pairs/open.ts';
import type { Split } from '../pairs/split.ts';
import type { RecordingFiles } from '../recordings/list.ts';
import type { StatesMemory } from '../recordings/states-memory.ts';
import { measureConditions } from '../synchrony/measure.ts';
import type { ConditionResult, ConditionsOptions } from '../synchrony/options.ts';
import { ownLambda, seedsAndFolds } from '../synchrony/results.ts';
import type { Lambda, SynchronyResult } from '../synchrony/types.ts';
import { hashOf, type StageContext } from './context.ts';
import { type DividingSettings, divisionOf, rowSettings } from './division.ts';
import { type CountedSettings, countedSettings } from './equal-samples.ts';
import type { MeasureHead, RecordedSides } from './measure-head.ts';
import type { OpenStudy } from './open.ts';
import type { SeatOrder } from './plan.ts';
import type { SynchronySettings } from './schema.ts';
import type { Inputs, StageTask } from './stage.ts';
import { MEASURE, measureResources, measureTask } from './stages/measure.ts';

/** A task about one direction of the interactive condition. */
export interface DirectionTask extends StageTask {
  readonly order: SeatOrder;
  readonly direction: Direction;
}

/** Both directions of each seat order whose models show their states. */
export function directionTasks({ measuredOrders }: Pick<OpenStudy, 'measuredOrders'>): DirectionTask[] {
  return measuredOrders.flatMap((order) =>
    DIRECTIONS.map((direction): DirectionTask => {
      return { scope: [order.folder], label: `${order.folder} ${direction}`, order, direction };
    }),
  );
}

/** A direction with its rows. */
export interface DirectionRows extends Pick<DirectionTask, 'order' | 'direction'> {
  readonly files: readonly RecordingFiles[];
  readonly recordings: readonly OpenRecording[];
  readonly samples: readonly Sample[];
  readonly splits: readonly Split[];
  readonly source: LayerSource;
  readonly target: LayerSource;
}

/** The measure that a task is about. */
export function measureOf({ order, direction }: Pick<DirectionTask, 'order' | 'direction'>) {
  return measureTask(order, INTERACTIVE, direction);
}

/** @throws BadInput if the direction has not been measured */
export function measuredOf(task: DirectionTask, context: StageContext): Promise<SynchronyResult> {
  return context.once(`measured ${task.order.folder} ${task.direction}`, async () => {
    const { result } = await MEASURE.read(context.run, measureOf(task));
    return result;
  });
}

/** Splits of a direction's samples, `count` of them. */
export function splitsOf(
  samples: readonly Sample[],
  synchrony: DividingSettings,
  count: number | 'all',
): Split[] {
  return divideSamples(samples, divisionOf(synchrony, count));
}

/** Rows of a direction as a study's settings have them. */
export async function openRows(
  { order, direction }: Pick<DirectionTask, 'order' | 'direction'>,
  files: readonly RecordingFiles[],
  synchrony: CountedSettings,
  states?: StatesMemory,
): Promise<DirectionRows> {
  const recordings = await openRecordings(files, synchrony.groupBy, synchrony.drop, states);
  const samples = alignPairs(recordings, direction);
  return {
    ...{ order, direction, files, recordings, samples },
    splits: splitsOf(samples, synchrony, synchrony.samples),
    source: recordingLayers(recordings, samples, 'source'),
    target: recordingLayers(recordings, samples, 'target'),
  };
}

/** Opens what the measure of a direction was made of. Errors as when it was measured. */
export function openDirection(
  { order, direction }: Pick<DirectionTask, 'order' | 'direction'>,
  context: StageContext,
): Promise<DirectionRows> {
  return context.once(`rows ${order.folder} ${direction}`, async () => {
    const files = await context.recordings(order);
    return openRows({ order, direction }, files, await countedSettings(context), context.states);
  });
}

/** How this direction is measured again; without intervals, and at the study's own λ alone. */
export function directionOptions(
  { order, direction, samples }: Pick<DirectionRows, 'order' | 'direction' | 'samples'>,
  context: StageContext,
  signal: AbortSignal,
): Omit<ConditionsOptions, 'splits' | 'subsets' | 'onProgress' | 'groups' | 'lambda'> & {
  readonly groups: readonly string[];
  readonly lambda: Lambda;
} {
  const { groupBy, lambda, reduce } = context.opened.study.synchrony;
  return {
    direction,
    sourceModel: order.names[direction === 'A->B' ? 0 : 1],
    groupBy,
    lambda: ownLambda(lambda),
    intervals: false,
    reduce,
    groups: samples.map(({ group }) => group),
    ...measureResources(context, signal),
  };
}

/** Measures the direction's rows once more, in another way. */
export async function measureAgain(
  rows: DirectionRows,
  other: Pick<ConditionsOptions, 'splits' | 'subsets' | 'intervals'> &
    Partial<Pick<ConditionsOptions, 'groups' | 'groupBy' | 'lambda' | 'training'>>,
  context: StageContext,
  signal: AbortSignal,
): Promise<ConditionResult> {
  const targetModel = rows.order.names[rows.direction === 'A->B' ? 1 : 0];
  const target = { target: rows.target, condition: INTERACTIVE, targetModel };
  const settings = { ...directionOptions(rows, context, signal), ...other };
  const [measured] = await measureConditions(rows.source, [target], settings);
  if (measured === undefined) throw new RangeError('one target has one result');
  return measured;
}

/** What the measure's rows and maps depend on, besides the recordings. */
export function ownSettings(synchrony: SynchronySettings): unknown[] {
  const { lambda, reduce } = synchrony;
  // What is not set is not among them, so that results from before there was such a key stay current.
  return [ownLambda(lambda), ...rowSettings(synchrony), ...(reduce === undefined ? [] : [reduce])];
}

/** Names the inputs of a result that is made of a direction's measure and of some settings. */
export async function directionInputs(
  task: Pick<DirectionTask, 'order' | 'direction'>,
  settings: readonly unknown[],
  context: StageContext,
): Promise<Inputs | undefined> {
  const measure = await context.inputsOf(MEASURE, measureOf(task));
  return measure && { measure: hashOf(measure), settings: hashOf(settings) };
}

/** Which layers a result is about, where its models have more. */
export function recordedSides({ sourceRecorded, targetRecorded }: RecordedSides): RecordedSides {
  return { ...(sourceRecorded && { sourceRecorded }), ...(targetRecorded && { targetRecorded }) };
}

/** Whose measure a part is about. */
export async function headOf(task: DirectionTask, context: StageContext): Promise<MeasureHead> {
  const measured = await measuredOf(task, context);
  const { direction, sourceModel, targetModel, samples, lambda, groupBy, splits } = measured;
  return {
    ...{ direction, sourceModel, targetModel, ...recordedSides(measured), samples, lambda, groupBy },
    ...seedsAndFolds(splits),
  };
}
