// How long a study's episodes will take: a sample of them is played as `run` would play it, for a while, and what was
// heard is scaled to all of them.
//
// Turns are not alike: an agent's first one reads a whole prompt, later ones what is new, and a reply may be short or
// long. So a turn counts with the seconds that its tokens take the model when it has the machine for itself; how many
// of these seconds were worked off per second, with everything that goes on at once, is what the sample is played for.

import { stat } from 'node:fs/promises';
import { playEpisode } from '../episodes/play.ts';
import type { Turn } from '../episodes/types.ts';
import type { LanguageModel } from '../models/language-model.ts';
import type { Speed } from '../models/speed.ts';
import { entryOf } from '../numerics/lookup.ts';
import { createRandom } from '../numerics/random.ts';
import type { Direction } from '../pairs/align.ts';
import type { Prompts } from '../prompts/prompts.ts';
import { episodePath, PLAYED, statesPath } from '../recordings/layout.ts';
import { writeRecording } from '../recordings/recording.ts';
import { type PlayedTogether, playTogether } from './conversation-slots.ts';
import type { Simulation, StatesSettings } from './schema.ts';
import type { EpisodeTask } from './stages/episodes.ts';

/** A turn that was heard in full. */
export interface HeardTurn {
  /** Place in its episode, counted from 0. */
  readonly place: number;
  /** Milliseconds on one clock. */
  readonly start: number;
  readonly end: number;
  /** Seconds that its tokens take the model alone. */
  readonly work: number;
  /** Tokens computed for its prompt, and spoken. */
  readonly read: number;
  readonly spoken: number;
  /** Whether the episode ended with it. */
  readonly last: boolean;
}

/** What was heard while a sample was played. */
export interface Sample {
  readonly turns: readonly HeardTurn[];
  /** Whole episodes. */
  readonly episodes: number;
  /** Bytes on disk of whole episodes, in all. */
  readonly bytes: number;
  /** Milliseconds on the turns' clock. */
  readonly start: number;
  readonly end: number;
}

