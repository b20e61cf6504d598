// A study opened: its scenarios read, its models found and described, its results listed. Nothing is changed by it.

import { join } from 'node:path';
import { type Condition, traitsOf } from '../conditions/condition.ts';
import { countLayers } from '../episodes/recorded-layers.ts';
import { hasStates } from '../models/capabilities.ts';
import type { ModelInfo } from '../models/language-model.ts';
import { type ModelSource, modelPrompts } from '../models/sources.ts';
import type { Direction } from '../pairs/align.ts';
import { builtInPrompts, createPrompts, DEFAULT_STYLE, type Prompts } from '../prompts/prompts.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import type { Encounter, ScenarioSet } from '../scenarios/schema.ts';
import { leftOutConditions } from './checks/conditions.ts';
import { type ExamineOptions, examineStudy } from './checks/examine.ts';
import { readManifest } from './manifest.ts';
import { modelSources, pairsOf, type SeatOrder, seatOrdersOf } from './plan.ts';
import type { Study } from './schema.ts';

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
  /** The words that models without words of their own are given; those of the default style by default. */
  readonly prompts?: Prompts;
  /** Where relative paths of data are taken from: the study file's folder. */
  readonly folder: string;
  /** The study file and its text; absent for a study that was opened from its run. */
  readonly source?: { readonly file: string; readonly text: string };
  /** Seat orders; both of every pair by default. */
  readonly orders?: readonly SeatOrder[];
  /** Conditions that cannot be measured, however long the agents talk; none by default. */
  readonly leftOut?: readonly Condition[];
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

  /** The study's conditions that can be measured at all. */
  get conditions(): readonly Condition[] {
    const { leftOut = [] } = this.parts;
    return this.study.conditions.filter((condition) => !leftOut.includes(condition));
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

  /** The words that the study has for its models. */
  get prompts(): Prompts {
    return this.parts.prompts ?? builtInPrompts(DEFAULT_STYLE);
  }

  /** Those that a model was trained on and keeps; undefined if it takes the study's. */
  ownPrompts(name: string): Prompts | undefined {
    const source = this.sources.get(name);
    return source && modelPrompts(source);
  }

  /** The words that a model is given. */
  promptsOf(name: string): Prompts {
    return this.ownPrompts(name) ?? this.prompts;
  }

  /** Recorded layers of the one model times those of the other, or of who reads in its place; 1 if they are not known yet. */
  layerPairs(order: SeatOrder): number {
    const choice = this.study.states.layers;
    const infos = this.infosOf(this.readersOf(order));
    return infos?.reduce((product, { layers }) => product * countLayers(choice, layers), 1) ?? 1;
  }

  /** Whether a model's states can be had, as far as it is known what it is. */
  hasStates(name: string): boolean {
    const info = this.infos.get(name);
    return info === undefined || hasStates(info);
  }

  /** Pairs both of whose models show their states. */
  get measuredPairs(): readonly (readonly [string, string])[] {
    return this.pairs.filter((pair) => pair.every((name) => this.hasStates(name)));
  }

  /** Seat orders of the same. */
  get measuredOrders(): readonly SeatOrder[] {
    return this.orders.filter(({ names }) => names.every((name) => this.hasStates(name)));
  }

  /** Who reads in either seat where nobody takes part: the model that spoke there, or its partner if it shows no states. */
  readersOf({ names: [a, b] }: SeatOrder): readonly [string, string] {
    return [this.hasStates(a) ? a : b, this.hasStates(b) ? b : a];
  }

  /** Whether there are states on both sides: the target's own, and the speaker's or a reader's. */
  canMeasure({ names: [a, b] }: SeatOrder, condition: Condition, direction: Direction): boolean {
    const [source, target] = direction === 'A->B' ? [a, b] : [b, a];
    return this.hasStates(target) && (this.hasStates(source) || traitsOf(condition).reader !== undefined);
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

/**
 * Reads a study file and everything it names, and changes nothing. All that is wrong with it and can be known by now is
 * told at once.
 *
 * @param out the folder in which runs are kept
 * @throws BadInput with a line for every mistake; RemoteFailure for scenarios at an address that does not answer
 */
export async function openStudy(file: string, out: string, options: ExamineOptions = {}): Promise<OpenStudy> {
  const { study, text, set, encounters, ...examined } = await examineStudy(file, out, options);
  return new OpenStudy({
    ...examined,
    ...{ study, encounters },
    run: join(out, study.name),
    scenarios: partOf(set, encounters),
    source: { file, text },
  });
}

/**
 * Opens a study from what its run says of it, wherever the study file, the scenarios and the checkpoints may be now.
 *
 * @param run the run's folder: `runs/first-study`
 * @throws BadInput if the folder holds no run; CorruptFile or OtherFormat if its manifest cannot be read
 */
export async function openRun(run: string): Promise<OpenStudy> {
  const { study, scenarios, models, judge, prompts } = await readManifest(run);
  const encounters = encountersOf(scenarios);
  return new OpenStudy({
    study: judge === undefined ? study : { ...study, judge },
    ...{ run, scenarios },
    ...(prompts && { prompts: createPrompts(prompts) }),
    ...{ encounters, leftOut: leftOutConditions(study, encounters) },
    sources: modelSources(study, '.'),
    infos: new Map(Object.entries(models)),
    folder: '.',
  });
}
