// How the episodes of one seat order went: their number and length, how they ended, what had to be put right.

import type { Episode } from '../../episodes/types.ts';

export interface EpisodeStatistics {
  readonly episodes: number;
  /** Rounds that were begun: a round in which A left counts. 0 without episodes. */
  readonly meanRounds: number;
  readonly utterances: number;
  readonly endings: Readonly<Record<Episode['ending'], number>>;
  /** How many utterances carry each note, numbers in notes left out: `cut at N tokens`. Sorted by note. */
  readonly notes: Readonly<Record<string, number>>;
  /** Over utterances, in tokens; 0 without utterances. */
  readonly medianPromptTokens: number;
}

/** Counts a list of episodes; any iterable, so that they need not all be in memory. */
export function episodeStatistics(episodes: Iterable<Episode>): EpisodeStatistics {
  const endings = { 'A left': 0, 'B left': 0, rounds: 0 };
  const notes = new Map<string, number>();
  const promptTokens: number[] = [];
  let count = 0;
  let rounds = 0;
  for (const episode of episodes) {
    count++;
    endings[episode.ending]++;
    rounds += episode.turns.at(-1)?.round ?? 0;
    for (const turn of episode.turns) {
      promptTokens.push(turn.promptTokens);
      for (const note of turn.notes) {
        const kind = note.replace(/\d+/g, 'N');
        notes.set(kind, (notes.get(kind) ?? 0) + 1);
      }
    }
  }
  return {
    episodes: count,
    meanRounds: count === 0 ? 0 : rounds / count,
    utterances: promptTokens.length,
    endings,
    notes: Object.fromEntries([...notes].sort(([a], [b]) => (a < b ? -1 : 1))),
    medianPromptTokens: median(promptTokens),
  };
}

/** The middle value, or the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}
