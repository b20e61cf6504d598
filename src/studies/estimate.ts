// What a study will take on this machine, stage by stage: measured, as far as a minute allows, and never guessed
// without saying so.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { countLayers } from '../episodes/recorded-layers.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { measureSpeed, type Speed } from '../models/speed.ts';
import type { Device } from '../numerics/device.ts';
import { at } from '../numerics/lookup.ts';
import type { Direction } from '../pairs/align.ts';
import type { Prompts } from '../prompts/prompts.ts';
import { viewOf } from '../prompts/view.ts';
import { StageContext } from './context.ts';
import { expectedEpisode, playSample, workRate } from './estimate-episodes.ts';
import { estimateInterventions, type InterventionsEstimate } from './estimate-interventions.ts';
import { estimateMeasure, type MeasureEstimate } from './estimate-measure.ts';
import { secondsOfReadings, tokensPerTurn } from './estimate-readings.ts';
import type { OpenStudy } from './open.ts';
import { simulateServers } from './simulate-servers.ts';
import type { Stage } from './stage.ts';
import { EPISODES, type EpisodeTask, MENTAL_STATE_EPISODES } from './stages/episodes.ts';
import { READINGS } from './stages/readings.ts';
import { STAGES } from './stages.ts';
import { statesOf } from './state.ts';

const DEFAULT_SECONDS = 30;

