// The same two characters in the same scene, in a conversation that was played with another seed (docs/method.md §3).
// Scenario, characters, secrets, goals and the round stay; only what was said in this very conversation goes. What is
// left of SyncR² under it needs no contact between the two.

import { BadInput } from '../errors.ts';
import { createRandom } from '../numerics/random.ts';
import { type Sample, turnKey } from '../pairs/align.ts';
import { named, type Played } from './kind.ts';

const NAME = 'seed-swap';

const NONE =
  'no interaction was played with a second simulation seed, from which it takes its targets; play two seeds at least (simulation.seeds: [0, 1])';

export const seedSwap = named(NAME, {
  meaning:
    'the speaker’s state, and the turn of the partner’s part in the same round of another conversation: same scenario, characters and goals, another simulation seed',
  takes: 'the conversation',
  selection: {
    version: 1,
    of: swapSeeds,
    leftOut:
      'the interaction was not played with another seed, or the conversation that was drawn was over by that round',
    none: NONE,
  },
  acrossSeeds: true,
  noStrangers: 'its targets are already those of another conversation',
  difference: {
    above: (numbers) =>
      `The partner’s state in this conversation is predicted better than that of the same character in the same scene played with another seed (${NAME}): ${numbers}; that much belongs to this conversation. The rest of SyncR² needs no contact: scenario, characters, goals and round give it.`,
    below: (numbers) =>
      `The partner’s state in this conversation is predicted worse than that of the same character in the same scene played with another seed (${NAME}): ${numbers}; nothing belongs to this conversation.`,
    alike: (numbers) =>
      `The partner’s state in this conversation is predicted no better than that of the same character in the same scene played with another seed (${NAME}), as far as these data show: ${numbers}; scenario, characters, goals and round may give all of it.`,
    untested: (reason) =>
      `Against the same scene played with another seed (${NAME}): not tested (${reason}).`,
  },
});

/**
 * Each source with the target of the same round of another conversation of its interaction, drawn at random where there are
 * several. What has none, or one that was over by then, is left out.
 *
 * Splits never divide an interaction, so both conversations of a sample stand on one side.
 *
 * @throws BadInput if recordings come without transcripts, or no interaction has two seeds
 */
function swapSeeds(recordings: readonly Played[], aligned: readonly Sample[]): Sample[] {
  const heads = recordings.map(({ episode }) => {
    if (episode) return episode;
    throw new BadInput(`condition ${NAME}`, 'needs transcripts: they name interaction and seed');
  });
  const conversations = new Map<string, number[]>();
  for (const [index, { interaction }] of heads.entries())
    conversations.set(interaction, [...(conversations.get(interaction) ?? []), index]);
  const drawn = heads.map(({ interaction, seed }) => {
    const others = (conversations.get(interaction) ?? []).filter((other) => heads[other]?.seed !== seed);
    if (others.length === 0) return undefined;
    return others[createRandom(`${NAME}/${interaction}/${seed}`).integer(others.length)];
  });
  if (drawn.every((other) => other === undefined)) throw new BadInput(`condition ${NAME}`, NONE);
  return aligned.flatMap((sample) => {
    const { source, target } = sample;
    const other = drawn[source.recording];
    const recording = other === undefined ? undefined : recordings[other];
    if (other === undefined || recording === undefined) return [];
    if (recording.rounds[target.seat] < target.round || recording.dropped?.has(turnKey(target))) return [];
    return [{ ...sample, target: { ...target, recording: other } }];
  });
}
