// How long a study's measure will take: the states of the episodes that were played for the estimate, repeated until
// there are as many as the study will have, are measured with the study's own settings. At first a few layers, then
// twice as many and so on, until time is up; the rest is scaled from how the time grew.

import { INTERACTIVE } from '../conditions/condition.ts';
import { samplesOf } from '../conditions/samples.ts';
import { countLayers } from '../episodes/recorded-layers.ts';
import { messageOf } from '../errors.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { at, entryOf, first } from '../numerics/lookup.ts';
import { matrixOf } from '../numerics/matrix.ts';
import { createRandom } from '../numerics/random.ts';
import { alignPairs, DIRECTIONS, type Direction } from '../pairs/align.ts';
import { divideSamples } from '../pairs/division.ts';
import { type LayerSource, onlyLayers, recordingLayers, spreadLayers } from '../pairs/layers.ts';
import { type OpenRecording, openRecordings } from '../pairs/open.ts';
import { measureSynchrony } from '../synchrony/measure.ts';
import type { MeasureSettings } from '../synchrony/options.ts';

import { StageContext } from './context.ts';
import { divisionOf } from './division.ts';
import type { OpenStudy } from './open.ts';
import type { SeatOrder } from './plan.ts';
import type { SynchronySettings } from './schema.ts';

/** One direction of one seat order. */
export interface MeasureShape {
  readonly samples: number;
  /** Interactions that the samples come from. */
  readonly groups: number;
  readonly sourceLayers: number;
  readonly targetLayers: number;
  readonly sourceSize: number;
  readonly targetSize: number;
}

/** States to be measured: every layer of both sides, and the group of every row. */
export interface MeasureInput {
  readonly source: LayerSource;
  readonly target: LayerSource;
  readonly groups: readonly string[];
}

export interface MeasureTiming {
  /** Seconds for one condition in this direction. */
  readonly seconds: number;
  /** Layers of both sides together that were measured for it. */
  readonly layers: number;
}

export interface MeasureResources
  extends Pick<MeasureSettings, 'memory' | 'threads' | 'device' | 'scratchFolder' | 'signal'> {
  /** Seconds to spend, about. */
  readonly seconds: number;
}

/** The states of episodes, again and again, each time as if of other interactions. */
export function repeatedStates(
  recordings: readonly OpenRecording[],
  direction: Direction,
  count: number,
): MeasureInput | undefined {
  const once = alignPairs(recordings, direction).length;
  if (once === 0) return undefined;
  const copies = Array.from({ length: Math.ceil(count / once) }, (_, copy) =>
    recordings.map((recording) => ({ ...recording, group: `${recording.group}/${copy}` })),
  ).flat();
  const samples = samplesOf(copies, INTERACTIVE, direction).samples.slice(0, count);
  return {
    source: recordingLayers(copies, samples, 'source'),
    target: recordingLayers(copies, samples, 'target'),
    groups: samples.map(({ group }) => group),
  };
}

/** States for where nothing was played to its end: noise with something in common. */
export function randomStates(shape: MeasureShape): MeasureInput {
  const { samples, groups } = shape;
  const shared = createRandom('estimate/shared');
  const signal = Float32Array.from({ length: samples }, () => shared.uniform() - 0.5);
  const layersOf = (layers: number, hiddenSize: number, side: string): LayerSource => ({
    layers,
    hiddenSize,
    samples,
    read: async (layer) => {
      const { uniform } = createRandom(`estimate/${side}/${layer}`);
      const data = Float32Array.from(
        { length: samples * hiddenSize },
        (_, i) => at(signal, Math.floor(i / hiddenSize)) + uniform() - 0.5,
      );
      return matrixOf(samples, hiddenSize, data);
    },
  });
  return {
    source: layersOf(shape.sourceLayers, shape.sourceSize, 'source'),
    target: layersOf(shape.targetLayers, shape.targetSize, 'target'),
    groups: Array.from({ length: samples }, (_, row) => `${Math.floor((row * groups) / samples)}`),
  };
}

function someLayers(source: LayerSource, count: number): LayerSource {
  return onlyLayers(source, spreadLayers(source.layers, count));
}

async function timeOnce(
  { source, target, groups }: MeasureInput,
  synchrony: SynchronySettings,
  { seconds: _, ...resources }: MeasureResources,
): Promise<number> {
  const rows = groups.map((group) => ({ group }));
  const { lambda, groupBy, solver, intervals, reduce, samples } = synchrony;
  // There are no more states than that.
  const splits = divideSamples(rows, divisionOf(synchrony, samples === 'equal' ? 'all' : samples));
  const labels = { condition: INTERACTIVE, direction: 'A->B', sourceModel: 'A', targetModel: 'B' } as const;
  const settings = { groupBy, lambda, solver, intervals, reduce, splits, groups };
  const start = performance.now();
  await measureSynchrony(source, target, { ...labels, ...settings, ...resources });
  return (performance.now() - start) / 1000;
}

/**
 * Measures some layers, and estimates what all of them take.
 *
 * @throws NotEnoughSamples, BadInput as the measure itself does: the study would end so
 */
export async function timeMeasure(
  input: MeasureInput,
  settings: SynchronySettings,
  resources: MeasureResources,
): Promise<MeasureTiming> {
  const all = input.source.layers + input.target.layers;
  let before: MeasureTiming | undefined;
  const start = performance.now();
  for (let count = 1; ; count *= 2) {
    const [source, target] = [someLayers(input.source, count), someLayers(input.target, count)];
    const layers = source.layers + target.layers;
    const now = { seconds: await timeOnce({ ...input, source, target }, settings, resources), layers };
    if (layers === all) return now;
    // The next one would take two to four times as long.
    if (before && performance.now() - start + 3000 * now.seconds > 1000 * resources.seconds)
      return { seconds: scaled(before, now, all), layers };
    before = now;
  }
}