export interface SampleOptions {
  readonly tasks: readonly EpisodeTask[];
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly speeds: ReadonlyMap<string, Speed>;
  readonly simulation: Simulation;
  /** Which states are recorded, and how. */
  readonly choice: StatesSettings;
  /** The words that a model is given. */
  readonly promptsOf: (name: string) => Prompts;
  /** Seconds to play; turns that have begun by then are heard to their end. */
  readonly seconds: number;
  readonly atOnce?: number | undefined;
  /** Where the episodes are recorded: on the disk that the study's run will be on. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/** What ends an episode between two turns when the time is over. */
class Over extends Error {}

/** Seconds that a turn's tokens take a model that has the machine for itself. */
function workOf({ promptTokens, reusedTokens, newTokens }: Turn, speed: Speed): number {
  return (promptTokens - reusedTokens) / speed.read + (newTokens + 1) / speed.speak;
}

/** Plays one episode and records it; its turns, and its bytes if it came to its end before the signal. */
async function hear(
  { order, encounter, seed, variant }: EpisodeTask,
  { models, speeds, simulation, choice, promptsOf, folder }: SampleOptions,
  signal: AbortSignal,
): Promise<{ turns: HeardTurn[]; bytes: number | undefined }> {
  const [a, b] = [entryOf(models, order.names[0]), entryOf(models, order.names[1])];
  const turns: HeardTurn[] = [];
  let start = performance.now();
  const onTurn = (turn: Turn) => {
    const end = performance.now();
    const work = workOf(turn, entryOf(speeds, order.names[turn.seat === 'A' ? 0 : 1]));
    const read = turn.promptTokens - turn.reusedTokens;
    turns.push({ place: turns.length, start, end, work, read, spoken: turn.newTokens, last: false });
    start = end;
  };
  try {
    const prompts = { A: promptsOf(order.names[0]), B: promptsOf(order.names[1]) };
    const request = {
      prompts,
      encounter,
      models: { A: a, B: b },
      names: order.names,
      seed,
      variant,
      ...{ position: choice.position, layers: choice.layers },
      onTurn,
      signal,
    };
    const { episode, states } = await playEpisode({ ...request, settings: simulation });
    const last = turns.pop();
    if (last) turns.push({ ...last, last: true });
    const { turns: spoken, ending, ...head } = episode;
    const recorded = { ...head, inputs: '', turns: spoken, ending };
    await writeRecording(folder, { episode: recorded, states, models: [a.info, b.info], choice });
    const key = { models: order.names, seed, interaction: encounter.interaction.id, variant };
    const paths = [episodePath(folder, key), statesPath(folder, variant ?? PLAYED, key)];
    const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
    return { turns, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  } catch (error) {
    if (error instanceof Over) return { turns, bytes: undefined };
    throw error;
  }
}

/**
 * Plays episodes in random order until the time is over or there are no more.
 *
 * @throws what an episode fails with; the signal's reason when aborted
 */
export async function playSample(options: SampleOptions): Promise<Sample> {
  const timeIsUp = new AbortController();
  const over = options.signal ? AbortSignal.any([options.signal, timeIsUp.signal]) : timeIsUp.signal;
  const turns: HeardTurn[] = [];
  let [episodes, bytes] = [0, 0];
  const play = async (task: EpisodeTask, { signal }: PlayedTogether) => {
    const heard = await hear(task, options, signal);
    turns.push(...heard.turns);
    if (heard.bytes !== undefined) [episodes, bytes] = [episodes + 1, bytes + heard.bytes];
  };
  const timer = setTimeout(() => timeIsUp.abort(new Over()), options.seconds * 1000);
  const start = performance.now();
  const { models, atOnce } = options;
  const together = { models, atOnce, names: ({ order }: EpisodeTask) => order.names, signal: over };
  try {
    await playTogether(createRandom('estimate').shuffle(options.tasks), together, play);
  } catch (error) {
    if (!(error instanceof Over)) throw error;
  } finally {
    clearTimeout(timer);
  }
  const end = Math.min(start + options.seconds * 1000, performance.now());
  return { turns, episodes, bytes, start, end };
}

/** What an episode is expected to be, from a sample in which some were cut off. */
export interface ExpectedEpisode {
  /** Mean number of turns. */
  readonly turns: number;
  /** Mean number of samples in either direction (docs/method.md §3): turns of B, and turns of A after its first. */
  readonly samples: Readonly<Record<Direction, number>>;
  /** Mean work, seconds of a model alone. */
  readonly work: number;
  /** Turns at this place or later were heard nowhere: that they take place was assumed; undefined if none. */
  readonly assumedFrom: number | undefined;
}

/**
 * The mean episode, by the product-limit estimator (Kaplan and Meier 1958): at each place the share of episodes that
 * end there, among those that were heard so far. Where none was heard, episodes go on to the last round, with turns
 * like the latest that were heard.
 *
 * @param most turns of an episode at most
 */
export function expectedEpisode(turns: readonly HeardTurn[], most: number): ExpectedEpisode {
  let going = 1;
  let expected = 0;
  const samples = { 'A->B': 0, 'B->A': 0 };
  let work = 0;
  let meanWork = 0;
  let assumedFrom: number | undefined;
  for (let place = 0; place < most; place++) {
    const here = turns.filter((turn) => turn.place === place);
    if (here.length === 0) {
      assumedFrom ??= going > 0 ? place : undefined;
      // The very first turns read a whole prompt; no later one does.
      const later = turns.filter((turn) => turn.place > 1);
      if (assumedFrom === place && later.length > 0) meanWork = mean(later.map((turn) => turn.work));
    } else meanWork = mean(here.map((turn) => turn.work));
    expected += going;
    if (place > 0) samples[place % 2 === 1 ? 'A->B' : 'B->A'] += going;
    work += going * meanWork;
    const ended = here.filter(({ last }) => last).length;
    if (here.length > 0) going *= 1 - ended / here.length;
  }
  return { turns: expected, samples, work, assumedFrom };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Seconds of work that were done per second, turns that reach over the sample's end by the part that lies in it. */
export function workRate({ turns, start, end }: Pick<Sample, 'turns' | 'start' | 'end'>): number {
  let done = 0;
  for (const turn of turns) {
    const inside = Math.min(turn.end, end) - Math.max(turn.start, start);
    const whole = turn.end - turn.start;
    done += whole > 0 ? turn.work * Math.max(0, Math.min(1, inside / whole)) : turn.work;
  }
  return done / ((end - start) / 1000);
}
