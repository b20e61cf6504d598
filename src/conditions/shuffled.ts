// The rounds of every episode out of order (docs/method.md §3).

import { createRandom } from '../numerics/random.ts';
import type { Sample } from '../pairs/align.ts';
import { named, type Played } from './kind.ts';
import { momentWords } from './words.ts';

export const shuffled = named('shuffled', {
  meaning: 'the speaker’s state, and the partner’s turn in another round of the same episode',
  takes: 'the moment',
  selection: {
    version: 1,
    of: shuffleRounds,
    leftOut: 'an episode with one pair of states alone has no other round to take the target from',
  },
  fewestPairs: 2,
  difference: momentWords('with the rounds out of order (shuffled)'),
});

/**
 * The same sources, each with the target of another round of its episode: rounds are permuted in one cycle, every
 * cycle equally likely (Sattolo), so that none keeps its own target. An episode's only sample could do nothing else and
 * is left out.
 */
function shuffleRounds(recordings: readonly Pick<Played, 'key'>[], samples: readonly Sample[]): Sample[] {
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
