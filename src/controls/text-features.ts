// What a dialogue's text says, as numbers: words by the hashing trick (Weinberger et al., 2009), lengths, the round.
// Nothing is fitted, so no test row can leak into the features, and they are the same in every split.

import type { Episode } from '../episodes/types.ts';
import { BadInput } from '../errors.ts';
import { type Matrix32, zeros32 } from '../numerics/matrix.ts';
import type { Sample } from '../pairs/align.ts';

/** What of a transcript the features need. */
export type SpokenEpisode = Pick<Episode, 'scenario' | 'relationship' | 'characterIds' | 'turns'>;

export interface TextFeatureOptions {
  /**
   * How far the text goes: `shared` ends where the source's prompt ends, so that both have read all of it; `heard` ends
   * where the target's does, and has what was said in between.
   */
  readonly text: 'shared' | 'heard';
  /** Buckets of each bag of words. */
  readonly dimensions: number;
}

/** The bags: all that was said, the last utterance, the one before, and what the prompts say besides the dialogue. */
const BAGS = 4;

/** Numbers that are no words. */
const COUNTS = 5;

/** How many features there are with so many buckets per bag. */
export function featureCount(dimensions: number): number {
  return BAGS * dimensions + COUNTS;
}

/**
 * Features of the text that goes before each sample. A word adds its sign (one of two, by its hash) to its bucket; a
 * bucket that comes to c is sign(c) · ln(1 + |c|). The fourth bag holds the scenario, the relationship, both characters
 * and the round by name. Then ln(1 + words) of the dialogue, of its last utterance and of the one before, the number of
 * utterances / 16 and the source's round / 8.
 *
 * @param episodes by recording, as the samples name them
 * @returns (samples, featureCount(dimensions))
 * @throws BadInput if a sample's utterances are not in its transcript
 */
export function textFeatures(
  episodes: readonly SpokenEpisode[],
  samples: readonly Sample[],
  { text, dimensions }: TextFeatureOptions,
): Matrix32 {
  const features = zeros32(samples.length, featureCount(dimensions));
  const words = new Map<string, readonly string[]>();
  for (const [row, { source, target }] of samples.entries()) {
    const episode = episodes[source.recording]!;
    const { round, seat } = text === 'shared' ? source : target;
    const end = episode.turns.findIndex((turn) => turn.round === round && turn.seat === seat);
    if (end === -1)
      throw new BadInput(
        `transcript ${source.recording + 1}, scenario ${episode.scenario}`,
        `has no utterance of ${seat} in round ${round}, but there is a state; put the right transcript beside the states`,
      );
    const said = episode.turns.slice(0, end).map((turn) => wordsOf(turn.text, words));
    const context = [
      `scenario ${episode.scenario}`,
      `relationship ${episode.relationship}`,
      ...episode.characterIds.map((id, i) => `character ${'AB'[i]} ${id}`),
      `round ${source.round}`,
    ];
    fill(features.data.subarray(row * features.columns, (row + 1) * features.columns), dimensions, {
      bags: [said.flat(), said.at(-1) ?? [], said.at(-2) ?? [], context],
      counts: [
        ...[said.flat(), said.at(-1) ?? [], said.at(-2) ?? []].map((bag) => Math.log1p(bag.length)),
        ...[said.length / 16, source.round / 8],
      ],
    });
  }
  return features;
}

function fill(
  row: Float32Array,
  dimensions: number,
  { bags, counts }: { readonly bags: readonly (readonly string[])[]; readonly counts: readonly number[] },
): void {
  for (const [b, bag] of bags.entries()) {
    const buckets = row.subarray(b * dimensions, (b + 1) * dimensions);
    for (const word of bag) {
      const hash = hashOf(word);
      buckets[(hash >>> 1) % dimensions]! += hash & 1 ? 1 : -1;
    }
    for (const [i, count] of buckets.entries()) buckets[i] = Math.sign(count) * Math.log1p(Math.abs(count));
  }
  row.set(counts, bags.length * dimensions);
}

/** Letters and digits, in lower case. */
function wordsOf(text: string, known: Map<string, readonly string[]>): readonly string[] {
  const found = known.get(text) ?? text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu) ?? [];
  known.set(text, found);
  return found;
}

/** FNV-1a over UTF-8, 32 bits, with a last mix, so that the low bits depend on all. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(word, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
