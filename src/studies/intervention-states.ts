// Whose states may take a state's place in an intervention (docs/method.md §20).

import { layerPlace } from '../episodes/recorded-layers.ts';
import type { Seat } from '../episodes/types.ts';
import { createRandom, pick } from '../numerics/random.ts';
import type { OpenRecording } from '../pairs/open.ts';
import { readLayer } from '../recordings/states.ts';
import type { DirectionRows } from './direction-rows.ts';

/** Index of the recording of an interaction and seed. */
export function recordingOf({ files }: DirectionRows, interaction: string, seed: number): number {
  return files.findIndex((file) => file.interaction === interaction && file.seed === seed);
}

/** An agent's state in a recording, (D); undefined if it had left by then. */
export async function stateIn(
  recording: OpenRecording | undefined,
  seat: Seat,
  layer: number,
  round: number,
): Promise<Float32Array | undefined> {
  if (recording === undefined || recording.rounds[seat] < round) return undefined;
  const { hiddenSize, recorded } = recording.states[seat];
  const values = await readLayer(recording.states, seat, layerPlace(recorded, layer));
  return values.slice((round - 1) * hiddenSize, round * hiddenSize);
}

/** The recording whose state is a stranger's: of the same seed and round, with neither character; drawn by name. */
export function strangerOf(
  { recordings }: DirectionRows,
  own: OpenRecording,
  seat: Seat,
  round: number,
  seed: number,
) {
  const others = recordings.filter(
    ({ episode, rounds }) =>
      episode &&
      own.episode &&
      episode.seed === own.episode.seed &&
      rounds[seat] >= round &&
      !episode.characterIds.some((id) => own.episode?.characterIds.includes(id)),
  );
  if (others.length === 0) return undefined;
  return pick(createRandom(`intervention stranger/${seed}/${own.key}/${round}`), others);
}

/** The recording of the same interaction under another seed, the next that was still going on in the round. */
export function swapOf({ recordings }: DirectionRows, own: OpenRecording, seat: Seat, round: number) {
  const same = recordings.filter(
    ({ episode, rounds }) => episode?.interaction === own.episode?.interaction && rounds[seat] >= round,
  );
  const later = same.filter(({ episode }) => (episode?.seed ?? 0) > (own.episode?.seed ?? 0));
  return later[0] ?? same.find((one) => one !== own);
}
