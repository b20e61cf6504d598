// Episodes and their turns: what was said, by whom, and how it ended.

import { type Episode, SEATS as SEAT_NAMES, type Turn } from '../../episodes/types.ts';
import { PLAYED } from '../../recordings/layout.ts';
import { EPISODES, MENTAL_STATE_EPISODES } from '../../studies/stages/episodes.ts';
import { EPISODE, STUDY, seatColumns } from '../columns.ts';
import { batchOf, columns, type Part, type RowOf, type Table } from '../table.ts';

const EPISODE_COLUMNS = columns({
  ...STUDY,
  ...EPISODE,
  scenario: ['text', 'id of the scenario'],
  relationship: ['text', 'of the two characters'],
  character_a: ['text', 'name of the character in seat A'],
  character_b: ['text', 'name of the character in seat B'],
  character_a_id: ['text', 'its id'],
  character_b_id: ['text', 'its id'],
  ending: ['text', '`A left`, `B left`, or `rounds` where the last round was over'],
  rounds: ['integer', 'rounds that were begun'],
  turns: ['integer', 'utterances'],
  turns_a: ['integer', 'utterances of the agent in seat A: so many states it has'],
  turns_b: ['integer', 'utterances of the agent in seat B'],
  prompt_tokens: ['integer', 'tokens of all prompts'],
  reused_tokens: ['integer', 'tokens of these that were remembered and not read again'],
  new_tokens: ['integer', 'tokens that were generated'],
  turns_with_notes: ['integer', 'turns in which something odd was put right'],
});

const TURN_COLUMNS = columns({
  ...STUDY,
  ...EPISODE,
  scenario: ['text', 'id of the scenario'],
  turn: ['integer', 'place in the episode, counted from 1'],
  round: ['integer', 'round, counted from 1; the state of this turn is `states[layer, round - 1]`'],
  seat: ['text', '`A` or `B`'],
  model: ['text', 'model that spoke'],
  partner: ['text', 'model that it spoke to'],
  character: ['text', 'name of the character that spoke'],
  text: ['text', 'what the partner sees'],
  prompt_tokens: ['integer', 'tokens of the prompt'],
  reused_tokens: ['integer', 'tokens of it that were remembered'],
  new_tokens: ['integer', 'tokens that were generated'],
  finish: ['text', 'what ended the reply: `end`, `line`, `stop`, or `length`'],
  notes: ['text', 'anything odd that was put right, joined by `; `; empty if nothing was'],
  prompt_sha256: ['text', 'hash of the prompt'],
  emotion: ['text', 'emotion that the agent named; empty where it named none or was not asked'],
  action: ['text', 'action type that it named'],
  mental_state_failure: ['text', 'how what it named failed the format'],
});

const EPISODE_TABLE: Table<typeof EPISODE_COLUMNS> = {
  name: 'episodes',
  row: 'an episode: an interaction, played once by two models in their seats',
  columns: EPISODE_COLUMNS,
};

const TURN_TABLE: Table<typeof TURN_COLUMNS> = {
  name: 'turns',
  row: 'an utterance',
  columns: TURN_COLUMNS,
};

function keyColumns({ models, variant, seed, interaction }: Episode): RowOf<typeof EPISODE> {
  return { ...seatColumns(models), variant: variant ?? PLAYED, seed, interaction };
}

function sumOf(turns: readonly Turn[], value: (turn: Turn) => number): number {
  return turns.reduce((sum, turn) => sum + value(turn), 0);
}

function episodeRow(study: string, episode: Episode): RowOf<typeof EPISODE_COLUMNS> {
  const { scenario, relationship, characters, characterIds, ending, turns } = episode;
  const [a, b] = SEAT_NAMES.map((seat) => sumOf(turns, (turn) => (turn.seat === seat ? 1 : 0)));
  return {
    ...{ study, ...keyColumns(episode), scenario, relationship, ending },
    ...{ character_a: characters[0], character_b: characters[1] },
    ...{ character_a_id: characterIds[0], character_b_id: characterIds[1] },
    rounds: turns.at(-1)?.round ?? 0,
    ...{ turns: turns.length, turns_a: a ?? 0, turns_b: b ?? 0 },
    prompt_tokens: sumOf(turns, ({ promptTokens }) => promptTokens),
    reused_tokens: sumOf(turns, ({ reusedTokens }) => reusedTokens),
    new_tokens: sumOf(turns, ({ newTokens }) => newTokens),
    turns_with_notes: sumOf(turns, ({ notes }) => (notes.length > 0 ? 1 : 0)),
  };
}

function turnRows(study: string, episode: Episode): RowOf<typeof TURN_COLUMNS>[] {
  const { models, scenario, turns } = episode;
  return turns.map((turn, i) => ({
    ...{ study, ...keyColumns(episode), scenario, turn: i + 1, round: turn.round, seat: turn.seat },
    model: models[turn.seat === 'A' ? 0 : 1],
    partner: models[turn.seat === 'A' ? 1 : 0],
    ...{ character: turn.speaker, text: turn.text, prompt_tokens: turn.promptTokens },
    ...{ reused_tokens: turn.reusedTokens, new_tokens: turn.newTokens, finish: turn.finish },
    notes: turn.notes.length > 0 ? turn.notes.join('; ') : null,
    prompt_sha256: turn.promptSha256,
    emotion: turn.mentalState?.emotion?.word ?? null,
    action: turn.mentalState?.action?.word ?? null,
    mental_state_failure: turn.mentalState?.failure ?? null,
  }));
}

export const episodes: Part = {
  tables: [EPISODE_TABLE, TURN_TABLE],
  async *rows(source) {
    const { name } = source.study;
    for (const stage of [EPISODES, MENTAL_STATE_EPISODES])
      for await (const { result } of source.each(stage)) {
        yield batchOf(EPISODE_TABLE, [episodeRow(name, result)]);
        yield batchOf(TURN_TABLE, turnRows(name, result));
      }
  },
};
