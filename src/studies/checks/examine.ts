// A study file with everything that it names, looked at before anything is played. All mistakes are told at once.

import { totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Condition } from '../../conditions/condition.ts';
import { BadInput, InterbrainError } from '../../errors.ts';
import type { ModelInfo } from '../../models/language-model.ts';
import { describeModel, type ModelSource } from '../../models/sources.ts';
import { builtInPrompts, DEFAULT_STYLE, type Prompts } from '../../prompts/prompts.ts';
import type { Encounter, ScenarioSet } from '../../scenarios/schema.ts';
import { atOriginal, loadStudyFile, type StudyFile } from '../parse.ts';
import { readStudyPrompts } from '../prompts.ts';
import { chooseEncounters, readScenarios } from '../scenarios.ts';
import type { Study } from '../schema.ts';
import { locateProblems } from '../study-file/locate.ts';
import { error, lineOf, mistakes, type Path, type Problem } from '../study-file/problem.ts';
import { touches } from '../study-file/salvage.ts';
import { canBeAsked, type FileParts, type MachineMemory, type OpenParts, type Purpose } from './check.ts';
import { leftOutConditions } from './conditions.ts';
import { describeModels, reasonOf } from './models.ts';
import { Capacities } from './samples.ts';
import { OPEN_CHECKS } from './table.ts';

