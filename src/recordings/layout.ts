// Where everything of a study lies, and nothing else: the names of files under runs/<study>/.

import { join } from 'node:path';
import type { Episode, EpisodeVariant } from '../episodes/types.ts';
import { pairName, toFileName } from './file-name.ts';

export { fromFileName, pairName, toFileName } from './file-name.ts';

/** What one episode's files are named after. */
export interface RecordingKey {
  /** Names of the models, A then B. */
  readonly models: readonly [string, string];
  readonly seed: number;
  readonly interaction: string;
  /** Absent for the usual episodes. */
  readonly variant?: EpisodeVariant | undefined;
}

/** The key of an episode. */
export function keyOf({ models, seed, interaction, variant }: Episode): RecordingKey {
  return { models, seed, interaction, variant };
}

/** `episodes/<pair>/<seed>/<interaction>.json` in the run's folder; a variant has a folder of its own in the pair's. */
export function episodePath(run: string, { models, seed, interaction, variant }: RecordingKey): string {
  const folder = join(run, 'episodes', pairName(models), variant ?? '');
  return join(folder, String(seed), `${toFileName(interaction)}.json`);
}

/**
 * The folder of the states of usual episodes as they were played; readers' and variants' have their own name. What is
 * measured of them alone is the condition of the same name.
 */
export const PLAYED = 'interactive';

/** `states/<pair>/<condition>/<seed>/<interaction>.safetensors` in the run's folder. */
export function statesPath(run: string, condition: string, key: RecordingKey): string {
  const file = `${toFileName(key.interaction)}.safetensors`;
  return join(run, 'states', pairName(key.models), toFileName(condition), String(key.seed), file);
}

/**
 * `synchrony/<pair>/<condition>/<measure>.<direction>` in the run's folder, without the ending.
 *
 * @param measure its name in the table of measures; `ridge` by default
 */
export function synchronyPath(
  run: string,
  models: readonly [string, string],
  condition: string,
  direction: string,
  measure = 'ridge',
): string {
  return join(run, 'synchrony', pairName(models), toFileName(condition), resultName(measure, direction));
}

/** `<measure>.<direction>`, the name of a result without the ending: `ridge.A-to-B`. */
export function resultName(measure: string, direction: string): string {
  return `${measure}.${direction.replace('->', '-to-')}`;
}

/** `probes/<pair>/<seat>.json` in the run's folder: what the states of the agent in that seat say of named states. */
export function probesPath(run: string, models: readonly [string, string], seat: 'A' | 'B'): string {
  return join(run, 'probes', pairName(models), `${seat}.json`);
}

/** `servers/<model>.json` in the run's folder: the servers that computed a model, as they were found. */
export function serversPath(run: string, model: string): string {
  return join(run, 'servers', `${toFileName(model)}.json`);
}

/** `statistics/correlation.json` in the run's folder: synchrony against performance over model pairs. */
export function correlationPath(run: string): string {
  return join(run, 'statistics', 'correlation.json');
}

/** `evaluation/<pair>/<seed>/<interaction>.json` in the run's folder: a judgement of an episode. */
export function evaluationPath(run: string, { models, seed, interaction }: RecordingKey): string {
  return join(run, 'evaluation', pairName(models), String(seed), `${toFileName(interaction)}.json`);
}

/** `abilities/<benchmark>/<model>.json` in the run's folder. */
export function abilityPath(run: string, benchmark: string, model: string): string {
  return join(run, 'abilities', toFileName(benchmark), `${toFileName(model)}.json`);
}

/**
 * `significance/<pair>/<seat order>.<direction>.json` in the run's folder: the tests of one direction. The pair's folder
 * holds all of its directions, whose draws are made together.
 *
 * @param pair as the study names it; its own order says nothing of the seats
 */
export function significancePath(
  run: string,
  pair: readonly [string, string],
  order: readonly [string, string],
  direction: string,
): string {
  const file = `${pairName(order)}.${direction.replace('->', '-to-')}.json`;
  return join(run, 'significance', pairName(pair), file);
}

/** `sensitivity/<pair>/<direction>/<part>.json` in the run's folder; `A->B` is `A-to-B`. */
export function sensitivityPath(
  run: string,
  models: readonly [string, string],
  direction: string,
  part: string,
): string {
  return join(run, 'sensitivity', pairName(models), direction.replace('->', '-to-'), `${part}.json`);
}

/** `contributions/<pair>/<direction>` in the run's folder, without the ending. */
export function contributionsPath(run: string, models: readonly [string, string], direction: string): string {
  return join(run, 'contributions', pairName(models), direction.replace('->', '-to-'));
}

/** `own-past/<pair>/<direction>.json` in the run's folder: what a target's own past, its partner and the text explain. */
export function ownPastPath(run: string, models: readonly [string, string], direction: string): string {
  return join(run, 'own-past', pairName(models), `${direction.replace('->', '-to-')}.json`);
}

/** `lags/<pair>/<direction>.json` in the run's folder: SyncR² by lag, on the rows that all lags have. */
export function lagsPath(run: string, models: readonly [string, string], direction: string): string {
  return join(run, 'lags', pairName(models), `${direction.replace('->', '-to-')}.json`);
}

/** `relationships/<pair>/<direction>.json` in the run's folder. */
export function relationshipsPath(run: string, models: readonly [string, string], direction: string): string {
  return join(run, 'relationships', pairName(models), `${direction.replace('->', '-to-')}.json`);
}

/** `episode-synchrony/<pair>/<direction>.json` in the run's folder: synchrony of every held-out episode. */
export function episodeSynchronyPath(
  run: string,
  models: readonly [string, string],
  direction: string,
): string {
  return join(run, 'episode-synchrony', pairName(models), `${direction.replace('->', '-to-')}.json`);
}

/** `statistics/episodes.json` in the run's folder: scores of episodes against their synchrony. */
export function episodeModelPath(run: string): string {
  return join(run, 'statistics', 'episodes.json');
}

/** `reliability/<pair>/<direction>.json` in the run's folder: SyncR² of halves, and its ceiling. */
export function reliabilityPath(run: string, models: readonly [string, string], direction: string): string {
  return join(run, 'reliability', pairName(models), `${direction.replace('->', '-to-')}.json`);
}

/** `statistics/reliability.json` in the run's folder: reliability over pairs of models. */
export function pairReliabilityPath(run: string): string {
  return join(run, 'statistics', 'reliability.json');
}

/** `similarity/<pair>/<direction>.json` in the run's folder: other measures beside the ridge maps. */
export function similarityPath(run: string, models: readonly [string, string], direction: string): string {
  return join(run, 'similarity', pairName(models), `${direction.replace('->', '-to-')}.json`);
}

/** `interventions/<pair>/<seed>/<interaction>.json` in the run's folder: every arm of one episode. */
export function interventionsPath(
  run: string,
  models: readonly [string, string],
  seed: number,
  interaction: string,
): string {
  return join(run, 'interventions', pairName(models), String(seed), `${toFileName(interaction)}.json`);
}

/** `effects/<pair>.json` in the run's folder: what the interventions of a seat order come to. */
export function effectsPath(run: string, models: readonly [string, string]): string {
  return join(run, 'effects', `${pairName(models)}.json`);
}
