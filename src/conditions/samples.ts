// Lists of samples without interaction, or without alignment in time.

import { BadInput } from '../errors.ts';
import { createRandom } from '../numerics/random.ts';
import { type Alignable, alignPairs, type Direction, type LeftOut, type Sample } from '../pairs/align.ts';
import type { EpisodeHead } from '../pairs/open.ts';
import { CONDITIONS, isPassive, lagOf } from './conditions.ts';
import { pseudoDyads } from './pseudo-dyad.ts';

/** What tells recordings apart, for random choices that do not depend on which others there are. */
export interface Named {
  /** Interaction and simulation seed. */
  readonly key?: string;
}

/** A condition's samples, and what it had to leave out of those that its recordings would give. */
export interface ConditionSamples {
  readonly samples: readonly Sample[];
  /** Absent if nothing was left out. */
  readonly leftOut?: LeftOut;
}

const REASONS: Readonly<Record<string, string>> = {
  shuffled: 'an episode with one pair of states alone has no other round to take the target from',
  'pseudo-dyad':
    'no other episode of the scenario is without both characters, or the one that was drawn was over by that round',
};

/** Conditions that pair h_t with the target of the same turn, whoever had it. */
function lagIn(condition: string): number | undefined {
  const aligned = ['interactive', 'shuffled', 'pseudo-dyad'].includes(condition) || isPassive(condition);
  return aligned ? 0 : lagOf(condition);
}

/**
 * The samples of any condition (docs/method.md §3). In a passive one, sources are rounds of the readings and targets rounds of
 * the recordings: both lists have the same order.
 *
 * @throws BadInput for a condition of another name, and for one that leaves no samples
 */
export function samplesOf(
  recordings: readonly (Alignable & Named & { readonly episode?: EpisodeHead })[],
  condition: string,
  direction: Direction,
): ConditionSamples {
  const samples =
    condition === 'pseudo-dyad'
      ? pseudoDyads(recordings, direction)
      : conditionSamples(recordings, condition, direction);
  const aligned = alignPairs(recordings, direction, lagIn(condition));
  if (samples.length === aligned.length) return { samples };
  const episodesOf = (list: readonly Sample[]) => new Set(list.map(({ source }) => source.recording)).size;
  const leftOut = {
    samples: aligned.length - samples.length,
    episodes: episodesOf(aligned) - episodesOf(samples),
    reason: REASONS[condition] ?? 'unknown',
  };
  return { samples, leftOut };
}

/**
 * The samples of a condition that pairs states of the same recordings, or of readings of them (docs/method.md §3).
 *
 * @throws BadInput for a condition of another name, and for one that leaves no samples
 */
export function conditionSamples(
  recordings: readonly (Alignable & Named)[],
  condition: string,
  direction: Direction,
): Sample[] {
  const lag = condition === 'pseudo-dyad' ? undefined : lagIn(condition);
  if (lag === undefined) throw new BadInput('condition', `"${condition}"; conditions are ${CONDITIONS}`);
  const aligned = alignPairs(recordings, direction, lag);
  const samples = condition === 'shuffled' ? shuffleRounds(recordings, aligned) : aligned;
  if (samples.length > 0) return samples;
  const advice = 'play more rounds, or take a smaller lag';
  const needed = condition === 'shuffled' ? 'two pairs' : 'a pair';
  throw new BadInput(
    `condition ${condition}`,
    `no episode is long enough for ${needed} ${direction}; ${advice}`,
  );
}

/**
 * The same sources, each with the target of another round of its episode: rounds are permuted in one cycle, every
 * cycle equally likely (Sattolo), so that none keeps its own target. An episode's only sample could do nothing else and
 * is left out.
 */
export function shuffleRounds(recordings: readonly Named[], samples: readonly Sample[]): Sample[] {
  const byRecording = new Map<number, number[]>();
  for (const [index, { source }] of samples.entries()) {
    const indices = byRecording.get(source.recording);
    if (indices) indices.push(index);
    else byRecording.set(source.recording, [index]);
  }
  const shuffled = new Map<number, Sample>();
  for (const [recording, indices] of byRecording) {
    if (indices.length === 1) continue;
    const { integer } = createRandom(`shuffled/${recordings[recording]?.key ?? recording}`);
    const targets = indices.map((index) => samples[index]!.target);
    for (let last = targets.length - 1; last > 0; last--) {
      const other = integer(last);
      [targets[last], targets[other]] = [targets[other]!, targets[last]!];
    }
    for (const [i, index] of indices.entries())
      shuffled.set(index, { ...samples[index]!, target: targets[i]! });
  }
  return samples.flatMap((_, index) => shuffled.get(index) ?? []);
}