/** Time grows with the layers, or with the layer pairs, or as something between: as it has grown so far. */
function scaled(before: MeasureTiming, now: MeasureTiming, layers: number): number {
  const grown = Math.log(now.seconds / before.seconds) / Math.log(now.layers / before.layers);
  const power = Math.min(2, Math.max(1, grown));
  return now.seconds * (layers / now.layers) ** power;
}

export interface MeasureEstimate {
  /** Measurements: seat orders × directions × conditions. */
  readonly measurements: number;
  /** Samples of the first direction of the first seat order. */
  readonly samples: number;
  readonly seconds: number;
  /** Layers of both sides together that were measured for it, and that there are. */
  readonly measuredLayers: number;
  readonly layers: number;
  /** Whether episodes that were played gave the states, or random numbers. */
  readonly realStates: boolean;
  /** Why there is no number: the measure itself would end so. */
  readonly failure?: string;
}

/** One direction of one seat order, and what it will have to measure. */
interface MeasureTask {
  readonly order: SeatOrder;
  readonly direction: Direction;
  readonly shape: MeasureShape;
  /** Conditions in which it is measured. */
  readonly conditions: number;
}

/** The tasks of the measure, from the samples that an episode is expected to give. */
function measureTasks(
  opened: OpenStudy,
  models: ReadonlyMap<string, LanguageModel>,
  samples: Readonly<Record<Direction, number>>,
): MeasureTask[] {
  const { simulation, states, synchrony } = opened.study;
  const episodes = opened.encounters.length * simulation.seeds.length;
  const fewest = Math.min(...DIRECTIONS.map((direction) => samples[direction]));
  return opened.orders.flatMap((order) =>
    DIRECTIONS.flatMap((direction): MeasureTask[] => {
      const conditions = opened.conditions.filter((one) => opened.canMeasure(order, one, direction)).length;
      if (conditions === 0) return [];
      const [first, second] = opened.readersOf(order);
      const [a, b] = [entryOf(models, first).info, entryOf(models, second).info];
      const [source, target] = direction === 'A->B' ? [a, b] : [b, a];
      const shape = {
        samples: Math.round(episodes * (synchrony.samples === 'equal' ? fewest : samples[direction])),
        groups: opened.encounters.length,
        sourceLayers: countLayers(states.layers, source.layers),
        targetLayers: countLayers(states.layers, target.layers),
        sourceSize: source.hiddenSize,
        targetSize: target.hiddenSize,
      };
      return [{ order, direction, shape, conditions }];
    }),
  );
}

/** The states of what was played of a seat order, or random ones. */
async function statesFor(
  opened: OpenStudy,
  folder: string,
  { order, direction, shape }: MeasureTask,
): Promise<{ input: ReturnType<typeof randomStates>; real: boolean }> {
  const files = await new StageContext(opened.with({ run: folder })).recordings(order);
  const recordings = await openRecordings(files, opened.study.synchrony.groupBy, opened.study.synchrony.drop);
  // What a reader would have in the place of a model without states is not played here.
  const own = order.names.every((name) => opened.hasStates(name));
  const input = own ? repeatedStates(recordings, direction, shape.samples) : undefined;
  return input ? { input, real: true } : { input: randomStates(shape), real: false };
}

/**
 * How long the measure of all conditions will take.
 *
 * @param samples that an episode is expected to give
 * @param folder with the recordings of what was played
 * @throws the signal's reason when aborted
 */
export async function estimateMeasure(
  opened: OpenStudy,
  models: ReadonlyMap<string, LanguageModel>,
  samples: Readonly<Record<Direction, number>>,
  folder: string,
  { seconds: forAll, ...resources }: Omit<MeasureResources, 'scratchFolder'>,
): Promise<MeasureEstimate> {
  const tasks = measureTasks(opened, models, samples);
  const { synchrony } = opened.study;
  if (tasks.length === 0)
    return { measurements: 0, samples: 0, layers: 0, seconds: 0, measuredLayers: 0, realStates: false };
  const { shape } = first(tasks);
  const layers = shape.sourceLayers + shape.targetLayers;
  const conditionsOf = (all: readonly MeasureTask[]) =>
    all.reduce((sum, { conditions }) => sum + conditions, 0);
  const common = { measurements: conditionsOf(tasks), samples: shape.samples, layers };
  // Directions of one shape take the same time, or nearly.
  const kinds = new Map<string, MeasureTask[]>();
  for (const task of tasks) {
    const { samples: _, ...sizes } = task.shape;
    const key = JSON.stringify(sizes);
    kinds.set(key, [...(kinds.get(key) ?? []), task]);
  }
  let [seconds, measuredLayers, realStates] = [0, 0, true];
  try {
    for (const same of kinds.values()) {
      const { input, real } = await statesFor(opened, folder, first(same));
      const share = { ...resources, scratchFolder: folder, seconds: forAll / kinds.size };
      const timing = await timeMeasure(input, synchrony, share);
      seconds += conditionsOf(same) * timing.seconds;
      measuredLayers = Math.max(measuredLayers, timing.layers);
      realStates &&= real;
    }
  } catch (error) {
    resources.signal?.throwIfAborted();
    return { ...common, seconds: 0, measuredLayers, realStates, failure: messageOf(error) };
  }
  return { ...common, seconds, measuredLayers, realStates };
}