export interface EstimateOptions {
  /** Seconds of playing; the whole takes somewhat longer. 30 by default. */
  readonly seconds?: number;
  readonly atOnce?: number | undefined;
  /** Of the measure. */
  readonly device?: Device | undefined;
  /** Bytes for the measure. */
  readonly memory?: number | undefined;
  readonly threads?: number | undefined;
  /** Numbers of servers for which to say how long the episodes would take on them; none by default. */
  readonly servers?: readonly number[] | undefined;
  /** Called with what is being done. */
  readonly onStage?: ((what: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EpisodesEstimate {
  /** Episodes of the study, and those of them that are recorded already. */
  readonly total: number;
  readonly recorded: number;
  /** Episodes that were played to their end, and turns that were heard, to find out. */
  readonly playedEpisodes: number;
  readonly playedTurns: number;
  readonly playedSeconds: number;
  /** Of an episode: its turns, and the samples that it gives. */
  readonly turns: number;
  readonly samples: Readonly<Record<Direction, number>>;
  /** Of a turn: tokens read and spoken. */
  readonly read: number;
  readonly spoken: number;
  /** Turns from this one on were not heard, but assumed to take place; undefined if nothing was assumed. */
  readonly assumedFrom: number | undefined;
  /** For those that are missing. */
  readonly seconds: number;
  /** Bytes on disk of all that are missing. */
  readonly bytes: number;
}

/** Readings of passive conditions: what both seats are told and the dialogue, once each; nothing spoken. */
export interface ReadingsEstimate {
  /** Episodes × passive conditions, and those of them that are read already. */
  readonly total: number;
  readonly recorded: number;
  /** For those that are missing, from the reading speed measured on a first prompt. */
  readonly seconds: number;
}

/** All of a study's episodes on so many servers, each as fast as what was measured (simulate-servers.ts says what is assumed). */
interface ServersEstimate {
  readonly servers: number;
  readonly seconds: number;
}

export interface StudyEstimate {
  /** By the study's names. */
  readonly speeds: ReadonlyMap<string, Speed>;
  readonly episodes: EpisodesEstimate;
  /** Absent if the study has no passive condition. */
  readonly readings: ReadingsEstimate | undefined;
  /** Absent if the study has none. */
  readonly interventions: InterventionsEstimate | undefined;
  readonly measure: MeasureEstimate;
  /** Empty if none were asked for. */
  readonly servers: readonly ServersEstimate[];
  /** What the study does besides, and no number here holds. */
  readonly notCounted: readonly string[];
}

/** The first prompts that a model will get in either seat, tokenised, up to a few. */
function firstPrompts(
  name: string,
  model: LanguageModel,
  tasks: readonly EpisodeTask[],
  prompts: Prompts,
): number[][] {
  const some = 8;
  const own = tasks.filter(({ order }) => order.names.includes(name));
  const step = Math.max(1, Math.floor(own.length / some));
  return own
    .filter((_, i) => i % step === 0)
    .slice(0, some)
    .map(({ order, encounter, variant }) => {
      const view = viewOf(encounter, order.names[0] === name ? 'A' : 'B');
      return model.tokenize(prompts.render(variant ?? 'agent', view, []));
    });
}

function median<T>(values: readonly T[], by: (value: T) => number): T {
  return at(
    values.toSorted((a, b) => by(a) - by(b)),
    Math.floor(values.length / 2),
  );
}

/** Episodes that the study plays, of both kinds. */
function episodesOf(opened: OpenStudy): EpisodeTask[] {
  return [EPISODES, MENTAL_STATE_EPISODES]
    .filter((stage) => stage.asked(opened.study))
    .flatMap((stage) => stage.tasks(opened));
}

/** Results of stages that are there already. */
async function countCurrent(opened: OpenStudy, stages: readonly Stage[]): Promise<number> {
  const context = new StageContext(opened);
  let count = 0;
  for (const stage of stages.filter((one) => one.asked(opened.study)))
    count += (await statesOf(stage, context)).filter(({ state }) => state === 'current').length;
  return count;
}

async function estimateEpisodes(
  opened: OpenStudy,
  models: ReadonlyMap<string, LanguageModel>,
  speeds: ReadonlyMap<string, Speed>,
  folder: string,
  options: EstimateOptions,
): Promise<{ episodes: EpisodesEstimate; perTurn: number; perEpisode: number }> {
  const { simulation, states: choice } = opened.study;
  const tasks = episodesOf(opened);
  const recorded = await countCurrent(opened, [EPISODES, MENTAL_STATE_EPISODES]);
  const sample = await playSample({
    tasks,
    models,
    speeds,
    simulation,
    choice,
    promptsOf: (name) => opened.promptsOf(name),
    seconds: options.seconds ?? DEFAULT_SECONDS,
    atOnce: options.atOnce,
    folder,
    signal: options.signal,
  });
  const { turns } = sample;
  const expected = expectedEpisode(turns, 2 * simulation.rounds);
  const missing = tasks.length - recorded;
  const perEpisode = expected.work / workRate(sample);
  const { episodes, bytes } = sample;
  const sum = (of: (turn: (typeof turns)[number]) => number) =>
    turns.reduce((all, turn) => all + of(turn), 0);
  // Where no episode came to its end, the states alone.
  const width = choice.values === 'F16' ? 2 : 4;
  const stateBytes = [...models.values()].map(
    ({ info }) => width * countLayers(choice.layers, info.layers) * info.hiddenSize,
  );
  const bytesPerTurn = stateBytes.reduce((all, size) => all + size, 0) / stateBytes.length;
  const estimate = {
    total: tasks.length,
    recorded,
    playedEpisodes: episodes,
    playedTurns: turns.length,
    playedSeconds: (sample.end - sample.start) / 1000,
    turns: expected.turns,
    samples: expected.samples,
    read: sum(({ read }) => read) / turns.length,
    spoken: sum(({ spoken }) => spoken) / turns.length,
    assumedFrom: expected.assumedFrom === undefined ? undefined : expected.assumedFrom + 1,
    seconds: missing * perEpisode,
    bytes: missing * (episodes > 0 ? bytes / episodes : bytesPerTurn * expected.turns),
  };
  return { episodes: estimate, perTurn: tokensPerTurn(turns), perEpisode };
}

async function estimateReadings(
  opened: OpenStudy,
  models: ReadonlyMap<string, LanguageModel>,
  speeds: ReadonlyMap<string, Speed>,
  heard: { readonly turns: number; readonly perTurn: number },
): Promise<ReadingsEstimate | undefined> {
  if (!READINGS.asked(opened.study)) return undefined;
  const states = await statesOf(READINGS, new StageContext(opened));
  const open = states.filter(({ state }) => state !== 'current').map(({ task }) => task);
  const seconds = secondsOfReadings(opened, models, speeds, open, heard);
  return { total: states.length, recorded: states.length - open.length, seconds };
}

/**
 * Estimates what a study will take, with its models loaded as `run` loads them. Writes nothing that stays.
 *
 * @throws what its episodes fail with; the signal's reason when aborted
 */
export async function estimateStudy(
  opened: OpenStudy,
  models: ReadonlyMap<string, LanguageModel>,
  options: EstimateOptions = {},
): Promise<StudyEstimate> {
  const { onStage, signal } = options;
  const { temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop } = opened.study.simulation;
  const sampling = { temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop };
  const speeds = new Map<string, Speed>();
  for (const [name, model] of models) {
    onStage?.(`measuring how fast ${name} reads and speaks`);
    const prompt = median(
      firstPrompts(name, model, episodesOf(opened), opened.promptsOf(name)),
      ({ length }) => length,
    );
    const seconds = Math.min(2, (options.seconds ?? DEFAULT_SECONDS) / 4);
    speeds.set(name, await measureSpeed(model, prompt, { seconds, sampling, signal }));
  }
  await mkdir(dirname(opened.run), { recursive: true });
  const folder = await mkdtemp(join(dirname(opened.run), '.estimate-'));
  try {
    onStage?.('playing some of the study’s episodes');
    const { episodes, perTurn, perEpisode } = await estimateEpisodes(opened, models, speeds, folder, options);
    const heard = { turns: episodes.turns, perTurn };
    const readings = await estimateReadings(opened, models, speeds, heard);
    const episode = { turns: episodes.turns, seconds: perEpisode };
    const interventions = await estimateInterventions(opened, models, episode);
    onStage?.('measuring their states');
    const { seconds = DEFAULT_SECONDS, memory, device, threads } = options;
    const resources = {
      seconds,
      ...(memory !== undefined && { memory }),
      ...(device && { device }),
      ...(threads !== undefined && { threads }),
      ...(signal && { signal }),
    };
    const measure = await estimateMeasure(opened, models, episodes.samples, folder, resources);
    const servers = await estimateServers(models, speeds, episodes, options);
    return { speeds, episodes, readings, interventions, measure, servers, notCounted: notCounted(opened) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a mean model reads and speaks in a second: turns take their time one by one, so times are averaged. */
function meanRate(rates: readonly number[]): number {
  return rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}

async function estimateServers(
  models: ReadonlyMap<string, LanguageModel>,
  speeds: ReadonlyMap<string, Speed>,
  { total, turns, read, spoken }: EpisodesEstimate,
  { servers = [], signal }: EstimateOptions,
): Promise<ServersEstimate[]> {
  if (servers.length === 0) return [];
  const alone: number[] = [];
  for (const model of models.values()) {
    const prompt = model.tokenize([{ role: 'user', content: 'Tell me about the boat that you sell.' }]);
    alone.push((await measureSpeed(model, prompt, { rows: 1, signal })).speak);
  }
  const all = [...speeds.values()];
  const rows = Math.min(...all.map((speed) => speed.rows));
  const rate = {
    ...{ read: meanRate(all.map((speed) => speed.read)), alone: meanRate(alone), rows },
    together: meanRate(all.map((speed) => speed.speak)),
  };
  const study = { episodes: total, turns, read, spoken, rate, atOnce: rows };
  return servers.map((count) => ({ servers: count, seconds: simulateServers(study, count) }));
}

/** What no number of an estimate holds. */
function notCounted({ study }: OpenStudy): string[] {
  const asked = STAGES.filter((stage) => stage.asked(study)).flatMap(
    ({ notEstimated }) => notEstimated ?? [],
  );
  return ['loading the models (above), downloads, the report (seconds)', ...asked];
}
