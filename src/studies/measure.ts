// Measures a study's recordings: every seat order, condition and direction whose result is not there yet.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isPassive } from '../conditions/conditions.ts';
import { allReadings, checkReadings } from '../conditions/passive.ts';
import { samplesOf } from '../conditions/samples.ts';
import type { EpisodeVariant } from '../episodes/types.ts';
import type { Device } from '../numerics/device.ts';
import type { Direction, LeftOut, Sample } from '../pairs/align.ts';
import { recordingLayers } from '../pairs/layers.ts';
import { type OpenRecording, openRecordings } from '../pairs/open.ts';
import { splitSamples } from '../pairs/split.ts';
import type { PassiveFormat } from '../prompts/passive.ts';
import { episodePath, synchronyPath } from '../recordings/layout.ts';
import { listRecordings, type RecordingFiles } from '../recordings/list.ts';
import { openStates } from '../recordings/states.ts';
import { measureConditions } from '../synchrony/measure.ts';
import type { ConditionsOptions } from '../synchrony/options.ts';
import { RIDGE } from '../synchrony/results.ts';
import { readSynchrony, writeSynchrony } from '../synchrony/synchrony-files.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import { shareFits } from './batch-by-source.ts';
import type { SeatOrder } from './plan.ts';
import type { OnProgress } from './progress.ts';
import type { SynchronySettings } from './schema.ts';

/** Raised when a change of the program changes the samples of these conditions. */
const SAMPLES_VERSIONS: Readonly<Record<string, number>> = { shuffled: 1, 'pseudo-dyad': 1 };

export const DIRECTIONS: readonly Direction[] = ['A->B', 'B->A'];

