// What a study will take on this machine, stage by stage: measured, as far as a minute allows, and never guessed
// without saying so.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LanguageModel } from '../models/language-model.ts';
import { measureSpeed, type Speed } from '../models/speed.ts';
import type { Device } from '../numerics/device.ts';
import { at } from '../numerics/lookup.ts';
import type { Direction } from '../pairs/align.ts';
import type { Prompts } from '../prompts/prompts.ts';
import { viewOf } from '../prompts/view.ts';
import { StageContext } from './context.ts';
import { expectedEpisode, playSample, workRate } from './estimate-episodes.ts';
import { estimateMeasure, type MeasureEstimate } from './estimate-measure.ts';
import type { OpenStudy } from './open.ts';
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

/** Readings of passive conditions: every prompt of both seats once, nothing spoken. */
export interface ReadingsEstimate {
  /** Episodes × passive conditions, and those of them that are read already. */
  readonly total: number;
  readonly recorded: number;
  /** For those that are missing, from the reading speed measured on a first prompt. */
  readonly seconds: number;
}

export interface StudyEstimate {
  /** By the study's names. */
  readonly speeds: ReadonlyMap<string, Speed>;
  readonly episodes: EpisodesEstimate;
  /** Absent if the study has no passive condition. */
  readonly readings: ReadingsEstimate | undefined;
  readonly measure: MeasureEstimate;
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
): Promise<EpisodesEstimate> {
  const { simulation } = opened.study;
  const tasks = episodesOf(opened);
  const recorded = await countCurrent(opened, [EPISODES, MENTAL_STATE_EPISODES]);
  const sample = await playSample({
    tasks,
    models,
    speeds,
    simulation,
    promptsOf: (name) => opened.promptsOf(name),
    seconds: options.seconds ?? DEFAULT_SECONDS,
    atOnce: options.atOnce,
    folder,
    signal: options.signal,
  });
  const { turns } = sample;
  const expected = expectedEpisode(turns, 2 * simulation.rounds);
  const missing = tasks.length - recorded;
  const { episodes, bytes } = sample;
  const sum = (of: (turn: (typeof turns)[number]) => number) =>
    turns.reduce((all, turn) => all + of(turn), 0);
  // Where no episode came to its end, the states alone: 4 bytes for every value.
  const stateBytes = [...models.values()].map(({ info }) => 4 * info.layers * info.hiddenSize);
  const perTurn = stateBytes.reduce((all, size) => all + size, 0) / stateBytes.length;
  return {
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
    seconds: (missing * expected.work) / workRate(sample),
    bytes: missing * (episodes > 0 ? bytes / episodes : perTurn * expected.turns),
  };
}

async function estimateReadings(
  opened: OpenStudy,
  speeds: ReadonlyMap<string, Speed>,
  { turns, read, spoken }: EpisodesEstimate,
): Promise<ReadingsEstimate | undefined> {
  if (!READINGS.asked(opened.study)) return undefined;
  const states = await statesOf(READINGS, new StageContext(opened));
  let seconds = 0;
  for (const { task, state } of states)
    if (state !== 'current')
      // What a speaker has spoken is in its cache; a reader has to read it.
      for (const name of task.order.names)
        seconds += ((turns / 2) * (read + spoken)) / (speeds.get(name)?.read ?? Number.NaN);
  const recorded = states.filter(({ state }) => state === 'current').length;
  return { total: states.length, recorded, seconds };
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
    const episodes = await estimateEpisodes(opened, models, speeds, folder, options);
    const readings = await estimateReadings(opened, speeds, episodes);
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
    return { speeds, episodes, readings, measure, notCounted: notCounted(opened) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What no number of an estimate holds. */
function notCounted({ study }: OpenStudy): string[] {
  const asked = STAGES.filter((stage) => stage.asked(study)).flatMap(
    ({ notEstimated }) => notEstimated ?? [],
  );
  return ['loading the models (above), downloads, the report (seconds)', ...asked];
}
