// Where everything of a study lies, and nothing else: the names of files under runs/<study>/.

import { join } from 'node:path';
import type { Episode, EpisodeVariant } from '../episodes/types.ts';

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

/**
 * A name as one part of a path, on every system. Characters that some file system refuses, and `+`, which parts
 * the two models of a pair, are written as in an address: `%2F`.
 */
export function toFileName(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll('*', '%2A');
  return encoded.startsWith('.') ? `%2E${encoded.slice(1)}` : encoded;
}

/** What `toFileName` was given. A name that was never encoded, and could not be, stays as it is. */
export function fromFileName(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The folder of a model pair, ordered by seat: `llama+mistral` has llama in seat A. */
export function pairName([a, b]: readonly [string, string]): string {
  return `${toFileName(a)}+${toFileName(b)}`;
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

/** `lags/<pair>/<direction>.json` in the run's folder: SyncR² by lag, on the rows that all lags have. */
export function lagsPath(run: string, models: readonly [string, string], direction: string): string {
  return join(run, 'lags', pairName(models), `${direction.replace('->', '-to-')}.json`);
}

/** `relationships/<pair>/<direction>.json` in the run's folder. */
export function relationshipsPath(run: string, models: readonly [string, string], direction: string): string {
  return join(run, 'relationships', pairName(models), `${direction.replace('->', '-to-')}.json`);
}
