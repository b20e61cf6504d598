// A reader's states in place of the source's (docs/method.md §3): the target is always what the active partner had.

import { BadInput, CorruptFile } from '../errors.ts';
import type { OpenRecording } from '../pairs/open.ts';
import type { RecordingFiles } from '../recordings/list.ts';

/**
 * The readings of recordings, in the order of these: those of the same interaction and simulation seed.
 *
 * @returns undefined where a recording has not been read
 */
export function matchReadings(
  recordings: readonly RecordingFiles[],
  readings: readonly RecordingFiles[],
): (RecordingFiles | undefined)[] {
  const keyOf = ({ interaction, seed }: RecordingFiles) => `${seed}/${interaction}`;
  const found = new Map(readings.map((reading) => [keyOf(reading), reading]));
  return recordings.map((recording) => found.get(keyOf(recording)));
}

/**
 * As `matchReadings`, where every recording has to have been read.
 *
 * @throws BadInput saying how many have not
 */
export function allReadings(
  recordings: readonly RecordingFiles[],
  readings: readonly RecordingFiles[],
  condition: string,
): RecordingFiles[] {
  const matched = matchReadings(recordings, readings);
  const complete = matched.filter((reading) => reading !== undefined);
  const missing = matched.length - complete.length;
  if (missing === 0) return complete;
  const advice = 'interbrain run reads what is missing';
  throw new BadInput(
    `condition ${condition}`,
    `${missing} of ${matched.length} episodes have not been read; ${advice}`,
  );
}

/**
 * Makes sure that readings have a state for every state of the recordings that they are of.
 *
 * @throws CorruptFile naming the reading that has not
 */
export function checkReadings(
  recordings: readonly Pick<OpenRecording, 'rounds'>[],
  readings: readonly Pick<OpenRecording, 'rounds' | 'states'>[],
): void {
  for (const [i, { rounds, states }] of readings.entries())
    for (const seat of ['A', 'B'] as const) {
      const needed = recordings[i]!.rounds[seat];
      if (rounds[seat] === needed) continue;
      const found = `seat ${seat} has ${rounds[seat]} rounds, but the episode that was read has ${needed}`;
      throw new CorruptFile(states.path, `${found}; delete the file and read the episode again`);
    }
}
