import type { LanguageModel } from '../models/language-model.ts';
import type { Device } from '../numerics/device.ts';
import { at } from '../numerics/lookup.ts';
import { simulateWorkers } from '../queue/simulate-workers.ts';
import {
  type EpisodesEstimate,
  estimateStudy,
  type ReadingsEstimate,
  type StudyEstimate,
} from '../studies/estimate.ts';
import type { InterventionsEstimate } from '../studies/estimate-interventions.ts';
import type { MeasureEstimate } from '../studies/estimate-measure.ts';
import type { OnEvent } from '../studies/events.ts';
import { type OpenStudy, openStudy } from '../studies/open.ts';
import { EPISODES, MENTAL_STATE_EPISODES } from '../studies/stages/episodes.ts';
import { MEASURE } from '../studies/stages/measure.ts';
import { READINGS } from '../studies/stages/readings.ts';
import { haveModels, loadStudyModel } from '../studies/study-models.ts';
import { formatBytes } from './bytes.ts';
import type { EstimateDocument } from './documents.ts';
import { interruptible } from './interrupt.ts';
import { createQuietReader } from './json-reader.ts';
import { duration } from './progress-line.ts';
import type { Reader } from './reader.ts';
import { createTerminalReader } from './terminal-line.ts';

interface EstimateCommand {
  readonly out: string;
  readonly seconds: number;
  readonly threads?: number;
  readonly device: Device;
  readonly memory?: number;
  readonly kvMemory?: number;
  readonly atOnce?: number;
  readonly interactions?: number;
  readonly servers?: readonly number[];
  readonly workers?: readonly number[];
  readonly json?: boolean;
}

const round = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

function line(label: string, text: string): string {
  return `${label.padEnd(12)}${text}\n`;
}

function episodeLines(episodes: EpisodesEstimate): string {
  const { total, recorded, playedEpisodes, playedTurns, playedSeconds, turns, assumedFrom } = episodes;
  const missing = total - recorded;
  const heard = `${playedTurns} turns and ${playedEpisodes} whole episodes played in ${duration(playedSeconds)}`;
  const assumed =
    assumedFrom === undefined
      ? ''
      : `; turns from the ${assumedFrom}. on were not heard and are assumed to take place, so it may be less`;
  return (
    line(
      'episodes',
      `${duration(episodes.seconds)} for ${missing}${recorded > 0 ? ` (${recorded} of ${total} are recorded)` : ''}`,
    ) +
    line('', `from ${heard}${assumed}`) +
    line(
      '',
      `an episode has ${turns.toFixed(1)} turns; a turn reads ${round(episodes.read)} and speaks ${round(episodes.spoken)} tokens`,
    )
  );
}

function readingLines(readings: ReadingsEstimate | undefined): string {
  if (!readings) return '';
  const { total, recorded, seconds } = readings;
  const done = recorded > 0 ? ` (${recorded} of ${total} are recorded)` : '';
  return line('readings', `${duration(seconds)} for ${total - recorded}${done}, from how fast models read`);
}

function interventionLines(interventions: InterventionsEstimate | undefined): string {
  if (!interventions) return '';
  const { total, recorded, continuations, seconds } = interventions;
  const done = recorded > 0 ? ` (${recorded} of ${total} episodes are done)` : '';
  return line(
    'changes',
    `${duration(seconds)} for ${continuations} continuations${done}, from what episodes take`,
  );
}

function measureLines(measure: MeasureEstimate): string {
  const { measurements, samples, seconds, measuredLayers, layers, realStates, failure } = measure;
  if (failure !== undefined) return line('measure', `would fail: ${failure}`);
  const states = realStates ? 'the states of what was played, repeated' : 'random states of that size';
  const scaled = measuredLayers < layers ? `, ${measuredLayers} of ${layers} layers and the rest scaled` : '';
  return (
    line('measure', `${duration(seconds)} for ${measurements} measurements of about ${samples} samples`) +
    line('', `from ${states}${scaled}; conditions that share their fits take less`)
  );
}

function serverLines({ servers }: StudyEstimate): string {
  const rows = servers.map(({ servers: count, seconds }) => ({ what: counted(count, 'server'), seconds }));
  return simulatedLines(
    'servers',
    rows,
    'for all episodes from the speeds above; assumed: servers are as fast, have every model, and a turn is the mean turn',
  );
}