export interface MeasureStudyOptions {
  readonly run: string;
  readonly orders: readonly SeatOrder[];
  readonly conditions: readonly string[];
  readonly settings: SynchronySettings;
  readonly seeds: readonly number[];
  /** Ids of the interactions that belong to the study; other recordings in the folder are left out. */
  readonly interactions: ReadonlySet<string>;
  /** Bytes that measuring may use; half of what is free by default. */
  readonly memory?: number | undefined;
  /** Where large products are computed; the CPU by default. */
  readonly device?: Device | undefined;
  /** Threads; as many as there are cores by default. */
  readonly threads?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface MeasureTask {
  readonly order: SeatOrder;
  readonly condition: string;
  readonly direction: Direction;
  /** Path of the result. */
  readonly path: string;
}

/** A task whose result is not there. */
interface OpenTask extends MeasureTask {
  readonly inputs: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
  readonly leftOut?: LeftOut;
  /** Where the states of either side lie. */
  readonly recordings: Readonly<Record<'source' | 'target', readonly OpenRecording[]>>;
}

/** Hash of the transcripts, each of which names the inputs of its states. */
export async function hashRecordings(files: readonly RecordingFiles[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.episode === null ? file.states : await readFile(file.episode));
  return hash.digest('hex');
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

/** Recordings that belong to the study: of the usual episodes, of a variant, or of readers of the usual ones. */
export async function recordingsOf(
  { run, seeds, interactions }: Pick<MeasureStudyOptions, 'run' | 'seeds' | 'interactions'>,
  order: SeatOrder,
  condition: 'interactive' | EpisodeVariant | PassiveFormat = 'interactive',
): Promise<RecordingFiles[]> {
  const files = await listRecordings(run, { models: order.names, condition, seeds });
  return files.filter((file) => interactions.has(file.interaction));
}

/** What is measured of one condition, and what its result depends on, by name. */
interface ConditionFiles {
  /** Of the readers; none where the sources are the agents' own states. */
  readonly readings?: readonly RecordingFiles[];
  readonly inputs: Readonly<Record<string, string>>;
}

export async function conditionFiles(
  options: MeasureStudyOptions,
  order: SeatOrder,
  condition: string,
  files: readonly RecordingFiles[],
  recordings: string,
): Promise<ConditionFiles> {
  const version = SAMPLES_VERSIONS[condition];
  const depends = JSON.stringify([
    RIDGE.version,
    options.settings,
    ...(version === undefined ? [] : [version]),
  ]);
  const inputs = { recordings, settings: createHash('sha256').update(depends).digest('hex') };
  if (!isPassive(condition)) return { inputs };
  const readings = allReadings(files, await recordingsOf(options, order, condition), condition);
  return { readings, inputs: { ...inputs, readings: await hashReadings(readings) } };
}

async function isMeasured(path: string, inputs: Readonly<Record<string, string>>): Promise<boolean> {
  if (!existsSync(`${path}.json`)) return false;
  const stored = await readSynchrony(path).catch(() => undefined);
  return stored !== undefined && Object.entries(inputs).every(([name, hash]) => stored.inputs[name] === hash);
}

function measureOptions(
  options: MeasureStudyOptions,
  { order, condition, direction, samples }: OpenTask,
): ConditionsOptions {
  const { lambda, test, splitSeeds, groupBy, solver, bootstrap, samples: count } = options.settings;
  const splits = splitSeeds.map((seed) =>
    splitSamples(samples, { seed, samples: count, testFraction: test }),
  );
  return {
    direction,
    sourceModel: order.names[direction === 'A->B' ? 0 : 1],
    // Both episodes of a pseudo-dyad are of one scenario, and of nothing smaller.
    groupBy: condition === 'pseudo-dyad' ? 'scenario' : groupBy,
    lambda,
    solver,
    bootstrap,
    splits,
    groups: samples.map(({ group }) => group),
    // Beside the results: there is room for the states as well.
    scratchFolder: options.run,
    ...(options.memory !== undefined && { memory: options.memory }),
    ...(options.device !== undefined && { device: options.device }),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.signal && { signal: options.signal }),
  };
}

/** Measures conditions that share their fits, and writes their results. */
async function measureTogether(
  tasks: readonly OpenTask[],
  options: MeasureStudyOptions,
  onProgress: ConditionsOptions['onProgress'],
): Promise<void> {
  const [first] = tasks;
  const { order, direction, samples, recordings } = first!;
  const source = recordingLayers(recordings.source, samples, 'source');
  const targets = tasks.map((task) => ({
    condition: task.condition,
    targetModel: order.names[direction === 'A->B' ? 1 : 0],
    target: recordingLayers(task.recordings.target, task.samples, 'target'),
  }));
  const measured = await measureConditions(source, targets, {
    ...measureOptions(options, first!),
    ...(onProgress && { onProgress }),
  });
  for (const [i, { path, inputs, leftOut }] of tasks.entries())
    await writeSynchrony(path, { ...measured[i]!.result, ...(leftOut && { leftOut }) }, inputs);
}

/** Readers' recordings, one per episode in the same order. */
export async function openReadings(
  files: readonly RecordingFiles[],
  recordings: readonly OpenRecording[],
  { settings }: Pick<MeasureStudyOptions, 'settings'>,
): Promise<OpenRecording[]> {
  const readings = await openRecordings(files, settings.groupBy);
  checkReadings(recordings, readings);
  return readings;
}

/**
 * Measures what is not measured yet, conditions with the same rows of X in one go. Progress counts layer pairs over
 * all tasks.
 *
 * @throws NotEnoughSamples saying how many there are; BadInput for a passive condition whose episodes have not been
 *   read, and for a condition without samples; CorruptFile naming a damaged states file; the signal's reason
 */
export async function measureStudy(options: MeasureStudyOptions): Promise<void> {
  const tasks = options.orders.flatMap((order) =>
    DIRECTIONS.map((direction) =>
      options.conditions.map((condition): MeasureTask => {
        const path = synchronyPath(options.run, order.names, condition, direction);
        return { order, condition, direction, path };
      }),
    ),
  );
  const total = tasks.flat().length;
  let done = 0;
  let skipped = 0;
  let finished = 0;
  let cells = 0;
  const report = (within: number) =>
    options.onProgress?.({
      what: 'layer pairs',
      done: done + within,
      total: done + (total - finished) * cells,
      skipped,
    });
  for (const together of tasks) {
    const { order } = together[0]!;
    const files = await recordingsOf(options, order);
    const hash = await hashRecordings(files);
    const open: (MeasureTask & ConditionFiles)[] = [];
    for (const task of together) {
      const needed = await conditionFiles(options, order, task.condition, files, hash);
      if (!(await isMeasured(task.path, needed.inputs))) {
        open.push({ ...task, ...needed });
        continue;
      }
      const { result } = await readSynchrony(task.path);
      cells = result.sourceLayers * result.targetLayers;
      skipped += cells;
      done += cells;
      finished++;
      if (finished === total) report(0);
    }
    if (open.length === 0) continue;
    const recordings = await openRecordings(files, options.settings.groupBy);
    const ready: OpenTask[] = [];
    for (const { readings, ...task } of open)
      ready.push({
        ...task,
        ...samplesOf(recordings, task.condition, task.direction),
        recordings: {
          source: readings ? await openReadings(readings, recordings, options) : recordings,
          target: recordings,
        },
      });
    for (const batch of shareFits(ready)) {
      await measureTogether(batch, options, (progress) => {
        cells = progress.total / batch.length;
        report(progress.done);
      });
      done += cells * batch.length;
      finished += batch.length;
    }
  }
}

/** All results of a run, in the order of seat orders, conditions and directions. */
export async function readResults(
  run: string,
  orders: readonly SeatOrder[],
  conditions: readonly string[],
): Promise<
  {
    readonly order: SeatOrder;
    readonly condition: string;
    readonly directions: [SynchronyResult, SynchronyResult];
  }[]
> {
  const results = [];
  for (const order of orders) {
    for (const condition of conditions) {
      const [forward, backward] = await Promise.all(
        DIRECTIONS.map((direction) => readSynchrony(synchronyPath(run, order.names, condition, direction))),
      );
      results.push({
        order,
        condition,
        directions: [forward!.result, backward!.result] as [SynchronyResult, SynchronyResult],
      });
    }
  }
  return results;
}

/** Path of an episode's transcript of a seat order. */
export function transcriptPath(run: string, order: SeatOrder, seed: number, interaction: string): string {
  return episodePath(run, { models: order.names, seed, interaction });
}
