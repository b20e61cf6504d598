// Decodes what a study's agents named of their mental states: every seat order and seat whose result is not there yet.

import { createHash } from 'node:crypto';
import type { Seat } from '../episodes/types.ts';
import { openRecordings } from '../pairs/open.ts';
import { readProbes, writeProbes } from '../probes/files.ts';
import { type AgentProbes, probeMentalStates } from '../probes/measure.ts';
import type { NamedRecording } from '../probes/targets.ts';
import { probesPath } from '../recordings/layout.ts';
import type { RecordingFiles } from '../recordings/list.ts';
import { readEpisode } from '../recordings/recording.ts';
import { hashRecordings, type MeasureStudyOptions, recordingsOf } from './measure.ts';
import type { SeatOrder } from './plan.ts';
import type { MentalStateSettings } from './schema.ts';

/** Raised when a change of the program changes the numbers. */
const PROBES_VERSION = 1;

const SEATS: readonly Seat[] = ['A', 'B'];

export interface MentalStateStudyOptions
  extends Omit<MeasureStudyOptions, 'conditions' | 'memory' | 'device'> {
  readonly mentalStates: MentalStateSettings;
}

/**
 * Decodes what is not decoded yet. Splits are as the study's, by the same groups, over all states.
 *
 * @returns the results, seat A and then seat B of every seat order
 * @throws CorruptFile naming a damaged file; the signal's reason when aborted
 */
export async function probeStudy(options: MentalStateStudyOptions): Promise<AgentProbes[]> {
  const { settings, mentalStates } = options;
  const results: AgentProbes[] = [];
  for (const order of options.orders) {
    const files = await recordingsOf(options, order, 'mental-states');
    const { test, splitSeeds, groupBy } = settings;
    const depends = JSON.stringify([PROBES_VERSION, mentalStates, test, splitSeeds, groupBy]);
    const inputs = {
      recordings: await hashRecordings(files),
      settings: createHash('sha256').update(depends).digest('hex'),
    };
    let recordings: NamedRecording[] | undefined;
    for (const seat of SEATS) {
      const path = probesPath(options.run, order.names, seat);
      const stored = await readProbes(path).catch(() => undefined);
      if (
        stored?.inputs['recordings'] === inputs.recordings &&
        stored.inputs['settings'] === inputs.settings
      ) {
        results.push(stored.result);
        continue;
      }
      recordings ??= await openNamed(files, groupBy);
      const result = await probeSeat(recordings, order, seat, options);
      await writeProbes(path, result, inputs);
      results.push(result);
    }
  }
  return results;
}

/** Recordings with what their agents named. */
export async function openNamed(
  files: readonly RecordingFiles[],
  groupBy: MeasureStudyOptions['settings']['groupBy'],
): Promise<NamedRecording[]> {
  const recordings = await openRecordings(files, groupBy);
  const named: NamedRecording[] = [];
  for (const [i, { group, rounds, states }] of recordings.entries()) {
    const { episode } = files[i]!;
    named.push({ group, rounds, states, turns: episode === null ? [] : (await readEpisode(episode)).turns });
  }
  return named;
}

function probeSeat(
  recordings: readonly NamedRecording[],
  order: SeatOrder,
  seat: Seat,
  { settings, mentalStates, threads, signal, onProgress }: MentalStateStudyOptions,
): Promise<AgentProbes> {
  const [a, b] = order.names;
  const [model, partner] = seat === 'A' ? [a, b] : [b, a];
  return probeMentalStates(recordings, {
    seat,
    model,
    partner,
    groupBy: settings.groupBy,
    testFraction: settings.test,
    splitSeeds: settings.splitSeeds,
    l2: [mentalStates.l2].flat(),
    maxFailureRate: mentalStates.maxFailureRate,
    onProgress: ({ done, total }) =>
      onProgress?.({ what: `probes ${order.folder} ${seat}`, done, total, skipped: 0 }),
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
}
