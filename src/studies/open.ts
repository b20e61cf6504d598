// A study file opened: its scenarios read, its models found, its tasks listed.

import { dirname, join, resolve } from 'node:path';
import { BadInput } from '../errors.ts';
import type { DownloadOptions } from '../models/hub/snapshot.ts';
import type { LanguageModel, ModelInfo } from '../models/language-model.ts';
import type { QuantizeProgress } from '../models/source-kind.ts';
import { describeModel, loadModel, type ModelSource } from '../models/sources.ts';
import type { Encounter, ScenarioSet } from '../scenarios/schema.ts';
import { readStudy } from './parse.ts';
import { modelSources, pairsOf, type SeatOrder, seatOrdersOf } from './plan.ts';
import { type ReadingTask, readingTasks } from './read-passively.ts';
import { chooseEncounters, readScenarios } from './scenarios.ts';
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
  /** Where each model comes from, of those that take part. */
  readonly sources: ReadonlyMap<string, ModelSource>;
  /** The part of the scenario set that is played. */
  readonly scenarios: ScenarioSet;
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

/** What the command line may say otherwise than the study file. */
export interface StudyOverrides {
  /** How many of the interactions to play. */
  readonly interactions?: number | undefined;
}

/**
 * Reads a study file and everything it names, and changes nothing.
 *
 * @param out the folder in which runs are kept
 * @throws BadInput, CorruptFile or RemoteFailure for whatever is wrong with it
 */
export async function openStudy(
  file: string,
  out: string,
  { interactions }: StudyOverrides = {},
): Promise<OpenStudy> {
  const { study: written, text } = await readStudy(file);
  const study = withInteractions(written, interactions);
  const folder = dirname(resolve(file));
  const set = await readScenarios(study.scenarios, folder);
  const encounters = chooseEncounters(set, study);
  const pairs = pairsOf(study);
  const orders = pairs.flatMap(seatOrdersOf);
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
    sources: modelSources(study, folder),
    scenarios: partOf(set, encounters),
  };
}

function withInteractions(study: Study, interactions: number | undefined): Study {
  return interactions === undefined ? study : { ...study, simulation: { ...study.simulation, interactions } };
}

/** What each model will be, without loading it. A hub model that is not downloaded is not among them. */
export async function describeModels(opened: OpenStudy): Promise<Map<string, ModelInfo>> {
  const infos = new Map<string, ModelInfo>();
  for (const [name, source] of opened.sources) {
    const info = await atStudy(opened, name, () => describeModel(source));
    if (info) infos.set(name, info);
  }
  return infos;
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
  const share = Math.max(1, Math.floor(kvMemory / opened.sources.size));
  try {
    for (const [name, source] of opened.sources) {
      const options = {
        ...download,
        threads,
        kvMemory: share,
        onQuantize: (progress: QuantizeProgress) => onQuantize?.(name, progress),
      };
      models.set(name, await atStudy(opened, name, () => loadModel(source, options)));
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
