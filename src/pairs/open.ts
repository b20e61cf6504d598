// Recordings opened for pairing: headers and groups only, no values.

import type { RecordedLayers } from '../episodes/recorded-layers.ts';
import { turnsWithout } from '../episodes/state-position.ts';
import { repeatedTurns } from '../episodes/talk.ts';
import type { Episode, Seat } from '../episodes/types.ts';
import { BadInput } from '../errors.ts';
import { inOrder } from '../files/in-order.ts';
import { at } from '../numerics/lookup.ts';
import type { RecordingFiles } from '../recordings/list.ts';
import { readEpisode } from '../recordings/recording.ts';
import { holdStates, type OpenStates, openStates, positionOf } from '../recordings/states.ts';
import type { StatesMemory } from '../recordings/states-memory.ts';
import { type Alignable, turnKey } from './align.ts';

/** What a split keeps together (docs/method.md §4): the paper's way, its Appendix E's, and the strictest. */
export const GROUPINGS = ['interaction', 'characterPair', 'scenario'] as const;
export type GroupBy = (typeof GROUPINGS)[number];

/** What an episode's transcript says of it. */
export type EpisodeHead = Pick<Episode, 'interaction' | 'scenario' | 'characterIds' | 'seed'>;

/** Turns whose samples can be left out: those that say again what either agent has said before. */
export const DROPS = ['repeated'] as const;
export type Drop = (typeof DROPS)[number];

export interface OpenRecording extends Alignable {
  /** Interaction and simulation seed; absent in a folder made by hand. */
  readonly key?: string;
  /** What the transcript says; absent where there is none. */
  readonly episode?: EpisodeHead;
  readonly states: OpenStates;
}

/**
 * Opens recordings and names their groups. A group holds all seeds and both seat orders of what it is named after.
 * Without a transcript the group is the interaction, which is the file's name.
 *
 * @param drop which turns give no samples; all do by default
 * @param memory where the states' values stay once they are read; by default they are read again and again
 * @throws BadInput if grouping needs a transcript that is not there, or the models differ between the files;
 *   CorruptFile for a file that is not what it should be
 */
export async function openRecordings(
  files: readonly RecordingFiles[],
  groupBy: GroupBy = 'interaction',
  drop?: Drop,
  memory?: StatesMemory,
): Promise<OpenRecording[]> {
  const recordings: OpenRecording[] = [];
  for await (const one of inOrder(files, (file) => openRecording(file, groupBy, drop))) recordings.push(one);
  for (const seat of ['A', 'B'] as const) checkSameModel(recordings, seat);
  return memory ? holdRecordings(recordings, memory) : recordings;
}

async function openRecording(file: RecordingFiles, groupBy: GroupBy, drop?: Drop): Promise<OpenRecording> {
  const states = await openStates(file.states);
  const rounds = { A: states.A.rounds, B: states.B.rounds };
  // A mean over an utterance that was not there yet is none.
  const missing = turnsWithout(positionOf(states)).map(turnKey);
  if (file.episode === null) {
    if (drop) throw new BadInput(file.states, WITHOUT_TRANSCRIPT);
    return { group: groupWithoutEpisode(file, groupBy), rounds, states, ...droppedOf(missing) };
  }
  const { interaction, scenario, characterIds, seed, turns } = await readEpisode(file.episode);
  const episode = { interaction, scenario, characterIds, seed };
  const group = groupOf(episode, groupBy);
  const repeated = drop ? repeatedTurns(turns).map(turnKey) : [];
  const left = droppedOf([...missing, ...repeated]);
  return { group, rounds, states, episode, key: `${interaction}/${seed}`, ...left };
}

function droppedOf(turns: readonly string[]): Pick<Alignable, 'dropped'> {
  return turns.length > 0 ? { dropped: new Set(turns) } : {};
}

/** The same recordings, their states in memory from the first read on where there is room for all of them. */
export async function holdRecordings(
  recordings: readonly OpenRecording[],
  memory: StatesMemory,
): Promise<OpenRecording[]> {
  const held = await holdStates(
    recordings.map(({ states }) => states),
    memory,
  );
  return recordings.map((recording, i) => ({ ...recording, states: at(held, i) }));
}

const WITHOUT_TRANSCRIPT =
  'which turns repeat earlier ones is not known from the states; put the transcript (.json) beside it, or drop nothing';

function groupWithoutEpisode({ interaction, states }: RecordingFiles, groupBy: GroupBy): string {
  if (groupBy === 'interaction') return interaction;
  const advice = 'put its transcript (.json) beside it, or group by interaction';
  throw new BadInput(states, `groups by ${groupBy} need to know more than the states; ${advice}`);
}

/** The name of an episode’s group. */
export function groupOf({ interaction, scenario, characterIds }: EpisodeHead, groupBy: GroupBy): string {
  // Whoever speaks first, two characters are one pair.
  const groups = { interaction, scenario, characterPair: [...characterIds].sort().join(' + ') };
  return groups[groupBy];
}

/** Where the states were taken, if not at the last token. */
function taken(metadata: OpenStates['metadata']): string {
  const position = metadata['position'];
  return position === undefined ? '' : `, states: ${position}`;
}

function layersText(layers: number, recorded: RecordedLayers | undefined): string {
  return recorded ? `layers ${recorded.numbers.join(', ')} of ${recorded.of}` : String(layers);
}

function checkSameModel(recordings: readonly OpenRecording[], seat: Seat): void {
  const [first] = recordings;
  if (!first) return;
  for (const { states } of recordings) {
    const describe = ({ [seat]: { layers, recorded, hiddenSize }, metadata }: OpenStates) =>
      `${layersText(layers, recorded)} × ${hiddenSize}, revision ${metadata[`revision_${seat}`] ?? 'unknown'}${taken(metadata)}`;
    const [here, there] = [describe(states), describe(first.states)];
    if (here !== there) {
      const difference = `seat ${seat} was ${here} here, but ${there} in ${first.states.path}`;
      throw new BadInput(states.path, `${difference}; measure one model per seat at a time`);
    }
  }
}
