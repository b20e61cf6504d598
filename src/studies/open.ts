// A study file opened: its scenarios read, its models found, its tasks listed.

import { dirname, join, resolve } from 'node:path';
import { BadInput } from '../errors.ts';
import { cachedSnapshot, type DownloadOptions } from '../models/hub/snapshot.ts';
import type { LanguageModel, ModelInfo } from '../models/language-model.ts';
import { loadModel } from '../models/load.ts';
import { openCheckpoint } from '../models/onnx/checkpoint.ts';
import type { QuantizeProgress } from '../models/onnx/weights-cache.ts';
import type { Encounter, ScenarioSet } from '../scenarios/schema.ts';
import { type ExamineOptions, examineStudy } from './checks/examine.ts';
import { type CheckpointPlace, checkpointPlace, pairsOf, type SeatOrder, seatOrdersOf } from './plan.ts';
import { type ReadingTask, readingTasks } from './read-passively.ts';
import type { Study } from './schema.ts';
import { type EpisodeTask, episodeTasks } from './simulate.ts';

export interface OpenStudy {
  readonly file: string;
  readonly text: string;
  readonly study: Study;
  /** runs/<study> */
  readonly run: string;
  readonly pairs: readonly (readonly [string, string])[];
  readonly orders: readonly SeatOrder[];
  readonly encounters: readonly Encounter[];
  readonly tasks: readonly EpisodeTask[];
  /** Usual episodes to be read by a passive reader, for each passive condition. */
  readonly readings: readonly ReadingTask[];
  /** Where the checkpoint of each model is, of those that take part. */
  readonly checkpoints: ReadonlyMap<string, CheckpointPlace>;
  /** The part of the scenario set that is played. */
  readonly scenarios: ScenarioSet;
  /** The study's conditions without those that cannot be measured, whatever is played. */
  readonly conditions: readonly string[];
  /** What the study will lack, a line each: `study.yaml:7:5 conditions[1]: …`. */
  readonly warnings: readonly string[];
}

/** Keeps of a set what the chosen encounters need. */
function partOf(set: ScenarioSet, encounters: readonly Encounter[]): ScenarioSet {
  const scenarios = new Set(encounters.map((entry) => entry.scenario.id));
  const characters = new Set(encounters.flatMap((entry) => entry.characters.map((who) => who.id)));
  return {
    name: set.name,
    characters: set.characters.filter((who) => characters.has(who.id)),
    scenarios: set.scenarios.filter((scenario) => scenarios.has(scenario.id)),
    interactions: encounters.map((entry) => entry.interaction),
  };
}

/**
 * Reads a study file and everything it names, and changes nothing. Whatever is wrong with it and can be known by now is
 * told at once.
 *
 * @param out the folder in which runs are kept
 * @throws BadInput with a line for every mistake; CorruptFile or RemoteFailure for what the study names
 */
export async function openStudy(file: string, out: string, options: ExamineOptions = {}): Promise<OpenStudy> {
  const { study, text, set, encounters, warnings, leftOut } = await examineStudy(file, out, options);
  const folder = dirname(resolve(file));
  const pairs = pairsOf(study);
  const orders = pairs.flatMap(seatOrdersOf);
  const names = [...new Set(pairs.flat())];
  return {
    file,
    text,
    study,
    run: join(out, study.name),
    pairs,
    orders,
    encounters,
    tasks: [
      ...episodeTasks(orders, study.simulation.seeds, encounters),
      ...(study.mentalStates
        ? episodeTasks(orders, study.simulation.seeds, encounters, 'mental-states')
        : []),
    ],
    readings: readingTasks(orders, study.simulation.seeds, encounters, study.conditions),
    checkpoints: new Map(names.map((name) => [name, checkpointPlace(study, name, folder)])),
    scenarios: partOf(set, encounters),
    conditions: study.conditions.filter((name) => !leftOut.some(({ condition }) => condition === name)),
    warnings,
  };
}

/** Content hash of each model without loading it. A hub model that is not downloaded has none yet. */
export async function modelRevisions(
  opened: OpenStudy,
): Promise<Map<string, Pick<ModelInfo, 'revision' | 'dtype' | 'device'>>> {
  const revisions = new Map<string, Pick<ModelInfo, 'revision' | 'dtype' | 'device'>>();
  for (const [name, place] of opened.checkpoints) {
    const folder = 'hub' in place ? (await cachedSnapshot(place.hub))?.folder : place.path;
    if (folder === undefined) continue;
    const { revision } = await atStudy(opened, name, () => openCheckpoint(folder));
    const { dtype, device } = place;
    revisions.set(name, { revision, dtype, ...(device !== 'cpu' && { device }) });
  }
  return revisions;
}

export interface LoadOptions {
  readonly threads?: number | undefined;
  /** Bytes for the keys and values of all models together; a quarter of what is free by default. */
  readonly kvMemory?: number | undefined;
  /** Called while the model of this name is quantised. */
  readonly onQuantize?: ((model: string, progress: QuantizeProgress) => void) | undefined;
}

/**
 * Loads every model that takes part, downloading what is not there. The caller disposes of them; if one cannot be
 * loaded, none is left.
 */
export async function loadModels(
  opened: OpenStudy,
  { threads, onQuantize, kvMemory = process.availableMemory() / 4 }: LoadOptions = {},
  download: DownloadOptions = {},
): Promise<Map<string, LanguageModel>> {
  const models = new Map<string, LanguageModel>();
  const share = Math.max(1, Math.floor(kvMemory / opened.checkpoints.size));
  const options = { kvMemory: share, ...(threads !== undefined && { threads }) };
  try {
    for (const [name, place] of opened.checkpoints) {
      const source = 'hub' in place ? { ...place, ...download } : { ...place, signal: download.signal };
      const quantizing = { onQuantize: (progress: QuantizeProgress) => onQuantize?.(name, progress) };
      const load = () => loadModel({ ...source, ...options, ...quantizing });
      models.set(name, await atStudy(opened, name, load));
    }
  } catch (error) {
    await disposeModels(models);
    throw error;
  }
  return models;
}

export async function disposeModels(models: ReadonlyMap<string, LanguageModel>): Promise<void> {
  await Promise.all([...models.values()].map((model) => model.dispose()));
}

/** A folder that is missing is the study's mistake; say where the study names it. */
async function atStudy<T>(opened: OpenStudy, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof BadInput)
      throw new BadInput(`${opened.file} models.${name}`, error.message, { cause: error });
    throw error;
  }
}
