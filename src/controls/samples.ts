// Lists of samples without interaction, or without alignment in time.

import { BadInput } from '../errors.ts';
import { createRandom } from '../numerics/random.ts';
import { type Alignable, alignPairs, type Direction, type Sample } from '../pairs/align.ts';
import { CONDITIONS, lagOf } from './conditions.ts';

/** What tells recordings apart, for random choices that do not depend on which others there are. */
export interface Named {
  /** Interaction and simulation seed. */
  readonly key?: string;
}

/**
 * The samples of a condition that pairs states of the same recordings (METHOD §3).
 *
 * @throws BadInput for a condition of another name, and for one that leaves no samples
 */
export function conditionSamples(
  recordings: readonly (Alignable & Named)[],
  condition: string,
  direction: Direction,
): Sample[] {
  const lag = condition === 'interactive' || condition === 'shuffled' ? 0 : lagOf(condition);
  if (lag === undefined) throw new BadInput('condition', `"${condition}"; conditions are ${CONDITIONS}`);
  const aligned = alignPairs(recordings, direction, lag);
  if (aligned.length === 0) {
    const advice = 'play more rounds, or take a smaller lag';
    throw new BadInput(
      `condition ${condition}`,
      `no episode is long enough for a ${direction} pair; ${advice}`,
    );
  }
  return condition === 'shuffled' ? shuffleRounds(recordings, aligned) : aligned;
}

/**
 * The same sources, each with the target of another round of its episode: rounds are permuted in one cycle, every
 * cycle equally likely (Sattolo), so that none keeps its own target unless it is the only one.
 */
export function shuffleRounds(recordings: readonly Named[], samples: readonly Sample[]): Sample[] {
  const byRecording = new Map<number, number[]>();
  for (const [index, { source }] of samples.entries())
    byRecording.set(source.recording, [...(byRecording.get(source.recording) ?? []), index]);
  const shuffled = [...samples];
  for (const [recording, indices] of byRecording) {
    const { integer } = createRandom(`shuffled/${recordings[recording]?.key ?? recording}`);
    const targets = indices.map((index) => samples[index]!.target);
    for (let last = targets.length - 1; last > 0; last--) {
      const other = integer(last);
      [targets[last], targets[other]] = [targets[other]!, targets[last]!];
    }
    for (const [i, index] of indices.entries()) shuffled[index] = { ...samples[index]!, target: targets[i]! };
  }
  return shuffled;
}