export interface ExamineOptions {
  /** How many of the interactions to play, in place of the study's own number. */
  readonly interactions?: number | undefined;
  /** What the study is opened for; to look at it by default. */
  readonly purpose?: Purpose | undefined;
  /** What a model is, without loading it; undefined if that is not known yet. */
  readonly describe?: ((source: ModelSource) => Promise<ModelInfo | undefined>) | undefined;
  /** The memory of the machine; this one's by default. */
  readonly machine?: MachineMemory | undefined;
  /** Where API keys are looked up; the process's environment by default. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A study in which no mistake was found. */
export interface ExaminedStudy {
  readonly text: string;
  readonly study: Study;
  readonly set: ScenarioSet;
  /** Those that are played. */
  readonly encounters: readonly Encounter[];
  /** The words that models without words of their own are given. */
  readonly prompts: Prompts;
  /** Conditions that cannot be measured, though the others can. */
  readonly leftOut: readonly Condition[];
  /** The study file's folder. */
  readonly folder: string;
  /** Where each model that takes part comes from, by the study's name. */
  readonly sources: ReadonlyMap<string, ModelSource>;
  /** Of those whose checkpoint is here. */
  readonly infos: ReadonlyMap<string, ModelInfo>;
  /** What the study will lack, a line each: `study.yaml:7:5 conditions[1]: …`. */
  readonly warnings: readonly string[];
}

function thisMachine(): MachineMemory {
  const limit = process.constrainedMemory();
  const total = totalmem();
  return { total: limit > 0 ? Math.min(limit, total) : total, free: process.availableMemory() };
}

/**
 * Reads a study file and all that it names, and asks every check.
 *
 * @param out the folder in which runs are kept
 * @throws BadInput with a line for every mistake: `file:line:col key: what is wrong; what is valid`; RemoteFailure if
 *   scenarios lie at an address that does not answer
 */
export async function examineStudy(
  file: string,
  out: string,
  options: ExamineOptions = {},
): Promise<ExaminedStudy> {
  const read = await loadStudyFile(file);
  const { parts, text } = read;
  if (!parts) throw mistakes(locateProblems(read.source, read.problems));
  const { opened, prompts, problems } = await openParts(parts, file, out, options);
  const found = [...problems];
  for (const check of OPEN_CHECKS) {
    const { purposes } = check;
    if (purposes && !purposes.includes(opened.purpose)) continue;
    if (canBeAsked(check, opened)) found.push(...(await check.find(opened)));
  }
  const warnings = tell(read, found, options);
  const { study, set, encounters, capacities, folder, models } = opened;
  if (!set || !encounters) throw new BadInput(file, 'no interactions could be read');
  const sources = new Map([...models].flatMap(([name, { source }]) => (source ? [[name, source]] : [])));
  const infos = new Map([...models].flatMap(([name, { info }]) => (info ? [[name, info]] : [])));
  const leftOut = leftOutConditions(study, encounters, capacities);
  return { text, study, set, encounters, prompts, leftOut, folder, sources, infos, warnings };
}

/** Throws all errors, and returns the warnings' lines. */
function tell(read: StudyFile, found: readonly Problem[], { interactions }: ExamineOptions): string[] {
  const own = atOriginal(found, read.original).map((problem) => {
    const given = interactions !== undefined && problem.path.join('.') === 'simulation.interactions';
    return given ? { ...problem, place: problem.place ?? '--interactions' } : problem;
  });
  const located = locateProblems(read.source, [...read.problems, ...own]);
  const errors = located.filter(({ level }) => level === 'error');
  if (errors.length > 0) throw mistakes(errors);
  return [...new Set(located.map(lineOf))];
}

async function openParts(
  fileParts: FileParts,
  file: string,
  out: string,
  options: ExamineOptions,
): Promise<{
  readonly opened: OpenParts;
  readonly prompts: Prompts;
  readonly problems: readonly Problem[];
}> {
  const { describe = describeModel, interactions, purpose = 'look' } = options;
  const study = withInteractions(fileParts.study, interactions);
  const folder = dirname(resolve(file));
  const parts =
    interactions === undefined
      ? { ...fileParts, study }
      : { ...fileParts, study, isDamaged: outside(fileParts) };
  const scenarios = await openScenarios(parts, folder);
  const words = await openPrompts(parts, folder);
  const described = await describeModels(parts, folder, (source) => describe(source));
  const opened: OpenParts = {
    ...parts,
    folder,
    run: join(out, study.name),
    purpose,
    set: scenarios.set,
    encounters: scenarios.encounters,
    capacities: scenarios.encounters && new Capacities(study, scenarios.encounters),
    models: described.models,
    memory: options.machine ?? thisMachine(),
    environment: options.environment ?? process.env,
  };
  const problems = [...scenarios.problems, ...words.problems, ...described.problems];
  return { opened, prompts: words.prompts, problems };
}

/** The study's prompts; where these cannot be read, which is told, others stand for them. */
async function openPrompts(
  { study, isDamaged }: FileParts,
  folder: string,
): Promise<{ readonly prompts: Prompts; readonly problems: readonly Problem[] }> {
  const instead = builtInPrompts(DEFAULT_STYLE);
  if (isDamaged(['prompts'])) return { prompts: instead, problems: [] };
  try {
    return { prompts: await readStudyPrompts(study.prompts, folder), problems: [] };
  } catch (cause) {
    if (!(cause instanceof BadInput)) throw cause;
    const problems = cause.problems.map((line) => error(['prompts', 'wording'], line, { cause }));
    return { prompts: instead, problems };
  }
}

function withInteractions(study: Study, interactions: number | undefined): Study {
  return interactions === undefined ? study : { ...study, simulation: { ...study.simulation, interactions } };
}

/** What the command line says is as it says. */
function outside({ isDamaged }: FileParts): (path: Path) => boolean {
  const given = ['simulation', 'interactions'];
  return (path) => isDamaged(path) && !(path.length >= given.length && touches(path, given));
}

interface OpenScenarios {
  readonly set: ScenarioSet | undefined;
  readonly encounters: readonly Encounter[] | undefined;
  readonly problems: readonly Problem[];
}

/** What lies at an address that does not answer is no mistake of the study: that is thrown as it is. */
async function openScenarios({ study, isDamaged }: FileParts, folder: string): Promise<OpenScenarios> {
  if (isDamaged(['scenarios'])) return { set: undefined, encounters: undefined, problems: [] };
  let set: ScenarioSet;
  try {
    set = await readScenarios(study.scenarios, folder);
  } catch (cause) {
    if (!(cause instanceof BadInput)) throw cause;
    const key = typeof study.scenarios === 'string' ? [] : Object.keys(study.scenarios);
    const problems = cause.problems.map((line) => error(['scenarios', ...key], line, { cause }));
    return { set: undefined, encounters: undefined, problems };
  }
  try {
    return { set, encounters: chooseEncounters(set, study), problems: [] };
  } catch (cause) {
    if (!(cause instanceof InterbrainError)) throw cause;
    // That an interaction names what is not there is told for every one of them, with its place.
    const tooMany = (study.simulation.interactions ?? 0) > set.interactions.length;
    const problem = error(['simulation', 'interactions'], reasonOf(cause), { cause });
    return { set, encounters: undefined, problems: tooMany ? [problem] : [] };
  }
}
