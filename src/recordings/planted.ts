// Recordings with a known truth: two "models" whose states are linear pictures of latent variables. Some of these
// both see, because both read the same text; one passes from a speaker's state into the partner's next state, which is
// what interaction would be; the rest is each model's own. No model runs, and utterances say
// something only if they are to (`words`).
//
// What a source state can say of a target state is then known. Text is what any reader of the dialogue has in its
// state. The speaker's own part is fresh in every utterance and stands in no text, so a reader that simulates the
// speaker does not have it; if it enters the partner's next state, nobody but the speaker predicts that.

import { BadInput } from '../errors.ts';
import { createRandom, type Random } from '../numerics/random.ts';
import { statesPath } from './layout.ts';
import { writeRecording } from './recording.ts';
import { writeStates } from './states.ts';
import type { AgentStates, Episode, Recording, Seat, Turn } from './types.ts';

export interface PlantedOptions {
  /** Decides everything that is random; 0 by default. */
  readonly seed?: number;
  /** 20 by default. */
  readonly scenarios?: number;
  /** Pairs of characters per scenario, all different; 3 by default. */
  readonly interactionsPerScenario?: number;
  /** Episodes per interaction, each with text of its own; 1 by default. */
  readonly repetitions?: number;
  /** Rounds per episode; with a range, drawn evenly from it. 8 by default. */
  readonly rounds?: number | readonly [number, number];
  /** Size of the residual stream, D; 16 by default. */
  readonly hiddenSize?: number;
  /** Layers of both models; 4 by default. */
  readonly layers?: number;
  /** How much of the speaker's own part enters the partner's state, as a factor; 0 by default, which is no interaction. */
  readonly strength?: number;
  /** How many rounds later than its next utterance the partner's state has it; 0 by default. */
  readonly lag?: number;
  /** Layers, 0-based, with the speaker's own part and what enters from the partner; all by default. */
  readonly coupledLayers?: readonly number[];
  /** What both read, as factors: what all dialogues of a scenario share, and what is one dialogue's own. 0 by default. */
  readonly text?: { readonly scenario?: number; readonly dialogue?: number };
  /** Correlation of the dialogue's text between adjacent utterances, whose prompts share nearly all of it; 0.95. */
  readonly persistence?: number;
  /**
   * Whether utterances have words that say what the partner then has read, for controls that look at the text; false by
   * default. With words, nothing is read before the first utterance but what the scenario's dialogues share.
   */
  readonly words?: boolean;
  /** Each state's noise, as a factor; 0.5 by default. */
  readonly noise?: number;
  /** Dimensions of each latent variable; 3 by default. */
  readonly latentSize?: number;
  /** Spread of the columns' scales, the standard deviation of their logarithms; 0 by default, 3 is heavy-tailed. */
  readonly columnSpread?: number;
}

/** An episode, and the states of readers that simulate its speakers on the finished text. */
export interface PlantedEpisode extends Recording {
  readonly readers: Readonly<Record<Seat, AgentStates>>;
}

type Settings = Required<Omit<PlantedOptions, 'rounds' | 'text'>> & {
  readonly rounds: readonly [number, number];
  readonly text: { readonly scenario: number; readonly dialogue: number };
};

/** What a model makes of the latent variables at one layer, each (latentSize, D), row-major. */
interface LayerMaps {
  readonly text: Float64Array;
  readonly own: Float64Array;
  readonly heard: Float64Array;
  /** (D) */
  readonly scales: Float64Array;
}

/** Latent variables at one utterance: (latentSize) each. */
interface Moment {
  readonly text: Float64Array;
  readonly own: Float64Array;
  /** Nothing for a reader, and where nothing was said before. */
  readonly heard: Float64Array | undefined;
}

const SEATS = ['A', 'B'] as const;

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

function settle(options: PlantedOptions): Settings {
  const { rounds = 8, text = {}, layers = 4 } = options;
  const settings: Settings = {
    seed: 0,
    scenarios: 20,
    interactionsPerScenario: 3,
    repetitions: 1,
    hiddenSize: 16,
    layers,
    strength: 0,
    lag: 0,
    coupledLayers: Array.from({ length: layers }, (_, layer) => layer),
    persistence: 0.95,
    words: false,
    noise: 0.5,
    latentSize: 3,
    columnSpread: 0,
    ...options,
    rounds: typeof rounds === 'number' ? [rounds, rounds] : rounds,
    text: { scenario: 0, dialogue: 0, ...text },
  };
  const { persistence, noise, columnSpread, lag, strength, coupledLayers } = settings;
  const counts = [
    'scenarios',
    'interactionsPerScenario',
    'repetitions',
    'hiddenSize',
    'layers',
    'latentSize',
  ] as const;
  for (const name of counts)
    check(name, settings[name], Number.isInteger(settings[name]) && settings[name] > 0);
  const [fewest, most] = settings.rounds;
  check('rounds', fewest, Number.isInteger(fewest) && Number.isInteger(most) && fewest > 0 && most >= fewest);
  check('lag', lag, Number.isInteger(lag) && lag >= 0);
  check('strength', strength, Number.isFinite(strength));
  check('persistence', persistence, persistence >= 0 && persistence <= 1);
  check('noise', noise, noise >= 0 && Number.isFinite(noise));
  check('columnSpread', columnSpread, columnSpread >= 0 && Number.isFinite(columnSpread));
  for (const layer of coupledLayers)
    check('coupledLayers', layer, Number.isInteger(layer) && layer >= 0 && layer < layers);
  return settings;
}

