// One direction of a seat order's interactive condition, opened for another look: the rows and splits of its measure.

import { createHash } from 'node:crypto';
import { INTERACTIVE } from '../conditions/condition.ts';
import { alignPairs, type Direction, type Sample } from '../pairs/align.ts';
import { type LayerSource, recordingLayers } from '../pairs/layers.ts';
import { type OpenRecording, openRecordings } from '../pairs/open.ts';
import { type Split, splitSamples } from '../pairs/split.ts';
import { synchronyPath } from '../recordings/layout.ts';
import type { RecordingFiles } from '../recordings/list.ts';
import type { ConditionsOptions } from '../synchrony/options.ts';
import { ownLambda } from '../synchrony/results.ts';
import { readSynchrony, type StoredSynchrony } from '../synchrony/synchrony-files.ts';
import { type MeasureStudyOptions, recordingsOf } from './measure.ts';
import type { SeatOrder } from './plan.ts';

/** A direction whose states have not been opened. */
export interface StudyDirection {
  readonly order: SeatOrder;
  readonly direction: Direction;
  /** What the measure came to. */
  readonly measured: StoredSynchrony;
}

/** Its rows. */
export interface DirectionRows {
  readonly files: readonly RecordingFiles[];
  readonly recordings: readonly OpenRecording[];
  readonly samples: readonly Sample[];
  readonly splits: readonly Split[];
  readonly source: LayerSource;
  readonly target: LayerSource;
}

/** @throws BadInput if the direction has not been measured */
export async function studyDirection(
  run: string,
  order: SeatOrder,
  direction: Direction,
): Promise<StudyDirection> {
  const measured = await readSynchrony(synchronyPath(run, order.names, INTERACTIVE, direction));
  return { order, direction, measured };
}

/** Splits of a direction's samples, `count` of them in place of the study's own number. */
export function splitsOf(
  samples: readonly Sample[],
  { splitSeeds, test, samples: own }: MeasureStudyOptions['settings'],
  count: number | 'all' = own,
): Split[] {
  return splitSeeds.map((seed) => splitSamples(samples, { seed, samples: count, testFraction: test }));
}

/** Opens what the measure of this direction was made of. Errors as in `measureStudy`. */
export async function openDirection(
  { order, direction }: StudyDirection,
  options: Omit<MeasureStudyOptions, 'conditions'>,
): Promise<DirectionRows> {
  const { settings } = options;
  const files = await recordingsOf(options, order);
  const recordings = await openRecordings(files, settings.groupBy);
  const samples = alignPairs(recordings, direction);
  return {
    files,
    recordings,
    samples,
    splits: splitsOf(samples, settings),
    source: recordingLayers(recordings, samples, 'source'),
    target: recordingLayers(recordings, samples, 'target'),
  };
}

/** How this direction is measured again; without a bootstrap, and at the study's own λ alone. */
export function directionOptions(
  { order, direction }: StudyDirection,
  { samples }: Pick<DirectionRows, 'samples'>,
  options: Omit<MeasureStudyOptions, 'conditions' | 'onProgress'>,
): Omit<ConditionsOptions, 'splits' | 'subsets' | 'onProgress'> {
  const { settings, run, memory, device, threads, signal } = options;
  return {
    direction,
    sourceModel: order.names[direction === 'A->B' ? 0 : 1],
    groupBy: settings.groupBy,
    lambda: ownLambda(settings.lambda),
    bootstrap: false,
    groups: samples.map(({ group }) => group),
    scratchFolder: run,
    ...(memory !== undefined && { memory }),
    ...(device !== undefined && { device }),
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  };
}

/** Names the inputs of a result that is made of a direction's measure and of some settings; hashes. */
export function inputsOf(
  { measured }: StudyDirection,
  settings: readonly unknown[],
): Readonly<Record<string, string>> {
  const hash = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return { measure: hash(measured.inputs), settings: hash(settings) };
}
