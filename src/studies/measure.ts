// Measures a study's recordings: every seat order, condition and direction whose result is not there yet.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Device } from '../numerics/device.ts';
import type { Direction } from '../pairs/align.ts';
import { openRecordings } from '../pairs/open.ts';
import { episodePath, synchronyPath } from '../recordings/layout.ts';
import { listRecordings, type RecordingFiles } from '../recordings/list.ts';
import { readSynchrony, writeSynchrony } from '../synchrony/files.ts';
import { measureRecordings } from '../synchrony/measure.ts';
import type { RecordingsOptions } from '../synchrony/options.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import type { SeatOrder } from './plan.ts';
import type { OnProgress } from './progress.ts';
import type { SynchronySettings } from './schema.ts';

/** Raised when a change of the program changes the numbers. */
const MEASURE_VERSION = 3;

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
}

/** Hash of the transcripts, each of which names the inputs of its states. */
async function hashRecordings(files: readonly RecordingFiles[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.episode === null ? file.states : await readFile(file.episode));
  return hash.digest('hex');
}

async function recordingsOf(
  options: MeasureStudyOptions,
  { order, condition }: MeasureTask,
): Promise<RecordingFiles[]> {
  const { run, seeds, interactions } = options;
  const files = await listRecordings(run, { models: order.names, condition, seeds });
  return files.filter((file) => interactions.has(file.interaction));
}

/** What a result depends on, by name. */
async function resultInputs(
  options: MeasureStudyOptions,
  files: readonly RecordingFiles[],
): Promise<Record<string, string>> {
  const settings = JSON.stringify([MEASURE_VERSION, options.settings]);
  return {
    recordings: await hashRecordings(files),
    settings: createHash('sha256').update(settings).digest('hex'),
  };
}

async function isMeasured(path: string, inputs: Record<string, string>): Promise<boolean> {
  if (!existsSync(`${path}.json`)) return false;
  const stored = await readSynchrony(path).catch(() => undefined);
  return stored !== undefined && Object.entries(inputs).every(([name, hash]) => stored.inputs[name] === hash);
}

function measureOptions(
  options: MeasureStudyOptions,
  { order, condition, direction }: MeasureTask,
): RecordingsOptions {
  const { lambda, samples, test, splitSeeds, groupBy, solver, bootstrap } = options.settings;
  const [a, b] = order.names;
  return {
    condition,
    direction,
    sourceModel: direction === 'A->B' ? a : b,
    targetModel: direction === 'A->B' ? b : a,
    groupBy,
    lambda,
    solver,
    bootstrap,
    // Beside the results: there is room for the states as well.
    scratchFolder: options.run,
    samples,
    testFraction: test,
    splitSeeds,
    ...(options.memory !== undefined && { memory: options.memory }),
    ...(options.device !== undefined && { device: options.device }),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.signal && { signal: options.signal }),
  };
}

/**
 * Measures what is not measured yet. Progress counts layer pairs over all tasks.
 *
 * @throws NotEnoughSamples saying how many there are; CorruptFile naming a damaged states file; the signal's reason
 */
export async function measureStudy(options: MeasureStudyOptions): Promise<void> {
  const tasks = options.orders.flatMap((order) =>
    options.conditions.flatMap((condition) =>
      DIRECTIONS.map((direction) => ({ order, condition, direction })),
    ),
  );
  let done = 0;
  let skipped = 0;
  let cells = 0;
  const report = (withinTask: number) =>
    options.onProgress?.({
      what: 'layer pairs',
      done: done + withinTask,
      total: done + cells + Math.max(0, tasks.length - finished - 1) * cells,
      skipped,
    });
  let finished = 0;
  for (const task of tasks) {
    const path = synchronyPath(options.run, task.order.names, task.condition, task.direction);
    const files = await recordingsOf(options, task);
    const inputs = await resultInputs(options, files);
    if (await isMeasured(path, inputs)) {
      const { result } = await readSynchrony(path);
      cells = result.sourceLayers * result.targetLayers;
      skipped += cells;
      report(cells);
    } else {
      const recordings = await openRecordings(files, options.settings.groupBy);
      const result = await measureRecordings(recordings, {
        ...measureOptions(options, task),
        onProgress: (progress) => {
          cells = progress.total;
          report(progress.done);
        },
      });
      await writeSynchrony(path, result, inputs);
    }
    done += cells;
    finished++;
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
