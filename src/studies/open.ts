// A study opened: its scenarios read, its models found and described, its results listed. Nothing is changed by it.

import { dirname, join, resolve } from 'node:path';
import type { ModelInfo } from '../models/language-model.ts';
import { describeModel, type ModelSource } from '../models/sources.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import type { Encounter, ScenarioSet } from '../scenarios/schema.ts';
import { readManifest } from './manifest.ts';
import { readStudy } from './parse.ts';
import { modelSources, pairsOf, type SeatOrder, seatOrdersOf } from './plan.ts';
import { chooseEncounters, readScenarios } from './scenarios.ts';
import type { Study } from './schema.ts';
import { atModel } from './study-models.ts';

/** What an open study is made of. */
export interface StudyParts {
  readonly study: Study;
  /** runs/<study> */
  readonly run: string;
  /** The part of the scenario set that is played. */
  readonly scenarios: ScenarioSet;
  readonly encounters: readonly Encounter[];
  /** Where each model that takes part comes from, by the study's name. */
  readonly sources: ReadonlyMap<string, ModelSource>;
  /** Of those whose checkpoint is here. */
  readonly infos: ReadonlyMap<string, ModelInfo>;
  /** Where relative paths of data are taken from: the study file's folder. */
  readonly folder: string;
  /** The study file and its text; absent for a study that was opened from its run. */
  readonly source?: { readonly file: string; readonly text: string };
  /** Seat orders; both of every pair by default. */
  readonly orders?: readonly SeatOrder[];
  /** What the user should know before anything is played. */
  readonly warnings?: readonly string[];
}

export class OpenStudy {
  readonly parts: StudyParts;
  /** Unordered pairs of models, as the study names them. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly orders: readonly SeatOrder[];

  constructor(parts: StudyParts) {
    this.parts = parts;
    this.pairs = pairsOf(parts.study);
    this.orders = parts.orders ?? this.pairs.flatMap(seatOrdersOf);
  }

  get study(): Study {
    return this.parts.study;
  }

  get run(): string {
    return this.parts.run;
  }

  get scenarios(): ScenarioSet {
    return this.parts.scenarios;
  }

  get encounters(): readonly Encounter[] {
    return this.parts.encounters;
  }

  get sources(): ReadonlyMap<string, ModelSource> {
    return this.parts.sources;
  }

  get infos(): ReadonlyMap<string, ModelInfo> {
    return this.parts.infos;
  }

  get folder(): string {
    return this.parts.folder;
  }

  /** What messages call the study: its file, or the run's folder. */
  get place(): string {
    return this.parts.source?.file ?? this.parts.run;
  }

  get warnings(): readonly string[] {
    return this.parts.warnings ?? [];
  }

  /** The same study with something else about it. */
  with(changes: Partial<StudyParts>): OpenStudy {
    return new OpenStudy({ ...this.parts, ...changes });
  }

  /** What models are, in the order of their names; undefined if one is not here yet. */
  infosOf(names: readonly string[]): ModelInfo[] | undefined {
    const infos = names.flatMap((name) => this.infos.get(name) ?? []);
    return infos.length === names.length ? infos : undefined;
  }

  /** Layers of the one model times those of the other; 1 if they are not known yet. */
  layerPairs({ names }: SeatOrder): number {
    return this.infosOf(names)?.reduce((product, { layers }) => product * layers, 1) ?? 1;
  }
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
 * @throws BadInput, ModelMismatch, CorruptFile or RemoteFailure for whatever is wrong with it
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
  return describeModels(
    new OpenStudy({
      ...{ study, encounters, folder },
      run: join(out, study.name),
      scenarios: partOf(set, encounters),
      sources: modelSources(study, folder),
      infos: new Map(),
      source: { file, text },
    }),
  );
}

function withInteractions(study: Study, interactions: number | undefined): Study {
  return interactions === undefined ? study : { ...study, simulation: { ...study.simulation, interactions } };
}

/** The same study with what its models are, as far as their checkpoints are here; no weights are read. */
export async function describeModels(opened: OpenStudy): Promise<OpenStudy> {
  const infos = new Map<string, ModelInfo>();
  for (const [name, source] of opened.sources) {
    const info = await atModel(opened, name, () => describeModel(source));
    if (info) infos.set(name, info);
  }
  return opened.with({ infos });
}

/**
 * Opens a study from what its run says of it, wherever the study file, the scenarios and the checkpoints may be now.
 *
 * @param run the run's folder: `runs/first-study`
 * @throws BadInput if the folder holds no run; CorruptFile or OtherFormat if its manifest cannot be read
 */
export async function openRun(run: string): Promise<OpenStudy> {
  const { study, scenarios, models, judge } = await readManifest(run);
  return new OpenStudy({
    study: judge === undefined ? study : { ...study, judge },
    ...{ run, scenarios },
    encounters: encountersOf(scenarios),
    sources: modelSources(study, '.'),
    infos: new Map(Object.entries(models)),
    folder: '.',
  });
}
