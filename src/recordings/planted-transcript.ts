// Transcripts of recordings with a known truth.

import type { Episode, Turn } from './types.ts';

/** Steps of a latent variable that words tell apart, and where they begin and end. */
const WORD_STEP = 0.25;
const WORD_RANGE = 4;

/** One word for every step below a value, so that a sum over words is the value. */
function wordsFor(values: Float64Array): string {
  const words = [...values].flatMap((value, k) => {
    const steps = Math.floor((Math.min(WORD_RANGE, Math.max(-WORD_RANGE, value)) + WORD_RANGE) / WORD_STEP);
    return Array.from({ length: steps }, (_, step) => `z${k}x${step}`);
  });
  return words.join(' ');
}

/**
 * The transcript of a planted episode.
 *
 * @param text what is read at every utterance, or nothing: then the utterances say nothing
 */
export function transcriptOf(
  scenario: number,
  pair: number,
  seed: number,
  rounds: number,
  text: readonly Float64Array[],
): Episode {
  const characterIds = [`c${scenario}-${pair}-0`, `c${scenario}-${pair}-1`] as const;
  const turns: Turn[] = Array.from({ length: rounds }, (_, i) =>
    characterIds.map((speaker, side) => {
      // What is said is what is read next.
      const read = text[2 * i + side + 1];
      return {
        round: i + 1,
        seat: side === 0 ? ('A' as const) : ('B' as const),
        speaker,
        text: read ? wordsFor(read) : 'planted',
        promptSha256: '',
        promptTokens: 0,
        reusedTokens: 0,
        newTokens: 0,
        finish: 'line' as const,
        notes: [],
      };
    }),
  ).flat();
  return {
    format: 'interbrain-episode-1',
    interaction: `s${scenario}/${characterIds.join('+')}`,
    scenario: `s${scenario}`,
    characters: characterIds,
    characterIds,
    relationship: 'stranger',
    models: ['planted-a', 'planted-b'],
    seed,
    inputs: 'planted',
    turns,
    ending: 'rounds',
  };
}