function check(name: string, value: number, valid: boolean): void {
  if (!valid) throw new BadInput(`planted ${name}`, `${value} does not work here`);
}

function mapsOf(seat: Seat, { seed, layers, hiddenSize, latentSize, columnSpread }: Settings): LayerMaps[] {
  return Array.from({ length: layers }, (_, layer) => {
    const random = normals(`planted/${seed}/maps/${seat}/${layer}`);
    const map = () => random(latentSize * hiddenSize).map((value) => value / Math.sqrt(latentSize));
    return {
      text: map(),
      own: map(),
      heard: map(),
      scales: random(hiddenSize).map((value) => Math.exp(columnSpread * value)),
    };
  });
}

function plantEpisode(
  { scenario, pair, repetition }: { scenario: number; pair: number; repetition: number },
  settings: Settings,
  maps: Readonly<Record<Seat, LayerMaps[]>>,
): PlantedEpisode {
  const { seed, layers, hiddenSize, rounds } = settings;
  const name = `planted/${seed}/${scenario}/${pair}/${repetition}`;
  const length = rounds[0] + createRandom(`${name}/rounds`).integer(rounds[1] - rounds[0] + 1);
  const text = textOf(name, scenario, length, settings);
  const own = {
    A: latents(`${name}/own/A`, length, settings),
    B: latents(`${name}/own/B`, length, settings),
  };
  const states = (role: string, own: Readonly<Record<Seat, Float64Array[]>>, hears: boolean) => {
    const of = (seat: Seat): AgentStates => {
      const partner = own[seat === 'A' ? 'B' : 'A'];
      // A's utterance t comes before B's utterance t and after B's utterance t − 1.
      const back = settings.lag + (seat === 'A' ? 1 : 0);
      const moments = Array.from({ length }, (_, t) => ({
        text: text[2 * t + (seat === 'A' ? 0 : 1)]!,
        own: own[seat][t]!,
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

/** What has been read at every utterance, A's and B's in turn: (2 · rounds) of (latentSize). */
function textOf(
  name: string,
  scenario: number,
  rounds: number,
  { seed, text, persistence, words, latentSize }: Settings,
): Float64Array[] {
  const shared = normals(`planted/${seed}/scenario/${scenario}`)(latentSize);
  const random = normals(`${name}/text`);
  let course = random(latentSize);
  return Array.from({ length: 2 * rounds }, (_, utterance) => {
    const fresh = random(latentSize);
    if (words && utterance === 0) return shared.map((value) => text.scenario * value);
    course = course.map((value, k) => persistence * value + Math.sqrt(1 - persistence ** 2) * fresh[k]!);
    return course.map((value, k) => text.dialogue * value + text.scenario * shared[k]!);
  });
}

function latents(name: string, rounds: number, { latentSize }: Settings): Float64Array[] {
  const random = normals(name);
  return Array.from({ length: rounds }, () => random(latentSize));
}

/** (layers, rounds, D), float32. */
function statesOf(
  moments: readonly Moment[],
  maps: readonly LayerMaps[],
  random: (count: number) => Float64Array,
  { coupledLayers, hiddenSize, strength, noise }: Settings,
): Float32Array {
  const data = new Float32Array(maps.length * moments.length * hiddenSize);
  let at = 0;
  for (const [layer, { text, own, heard, scales }] of maps.entries())
    for (const moment of moments) {
      const state = random(hiddenSize).map((value) => noise * value);
      addMapped(state, moment.text, text, 1);
      if (coupledLayers.includes(layer)) {
        addMapped(state, moment.own, own, 1);
        if (moment.heard) addMapped(state, moment.heard, heard, strength);
      }
      data.set(
        state.map((value, column) => value * scales[column]!),
        at,
      );
      at += hiddenSize;
    }
  return data;
}

function addMapped(state: Float64Array, latent: Float64Array, map: Float64Array, factor: number): void {
  for (const [k, value] of latent.entries())
    for (let column = 0; column < state.length; column++)
      state[column]! += factor * value * map[k * state.length + column]!;
}

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

/** @param text what is read at every utterance, or nothing: then the utterances say nothing */
function transcriptOf(
  scenario: number,
  pair: number,
  seed: number,
  rounds: number,
  text: readonly Float64Array[],
): Episode {
  const characterIds = [0, 1].map((side) => `c${scenario}-${pair}-${side}`) as [string, string];
  const turns: Turn[] = Array.from({ length: rounds }, (_, i) =>
    SEATS.map((seat, side) => ({
      round: i + 1,
      seat,
      speaker: characterIds[side]!,
      // What is said is what is read next.
      text: text[2 * i + side + 1] ? wordsFor(text[2 * i + side + 1]!) : 'planted',
      promptSha256: '',
      promptTokens: 0,
      reusedTokens: 0,
      newTokens: 0,
      finish: 'line' as const,
      notes: [],
    })),
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

function modelOf(id: string, { layers, hiddenSize }: Settings) {
  const fixed = { architecture: 'planted', vocabSize: 1, contextLength: 1, parameters: 0, dtype: 'fp32' };
  return { id, revision: 'planted', layers, hiddenSize, ...fixed, toy: true, capabilities: [] };
}

/** Independent standard normal numbers, by Box and Muller's transformation. */
function normals(name: string): (count: number) => Float64Array {
  const { uniform }: Random = createRandom(name);
  return (count) =>
    Float64Array.from(
      { length: count },
      () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    );
}
