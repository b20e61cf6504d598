// Recordings with a known truth: two "models" whose states are linear pictures of latent variables. Some of these
// both see, because both read the same text; one passes from a speaker's state into the partner's next state, which is
// what interaction would be; the rest is each model's own. No model runs, and utterances say
// something only if they are to (`words`).
//
// What a source state can say of a target state is then known. Text is what any reader of the dialogue has in its
// state. The speaker's own part is fresh in every utterance and stands in no text, so a reader that simulates the
// speaker does not have it; if it enters the partner's next state, nobody but the speaker predicts that.

import { at } from '../numerics/lookup.ts';
import { createRandom } from '../numerics/random.ts';
import { statesPath } from './layout.ts';
import { type PlantedOptions, type PlantedSettings, settle } from './planted-settings.ts';
import { type LayerMaps, latents, mapsOf, normals, statesOf, textOf } from './planted-states.ts';
import { transcriptOf } from './planted-transcript.ts';
import { writeRecording } from './recording.ts';
import { writeStates } from './states.ts';
import type { AgentStates, Recording, Seat } from './types.ts';

export type { PlantedOptions } from './planted-settings.ts';

/** An episode, and the states of readers that simulate its speakers on the finished text. */
export interface PlantedEpisode extends Recording {
  readonly readers: Readonly<Record<Seat, AgentStates>>;
}

/**
 * Makes recordings. Every option's random choices have streams of their own, so that two sets that differ in strength
 * alone differ in nothing else.
 *
 * @throws BadInput for a size or a factor that does not work
 */
export function plantEpisodes(options: PlantedOptions = {}): PlantedEpisode[] {
  const settings = settle(options);
  const models = { A: mapsOf('A', settings), B: mapsOf('B', settings) };
  const episodes = [];
  for (let repetition = 0; repetition < settings.repetitions; repetition++)
    for (let scenario = 0; scenario < settings.scenarios; scenario++)
      for (let pair = 0; pair < settings.interactionsPerScenario; pair++)
        episodes.push(plantEpisode({ scenario, pair, repetition }, settings, models));
  return episodes;
}

/** Writes them into a run's folder: transcripts, states, and the readers' states as condition `passive`. */
export async function writePlanted(run: string, episodes: readonly PlantedEpisode[]): Promise<void> {
  for (const { readers, ...recording } of episodes) {
    await writeRecording(run, recording);
    const { episode, models } = recording;
    await writeStates(statesPath(run, 'passive', episode), readers, {
      condition: 'passive',
      models: [models[0].id, models[1].id],
      revisions: [models[0].revision, models[1].revision],
      promptsSha256: '',
    });
  }
}

function plantEpisode(
  { scenario, pair, repetition }: { scenario: number; pair: number; repetition: number },
  settings: PlantedSettings,
  maps: Readonly<Record<Seat, LayerMaps[]>>,
): PlantedEpisode {
  const { seed, layers, hiddenSize, rounds } = settings;
  const name = `planted/${seed}/${scenario}/${pair}/${repetition}`;
  const length = rounds[0] + createRandom(`${name}/rounds`).integer(rounds[1] - rounds[0] + 1);
  const text = textOf(name, { scenario, pair }, length, settings);
  const own = {
    A: latents(`${name}/own/A`, length, settings, settings.ownPersistence),
    B: latents(`${name}/own/B`, length, settings, settings.ownPersistence),
  };
  const states = (role: string, own: Readonly<Record<Seat, Float64Array[]>>, hears: boolean) => {
    const of = (seat: Seat): AgentStates => {
      const partner = own[seat === 'A' ? 'B' : 'A'];
      // A's utterance t comes before B's utterance t and after B's utterance t − 1.
      const back = settings.lag + (seat === 'A' ? 1 : 0);
      const moments = Array.from({ length }, (_, t) => ({
        text: at(text, 2 * t + (seat === 'A' ? 0 : 1)),
        own: at(own[seat], t),
        heard: hears ? partner[t - back] : undefined,
      }));
      const data = statesOf(moments, maps[seat], normals(`${name}/noise/${role}/${seat}`), settings);
      return { layers, rounds: length, hiddenSize, data };
    };
    return { A: of('A'), B: of('B') };
  };
  const ofReader = {
    A: latents(`${name}/reader/A`, length, settings),
    B: latents(`${name}/reader/B`, length, settings),
  };
  return {
    episode: transcriptOf(scenario, pair, repetition, length, settings.words ? text : []),
    states: states('speaker', own, true),
    readers: states('reader', ofReader, false),
    models: [modelOf('planted-a', settings), modelOf('planted-b', settings)],
  };
}

function modelOf(id: string, { layers, hiddenSize }: PlantedSettings) {
  const fixed = { architecture: 'planted', vocabSize: 1, contextLength: 1, parameters: 0, dtype: 'fp32' };
  return { id, revision: 'planted', layers, hiddenSize, ...fixed, toy: true, capabilities: [] };
}
