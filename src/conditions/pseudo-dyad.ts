// Pseudo-dyads: two agents that played the same scenario and never met. They share the scenario, its goals and the round.
// Characters, names, secrets, whose goal is whose, and the dialogue are others': a difference from them says that the
// scenario alone does not give synchrony, and nothing of the rest of the background.

import { BadInput } from '../errors.ts';
import { createRandom } from '../numerics/random.ts';
import { type Sample, turnKey } from '../pairs/align.ts';
import type { EpisodeHead } from '../pairs/open.ts';
import { named, type Played } from './kind.ts';

export const pseudoDyad = named('pseudo-dyad', {
  meaning: 'the speaker’s state, and the turn of a stranger who plays the same scenario with somebody else',
  takes: 'the partner',
  selection: {
    version: 1,
    of: pseudoDyads,
    leftOut:
      'no other episode of the scenario is without both characters, or the one that was drawn was over by that round',
    none: 'no interaction has a partner, another one of the same scenario with two other characters; play more interactions per scenario',
  },
  // Both episodes of a pseudo-dyad are of one scenario, and of nothing smaller.
  grouping: {
    by: 'scenario',
    who: 'pseudo-dyads',
    since: 'both of their dialogues must stand on one side',
    instead: 'The test against strangers asks the same question',
  },
  noStrangers: 'its targets are strangers’ already, so there is nothing to exchange',
});

/**
 * Each source with the target of the same round of another episode of the same scenario, in which neither character
 * took part (docs/method.md §3): an episode with the same simulation seed where there is one, drawn at random. What has no
 * such partner, or one that was over by then, is left out.
 *
 * The group is the scenario: both episodes of a sample belong to it, so none of them stands on the other side of a
 * split as source or target of another sample.
 *
 * @param aligned pairs of all recordings, in the order of these
 * @param seed of the draw of partners
 * @throws BadInput if recordings come without transcripts, or no episode has a partner
 */
export function pseudoDyads(recordings: readonly Played[], aligned: readonly Sample[], seed = 0): Sample[] {
  const heads = recordings.map(({ episode }) => {
    if (episode) return episode;
    throw new BadInput('condition pseudo-dyad', 'needs transcripts: they name scenario and characters');
  });
  const partners = heads.map((head) => partnerOf(head, heads, seed));
  if (partners.every((partner) => partner === undefined)) {
    const advice = 'play more interactions per scenario';
    const needed = 'another interaction of the same scenario with two other characters';
    throw new BadInput('condition pseudo-dyad', `no episode has a partner, ${needed}; ${advice}`);
  }
  return aligned.flatMap(({ source, target }) => {
    const partner = partners[source.recording];
    if (partner === undefined || recordings[partner]!.rounds[target.seat] < target.round) return [];
    if (recordings[partner]!.dropped?.has(turnKey(target))) return [];
    const group = heads[source.recording]!.scenario;
    return [{ group, source, target: { ...target, recording: partner } }];
  });
}

function partnerOf(own: EpisodeHead, heads: readonly EpisodeHead[], seed: number): number | undefined {
  const strangers = [...heads.keys()].filter((index) => {
    const { scenario, characterIds } = heads[index]!;
    return scenario === own.scenario && !characterIds.some((id) => own.characterIds.includes(id));
  });
  const sameSeed = strangers.filter((index) => heads[index]!.seed === own.seed);
  const candidates = sameSeed.length > 0 ? sameSeed : strangers;
  if (candidates.length === 0) return undefined;
  return candidates[
    createRandom(`pseudo-dyad/${seed}/${own.interaction}/${own.seed}`).integer(candidates.length)
  ];
}
