// Which turn is paired with which, written down: what a condition that chooses its samples has drawn, so that anybody can make
// the same rows elsewhere.

import type { Sample } from './align.ts';

/** A recording that rows of a pairing name by its place in the list. */
export interface PairedRecording {
  readonly interaction: string;
  /** Simulation seed; null in a folder made by hand. */
  readonly seed: number | null;
  /** What splits keep the samples together with whose source it is; absent where it is the source of none. */
  readonly group?: string;
}

/** The samples of a condition, in their order. */
export interface Pairing {
  readonly recordings: readonly PairedRecording[];
  /** (samples, 4), row-major: source's recording, source's round, target's recording, target's round; rounds from 1. */
  readonly rows: Int32Array;
}

/** @param recordings that the samples count */
export function pairingOf(
  samples: readonly Sample[],
  recordings: readonly Pick<PairedRecording, 'interaction' | 'seed'>[],
): Pairing {
  const groups = new Map(samples.map(({ group, source }) => [source.recording, group]));
  return {
    recordings: recordings.map(({ interaction, seed }, recording) => {
      const group = groups.get(recording);
      return { interaction, seed, ...(group !== undefined && { group }) };
    }),
    rows: Int32Array.from(
      samples.flatMap(({ source, target }) => [
        ...[source.recording, source.round, target.recording, target.round],
      ]),
    ),
  };
}
