// How long a study's readings will take. A reader reads what a seat is told and then the dialogue, each once; and what a
// seat is told in an encounter is read once for all episodes of it.

import type { LanguageModel } from '../models/language-model.ts';
import type { Speed } from '../models/speed.ts';
import { entryOf } from '../numerics/lookup.ts';
import { viewOf } from '../prompts/view.ts';
import type { HeardTurn } from './estimate-episodes.ts';
import type { OpenStudy } from './open.ts';
import type { ReadingTask } from './stages/readings.ts';

/** Prompts that are tokenised to find out how long they are, by model. */
const SOME = 16;

/** One model that reads one seat of one episode. */
interface Reader {
  readonly task: ReadingTask;
  readonly seat: 'A' | 'B';
  readonly name: string;
}

/** Tokens of the dialogue that come with each turn of a seat: what was said in it and before it. */
export function tokensPerTurn(turns: readonly HeardTurn[]): number {
  // The first turns read what the seat is told as well.
  const later = turns.filter(({ place }) => place > 1);
  const of = later.length > 0 ? later : turns;
  const tokens = of.map(({ read, spoken }) => (later.length > 0 ? read + spoken : 2 * spoken));
  return tokens.reduce((sum, count) => sum + count, 0) / of.length;
}

/** Tokens that a reader is given before the dialogue. */
function tokensTold(
  opened: Pick<OpenStudy, 'promptsOf'>,
  model: LanguageModel,
  { task, seat, name }: Reader,
): number {
  const speaker = viewOf(task.encounter, 'A').self.name;
  const view = viewOf(task.encounter, seat);
  return model.tokenize(opened.promptsOf(name).render(task.format, view, [{ speaker, text: '' }])).length;
}

/**
 * Seconds that reading these takes.
 *
 * @param turns of an episode
 * @param perTurn tokens of the dialogue for each turn of a seat
 */
export function secondsOfReadings(
  opened: Pick<OpenStudy, 'promptsOf' | 'readersOf'>,
  models: ReadonlyMap<string, LanguageModel>,
  speeds: ReadonlyMap<string, Speed>,
  tasks: readonly ReadingTask[],
  { turns, perTurn }: { readonly turns: number; readonly perTurn: number },
): number {
  const readers = tasks.flatMap((task): Reader[] =>
    (['A', 'B'] as const).map((seat, i) => ({ task, seat, name: opened.readersOf(task.order)[i] ?? '' })),
  );
  let seconds = 0;
  for (const [name, model] of models) {
    const own = readers.filter((reader) => reader.name === name);
    if (own.length === 0) continue;
    const keyOf = ({ task, seat }: Reader) => `${task.format} ${seat} ${task.encounter.interaction.id}`;
    const told = [...new Map(own.map((reader) => [keyOf(reader), reader])).values()];
    const step = Math.max(1, Math.floor(told.length / SOME));
    const lengths = told.filter((_, i) => i % step === 0).map((reader) => tokensTold(opened, model, reader));
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    seconds += (told.length * mean + own.length * (turns / 2) * perTurn) / entryOf(speeds, name).read;
  }
  return seconds;
}
