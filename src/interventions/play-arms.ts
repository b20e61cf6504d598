// One place of an episode, a round and a layer, with every arm: the speaker is changed, says its line, the listener
// answers, and the rest is played on with the same random numbers.

import { type EpisodeRequest, type Look, playEpisode } from '../episodes/play.ts';
import type { Seat, Turn } from '../episodes/types.ts';
import type { Judgement } from '../evaluation/types.ts';
import type { Intervention } from '../models/intervention.ts';
import { at } from '../numerics/lookup.ts';
import { createRandom } from '../numerics/random.ts';
import { type Arm, armName, makeArm } from './arms.ts';
import { type Branch, type LaterMap, type ReadOuts, readOuts } from './read-outs.ts';
import type { SourceMap } from './source-map.ts';

/** A round of an episode that has been played, and what it takes to play on from there. */
export interface Place {
  /** How the episode was played; with `begun` up to the speaker's turn. */
  readonly request: EpisodeRequest;
  readonly speaker: Seat;
  readonly round: number;
  /** Scores an episode, where there is a judge. */
  readonly judge?: ((played: Branch['played']) => Promise<Judgement>) | undefined;
}

/** A layer at which the speaker's state is changed. */
export interface Layer {
  readonly layer: number;
  /** The listener's layer that it predicts best. */
  readonly targetLayer: number;
  readonly map: SourceMap;
  readonly later: readonly LaterMap[];
  /** The speaker's state as it was recorded, and those that may take its place. */
  readonly state: Float32Array;
  readonly swap: Float32Array | undefined;
  readonly stranger: Float32Array | undefined;
}

/** What became of one arm. */
export interface ArmResult extends Arm, ReadOuts {
  /** Length of the change of the speaker's state, in lengths of the state's distance from the mean. */
  readonly size: number;
}

/** Lines that were said from the changed turn on. */
export interface ToldArm extends Arm {
  readonly lines: readonly Pick<Turn, 'seat' | 'text'>[];
}

/** Plays on from a place, with a change or without. */
export async function playOn(
  { request, speaker, round, judge }: Place,
  intervention?: Intervention,
): Promise<Branch> {
  const listener: Look = speaker === 'A' ? { round, seat: 'B' } : { round: round + 1, seat: 'A' };
  const looks = [{ round, seat: speaker, intervention }, listener];
  const played = await playEpisode({ ...request, looks });
  const turns = played.episode.turns.slice(request.begun?.length ?? 0);
  return { played, turns, ...(judge && { judgement: await judge(played) }) };
}

/**
 * Plays every arm at one layer of a place.
 *
 * @param seed names the arms' random directions
 * @param told which arms' lines are kept
 */
export async function playArms(
  place: Place,
  layer: Layer,
  untouched: Branch,
  {
    arms,
    tokens,
    seed,
    told,
    played,
  }: {
    readonly arms: readonly Arm[];
    readonly tokens: Intervention['tokens'];
    readonly seed: string;
    readonly told: (arm: Arm) => boolean;
    /** Called behind every arm. */
    readonly played: () => void;
  },
): Promise<{ readonly arms: ArmResult[]; readonly told: ToldArm[] }> {
  const results: ArmResult[] = [];
  const kept: ToldArm[] = [];
  const { map, state } = layer;
  const distance = Math.hypot(...state.map((value, d) => value - at(map.means, d))) || 1;
  for (const arm of arms) {
    const random = createRandom(`${seed}/${layer.layer}/${armName(arm)}`);
    const made = makeArm(arm, { ...layer, random });
    if (made === undefined) continue;
    // A state that stands for another one has its place at the prompt's end alone.
    const moves = arm.kind === 'remove' || arm.kind === 'steer';
    const scope = moves ? tokens : 'prompt';
    const branch = await playOn(place, { tokens: scope, layers: [made.intervention] });
    played();
    const looked = { ...layer, speaker: place.speaker };
    const size = Math.hypot(...made.change) / distance;
    results.push({ ...arm, size, ...readOuts(untouched, branch, made.change, looked) });
    if (told(arm)) kept.push({ ...arm, lines: linesOf(branch) });
  }
  return { arms: results, told: kept };
}

export function linesOf({ turns }: Branch): ToldArm['lines'] {
  return turns.map(({ seat, text }) => ({ seat, text }));
}
