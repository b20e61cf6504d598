// Recordings on disk: an episode's states and, once they are safe, its transcript. The transcript's existence
// is what says that the recording is complete, so a run that was killed goes on where it stopped.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ModelMismatch } from '../errors.ts';
import { ACTIONS, EMOTIONS } from '../prompts/mental-states.ts';
import { episodePath, keyOf, PLAYED, statesPath } from './layout.ts';
import { jsonFile } from './result-file.ts';
import { writeStates } from './states.ts';
import type { Episode, Recording, Seat } from './types.ts';

const count = z.int().min(0);
const two = z.tuple([z.string(), z.string()]);

const namedWord = <Word extends string>(words: readonly Word[]) =>
  z.object({
    word: z.enum(words),
    probabilities: z.array(z.number()).length(words.length),
    mass: z.number(),
  });

const mentalState = z.object({
  emotion: namedWord(EMOTIONS).nullable(),
  action: namedWord(ACTIONS).nullable(),
  failure: z.string().exactOptional(),
});

const FORMAT = 'interbrain-episode-1';

const episodeSchema = z.object({
  format: z.literal(FORMAT),
  interaction: z.string().min(1),
  scenario: z.string(),
  characters: two,
  characterIds: two,
  relationship: z.string(),
  models: two,
  seed: z.int(),
  variant: z.literal('mental-states').exactOptional(),
  inputs: z.string(),
  turns: z.array(
    z.object({
      round: count.min(1),
      seat: z.enum(['A', 'B']),
      speaker: z.string(),
      text: z.string(),
      promptSha256: z.string(),
      promptTokens: count,
      reusedTokens: count,
      newTokens: count,
      finish: z.enum(['end', 'line', 'stop', 'length']),
      notes: z.array(z.string()),
      tokens: z.array(count).exactOptional(),
      mentalState: mentalState.exactOptional(),
    }),
  ),
  ending: z.enum(['A left', 'B left', 'rounds']),
}) satisfies z.ZodType<Episode>;

/** A transcript on disk (see `episodePath`). */
export const episodeFile = jsonFile<Episode>({
  format: FORMAT,
  schema: episodeSchema,
  advice: 'delete the file and run the study again',
});

/**
 * Writes a recording into a run's folder: the states first, then the transcript. The same recording gives the
 * same bytes, whenever and after whatever interruption it is written.
 *
 * @returns the paths of the two files
 * @throws ModelMismatch for states that are not finite or do not fit the transcript or the model
 */
export async function writeRecording(
  run: string,
  recording: Recording,
): Promise<{ readonly states: string; readonly episode: string }> {
  const { episode, states, models, choice } = recording;
  checkRounds(recording, 'A');
  checkRounds(recording, 'B');
  const key = keyOf(episode);
  const condition = episode.variant ?? PLAYED;
  const paths = { states: statesPath(run, condition, key), episode: episodePath(run, key) };
  await writeStates(paths.states, states, {
    condition,
    models: [models[0].id, models[1].id],
    revisions: [models[0].revision, models[1].revision],
    promptsSha256: hashPrompts(episode),
    ...choice,
  });
  await episodeFile.write(paths.episode, episode);
  return paths;
}

/**
 * Reads a transcript.
 *
 * @throws BadInput if there is none; OtherFormat if it is of another format or version; CorruptFile if it is damaged
 */
export function readEpisode(path: string): Promise<Episode> {
  return episodeFile.read(path);
}

/** SHA-256, hex, of the prompts' hashes, one per line in the order of the turns. */
function hashPrompts({ turns }: Episode): string {
  const lines = turns.map(({ promptSha256 }) => promptSha256).join('\n');
  return createHash('sha256').update(lines).digest('hex');
}

/** Every turn has its state and every state its turn, in the shape that the model says of itself. */
function checkRounds({ episode, states, models }: Recording, seat: Seat): void {
  const model = models[seat === 'A' ? 0 : 1];
  const { recorded, layers, rounds, hiddenSize } = states[seat];
  const turns = episode.turns.filter((turn) => turn.seat === seat).length;
  const where = `${episode.interaction}, seed ${episode.seed}, seat ${seat}`;
  if (rounds !== turns) throw new ModelMismatch(model.id, `${where}: ${rounds} states, but ${turns} turns`);
  // Of a choice of layers, how many there are to choose from.
  const all = recorded?.of ?? layers;
  if (all !== model.layers || hiddenSize !== model.hiddenSize)
    throw new ModelMismatch(
      model.id,
      `${where}: states of ${all} × ${hiddenSize}, but the model has ${model.layers} × ${model.hiddenSize}`,
    );
}