function workerLines({ workers }: Estimated): string {
  const rows = workers.map(({ workers: count, seconds }) => ({ what: counted(count, 'worker'), seconds }));
  return simulatedLines(
    'workers',
    rows,
    'for the missing episodes, readings and measures, from the times above; assumed: each has a machine as fast as this one, which takes as long for a part as for its share of the whole',
  );
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'} like this`;

function simulatedLines(
  label: string,
  rows: readonly { readonly what: string; readonly seconds: number }[],
  assumed: string,
): string {
  if (rows.length === 0) return '';
  const lines = rows.map(({ what, seconds }, i) =>
    line(i === 0 ? label : '', `${what}: ${duration(seconds)}`),
  );
  return lines.join('') + line('', `simulated ${assumed}`);
}

/** An estimate, and what was seen on the way to it. */
interface Estimated {
  readonly estimate: StudyEstimate;
  /** What is missing of episodes, readings and measures, made by so many workers of a queue. */
  readonly workers: readonly { readonly workers: number; readonly seconds: number }[];
  readonly loadingSeconds: number;
  /** Bytes of this process. */
  readonly memoryBytes: number;
}

const secondsInAll = ({ episodes, readings, interventions, measure }: StudyEstimate) =>
  episodes.seconds + (readings?.seconds ?? 0) + (interventions?.seconds ?? 0) + measure.seconds;

function textOf(study: string, estimated: Estimated): string {
  const { estimate, loadingSeconds, memoryBytes } = estimated;
  const { speeds, episodes, readings, interventions, measure, notCounted } = estimate;
  const models = [...speeds].map(([name, { read, promptTokens, speak, rows }]) => {
    const reading = `reads ${round(read)} tokens/s (a first prompt of ${promptTokens})`;
    return line(name, `${reading}, speaks ${round(speak)} in ${rows} conversations at once`);
  });
  return [
    `${study} on this machine, now:\n`,
    line('loading', duration(loadingSeconds)),
    ...models,
    episodeLines(episodes),
    readingLines(readings),
    interventionLines(interventions),
    measureLines(measure),
    line('disk', `${formatBytes(episodes.bytes)} for episodes and states`),
    line('memory', `${formatBytes(memoryBytes)} with the models and what they remember, measured`),
    serverLines(estimate),
    workerLines(estimated),
    line('in all', `about ${duration(secondsInAll(estimate))}`),
    line('not counted', notCounted.join('; ')),
  ].join('');
}

function documentOf(study: string, estimated: Estimated): EstimateDocument {
  const { estimate, workers, loadingSeconds, memoryBytes } = estimated;
  const { speeds, episodes, readings, interventions, measure, servers, notCounted } = estimate;
  const { assumedFrom = null, ...heard } = episodes;
  return {
    study,
    loadingSeconds,
    speeds: Object.fromEntries(speeds),
    episodes: { ...heard, assumedFrom },
    readings: readings ?? null,
    interventions: interventions ?? null,
    measure,
    memoryBytes,
    servers: [...servers],
    workers: [...workers],
    seconds: secondsInAll(estimate),
    notCounted: [...notCounted],
  };
}

/** Loads the study's models side by side in the memory, as `run` does. The caller disposes of them. */
async function loadModels(
  opened: OpenStudy,
  { threads, kvMemory = process.availableMemory() / 4 }: EstimateCommand,
  on: OnEvent,
  signal: AbortSignal,
): Promise<Map<string, LanguageModel>> {
  const models = new Map<string, LanguageModel>();
  const share = Math.max(1, Math.floor(kvMemory / opened.sources.size));
  try {
    for (const name of opened.sources.keys())
      models.set(name, await loadStudyModel(opened, name, { kvMemory: share, threads, on, signal }));
    return models;
  } catch (error) {
    await disposeOf(models);
    throw error;
  }
}

async function disposeOf(models: ReadonlyMap<string, LanguageModel>): Promise<void> {
  await Promise.all([...models.values()].map((model) => model.dispose()));
}

async function workersOf(
  opened: OpenStudy,
  { episodes, readings, measure }: StudyEstimate,
  counts: readonly number[],
): Promise<Estimated['workers']> {
  const timed = [
    { stages: [EPISODES, MENTAL_STATE_EPISODES], seconds: episodes.seconds },
    { stages: [READINGS], seconds: readings?.seconds ?? 0 },
    { stages: [MEASURE], seconds: measure.seconds },
  ];
  const all = await simulateWorkers(opened, timed, counts);
  return all.map((seconds, i) => ({ workers: at(counts, i), seconds }));
}

/** Loads the models, plays and measures; each of these is a step that the reader hears of. */
async function estimateIn(
  study: OpenStudy,
  options: EstimateCommand,
  { on }: Reader,
  signal: AbortSignal,
): Promise<Estimated> {
  const start = performance.now();
  const opened = await haveModels(study, { on, signal });
  const models = await loadModels(opened, options, on, signal);
  try {
    const loadingSeconds = (performance.now() - start) / 1000;
    // Every model's speed, then episodes, then the measure.
    const total = models.size + 2;
    let done = 0;
    const step = { type: 'progress', stage: 'estimate', unit: 'steps', total, skipped: 0 } as const;
    const onStage = (detail: string) => on({ ...step, done: done++, detail });
    const estimate = await estimateStudy(opened, models, { ...options, onStage, signal });
    on({ ...step, done: total });
    const workers = await workersOf(opened, estimate, options.workers ?? []);
    return { estimate, workers, loadingSeconds, memoryBytes: process.memoryUsage().rss };
  } finally {
    await disposeOf(models);
  }
}

/** `interbrain estimate`: what a study will take here, from playing a little of it. */
export async function estimate(file: string, options: EstimateCommand): Promise<void> {
  const { stdout, stderr } = process;
  const { interactions } = options;
  const opened = await openStudy(file, options.out, { interactions, purpose: 'estimate' });
  for (const warning of opened.warnings) stderr.write(`Warning: ${warning}\n`);
  const reader = options.json ? createQuietReader(stderr) : createTerminalReader(stderr, stderr);
  const estimated = await interruptible(reader, 'Stopped. Nothing was changed.', (signal) =>
    estimateIn(opened, options, reader, signal),
  );
  const { name } = opened.study;
  stdout.write(options.json ? `${JSON.stringify(documentOf(name, estimated))}\n` : textOf(name, estimated));
}
