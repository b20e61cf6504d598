import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { BadInput } from '../errors.ts';
import { encountersOf, spread } from '../scenarios/encounters.ts';
import { type Encounter, type ScenarioSet, scenarioSet } from '../scenarios/schema.ts';
import { readSotopia } from '../scenarios/sotopia.ts';
import { smallWorld } from '../scenarios/world.ts';
import type { Study } from './schema.ts';

/** An address stays; a path is taken from `folder`. */
export function locate(path: string, folder: string): string {
  return /^https?:\/\//.test(path) || isAbsolute(path) ? path : resolve(folder, path);
}

async function readScenarioFile(path: string): Promise<ScenarioSet> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new BadInput(path, `cannot be read as a JSON file of scenarios: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const result = scenarioSet.safeParse(json);
  if (!result.success) throw new BadInput(path, z.prettifyError(result.error));
  return result.data;
}

export async function readScenarios(source: Study['scenarios'], folder: string): Promise<ScenarioSet> {
  if (source === 'embedded') return smallWorld();
  if ('sotopia' in source) return readSotopia(locate(source.sotopia, folder));
  return readScenarioFile(locate(source.path, folder));
}

/** The encounters that a study plays, in the order of the scenario set. */
export function chooseEncounters(set: ScenarioSet, study: Study): Encounter[] {
  const all = encountersOf(set);
  const count = study.simulation.interactions;
  return count === undefined ? all : spread(all, count, `${study.name} simulation.interactions`);
}
