// What the pages of the pairs show, gathered from a run's episodes and judgements.

import type { Episode } from '../../episodes/types.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { pairName } from '../../recordings/layout.ts';
import type { PairPage, Transcript } from '../page/types.ts';

export interface PairPageSources {
  readonly pairs: readonly (readonly [string, string])[];
  /** Of all seat orders, in the order in which they are listed. */
  readonly episodes: readonly Episode[];
  readonly judgements: readonly Judgement[];
  /** How many conversations a page shows. */
  readonly transcripts: number;
  readonly toTranscript: (episode: Episode) => Transcript;
}

type Key = Pick<Episode, 'models' | 'seed' | 'interaction'>;

function keyText({ models, seed, interaction }: Key): string {
  return JSON.stringify([pairName(models), seed, interaction]);
}

/** A page per pair, its episodes in both seat orders; those shown in full are spread evenly over them. */
export function gatherPairPages({
  pairs,
  episodes,
  judgements,
  transcripts,
  toTranscript,
}: PairPageSources): PairPage[] {
  const byEpisode = new Map(judgements.map((judgement) => [keyText(judgement), judgement]));
  return pairs.map((models) => {
    const own = episodes.filter((episode) => sameModels(episode.models, models));
    const shown = scattered(own.length, transcripts).map((place) => own[place]!);
    return {
      models,
      episodes: own.map((episode) => ({
        models: episode.models,
        seed: episode.seed,
        interaction: episode.interaction,
        rounds: episode.turns.at(-1)?.round ?? 0,
        ending: episode.ending,
        judgement: byEpisode.get(keyText(episode)),
      })),
      transcripts: shown.map((episode) => {
        const judgement = byEpisode.get(keyText(episode));
        return { ...toTranscript(episode), ...(judgement && { judgement }) };
      }),
    };
  });
}

/**
 * So many places of a list, in their order, spread by the golden ratio: equal steps would meet the same kind of scenario
 * again and again, since kinds take turns.
 */
function scattered(length: number, count: number): number[] {
  const places = new Set<number>();
  const step = (Math.sqrt(5) - 1) / 2;
  for (let i = 0; places.size < Math.min(count, length); i++)
    places.add(Math.floor(length * (((i + 0.5) * step) % 1)));
  return [...places].sort((a, b) => a - b);
}

function sameModels([a, b]: readonly [string, string], [first, second]: readonly [string, string]): boolean {
  return (a === first && b === second) || (a === second && b === first);
}
